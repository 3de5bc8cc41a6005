// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ScaleTest {
    @Test
    void shouldStartLinearAxisAtZeroAndEndItRound() {
        final Scale scale = Scale.linear(38.1, 5);
        assertThat(scale.ticks()).containsExactly(0.0, 10.0, 20.0, 30.0, 40.0);
        assertThat(scale.at(0)).isZero();
        assertThat(scale.at(10)).isEqualTo(0.25);
        assertThat(scale.at(40)).isEqualTo(1);
        assertThat(scale.at(99)).isEqualTo(1);
        assertThat(scale.at(-1)).isZero();
    }

    @Test
    void shouldNotShowDustOfBinaryFractions() {
        assertThat(Scale.linear(0.3, 5).ticks()).containsExactly(0.0, 0.1, 0.2, 0.3);
        assertThat(Scale.linear(1, 5).ticks()).containsExactly(0.0, 0.2, 0.4, 0.6, 0.8, 1.0);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.MIN_VALUE, Double.MAX_VALUE, Double.NaN, Double.POSITIVE_INFINITY})
    void shouldMakeAxisWithoutValues(final double max) {
        assertThat(Scale.linear(max, 5).high()).isEqualTo(1);
        assertThat(Scale.log(max, max).ticks()).containsExactly(1.0, 10.0);
    }

    @Test
    void shouldSpaceFactorsEvenly() {
        final Scale scale = Scale.log(11, 950);
        assertThat(scale.ticks()).containsExactly(10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0);
        assertThat(scale.at(10)).isZero();
        assertThat(scale.at(100)).isCloseTo(0.5, within(1e-9));
        assertThat(scale.at(1000)).isEqualTo(1);
        assertThat(scale.at(0)).isZero();
    }

    @Test
    void shouldLabelOnlyDecadesOfWideAxis() {
        assertThat(Scale.log(0.5, 40_000).ticks()).containsExactly(1.0, 10.0, 100.0, 1000.0, 10_000.0);
    }

    @Test
    void shouldHoldSingleValue() {
        assertThat(Scale.log(20, 20).ticks()).containsExactly(20.0, 50.0);
    }

    @Test
    void shouldHoldAnyValuesWithinFewTicks() {
        final SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 10_000; i++) {
            final double low = Math.pow(10, random.nextDouble(-6, 9));
            final double high = low * Math.pow(10, random.nextDouble(0, 6));
            final Scale linear = Scale.linear(high, 5);
            assertThat(linear.high()).isBetween(high * (1 - 1e-6), high * 2.1);
            assertThat(linear.ticks()).hasSizeBetween(2, 6).isSorted();
            final Scale log = Scale.log(low, high);
            assertThat(log.low()).isLessThanOrEqualTo(low * (1 + 1e-6));
            assertThat(log.high()).isGreaterThanOrEqualTo(high * (1 - 1e-6)).isGreaterThan(log.low());
            assertThat(log.ticks()).hasSizeBetween(2, 11).isSorted();
        }
    }
}
