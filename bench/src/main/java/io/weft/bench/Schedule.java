// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The order of a round: scenario by scenario, probe by probe, and each probe on one system after the other, so that what is
 * compared stands next to each other in time. The next round goes through all of it again.
 */
final class Schedule {
    private Schedule() {}

    /** One probe of one system. */
    record Step<S>(BenchScenario scenario, Probe probe, S system) {}

    /**
     * The steps of a round.
     *
     * @param round from 0
     * @param onceOnly true: probes that are not of every round are in the first only
     */
    static <S> List<Step<S>> round(
            final int round,
            final boolean onceOnly,
            final List<BenchScenario> scenarios,
            final Collection<Probe> probes,
            final List<S> systems) {
        final List<Step<S>> steps = new ArrayList<>();
        for (final BenchScenario scenario : scenarios) {
            for (final Probe probe : probes) {
                if (isDue(round, onceOnly, probe)) {
                    systems.forEach(system -> steps.add(new Step<>(scenario, probe, system)));
                }
            }
        }
        return steps;
    }

    private static boolean isDue(final int round, final boolean onceOnly, final Probe probe) {
        // A system starts once in a run.
        return round == 0 || (probe != Probe.START && (probe.isEveryRound() || !onceOnly));
    }
}
