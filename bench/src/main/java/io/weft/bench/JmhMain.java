// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
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
 * PATTERN is a regular expression over {@code ClassName.method}; without one everything runs, in about four minutes, or
 * one with {@code --quick}. FILE gets JMH's own JSON. Exit: 0 done, 1 wrong arguments or a benchmark failed.
 */
public final class JmhMain {
    private static final String ALLOCATED = "gc.alloc.rate.norm";

    /** Of a benchmark whose operation is many frames: their rate. */
    private static final String FRAMES = "frames";

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
            print(results, out);
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
        final TimeValue time = TimeValue.milliseconds(arguments.isQuick ? 300 : 2_000);
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

    private static void print(final Collection<RunResult> results, final PrintStream out) {
        out.printf(Locale.ROOT, "%-32s %16s %8s %10s %10s%n", "benchmark", "operations/s", "+-", "ns/op", "B/op");
        for (final RunResult result : results) {
            final Result<?> primary = result.getPrimaryResult();
            final double perSecond = primary.getScore();
            final Result<?> allocated = result.getSecondaryResults().get(ALLOCATED);
            out.printf(
                    Locale.ROOT,
                    "%-32s %,16.0f %7.1f%% %10.2f %10.2f%n",
                    name(result),
                    perSecond,
                    100 * primary.getScoreError() / perSecond,
                    1e9 / perSecond,
                    allocated == null ? Double.NaN : allocated.getScore());
            final Result<?> frames = result.getSecondaryResults().get(FRAMES);
            if (frames != null) {
                out.printf(
                        Locale.ROOT,
                        "%-32s %,16.0f %8s %10.2f%n",
                        "  frames",
                        frames.getScore(),
                        "",
                        1e9 / frames.getScore());
            }
        }
    }

    private static String name(final RunResult result) {
        final String full = result.getParams().getBenchmark();
        final String name = full.substring(full.lastIndexOf('.', full.lastIndexOf('.') - 1) + 1);
        return result.getParams().getParamsKeys().stream()
                .map(key -> " " + result.getParams().getParam(key))
                .collect(Collectors.joining("", name, ""));
    }
}
