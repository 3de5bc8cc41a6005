// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs the micro-benchmarks and prints a table.
 *
 * <pre>
 *  java --sun-misc-unsafe-memory-access=allow -cp 'bench/target/weft-bench.jar:bench/target/lib/*' io.weft.bench.JmhMain [--quick] [--json FILE] [PATTERN]...
 * </pre>
 *
 * PATTERN is a regular expression over {@code ClassName.method}; without one everything runs, in about fifteen minutes, or
 * two with {@code --quick}. FILE gets JMH's own JSON. Where DPDK's {@code dpdk-test} is installed, its figures stand below
 * those of our tables. Exit: 0 done, 1 wrong arguments or a benchmark failed; DPDK has no part in it.
 */
public final class JmhMain {
    /** Classes of which DPDK has something like. */
    private static final Set<String> COMPARABLE = Set.of("FibBench", "FdbBench");

    private JmhMain() {}

    /** What the arguments say. */
    private record Arguments(boolean isQuick, @Nullable String json, List<String> patterns) {}

    /** Runs. */
    public static void main(final String[] args) {
        System.exit(run(args, System.out, System.err));
    }

    static int run(final String[] args, final PrintStream out, final PrintStream err) {
        try {
            final Collection<RunResult> results =
                    new Runner(options(parse(args)).build()).run();
            if (results.isEmpty()) {
                err.println("Error: no benchmark finished");
                return 1;
            }
            final List<JmhTable.Row> rows =
                    new ArrayList<>(results.stream().map(JmhTable::row).toList());
            rows.addAll(beside(rows, err));
            JmhTable.print(rows, out);
            return 0;
        } catch (final RunnerException | IllegalArgumentException e) {
            err.println("Error: " + e.getMessage());
            return 1;
        }
    }

    private static Arguments parse(final String[] args) {
        boolean isQuick = false;
        String json = null;
        final List<String> patterns = new ArrayList<>();
        for (int i = 0; i < args.length; i++) {
            if (args[i].equals("--quick")) {
                isQuick = true;
            } else if (args[i].equals("--json") && i + 1 < args.length) {
                json = args[++i];
            } else if (args[i].startsWith("-")) {
                throw new IllegalArgumentException("\"" + args[i] + "\": usage: [--quick] [--json FILE] [PATTERN]...");
            } else {
                patterns.add(args[i]);
            }
        }
        return new Arguments(isQuick, json, patterns);
    }

    private static ChainedOptionsBuilder options(final Arguments arguments) {
        final int iterations = 5;
        final TimeValue time = TimeValue.milliseconds(arguments.isQuick ? 150 : 2_000);
        final ChainedOptionsBuilder options = new OptionsBuilder()
                .mode(Mode.Throughput)
                .threads(1)
                .forks(1)
                .jvmArgs(jvmFlags())
                .warmupIterations(iterations)
                .warmupTime(time)
                .measurementIterations(iterations)
                .measurementTime(time)
                .addProfiler(GCProfiler.class)
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT);
        if (arguments.patterns.isEmpty()) {
            options.include("io\\.weft\\.bench\\.");
        }
        arguments.patterns.forEach(options::include);
        if (arguments.json != null) {
            options.result(arguments.json).resultFormat(ResultFormatType.JSON);
        }
        return options;
    }

    /** What a node runs with, and a heap that a benchmark does not outgrow. */
    static String[] jvmFlags() {
        try (InputStream in = JmhMain.class.getResourceAsStream("jvm.options")) {
            if (in == null) {
                throw new IllegalStateException("jvm.options is not in the jar");
            }
            final String flags = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return (flags.strip() + " -Xms512m -Xmx512m").split("\\s+");
        } catch (final IOException e) {
            throw new IllegalStateException("jvm.options can't be read", e);
        }
    }

    /** DPDK's own figures where ours are of tables that it has too. What keeps them away is one line. */
    private static List<JmhTable.Row> beside(final List<JmhTable.Row> ours, final PrintStream err) {
        if (ours.stream().noneMatch(row -> COMPARABLE.contains(row.owner()))) {
            return List.of();
        }
        final DpdkTest dpdk = DpdkTest.find(System.getenv());
        if (dpdk == null) {
            err.println(DpdkTest.MISSING);
            return List.of();
        }
        try {
            final DpdkOutput output = dpdk.run();
            if (!output.isComplete()) {
                err.println("dpdk-test did not run to its end, so figures of DPDK are missing; it said last: "
                        + output.last());
            }
            return DpdkTest.rows(output);
        } catch (final IOException e) {
            err.println("dpdk-test can't be run, so no figures of DPDK: " + e.getMessage());
            return List.of();
        }
    }
}
