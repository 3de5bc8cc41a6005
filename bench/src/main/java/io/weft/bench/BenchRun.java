// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.bench.BenchResults.BenchSystem;
import io.weft.bench.BenchResults.Measure;
import io.weft.bench.BenchResults.Profile;
import io.weft.bench.BenchResults.Row;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One run: sets every system up, warms it up, measures in rounds, takes all of it down. A system that fails loses its row,
 * or what is left of it, and the others go on.
 */
final class BenchRun implements AutoCloseable {
    private static final double NANOS = 1e9;
    /** One trial may fail by itself. */
    private static final int TRIES = 2;

    private final long startedAt = System.nanoTime();
    private final OffsetDateTime started =
            OffsetDateTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS);
    private final Arguments arguments;
    private final String weft;
    private final List<String> command;
    private final List<Contender> contenders;
    private final Set<String> measures;
    private final List<Probe> probes;
    private final PrintStream progress;
    private final Path folder;
    private final List<Entry> entries = new ArrayList<>();
    private final List<Site> sites = new ArrayList<>();
    private boolean closed;

    /**
     * A run that has not begun.
     *
     * @param weft version of what is measured
     * @param command as a reader would repeat it
     * @param contenders Weft first
     * @param progress gets a line now and then
     */
    BenchRun(
            final Arguments arguments,
            final String weft,
            final List<String> command,
            final List<Contender> contenders,
            final PrintStream progress)
            throws BenchException {
        this.arguments = arguments;
        this.weft = weft;
        this.command = command;
        this.progress = progress;
        this.contenders = contenders;
        this.measures = arguments.measures().isEmpty() ? Set.copyOf(Probe.measureIds()) : arguments.measures();
        this.probes = List.of(Probe.values()).stream()
                .filter(probe -> probe.gives(measures))
                .toList();
        try {
            this.folder = Files.createTempDirectory("weft-bench");
        } catch (final IOException e) {
            throw new BenchException("no temporary directory: " + e.getMessage(), e);
        }
    }

    /** Does all of it. */
    BenchResults run() throws BenchException {
        try (BenchRun run = this) {
            return run.measure();
        }
    }

    private BenchResults measure() throws BenchException {
        setUp();
        final int pairs = (int) entries.stream().filter(Entry::isStanding).count();
        final Plan plan = Plan.of(arguments, probes, pairs);
        say("%d systems stand after %.0f s; all of it takes about %.0f s"
                .formatted(pairs, seconds(), plan.secondsPerPair(probes) * pairs));
        final Prober prober = new Prober(plan);
        warmUp(prober);
        for (int round = 0; round < plan.rounds(); round++) {
            final double left = Plan.BUDGET - seconds();
            final double length = round == 0 ? plan.seconds() : plan.pace(left, plan.rounds() - round, pairs, probes);
            round(prober, plan, round, length);
        }
        return results(plan, plan.isQuick() ? List.of() : profiles());
    }

    /** What can't be profiled has been measured all the same. */
    private List<Profile> profiles() throws BenchException {
        final String obstacle = Profiler.obstacle();
        final List<Profile> profiles = new ArrayList<>();
        for (final BenchScenario scenario : arguments.scenarios()) {
            final Entry entry = weft(scenario);
            if (entry == null || !entry.isStanding()) {
                continue;
            }
            try {
                if (obstacle != null) {
                    throw new BenchException(obstacle);
                }
                say(entry + ": where the time goes");
                profiles.add(Profiler.run(entry));
            } catch (final BenchException e) {
                checkOpen();
                say(entry + ": not profiled: " + e.line());
            }
        }
        return profiles;
    }

    private void setUp() throws BenchException {
        for (final BenchScenario scenario : arguments.scenarios()) {
            for (final Contender contender : contenders) {
                final Entry entry = new Entry(scenario, contender);
                entries.add(entry);
                final String obstacle = contender.obstacle(scenario);
                if (obstacle != null) {
                    entry.fails(obstacle);
                } else {
                    setUp(entry);
                }
            }
        }
    }

    private void setUp(final Entry entry) throws BenchException {
        final Site site = newSite();
        try {
            entry.contender().build(entry.scenario(), site);
            final double millis = site.awaitReply();
            Iperf.serve(site);
            entry.stands(site, millis);
        } catch (final BenchException e) {
            entry.fails("not started: " + e.line());
            say(entry + ": not started: " + e.line());
            site.close();
            checkOpen();
        }
    }

    private synchronized Site newSite() throws BenchException {
        checkOpen();
        final int number = sites.size();
        final Site site =
                new Site("wb" + ProcessHandle.current().pid() + "-" + number + "-", folder.resolve("s" + number));
        sites.add(site);
        return site;
    }

    private synchronized void checkOpen() throws BenchException {
        if (closed) {
            throw new BenchException("interrupted");
        }
    }

    private void warmUp(final Prober prober) throws BenchException {
        final boolean withUdp = probes.stream().anyMatch(probe -> probe.name().startsWith("UDP"));
        for (final Entry entry : entries) {
            if (entry.isStanding()) {
                try {
                    prober.warmUp(entry, withUdp);
                } catch (final BenchException e) {
                    checkOpen();
                    entry.falls("warm-up: " + e.line());
                    say(entry + ": warm-up: " + e.line());
                }
            }
        }
    }

    private void round(final Prober prober, final Plan plan, final int round, final double length)
            throws BenchException {
        Probe announced = null;
        for (final Schedule.Step<Contender> step :
                Schedule.round(round, plan.isQuick(), arguments.scenarios(), probes, contenders)) {
            if (step.probe() != announced) {
                announced = step.probe();
                say("round %d of %d, %s, %s"
                        .formatted(
                                round + 1,
                                plan.rounds(),
                                step.scenario().id(),
                                announced.name().toLowerCase(Locale.ROOT)));
            }
            final Entry entry = entry(step.scenario(), step.system());
            if (entry.takes(step.probe())) {
                probe(prober, entry, step.probe(), length);
            }
        }
    }

    private void probe(final Prober prober, final Entry entry, final Probe probe, final double length)
            throws BenchException {
        for (int i = 1; ; i++) {
            try {
                prober.probe(entry, probe, length);
                return;
            } catch (final BenchException e) {
                checkOpen();
                if (i == TRIES) {
                    entry.fails(probe, e.line());
                    say(entry + ": " + probe + ": " + e.line());
                    return;
                }
            }
        }
    }

    private Entry entry(final BenchScenario scenario, final Contender contender) {
        for (final Entry entry : entries) {
            if (entry.scenario() == scenario && entry.contender().equals(contender)) {
                return entry;
            }
        }
        throw new IllegalStateException("no entry for " + contender.id());
    }

    private @Nullable Entry weft(final BenchScenario scenario) {
        return entries.stream()
                .filter(entry -> entry.scenario() == scenario)
                .filter(entry -> entry.contender().id().equals(Contenders.WEFT))
                .findFirst()
                .orElse(null);
    }

    private BenchResults results(final Plan plan, final List<Profile> profiles) {
        final List<Measure> chosen = Probe.allMeasures().stream()
                .filter(measure -> measures.contains(measure.id()))
                .toList();
        final List<Row> rows = entries.stream()
                .map(entry -> entry.row(measures, weft(entry.scenario())))
                .toList();
        return new BenchResults(
                BenchResults.SCHEMA,
                started.toString(),
                seconds(),
                command,
                weft,
                MachineInfo.read(),
                plan.rounds(),
                plan.seconds(),
                chosen,
                arguments.scenarios().stream().map(BenchScenario::described).toList(),
                contenders.stream().map(this::described).toList(),
                rows,
                profiles);
    }

    private BenchSystem described(final Contender contender) {
        final List<String> commands = new ArrayList<>();
        for (final Entry entry : entries) {
            if (entry.contender().equals(contender) && !entry.commands().isEmpty()) {
                commands.add("# " + entry.scenario().id());
                commands.addAll(entry.commands());
            }
        }
        final boolean isThere = !commands.isEmpty();
        return new BenchSystem(
                contender.id(), contender.title(), isThere ? contender.versionText() : "not measured", commands);
    }

    private double seconds() {
        return (System.nanoTime() - startedAt) / NANOS;
    }

    private void say(final String line) {
        progress.printf(Locale.ROOT, "[%5.1f s] %s%n", seconds(), line);
    }

    /** Takes everything down that stands. Any thread, at any time; what is under way fails then. */
    @Override
    public void close() {
        final List<Site> standing;
        synchronized (this) {
            closed = true;
            standing = List.copyOf(sites);
        }
        standing.parallelStream().forEach(Site::close);
        folder.toFile().delete();
    }
}
