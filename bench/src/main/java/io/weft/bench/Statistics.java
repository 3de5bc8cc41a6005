// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.bench.BenchResults.Point;
import io.weft.bench.BenchResults.Summary;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;
import org.jspecify.annotations.Nullable;

/** Sums up rounds and distributions. */
final class Statistics {
    private static final double NANOS_PER_MICRO = 1e3;
    /** Ten seconds: nothing that is waited for here takes longer. */
    private static final long MAX_NANOS = 10_000_000_000L;

    private static final int DIGITS = 3;
    /** Points of a curve per halving of what is left to 100 %. */
    private static final int STEPS_PER_HALVING = 4;

    private Statistics() {}

    /** An empty distribution of times in nanoseconds. */
    static Histogram histogram() {
        return new Histogram(MAX_NANOS, DIGITS);
    }

    /** Adds a time to a distribution; one beyond its end as its end. */
    static void record(final Histogram histogram, final long nanos) {
        histogram.recordValue(Math.clamp(nanos, 0, MAX_NANOS));
    }

    /** Microseconds that so many percent of the times do not exceed. */
    static double micros(final Histogram histogram, final double percentile) {
        return histogram.getValueAtPercentile(percentile) / NANOS_PER_MICRO;
    }

    /** The middle one, or the mean of the middle two; there is at least one. */
    static double median(final List<Double> values) {
        final List<Double> sorted = values.stream().sorted().toList();
        final int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /**
     * Of at least one value.
     *
     * @param weft Weft's median of the same; null if it has none
     */
    static Summary summary(final List<Double> values, final @Nullable Double weft) {
        final double median = median(values);
        return new Summary(
                median,
                values.stream().mapToDouble(Double::doubleValue).min().orElse(median),
                values.stream().mapToDouble(Double::doubleValue).max().orElse(median),
                weft == null || median == 0 ? null : weft / median);
    }

    /** The distribution as a curve up to its greatest value; empty if nothing was recorded. */
    static List<Point> curve(final Histogram histogram) {
        final List<Point> points = new ArrayList<>();
        for (final HistogramIterationValue value : histogram.percentiles(STEPS_PER_HALVING)) {
            points.add(new Point(value.getPercentileLevelIteratedTo(), value.getValueIteratedTo() / NANOS_PER_MICRO));
        }
        return histogram.getTotalCount() == 0 ? List.of() : points;
    }
}
