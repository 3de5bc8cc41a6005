// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Two workers on each of two nodes: flows are divided among them, and users see one node. */
@Tag("netns")
class WorkersSystemTest {
    private static final String LAB = """
            name: workers
            nodes:
              n1: { workers: 2, underlay: 198.19.0.1/24 }
              n2: { workers: 2, underlay: 198.19.0.2/24 }
            networks:
              blue: { vni: 100, mode: switched, subnet: [10.100.0.0/24, "fd00:100::/64"],
                      gateway: [10.100.0.254, "fd00:100::fe"] }
            pods:
              a: { node: n1, network: blue, address: [10.100.0.1, "fd00:100::1"] }
              b: { node: n1, network: blue, address: [10.100.0.2, "fd00:100::2"] }
              c: { node: n2, network: blue, address: [10.100.0.3, "fd00:100::3"] }
            """;

    private static RunningLab lab;

    @BeforeAll
    static void up() throws Exception {
        lab = RunningLab.ofText(LAB);
    }

    @AfterAll
    static void down() throws Exception {
        lab.assertConservation("n1");
        lab.assertConservation("n2");
        lab.close();
    }

    @Test
    void shouldReachPodsOfBothFamiliesOnBothNodes() throws Exception {
        for (final String address : new String[] {"10.100.0.2", "10.100.0.3", "fd00:100::2", "fd00:100::3"}) {
            lab.ping("a", address);
        }
        lab.ping("a", "10.100.0.254");
        lab.ping("c", "fd00:100::fe");
    }

    @Test
    void shouldCarryTransfersWholeWithinANodeAndBetweenNodes() throws Exception {
        for (int flow = 0; flow < 4; flow++) {
            lab.tcp("a", "b", "10.100.0.2", 20);
            lab.tcp("a", "c", "10.100.0.3", 20);
            lab.tcp("c", "a", "fd00:100::1", 20);
        }
    }

    @Test
    void shouldShowEveryEntryOnce() throws Exception {
        lab.ping("a", "10.100.0.3");
        lab.ping("a", "10.100.0.254");
        assertNoneTwice(lab.ask("n1", "fdb", "show"), "mac");
        assertNoneTwice(lab.ask("n1", "neigh", "show"), "dst");
        assertThat(lab.nodeNeighborMac("n1", "10.100.0.1")).isEqualTo(lab.mac("a", "eth0"));
    }

    /** Each echo comes in once and goes out once, whichever worker has its flow. */
    @Test
    void shouldCaptureTheFramesOfBothWorkersEachOnce() throws Exception {
        final String file = "/tmp/" + lab.name() + ".pcapng";
        final Process capture = new ProcessBuilder(
                        Program.WEFT,
                        "-n",
                        lab.namespace("n1"),
                        "capture",
                        "--port",
                        "a",
                        "--count",
                        "100",
                        "-w",
                        file,
                        "icmp")
                .redirectErrorStream(true)
                .start();
        try {
            // Traffic goes on until the capture has what it wants.
            while (capture.isAlive()) {
                lab.ping("a", "10.100.0.2");
            }
            final String echoes = Program.run(
                            "tshark",
                            "-r",
                            file,
                            "-T",
                            "fields",
                            "-e",
                            "frame.interface_name",
                            "-e",
                            "icmp.type",
                            "-e",
                            "icmp.ident",
                            "-e",
                            "icmp.seq")
                    .ok();
            assertThat(echoes.lines()).hasSize(100).doesNotHaveDuplicates();
            assertThat(echoes).contains("/a rx", "/a tx");
        } finally {
            capture.destroyForcibly();
            Program.run("rm", "-f", file).ok();
        }
    }

    private static void assertNoneTwice(final JsonNode rows, final String key) {
        final Set<String> seen = new HashSet<>();
        for (final JsonNode row : rows) {
            assertThat(seen.add(row.path("network").asString() + row.path(key).asString()))
                    .as("%s is there once", row)
                    .isTrue();
        }
        assertThat(seen).isNotEmpty();
    }

    @Test
    void shouldReopenEveryQueueOfALostInterface() throws Exception {
        lab.in("b", "ip", "link", "del", "eth0").ok();
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> lab.in("a", "ping", "-n", "-c", "1", "-W", "1", "10.100.0.2")
                        .ok());
        lab.tcp("a", "b", "10.100.0.2", 5);
    }
}
