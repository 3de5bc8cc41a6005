// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.bench.BenchResults.Measure;
import io.weft.bench.BenchResults.Row;
import io.weft.bench.BenchResults.Scenario;
import io.weft.bench.BenchResults.Summary;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** Results as a table for terminals: what is compared stands below each other. */
final class BenchTable {
    private static final String LINE = "%-18s %-12s %-11s %10s  %-23s %9s%n";

    private static final String COUNT = "frames";

    private BenchTable() {}

    static void print(final BenchResults results, final PrintStream out) {
        out.printf(
                Locale.ROOT,
                "%s on %s, %s, %d CPUs; medians of up to %d rounds; \"weft is\": weft's figure / this one's%n",
                results.weft(),
                results.machine().kernel(),
                results.machine().cpu(),
                results.machine().cpus(),
                results.rounds());
        for (final Scenario scenario : results.scenarios()) {
            final List<Row> rows = results.results().stream()
                    .filter(row -> row.scenario().equals(scenario.id()))
                    .toList();
            out.printf(Locale.ROOT, "%n%s: %s%n", scenario.id(), scenario.title());
            out.printf(Locale.ROOT, LINE, "measure", "unit", "system", "median", "(least - most)", "weft is");
            for (final Measure measure : results.measures()) {
                print(measure, rows, out);
            }
            for (final Row row : rows) {
                if (row.error() != null) {
                    out.printf(Locale.ROOT, "%-11s %s%n", row.system(), row.error());
                }
            }
        }
    }

    private static void print(final Measure measure, final List<Row> rows, final PrintStream out) {
        boolean isFirst = !measure.unit().equals(COUNT) || rows.stream().anyMatch(row -> isSeen(row, measure));
        if (!isFirst) {
            return;
        }
        for (final Row row : rows) {
            final Summary summary = row.summaries().get(measure.id());
            if (summary != null) {
                final Double ratio = summary.ratio();
                out.printf(
                        Locale.ROOT,
                        LINE,
                        isFirst ? measure.id() : "",
                        isFirst ? measure.unit() : "",
                        row.system(),
                        number(summary.median()),
                        "(" + number(summary.min()) + " - " + number(summary.max()) + ")",
                        ratio == null ? "-" : String.format(Locale.ROOT, "%.2f x", ratio));
                isFirst = false;
            }
        }
    }

    /** Counts of what should not happen are shown where it did. */
    private static boolean isSeen(final Row row, final Measure measure) {
        final Summary summary = row.summaries().get(measure.id());
        return summary != null && summary.max() > 0;
    }

    /** Three digits or so, whatever the size. */
    static String number(final double value) {
        final double size = Math.abs(value);
        final int decimals = size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
        return String.format(Locale.ROOT, "%,." + decimals + "f", value);
    }
}
