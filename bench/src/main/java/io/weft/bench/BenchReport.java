// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.bench.BenchResults.BenchSystem;
import io.weft.bench.BenchResults.Measure;
import io.weft.bench.BenchResults.Point;
import io.weft.bench.BenchResults.Row;
import io.weft.bench.BenchResults.Scenario;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The report of a run: one HTML page that needs nothing beside it, no script, no network, and that can be read on any screen.
 * What was not measured is not drawn, and the page says why.
 */
final class BenchReport {
    /** The system that others are compared to. */
    static final String WEFT = "weft";

    private static final String SELF_CONTAINED = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

    /** Bar plots that share an axis, by what they are about. */
    private static final Map<String, List<String>> SHARED = new LinkedHashMap<>();

    /** Bar plots of figures that do not compare with each other, each with its own axis. */
    private static final List<String> COSTS = List.of("connections", "cpu_per_gb", "cpu_per_mframe", "memory", "start");

    /** Distributions, as titles. */
    private static final Map<String, String> CURVES = new LinkedHashMap<>();

    static {
        SHARED.put("TCP throughput", List.of("tcp_1", "tcp_4", "tcp_16", "tcp_bidir"));
        SHARED.put("UDP frames without loss, by frame size", List.of("udp_64", "udp_512", "udp_1450"));
        CURVES.put("rtt", "Round trip, nothing else on the wire");
        CURVES.put("loaded_rtt", "Round trip beside a bulk TCP flow");
        CURVES.put("udp_64_delay", "One-way delay at the zero-loss rate of 64-octet frames");
    }

    private final Markup page = new Markup();
    private final BenchResults results;
    private final ReportTables tables;

    private BenchReport(final BenchResults results) {
        this.results = results;
        tables = new ReportTables(page, results);
    }

    /** Writes {@code index.html} and beside it the raw data, {@code results.json}; makes the directory if there is none. */
    static void write(final Path directory, final BenchResults results) throws IOException {
        Files.createDirectories(directory);
        BenchJson.write(directory.resolve("results.json"), results);
        Files.writeString(directory.resolve("index.html"), page(results));
    }

    /** The page. */
    static String page(final BenchResults results) {
        return new BenchReport(results).write();
    }

    private String write() {
        page.raw("<!DOCTYPE html>\n").open("html", "lang", "en").open("head");
        page.empty("meta", "charset", "utf-8");
        page.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        page.empty("meta", "name", "color-scheme", "content", "light dark");
        // The browser itself sees to it that the page loads nothing and runs no script, whatever is in the results.
        page.empty("meta", "http-equiv", "Content-Security-Policy", "content", SELF_CONTAINED);
        // Without it a browser that gets the page by HTTP asks for an icon that is not there.
        page.empty("link", "rel", "icon", "href", "data:,");
        page.element("title", "Weft: system benchmark of " + results.started());
        page.open("style").raw(style()).close().closeLine();
        page.open("body");
        writeHeader();
        page.open("main");
        writeHeadlines();
        results.scenarios().forEach(this::writeScenario);
        writeProfiles();
        writeSetUp();
        writeMethod();
        page.close();
        page.close().close();
        return page.finish();
    }

    private void writeHeader() {
        page.open("header").element("p", "Weft", "class", "kicker").element("h1", "System benchmark");
        page.element(
                "p",
                results.started() + " · " + Figures.duration(results.durationSeconds()) + " · " + results.weft()
                        + " · " + results.machine().cpu() + " · kernel "
                        + results.machine().kernel(),
                "class",
                "facts");
        page.open("nav", "aria-label", "Sections").open("ul");
        writeLink("#headlines", "Headlines");
        results.scenarios().forEach(scenario -> writeLink("#" + anchor(scenario), scenario.id()));
        if (!results.profiles().isEmpty()) {
            writeLink("#profile", "Where the time goes");
        }
        writeLink("#set-up", "Set-up");
        writeLink("#method", "Method");
        writeLink("results.json", "Raw data");
        page.close().close().closeLine();
    }

    private void writeLink(final String target, final String text) {
        page.open("li").element("a", text, "href", target).close();
    }

    private void writeHeadlines() {
        page.open("section", "id", "headlines").element("h2", "Weft against each peer");
        if (results.results().stream().allMatch(row -> row.summaries().isEmpty())) {
            page.element("p", "Nothing was measured.", "class", "lead").closeLine();
            return;
        }
        page.open("p", "class", "lead")
                .text("In Weft’s row its medians; below, Weft’s median divided by the peer’s, with the peer’s"
                        + " own median under it. ");
        page.element("span", "▲", "class", "better").text(" Weft is better, ");
        page.element("span", "▼", "class", "worse").text(" Weft is worse, ");
        page.element("span", "≈", "class", "even")
                .text(" rounds overlap, so that neither is, and without a sign: measured once.")
                .close();
        for (final Scenario scenario : results.scenarios()) {
            page.open("h3").element("a", ReportTables.capital(scenario.title()), "href", "#" + anchor(scenario));
            page.close();
            if (ReportTables.measured(results, scenario).isEmpty()) {
                page.element("p", "Nothing was measured.");
            }
            tables.writeHeadlines(scenario);
        }
        page.closeLine();
    }

    private void writeScenario(final Scenario scenario) {
        page.open("section", "id", anchor(scenario)).element("h2", ReportTables.capital(scenario.title()));
        writeErrors(scenario);
        if (ReportTables.measured(results, scenario).isEmpty()) {
            page.element("p", "Nothing was measured.").closeLine();
            return;
        }
        SHARED.forEach((title, ids) -> writeBars(scenario, title, ids, true));
        writeCurves(scenario);
        writeBars(scenario, "Connections and costs", COSTS, false);
        page.element("h3", "All measures");
        page.element("p", "Median; least to greatest round; Weft’s median divided by this one.", "class", "hint");
        tables.writeMeasures(scenario);
        page.closeLine();
    }

    private void writeErrors(final Scenario scenario) {
        final List<Row> failed = results.results().stream()
                .filter(row -> row.scenario().equals(scenario.id()) && row.error() != null)
                .toList();
        if (failed.isEmpty()) {
            return;
        }
        page.open("ul", "class", "errors");
        for (final Row row : failed) {
            page.open("li").element("strong", title(row.system()));
            final String what = row.summaries().isEmpty() ? " not measured: " : " not measured to the end: ";
            page.text(what + row.error()).close();
        }
        page.closeLine();
    }

    private void writeBars(
            final Scenario scenario, final String title, final List<String> ids, final boolean isShared) {
        final List<Measure> measures = new ArrayList<>();
        final List<List<BarPlot.Bar>> plots = new ArrayList<>();
        for (final Measure measure : results.measures()) {
            final List<BarPlot.Bar> bars = bars(scenario, measure);
            if (ids.contains(measure.id()) && bars.stream().anyMatch(bar -> bar.summary() != null)) {
                measures.add(measure);
                plots.add(bars);
            }
        }
        if (plots.isEmpty()) {
            return;
        }
        // An even number stands in pairs, so that no row ends with a gap.
        page.element("h3", title).open("div", "class", plots.size() % 2 == 0 ? "plots wide" : "plots");
        for (int i = 0; i < plots.size(); i++) {
            final Measure measure = measures.get(i);
            openFigure(
                    measure.title(),
                    Figures.unit(measure.unit()) + ", " + (measure.moreIsBetter() ? "more" : "less") + " is better");
            final Scale scale = BarPlot.scale(isShared ? plots : List.of(plots.get(i)));
            final String id = anchor(scenario) + "-" + measure.id();
            BarPlot.draw(page, id, measure.title(), measure.unit(), plots.get(i), scale);
            page.close();
        }
        page.closeLine();
    }

    private List<BarPlot.Bar> bars(final Scenario scenario, final Measure measure) {
        final List<BarPlot.Bar> bars = new ArrayList<>();
        for (final BenchSystem system : ReportTables.measured(results, scenario)) {
            ReportTables.row(results, scenario, system.id())
                    .ifPresent(row -> bars.add(new BarPlot.Bar(
                            system.id(),
                            system.title(),
                            row.values().getOrDefault(measure.id(), List.of()),
                            row.summaries().get(measure.id()),
                            row.error() == null ? "no figure" : "not measured")));
        }
        return bars;
    }

    private void writeCurves(final Scenario scenario) {
        final Map<String, List<CurvePlot.Curve>> plots = new LinkedHashMap<>();
        for (final String name : curveNames()) {
            final List<CurvePlot.Curve> curves = new ArrayList<>();
            for (final BenchSystem system : results.systems()) {
                final List<Point> points = ReportTables.row(results, scenario, system.id())
                        .map(row -> row.curves().getOrDefault(name, List.of()))
                        .orElse(List.of());
                curves.add(new CurvePlot.Curve(system.id(), system.title(), points));
            }
            if (curves.stream().anyMatch(CurvePlot.Curve::isLine)) {
                plots.put(name, curves);
            }
        }
        if (plots.isEmpty()) {
            return;
        }
        final Scale scale = CurvePlot.scale(List.copyOf(plots.values()));
        page.element("h3", "Latency by percentile").open("div", "class", "plots wide");
        plots.forEach((name, curves) -> {
            final String title = CURVES.getOrDefault(name, name);
            openFigure(title, "µs, less is better; both axes logarithmic");
            CurvePlot.draw(page, anchor(scenario) + "-curve-" + name, title, curves, scale);
            page.close();
        });
        page.closeLine();
    }

    /** Those that are known first, then what else the results have. */
    private Set<String> curveNames() {
        final Set<String> names = new LinkedHashSet<>(CURVES.keySet());
        final Set<String> others = new TreeSet<>();
        results.results().forEach(row -> others.addAll(row.curves().keySet()));
        names.addAll(others);
        return names;
    }

    private void openFigure(final String title, final String axis) {
        page.open("figure").open("figcaption").element("b", ReportTables.capital(title));
        page.element("span", axis, "class", "unit").close();
    }

    private void writeProfiles() {
        if (results.profiles().isEmpty()) {
            return;
        }
        page.open("section", "id", "profile").element("h2", "Where Weft’s time goes");
        page.element(
                "p",
                "Shares of the CPU time of all workers while one TCP flow runs, by perf: system calls with what the kernel"
                        + " did in them, and classes of Weft.",
                "class",
                "hint");
        results.profiles().forEach(tables::writeProfile);
        page.closeLine();
    }

    private void writeSetUp() {
        final BenchResults.Machine machine = results.machine();
        page.open("section", "id", "set-up").element("h2", "Set-up").open("dl");
        writeFact("Processor", machine.cpu() + ", " + machine.cpus() + (machine.cpus() == 1 ? " CPU" : " CPUs"));
        writeFact("Memory", Figures.memory(machine.memory()));
        writeFact("Kernel", machine.kernel());
        writeFact("Virtualization", machine.virtualization());
        writeFact("Java", machine.java());
        writeFact("Weft", results.weft());
        writeFact("Rounds", results.rounds() + ", throughput for " + Figures.tick(results.seconds()) + " s each");
        page.close();
        page.element("h3", "Command");
        writeCommands(List.of(Figures.command(results.command())));
        page.element("h3", "Systems");
        for (final BenchSystem system : results.systems()) {
            page.open("details").open("summary");
            page.element("b", system.title())
                    .element("span", " " + system.version(), "class", "unit")
                    .close();
            if (system.commands().isEmpty()) {
                page.element("p", "No commands are known.");
            } else {
                writeCommands(system.commands());
            }
            page.closeLine();
        }
        page.closeLine();
    }

    private void writeFact(final String name, final String value) {
        page.open("div").element("dt", name).element("dd", value).close();
    }

    private void writeCommands(final List<String> commands) {
        page.open("pre", "tabindex", "0")
                .element("code", String.join("\n", commands))
                .close();
    }

    private void writeMethod() {
        page.open("section", "id", "method").element("h2", "Method");
        page.raw(resource("method.html"));
        page.element("h3", "To repeat it");
        page.element("p", "As root, on a machine that has nothing else to do, in a checkout of the same commit:");
        writeCommands(List.of(Figures.command(results.command())));
        page.closeLine();
    }

    private String title(final String id) {
        return results.systems().stream()
                .filter(system -> system.id().equals(id))
                .map(BenchSystem::title)
                .findFirst()
                .orElse(id);
    }

    private static String anchor(final Scenario scenario) {
        return "scenario-" + scenario.id().replaceAll("[^A-Za-z0-9_-]", "-");
    }

    private static String style() {
        return resource("report.css");
    }

    /** A part of the page that is kept with the program. */
    private static String resource(final String name) {
        try (InputStream in = BenchReport.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing in the program");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
