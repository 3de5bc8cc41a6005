// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    private static final List<String> SYSTEMS = List.of("A", "B", "C");
    private static final List<BenchScenario> SCENARIOS = List.of(BenchScenario.SAME_NODE, BenchScenario.TWO_NODES);

    private static List<String> round(final int round, final boolean onceOnly, final Probe... probes) {
        return Schedule.round(round, onceOnly, SCENARIOS, List.of(probes), SYSTEMS).stream()
                .map(step -> step.scenario().id() + " " + step.probe() + " " + step.system())
                .toList();
    }

    @Test
    void shouldMeasureOneSystemAfterTheOtherWithEachProbe() {
        assertThat(round(3, false, Probe.TCP_1, Probe.RTT))
                .containsExactly(
                        "same-node TCP_1 A",
                        "same-node TCP_1 B",
                        "same-node TCP_1 C",
                        "same-node RTT A",
                        "same-node RTT B",
                        "same-node RTT C",
                        "two-nodes TCP_1 A",
                        "two-nodes TCP_1 B",
                        "two-nodes TCP_1 C",
                        "two-nodes RTT A",
                        "two-nodes RTT B",
                        "two-nodes RTT C");
    }

    @Test
    void shouldDoInTheFirstRoundOfAQuickRunWhatTheOthersLeaveOut() {
        assertThat(round(0, true, Probe.TCP_1, Probe.UDP_64)).hasSize(12);
        assertThat(round(1, true, Probe.TCP_1, Probe.UDP_64)).hasSize(6).allMatch(step -> step.contains("TCP_1"));
        assertThat(round(1, false, Probe.TCP_1, Probe.UDP_64)).hasSize(12);
    }

    @Test
    void shouldTellTheStartOnce() {
        assertThat(round(0, false, Probe.START)).hasSize(6);
        assertThat(round(1, false, Probe.START)).isEmpty();
    }
}
