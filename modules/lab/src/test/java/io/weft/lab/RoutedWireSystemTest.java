// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Plain layer 3 in the lab routed-wire: two nodes and a kernel router on one wire, each the others' next hop. */
@Tag("netns")
class RoutedWireSystemTest {
    private static RunningLab lab;

    @BeforeAll
    static void up() throws Exception {
        lab = RunningLab.up("routed-wire");
    }

    @AfterAll
    static void down() throws Exception {
        lab.assertConservation("n1");
        lab.assertConservation("n2");
        lab.close();
    }

    @Test
    void shouldCarryBulkBetweenNodesWithoutATunnelAndInSuperFrames() throws Exception {
        final JsonNode before = lab.port("n2", "wire0");
        try (Capture tunnel = Capture.start(lab, "n1", "wire0", "udp port 4789");
                Capture plain = Capture.start(lab, "n1", "wire0", "-c2", "tcp and src host 10.61.1.2")) {
            lab.tcp("p1", "p2", "10.61.2.2", 100);
            lab.tcp("p2", "p1", "10.61.1.2", 100);
            lab.tcp("p1", "p2", "fd00:61:0:2::2", 100);
            lab.tcp("p2", "p1", "fd00:61:0:1::2", 100);

            assertThat(tunnel.stop()).contains("0 packets captured");
            assertThat(plain.stop()).contains("IP 10.61.1.2.").contains(" > 10.61.2.2.");
        }
        final JsonNode after = lab.port("n2", "wire0");
        assertThat(grown(before, after, "rx_segments") / grown(before, after, "rx_frames"))
                .isGreaterThan(2);
        assertThat(grown(before, after, "tx_segments") / grown(before, after, "tx_frames"))
                .isGreaterThan(2);
    }

    private static double grown(final JsonNode before, final JsonNode after, final String counter) {
        return after.path(counter).asLong() - before.path(counter).asLong();
    }

    /** h has the kernel r as its router, r has the nodes as next hops, and the nodes have r. */
    @Test
    void shouldForwardForKernelsAndByThem() throws Exception {
        lab.tcp("h", "p1", "10.61.1.2", 50);
        lab.tcp("p2", "h", "10.62.0.2", 50);
        lab.tcp("h", "p2", "fd00:61:0:2::2", 50);
        lab.tcp("p1", "h", "fd00:62::2", 50);
    }

    @Test
    void shouldShowEveryHopToTraceroute() throws Exception {
        assertThat(lab.hops("p1", "10.61.2.2")).containsExactly("10.61.1.1", "10.60.0.2", "10.61.2.2");
        assertThat(lab.hops("p2", "10.62.0.2")).containsExactly("10.61.2.1", "10.60.0.9", "10.62.0.2");
        assertThat(lab.hops("h", "10.61.1.2")).containsExactly("10.62.0.1", "10.60.0.1", "10.61.1.2");
        assertThat(lab.hops("p1", "fd00:61:0:2::2")).containsExactly("fd00:61:0:1::1", "fd00:60::2", "fd00:61:0:2::2");
        assertThat(lab.hops("h", "fd00:61:0:2::2")).containsExactly("fd00:62::1", "fd00:60::2", "fd00:61:0:2::2");
    }

    @Test
    void shouldBeANeighborOfTheKernel() throws Exception {
        lab.ping("h", "10.61.1.2");
        lab.ping("h", "fd00:61:0:1::2");
        final String mac = lab.routerMac("n1", "wire");

        for (final String address : List.of("10.60.0.1", "fd00:60::1")) {
            final JsonNode entry = lab.in("r", "ip", "-j", "neigh", "show", "to", address)
                    .json()
                    .get(0);
            assertThat(entry.path("lladdr").asString()).isEqualTo(mac);
            assertThat(entry.path("state").get(0).asString()).isIn("REACHABLE", "STALE", "DELAY", "PROBE");
        }
        assertThat(lab.nodeNeighborMac("n1", "10.60.0.9")).isEqualTo(lab.mac("r", "wire0"));
        // A pod's packets to h have made the node ask for its next hop.
        lab.ping("p1", "fd00:62::2");
        assertThat(lab.nodeNeighborMac("n1", "fd00:60::9")).isEqualTo(lab.mac("r", "wire0"));
    }

    /** The kernel of a pod announces its new MAC (arp_notify, ndisc_notify): by gratuitous ARP, by an unsolicited NA. */
    @ParameterizedTest
    @CsvSource({"p1, n1, 10.61.1.2", "p2, n2, fd00:61:0:2::2"})
    void shouldFollowAPodToItsNewMac(final String pod, final String node, final String address) throws Exception {
        final String mac = address.contains(":") ? "02:00:00:00:06:66" : "02:00:00:00:04:44";
        lab.ping("h", address);
        lab.in(pod, "sysctl", "-w", "net.ipv4.conf.eth0.arp_notify=1", "net.ipv6.conf.eth0.ndisc_notify=1")
                .ok();

        lab.in(pod, "ip", "link", "set", "eth0", "address", mac).ok();

        lab.ping("h", address);
        assertThat(lab.nodeNeighborMac(node, address)).isEqualTo(mac);
    }
}
