// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A hop of 1,400 octets in the middle of the underlay, of which neither node knows: 1,350 are left for pods that think they
 * have 1,450. Nobody may wait for what never arrives (RFC 1191, RFC 8201), in a routed and in a switched network.
 */
@Tag("netns")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PathMtuSystemTest {
    private static final String NARROW = """
            name: narrow
            nodes:
              n1: { underlay: 198.18.1.1/24, routes: [{ dst: default, via: 198.18.1.254 }] }
              n2: { underlay: 198.18.2.1/24, routes: [{ dst: default, via: 198.18.2.254 }] }
              r1:
                kind: host
                forwarding: true
                interfaces: { eth1: 198.18.1.254/24, eth3: 198.18.3.1/24 }
                routes: [{ dst: default, via: 198.18.3.2 }]
              r2:
                kind: host
                forwarding: true
                interfaces: { eth2: 198.18.2.254/24, eth3: 198.18.3.2/24 }
                routes: [{ dst: default, via: 198.18.3.1 }]
            links:
              - { endpoints: ["n1:underlay", "r1:eth1"] }
              - { endpoints: ["n2:underlay", "r2:eth2"] }
              - { endpoints: ["r1:eth3", "r2:eth3"], mtu: 1400 }
            networks:
              pods: { vni: 200, mode: overlay, subnet: [10.244.0.0/16, "fd00:244::/48"] }
              blue:
                vni: 100
                mode: switched
                subnet: [10.100.0.0/24, "fd00:100::/64"]
                gateway: [10.100.0.254, "fd00:100::fe"]
            pods:
              p1: { node: n1, network: pods }
              p2: { node: n2, network: pods }
              b1: { node: n1, network: blue, address: [10.100.0.1, "fd00:100::1"] }
              b2: { node: n2, network: blue, address: [10.100.0.2, "fd00:100::2"] }
            """;
    private static final Duration LEARNED = Duration.ofSeconds(10);

    private static RunningLab lab;

    @BeforeAll
    static void up() throws Exception {
        lab = RunningLab.ofText(NARROW);
    }

    @AfterAll
    static void down() throws Exception {
        lab.assertConservation("n1");
        lab.assertConservation("n2");
        lab.close();
    }

    /**
     * Comes first: no pod's kernel has learned of the path yet, and nothing makes it forget. Packets with DF clear tell nobody
     * anything, and the answer is as long as what it answers.
     */
    @Order(1)
    @ParameterizedTest
    @CsvSource({"p1, 10.244.2.2", "b1, 10.100.0.2"})
    void shouldCutPacketsThatMayBeCut(final String from, final String address) throws Exception {
        for (final int length : new int[] {1400, 3000}) {
            // The first may get lost: it is what tells each of the nodes how narrow the path is.
            await().atMost(LEARNED)
                    .untilAsserted(() -> ping(from, address, "dont", length).ok());
        }
    }

    /** Comes before the pings, which tell the pods' kernels too. */
    @Order(2)
    @ParameterizedTest
    @CsvSource({
        "p1, p2, 10.244.2.2, need to frag (mtu 1350)",
        "p1, p2, fd00:244:0:2::2, 'packet too big, mtu 1350'",
        "b2, b1, 10.100.0.1, need to frag (mtu 1350)",
        "b2, b1, fd00:100::1, 'packet too big, mtu 1350'"
    })
    void shouldTellTcpHowNarrowThePathIs(final String from, final String to, final String address, final String said)
            throws Exception {
        try (Capture capture =
                Capture.start(lab, from, "eth0", "icmp[icmptype] = icmp-unreach or (icmp6 and ip6[40] = 2)")) {
            lab.tcp(from, to, address, 50);

            assertThat(capture.stop()).contains(said);
        }
        assertThat(lab.in(from, "ip", "route", "get", address).ok()).contains("mtu 1350");
        final String node = from.equals("p1") ? "n1" : "n2";
        assertThat(lab.ask(node, "vtep", "show").get(0).path("mtu").asInt()).isEqualTo(1350);
    }

    @Order(3)
    @ParameterizedTest
    @CsvSource({"p1, 10.244.2.2, 28", "p1, fd00:244:0:2::2, 48", "b1, 10.100.0.2, 28", "b1, fd00:100::2, 48"})
    void shouldTakePacketsOf1350OctetsAndNoLonger(final String from, final String address, final int headers) {
        await().atMost(LEARNED).untilAsserted(() -> {
            final Program.Result longer = ping(from, address, "do", 1351 - headers);
            assertThat(longer.code()).isNotZero();
            assertThat(longer.toString()).containsPattern("mtu[=:] ?1350");
        });
        await().atMost(LEARNED)
                .untilAsserted(() -> ping(from, address, "do", 1350 - headers).ok());
    }

    private static Program.Result ping(final String from, final String address, final String discover, final int length)
            throws IOException {
        return lab.in(from, "ping", "-n", "-c1", "-W1", "-M", discover, "-s", "" + length, address);
    }
}
