// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.bench.BenchResults.Row;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The system benchmark: Weft and its peers side by side, in network namespaces of their own, as {@code scripts/bench} runs
 * it. Exit: 0 done, also if a peer failed; 1 wrong arguments, Weft itself failed, or a soak's promise was broken.
 */
public final class BenchMain {
    /** Names the checkout. */
    private static final String HOME = "weft.home";
    /** Names the folder of the C loops. */
    private static final String BASELINES = "WEFT_BASELINES";

    private static final String USAGE = """
            Usage: scripts/bench [--quick] [--rounds N] [--seconds N] [--scenario NAME]... [--system NAME]...
                                 [--measure NAME]... [--json FILE] [--report DIR]
                   scripts/bench --soak [MINUTES] [--json FILE]               Weft alone, under load for long (10, 1 to 600)
                   scripts/bench --jmh [--quick] [--json FILE] [PATTERN]...   the stages alone, without root
            """;

    private BenchMain() {}

    /** Runs. */
    public static void main(final String[] args) {
        final String named = System.getenv(BASELINES);
        final Path baselines = named == null || named.isEmpty() ? null : Path.of(named);
        System.exit(run(args, Path.of(System.getProperty(HOME, ".")), baselines, System.out, System.err));
    }

    static int run(
            final String[] args,
            final Path home,
            final @Nullable Path baselines,
            final PrintStream out,
            final PrintStream err) {
        return run(args, MachineInfo.weft(home), Contenders.all(home, baselines), out, err);
    }

    /** Runs with these systems to choose from. */
    static int run(
            final String[] args,
            final String weft,
            final List<Contender> known,
            final PrintStream out,
            final PrintStream err) {
        try {
            if (SoakArguments.isMeant(args)) {
                return soak(SoakArguments.parse(args), weft, args, known, out, err);
            }
            final Arguments arguments = Arguments.parse(args, Contenders.ids(known));
            if (arguments.isHelp()) {
                help(known, out);
                return 0;
            }
            prepareOutput(arguments.json(), arguments.report());
            return measure(arguments, weft, args, known, out, err);
        } catch (final BenchException e) {
            err.println("Error: " + e.line());
            return 1;
        }
    }

    private static void help(final List<Contender> known, final PrintStream out) {
        out.print(USAGE);
        out.println("scenarios: " + String.join(" ", BenchScenario.ids()) + " (without any: same-node two-nodes)");
        out.println("systems: " + String.join(" ", Contenders.ids(known)));
        out.println("measures: " + String.join(" ", Probe.measureIds()));
    }

    private static int measure(
            final Arguments arguments,
            final String weft,
            final String[] args,
            final List<Contender> known,
            final PrintStream out,
            final PrintStream err)
            throws BenchException {
        final List<Contender> chosen = known.stream()
                .filter(contender ->
                        arguments.systems().isEmpty() || arguments.systems().contains(contender.id()))
                .toList();
        final BenchRun run = new BenchRun(arguments, weft, command(args), chosen, err);
        final Thread hook = Thread.ofPlatform().unstarted(run::close);
        Runtime.getRuntime().addShutdownHook(hook);
        final BenchResults results = run.run();
        Runtime.getRuntime().removeShutdownHook(hook);
        BenchTable.print(results, out);
        write(arguments, results, out);
        for (final Row row : results.results()) {
            if (row.system().equals(Contenders.WEFT) && row.error() != null) {
                err.println("Error: weft, " + row.scenario() + ": " + row.error());
                return 1;
            }
        }
        return 0;
    }

    private static int soak(
            final SoakArguments arguments,
            final String weft,
            final String[] args,
            final List<Contender> known,
            final PrintStream out,
            final PrintStream err)
            throws BenchException {
        if (arguments.isHelp()) {
            help(known, out);
            return 0;
        }
        prepareOutput(arguments.json(), null);
        return soak(SoakPlan.ofMinutes(arguments.minutes()), arguments.json(), weft, command(args), known, out, err);
    }

    /** Has Weft endure what the plan says. */
    static int soak(
            final SoakPlan plan,
            final @Nullable Path json,
            final String weft,
            final List<String> command,
            final List<Contender> known,
            final PrintStream out,
            final PrintStream err)
            throws BenchException {
        final Soak soak = new Soak(plan, weft, command, Contenders.weft(known), err);
        final Thread hook = Thread.ofPlatform().unstarted(soak::close);
        Runtime.getRuntime().addShutdownHook(hook);
        final SoakResults results = soak.run();
        Runtime.getRuntime().removeShutdownHook(hook);
        SoakTable.print(results, out);
        if (json != null) {
            try {
                BenchJson.write(json, results);
            } catch (final IOException e) {
                throw new BenchException("results can't be written: " + e.getMessage(), e);
            }
            out.println("all samples: " + json);
        }
        for (final SoakResults.Promise promise : results.promises()) {
            if (!promise.holds()) {
                err.println("Error: " + promise.id() + ": " + promise.text());
            }
        }
        return results.isKept() ? 0 : 1;
    }

    private static List<String> command(final String[] args) {
        final List<String> command = new ArrayList<>(List.of("scripts/bench"));
        command.addAll(List.of(args));
        return command;
    }

    /** What can't be written is said before anything is measured. */
    private static void prepareOutput(final @Nullable Path json, final @Nullable Path report) throws BenchException {
        try {
            if (json != null) {
                Files.writeString(json, "");
            }
            if (report != null) {
                Files.createDirectories(report);
            }
        } catch (final IOException e) {
            throw new BenchException((json == null ? report : json) + " can't be written: " + e.getMessage(), e);
        }
    }

    private static void write(final Arguments arguments, final BenchResults results, final PrintStream out)
            throws BenchException {
        final Path json = arguments.json();
        final Path folder = arguments.report();
        try {
            if (json != null) {
                BenchJson.write(json, results);
                out.println("figures of every round: " + json);
            }
            if (folder != null) {
                BenchReport.write(folder, results);
                out.println("report: " + folder.resolve("index.html"));
            }
        } catch (final IOException e) {
            throw new BenchException("results can't be written: " + e.getMessage(), e);
        }
    }
}
