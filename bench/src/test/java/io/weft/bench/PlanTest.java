// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlanTest {
    private static final List<Probe> ALL = List.of(Probe.values());
    /** Six systems on one node and four on two. */
    private static final int PAIRS = 10;

    private static Plan plan(final int pairs, final String... words) throws BenchException {
        return Plan.of(Arguments.parse(words, List.of()), ALL, pairs);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 6, 8, PAIRS})
    void shouldKeepAQuickRunWithinItsBudget(final int pairs) throws BenchException {
        final Plan plan = plan(pairs, "--quick");

        assertThat(plan.secondsPerPair(ALL) * pairs).isLessThanOrEqualTo(Plan.BUDGET + 0.1);
        assertThat(plan.rounds()).isEqualTo(5);
        assertThat(plan.seconds()).isBetween(0.25, 1.0);
    }

    @Test
    void shouldTakeTheRoundsAndSecondsThatAreAskedFor() throws BenchException {
        final Plan plan = plan(PAIRS, "--rounds", "11", "--seconds", "7");

        assertThat(plan.rounds()).isEqualTo(11);
        assertThat(plan.seconds()).isEqualTo(7);
        assertThat(plan.onceSeconds()).isEqualTo(7);
        assertThat(plan.isQuick()).isFalse();
    }

    @Test
    void shouldDoAtLeastFiveRoundsWhereNoneAreAskedFor() throws BenchException {
        assertThat(plan(PAIRS).rounds()).isGreaterThanOrEqualTo(5);
        assertThat(plan(PAIRS, "--quick").rounds()).isGreaterThanOrEqualTo(5);
    }

    @Test
    void shouldShortenTheRoundsThatAreLeftWhereARunIsBehind() throws BenchException {
        final Plan plan = plan(PAIRS, "--quick");
        final double others = plan.secondsOf(Probe.RTT) + Plan.TCP_OVERHEAD;

        assertThat(plan.pace(1000, 4, PAIRS, ALL)).isEqualTo(plan.seconds());
        final double shorter = (0.25 + plan.seconds()) / 2;
        assertThat(plan.pace(4 * PAIRS * (others + shorter), 4, PAIRS, ALL)).isEqualTo(shorter, within(1e-9));
        assertThat(plan.pace(0, 4, PAIRS, ALL)).isEqualTo(0.25);
    }

    @Test
    void shouldNotShortenALongRun() throws BenchException {
        assertThat(plan(PAIRS).pace(0, 4, PAIRS, ALL)).isEqualTo(plan(PAIRS).seconds());
    }
}
