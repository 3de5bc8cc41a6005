// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.io.PrintStream;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/** The table that is printed of the results: grouped by subject, with the figures of others below ours. */
final class JmhTable {
    private static final String ALLOCATED = "gc.alloc.rate.norm";
    private static final String OCTETS = "octets";

    /** Subjects in the order of a frame's way, and the classes that are about them. */
    private static final List<Subject> SUBJECTS = List.of(
            new Subject("codecs", List.of("HeaderBench", "EthernetInputBench", "ChecksumBench")),
            new Subject("forwarding database", List.of("FdbBench")),
            new Subject("routes", List.of("FibBench")),
            new Subject("neighbors", List.of("NeighborBench")),
            new Subject("flows", List.of("FlowTableBench")),
            new Subject("overlay", List.of("OverlayTableBench", "VxlanBench")),
            new Subject("offloads", List.of("OffloadBench")),
            new Subject("pipeline", List.of("PipelineBench")),
            new Subject("captures", List.of("CaptureBench")),
            new Subject("workers", List.of("WorkersBench")));

    /** What belongs together. */
    private record Subject(String title, List<String> classes) {}

    /**
     * A line.
     *
     * @param owner simple name of the class beside whose results it belongs
     * @param name what was measured
     * @param perSecond operations per second; NaN where unknown, as all numbers
     * @param error half of the confidence interval (99.9 %), operations per second
     * @param allocated octets per operation
     * @param note what is said at the end of the line
     */
    record Row(String owner, String name, double perSecond, double error, double allocated, String note) {}

    private JmhTable() {}

    /** Every class of benchmarks that has a subject. */
    static List<String> owners() {
        return SUBJECTS.stream().flatMap(subject -> subject.classes.stream()).toList();
    }

    /** The line of one of JMH's results. */
    static Row row(final RunResult result) {
        final String path = result.getParams().getBenchmark();
        final String method = path.substring(path.lastIndexOf('.', path.lastIndexOf('.') - 1) + 1);
        final String name = result.getParams().getParamsKeys().stream()
                .map(key -> " " + result.getParams().getParam(key))
                .collect(Collectors.joining("", method, ""));
        final Result<?> primary = result.getPrimaryResult();
        final Result<?> octets = result.getSecondaryResults().get(OCTETS);
        final Result<?> allocated = result.getSecondaryResults().get(ALLOCATED);
        return new Row(
                method.substring(0, method.indexOf('.')),
                name,
                primary.getScore(),
                primary.getScoreError(),
                allocated == null ? Double.NaN : allocated.getScore(),
                octets == null ? "" : String.format(Locale.ROOT, "%.2f GB/s", octets.getScore() / 1e9));
    }

    /** Prints the lines below the title of their subject. */
    static void print(final Collection<Row> rows, final PrintStream out) {
        out.printf(Locale.ROOT, "%-48s %16s %8s %10s %8s%n", "benchmark", "operations/s", "+-", "ns/op", "B/op");
        for (final Subject subject : SUBJECTS) {
            final List<Row> own = rows.stream()
                    .filter(row -> subject.classes.contains(row.owner))
                    .toList();
            if (!own.isEmpty()) {
                out.println(subject.title);
            }
            own.forEach(row -> print(row, out));
        }
    }

    private static void print(final Row row, final PrintStream out) {
        final String line = String.format(
                Locale.ROOT,
                "  %-46s %16s %8s %10s %8s %14s",
                row.name,
                number("%,.0f", row.perSecond),
                number("%.1f%%", 100 * row.error / row.perSecond),
                number("%.2f", 1e9 / row.perSecond),
                number("%.2f", row.allocated),
                row.note);
        out.println(line.stripTrailing());
    }

    private static String number(final String format, final double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, format, value);
    }
}
