// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Routing between networks, nodes and the nodes' own namespaces, in the lab three-subnets, with the kernel as judge. */
@Tag("netns")
class RoutingSystemTest {
    private static final String P3 = "10.244.3.2";
    private static final String P3_IPV6 = "fd00:244:0:3::2";

    private static RunningLab lab;

    @BeforeAll
    static void up() throws Exception {
        lab = RunningLab.up("three-subnets");
    }

    @AfterAll
    static void down() throws Exception {
        lab.close();
    }

    @Test
    void shouldPassItsOwnCheck() throws Exception {
        Program.weft("lab", "check", lab.name()).ok();
        for (final String node : List.of("n1", "n2", "n3")) {
            lab.assertConservation(node);
        }
    }

    /** Once more beside the check's column {@code SEEN}: what is on the cable between the nodes. */
    @Test
    void shouldNotTranslateAddresses() throws Exception {
        try (Capture capture = Capture.start(lab, "core", "eth3", "udp port 4789")) {
            lab.ping("p1", P3);
            lab.ping("p1", P3_IPV6);

            assertThat(capture.stop())
                    .containsPattern("198.18.1.1.[0-9]+ > 198.18.3.1.4789: VXLAN, flags \\[I\\] \\(0x08\\), vni 200")
                    .contains("IP 10.244.1.2 > 10.244.3.2: ICMP echo request")
                    .contains("IP6 fd00:244:0:1::2 > fd00:244:0:3::2: ICMP6, echo request")
                    .contains("IP 10.244.3.2 > 10.244.1.2: ICMP echo reply");
        }
    }

    @Test
    void shouldBeTheNeighborThatItSaysItIs() throws Exception {
        final String mac = lab.routerMac("n1", "pods");
        lab.ping("p1", "10.244.1.1");
        lab.ping("p1", "fd00:244:0:1::1");

        assertThat(lab.neighborMac("p1", "10.244.1.1")).isEqualTo(mac);
        assertThat(lab.neighborMac("p1", "fd00:244:0:1::1")).isEqualTo(mac);
        assertThat(lab.in("p1", "arping", "-c1", "-w2", "10.244.1.1").ok()).containsIgnoringCase(mac);
        assertThat(lab.in("p1", "ndisc6", "-1", "fd00:244:0:1::1", "eth0").ok()).containsIgnoringCase(mac);
        assertThat(lab.in("p1", "rdisc6", "-1", "eth0").ok())
                .containsIgnoringCase("Source link-layer address: " + mac)
                .containsPattern("MTU +: +1450")
                .containsPattern("Prefix +: fd00:244:0:1::/64");
    }

    @Test
    void shouldKnowItsPodsAsTheyAre() throws Exception {
        lab.ping("p1", P3);
        lab.ping("p1", P3_IPV6);

        assertThat(lab.nodeNeighborMac("n1", "10.244.1.2")).isEqualTo(lab.mac("p1", "eth0"));
        assertThat(lab.nodeNeighborMac("n1", "fd00:244:0:1::2")).isEqualTo(lab.mac("p1", "eth0"));
        for (final String[] route : new String[][] {{P3, "198.18.3.1"}, {P3_IPV6, "198.18.3.1"}}) {
            final JsonNode found = lab.ask("n1", "route", "get", route[0]).get(0);
            assertThat(found.path("gateway").asString()).isEqualTo(route[1]);
            assertThat(found.path("dev").asString()).isEqualTo("pods");
        }
    }

    @Test
    void shouldShowEveryHopToTraceroute() throws Exception {
        assertThat(lab.hops("p1", P3)).containsExactly("10.244.1.1", "10.244.3.1", P3);
        assertThat(lab.hops("p1", P3_IPV6)).containsExactly("fd00:244:0:1::1", "fd00:244:0:3::1", P3_IPV6);
    }

    @Test
    void shouldShowThePathMtuToTracepath() throws Exception {
        assertThat(lab.in("p1", "tracepath", "-n", P3).ok())
                .contains("pmtu 1450")
                .contains("reached");
        assertThat(lab.in("p1", "tracepath", "-6", "-n", P3_IPV6).ok())
                .contains("pmtu 1450")
                .contains("reached");
    }

    @Test
    void shouldCarryDatagramsOf9000OctetsInFragments() throws Exception {
        for (final String address : List.of(P3, P3_IPV6)) {
            final JsonNode end = lab.iperf("p1", "p3", address, "-u", "-l", "9000", "-b", "5M", "-n", "900K");
            assertThat(end.path("sum").path("packets").asLong()).isGreaterThanOrEqualTo(100);
            assertThat(end.path("sum").path("lost_packets").asLong()).isZero();
        }
    }

    @Test
    void shouldCarryBulkBetweenNetworksOfOneNodeAndOfTwo() throws Exception {
        lab.tcp("p1", "b1", "10.100.0.1", 100);
        lab.tcp("b1", "p1", "fd00:244:0:1::2", 100);
        lab.tcp("p1", "b3", "10.100.0.3", 50);
        lab.tcp("b3", "p1", "10.244.1.2", 50);
    }

    @Test
    void shouldReachPodsFromTheNodesOwnNamespace() throws Exception {
        lab.tcp("n1", "p3", P3, 50);
        lab.tcp("n1", "p1", "10.244.1.2", 50);
        lab.ping("n1", P3_IPV6);
        lab.ping("p1", "10.244.1.254");
        lab.ping("p1", "198.18.1.1");
    }

    @Test
    void shouldNotReachWhatNoNodeHolds() throws Exception {
        final Program.Result result = lab.in("p1", "ping", "-n", "-c1", "-W2", "10.244.77.7");
        assertThat(result.code()).isNotZero();
        assertThat(result.out()).contains("From 10.244.1.1").contains("Destination Host Unreachable");
    }

    @Test
    void shouldExplainAMadeUpPacket() throws Exception {
        final String mac = lab.mac("p1", "eth0");
        final String router = lab.routerMac("n1", "pods");
        lab.ping("p1", P3);
        final String packet = (router + mac + "0800").replace(":", "") + "45000054000040004001" + "20be" + "0af40102"
                + "0af40302" + "0800f7ff00000000";
        final String padded = packet + "0".repeat(2 * (14 + 84) - packet.length());
        final JsonNode steps = lab.ask("n1", "trace", "packet", "p1", padded);
        assertThat(steps.toString())
                .contains("via 198.18.3.1")
                .contains("VNI 200 to 198.18.3.1")
                .contains("sent by port underlay");
    }
}
