// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** That the tables which are measured are what they are said to be. */
final class FibBenchTest {
    private static final int MAX_MEMORY = 16 << 20;

    @Test
    void shouldKeepFullTableInSixteenMegabytes() {
        final FibBench.Four state = new FibBench.Four();
        state.fill();
        assertThat(state.memory()).isLessThan(MAX_MEMORY);
    }

    @Test
    void shouldDistributeLengthsAsBgpDoes() {
        final FibRoutes routes = new FibRoutes(1);
        final int[] counts = new int[33];
        final int all = 1_000_000;
        for (int i = 0; i < all; i++) {
            counts[routes.ipv4Length()]++;
        }
        assertThat(counts[24]).isBetween(all * 53 / 100, all * 55 / 100);
        assertThat(counts[23]).isBetween(all * 7 / 100, all * 9 / 100);
        assertThat(counts[32]).isPositive();
        assertThat(counts[8]).isPositive();
    }
}
