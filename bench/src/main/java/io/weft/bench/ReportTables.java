// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.bench.BenchResults.BenchSystem;
import io.weft.bench.BenchResults.Measure;
import io.weft.bench.BenchResults.Profile;
import io.weft.bench.BenchResults.Row;
import io.weft.bench.BenchResults.Scenario;
import io.weft.bench.BenchResults.Share;
import io.weft.bench.BenchResults.Summary;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The tables of a report: what comes first, Weft against each peer; and all measures of a scenario. */
final class ReportTables {
    /** What a reader asks first, by measure. */
    private static final List<String> HEADLINES =
            List.of("tcp_1", "tcp_16", "udp_64", "rtt_p50", "rtt_p99", "loaded_rtt_p99", "connections");

    private final Markup page;
    private final BenchResults results;

    ReportTables(final Markup page, final BenchResults results) {
        this.page = page;
        this.results = results;
    }

    /** What a comparison comes to. */
    private enum Verdict {
        BETTER("better", "▲", "Weft is better"),
        WORSE("worse", "▼", "Weft is worse"),
        EVEN("even", "≈", "within the spread"),
        UNKNOWN("", "", "measured once");

        private final String cssClass;
        private final String sign;
        private final String words;

        Verdict(final String cssClass, final String sign, final String words) {
            this.cssClass = cssClass;
            this.sign = sign;
            this.words = words;
        }

        /** Rounds that overlap tell no winner, whatever their medians are; nor does a round that was not repeated. */
        static Verdict of(final Summary weft, final Summary peer, final int rounds, final boolean moreIsBetter) {
            if (rounds < 2) {
                return UNKNOWN;
            }
            if (weft.min() <= peer.max() && peer.min() <= weft.max()) {
                return EVEN;
            }
            return weft.median() > peer.median() == moreIsBetter ? BETTER : WORSE;
        }
    }

    /** Weft's figures and, below, what they are as a multiple of each peer's. Nothing if there is nothing to tell. */
    void writeHeadlines(final Scenario scenario) {
        final List<Measure> measures = results.measures().stream()
                .filter(measure -> HEADLINES.contains(measure.id()))
                .filter(measure -> hasValue(scenario, measure))
                .toList();
        if (measures.isEmpty()) {
            return;
        }
        openTable("Weft against each peer: " + scenario.title(), "headlines");
        page.open("thead").open("tr").element("td", "");
        for (final Measure measure : measures) {
            page.open("th", "scope", "col").text(capital(measure.title()));
            page.element("span", Figures.unit(measure.unit()), "class", "unit").close();
        }
        page.close().close().open("tbody");
        final Row weft = row(results, scenario, BenchReport.WEFT).orElse(null);
        for (final BenchSystem system : measured(results, scenario)) {
            row(results, scenario, system.id()).ifPresent(row -> writeHeadline(system, weft, row, measures));
        }
        page.close();
        closeTable();
    }

    private void writeHeadline(
            final BenchSystem system, final @Nullable Row weft, final Row row, final List<Measure> measures) {
        final boolean isWeft = system.id().equals(BenchReport.WEFT);
        page.open("tr", "class", isWeft ? "weft" : "peer");
        writeSystem(system, "row");
        for (final Measure measure : measures) {
            page.open("td");
            final Summary summary = row.summaries().get(measure.id());
            if (summary == null) {
                page.element("span", "–", "class", "missing");
            } else if (isWeft || weft == null || summary.ratio() == null) {
                page.element("span", Figures.number(summary.median()), "class", "big");
            } else {
                writeRatio(measure, weft, row);
                page.element("span", Figures.number(summary.median()), "class", "small");
            }
            page.close();
        }
        page.closeLine();
    }

    /** Every measure of a scenario, a row each, and a column for each system that has any. */
    void writeMeasures(final Scenario scenario) {
        final List<BenchSystem> systems = measured(results, scenario);
        final List<Measure> measures = results.measures().stream()
                .filter(measure -> hasValue(scenario, measure))
                .toList();
        final Row weft = row(results, scenario, BenchReport.WEFT).orElse(null);
        openTable("All measures: " + scenario.title(), "measures");
        page.open("thead").open("tr").element("th", "Measure", "scope", "col");
        systems.forEach(system -> writeSystem(system, "col"));
        page.close().close().open("tbody");
        for (final Measure measure : measures) {
            page.open("tr").open("th", "scope", "row").text(capital(measure.title()));
            final String better = measure.moreIsBetter() ? "more is better" : "less is better";
            page.element("span", Figures.unit(measure.unit()) + ", " + better, "class", "unit")
                    .close();
            for (final BenchSystem system : systems) {
                row(results, scenario, system.id()).ifPresent(row -> writeCell(measure, weft, row));
            }
            page.closeLine();
        }
        page.close();
        closeTable();
    }

    /** What the workers were seen at, a row each. */
    void writeProfile(final Profile profile) {
        page.element("h3", profile.scenario());
        openTable("Where the time goes: " + profile.scenario(), "profile");
        page.open("thead").open("tr").element("th", "At", "scope", "col");
        page.element("th", "Share of " + profile.samples() + " samples", "scope", "col");
        page.close().close().open("tbody");
        for (final Share share : profile.shares()) {
            page.open("tr").element("th", share.place(), "scope", "row");
            page.element("td", String.format(Locale.ROOT, "%.1f %%", 100 * share.share()));
            page.closeLine();
        }
        page.close();
        closeTable();
    }

    private void writeCell(final Measure measure, final @Nullable Row weft, final Row row) {
        page.open("td");
        final Summary summary = row.summaries().get(measure.id());
        if (summary == null) {
            page.element("span", "–", "class", "missing");
        } else {
            page.element("span", Figures.number(summary.median()), "class", "median");
            if (rounds(row, measure) > 1) {
                final String spread = Figures.number(summary.min()) + "–" + Figures.number(summary.max());
                page.element("span", spread, "class", "small");
            }
            if (weft != null && !row.system().equals(BenchReport.WEFT)) {
                writeRatio(measure, weft, row);
            }
        }
        page.close();
    }

    /** Weft's median divided by the peer's, and what it is worth; nothing if one of them has none. */
    private void writeRatio(final Measure measure, final Row weft, final Row peer) {
        final Summary weftSummary = weft.summaries().get(measure.id());
        final Summary summary = peer.summaries().get(measure.id());
        if (weftSummary == null || summary == null || summary.ratio() == null) {
            return;
        }
        final int rounds = Math.min(rounds(weft, measure), rounds(peer, measure));
        final Verdict verdict = Verdict.of(weftSummary, summary, rounds, measure.moreIsBetter());
        page.open("span", "class", ("ratio " + verdict.cssClass).strip()).text(Figures.ratio(summary.ratio()) + " ");
        page.element("span", verdict.sign, "aria-hidden", "true", "class", "sign");
        page.element("span", " (" + verdict.words + ")", "class", "hidden").close();
    }

    private static int rounds(final Row row, final Measure measure) {
        return row.values().getOrDefault(measure.id(), List.of()).size();
    }

    private void writeSystem(final BenchSystem system, final String scope) {
        page.open("th", "scope", scope, "class", SystemStyle.of(system.id()).cssClass());
        page.element("span", "", "class", "swatch", "aria-hidden", "true");
        page.text(system.title()).close();
    }

    /** A table that a narrow screen scrolls, also by keys. */
    private void openTable(final String caption, final String cssClass) {
        page.open("div", "class", "scroll", "role", "region", "tabindex", "0", "aria-label", caption);
        page.open("table", "class", cssClass).element("caption", caption, "class", "hidden");
    }

    private void closeTable() {
        page.close().closeLine();
    }

    private boolean hasValue(final Scenario scenario, final Measure measure) {
        return results.results().stream()
                .anyMatch(row ->
                        row.scenario().equals(scenario.id()) && row.summaries().containsKey(measure.id()));
    }

    /** What a system did in a scenario, if it is told. */
    static Optional<Row> row(final BenchResults results, final Scenario scenario, final String system) {
        return results.results().stream()
                .filter(row ->
                        row.scenario().equals(scenario.id()) && row.system().equals(system))
                .findFirst();
    }

    /** Systems with any figure in a scenario, in the order of the report. */
    static List<BenchSystem> measured(final BenchResults results, final Scenario scenario) {
        return results.systems().stream()
                .filter(system -> row(results, scenario, system.id())
                        .filter(row -> !row.summaries().isEmpty())
                        .isPresent())
                .toList();
    }

    /** A title at the start of a line. */
    static String capital(final String title) {
        return title.isEmpty()
                ? title
                : new StringBuilder(title.length())
                        .appendCodePoint(Character.toUpperCase(title.codePointAt(0)))
                        .append(title, title.offsetByCodePoints(0, 1), title.length())
                        .toString();
    }
}
