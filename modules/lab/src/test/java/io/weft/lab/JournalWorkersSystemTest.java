// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.lab.Direction.Carried;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Two workers, each with a flow table and a ring of its own: together they account for every frame. */
@Tag("netns")
class JournalWorkersSystemTest {
    private static final String LAB = """
            name: workers
            nodes:
              n1: { workers: 2, underlay: 198.19.0.1/24 }
              n2: { workers: 2, underlay: 198.19.0.2/24 }
            networks:
              blue: { vni: 100, mode: switched, subnet: 10.100.0.0/24 }
            pods:
              a: { node: n1, network: blue, address: 10.100.0.1 }
              c: { node: n2, network: blue, address: 10.100.0.3 }
            conntrack: { tcp-established: 3s, tcp-transitory: 3s, tcp-closed: 3s, udp: 3s, icmp: 3s }
            """;

    private static final String C = "10.100.0.3";

    @TempDir
    private Path directory;

    @Test
    void shouldAccountForTheFramesOfEveryWorker() throws Exception {
        try (RunningLab lab = RunningLab.ofText(LAB)) {
            final Instant since = Instant.now();
            final Map<Direction, Carried> first;
            final Map<Direction, Carried> second;
            final JsonNode shown;
            try (FlowCapture at1 = FlowCapture.start(lab, "n1", directory, "a", C);
                    FlowCapture at2 = FlowCapture.start(lab, "n2", directory, "a", C);
                    ShortFlows shortFlows = new ShortFlows(lab, "a", "c", C)) {
                // No more than the ring of one worker holds, should the capture's reader have to wait.
                lab.iperf("a", "c", C, "-n", "3M", "-P", "4", "-b", "20M");
                shortFlows.run(50);
                shown = lab.ask("n1", "flow", "show");
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> lab.ask("n1", "flow", "show").isEmpty()
                                && lab.ask("n2", "flow", "show").isEmpty());
                first = at1.stop();
                second = at2.stop();
            }

            assertThat(first).isEqualTo(second).hasSizeGreaterThanOrEqualTo(2 * (5 + 100));
            assertThat(kept(lab, "n1", since)).isEqualTo(first);
            assertThat(kept(lab, "n2", since)).isEqualTo(second);
            assertThat(shown.valueStream().map(flow -> flow.path("worker").asInt()))
                    .contains(0, 1);
            lab.assertConservation("n1");
            lab.assertConservation("n2");
        }
    }

    /** Of the entries of all workers together: each direction of a flow, whoever is taken for its originator. */
    private static Map<Direction, Carried> kept(final RunningLab lab, final String node, final Instant since)
            throws Exception {
        final List<JsonNode> closes = lab.observe(node, "--since", since.toString()).stream()
                .filter(event -> event.has("source_port")
                        && event.path("event").asString().equals("close"))
                .toList();
        final Map<Direction, Carried> carried = new HashMap<>(Direction.carried(closes));
        carried.values().removeIf(direction -> direction.frames() == 0);
        return carried;
    }
}
