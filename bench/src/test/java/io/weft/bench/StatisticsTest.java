// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.weft.bench.BenchResults.Point;
import io.weft.bench.BenchResults.Summary;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class StatisticsTest {
    @Test
    void shouldTakeTheMiddleOne() {
        assertThat(Statistics.median(List.of(9.0, 1.0, 5.0))).isEqualTo(5);
        assertThat(Statistics.median(List.of(4.0, 1.0, 3.0, 9.0))).isEqualTo(3.5);
        assertThat(Statistics.median(List.of(7.0))).isEqualTo(7);
    }

    @Test
    void shouldCompareWithWeft() {
        assertThat(Statistics.summary(List.of(2.0, 8.0, 4.0), 12.0)).isEqualTo(new Summary(4, 2, 8, 3.0));
        assertThat(Statistics.summary(List.of(2.0), null)).isEqualTo(new Summary(2, 2, 2, null));
        assertThat(Statistics.summary(List.of(0.0), 1.0)).isEqualTo(new Summary(0, 0, 0, null));
    }

    @Test
    void shouldTellPercentilesInMicroseconds() {
        final Histogram times = Statistics.histogram();
        for (int i = 1; i <= 1000; i++) {
            Statistics.record(times, i * 1000L);
        }

        assertThat(Statistics.micros(times, 50)).isEqualTo(500, within(1.0));
        assertThat(Statistics.micros(times, 99)).isEqualTo(990, within(1.0));
        assertThat(Statistics.micros(times, 99.9)).isEqualTo(999, within(1.0));
    }

    @Test
    void shouldTakeTimesBeyondTheEndAsTheEnd() {
        final Histogram times = Statistics.histogram();
        Statistics.record(times, Long.MAX_VALUE);
        Statistics.record(times, -1);

        assertThat(times.getTotalCount()).isEqualTo(2);
        assertThat(times.getMinValue()).isZero();
    }

    @Test
    void shouldDrawACurveThatRisesToTheGreatestValue() {
        final Histogram times = Statistics.histogram();
        for (int i = 1; i <= 10_000; i++) {
            Statistics.record(times, i * 100L);
        }

        final List<Point> curve = Statistics.curve(times);

        assertThat(curve).isSortedAccordingTo((a, b) -> Double.compare(a.micros(), b.micros()));
        assertThat(curve.getLast().percentile()).isEqualTo(100);
        assertThat(curve.getLast().micros()).isEqualTo(1000, within(1.0));
        assertThat(Statistics.curve(Statistics.histogram())).isEmpty();
    }
}
