// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Two workers on each of two nodes that route: by tunnels (o1, o2), and by a wire that both nodes have taken over with packet
 * ports of two queues (w1, w2), on which h is a plain host.
 */
@Tag("netns")
class RoutedWorkersSystemTest {
    private static final String LAB = """
            name: workers
            nodes:
              n1: { workers: 2, underlay: 198.19.0.1/24 }
              n2: { workers: 2, underlay: 198.19.0.2/24 }
              h:
                kind: host
                interfaces: { eth0: [10.60.0.9/24, "fd00:60::9/64"] }
                routes:
                  - { dst: 10.61.1.0/24, via: 10.60.0.1 }
                  - { dst: 10.61.2.0/24, via: 10.60.0.2 }
                  - { dst: "fd00:61:0:1::/64", via: "fd00:60::1" }
                  - { dst: "fd00:61:0:2::/64", via: "fd00:60::2" }
            links:
              - { endpoints: ["n1:underlay", "n2:underlay"] }
              - { endpoints: ["n1:wire0", "n2:wire0", "h:eth0"], network: wire }
            networks:
              wire:
                mode: switched
                subnet: [10.60.0.0/24, "fd00:60::/64"]
                gateway: { n1: [10.60.0.1, "fd00:60::1"], n2: [10.60.0.2, "fd00:60::2"] }
              plain: { mode: routed, subnet: [10.61.0.0/16, "fd00:61::/48"], wire: wire }
              pods: { mode: overlay, vni: 200, subnet: [10.244.0.0/16, "fd00:244::/48"] }
            pods:
              o1: { node: n1, network: pods }
              o2: { node: n2, network: pods }
              w1: { node: n1, network: plain }
              w2: { node: n2, network: plain }
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
    void shouldRouteByTunnels() throws Exception {
        assertReaches("o1", "o2", List.of("10.244.2.2", "fd00:244:0:2::2"));
        assertReaches("o2", "o1", List.of("10.244.1.2", "fd00:244:0:1::2"));
    }

    @Test
    void shouldRouteByAWire() throws Exception {
        assertReaches("w1", "w2", List.of("10.61.2.2", "fd00:61:0:2::2"));
        assertReaches("w2", "w1", List.of("10.61.1.2", "fd00:61:0:1::2"));
    }

    @Test
    void shouldBeANextHopOfAHostOnTheWire() throws Exception {
        assertReaches("h", "w1", List.of("10.61.1.2", "fd00:61:0:1::2"));
        assertReaches("w2", "h", List.of("10.60.0.9", "fd00:60::9"));
        assertThat(lab.nodeNeighborMac("n2", "10.60.0.9")).isEqualTo(lab.mac("h", "eth0"));
    }

    @Test
    void shouldRouteBetweenTheNetworksOfANode() throws Exception {
        assertReaches("o1", "w1", List.of("10.61.1.2", "fd00:61:0:1::2"));
    }

    @Test
    void shouldShowEveryHop() throws Exception {
        assertThat(lab.hops("o1", "10.244.2.2")).containsExactly("10.244.1.1", "10.244.2.1", "10.244.2.2");
        assertThat(lab.hops("w1", "fd00:61:0:2::2")).containsExactly("fd00:61:0:1::1", "fd00:60::2", "fd00:61:0:2::2");
    }

    /** By several connections, so that both workers get some. */
    private static void assertReaches(final String from, final String to, final List<String> addresses)
            throws Exception {
        for (final String address : addresses) {
            lab.ping(from, address);
            for (int connection = 0; connection < 4; connection++) {
                lab.tcp(from, to, address, 10);
            }
        }
    }
}
