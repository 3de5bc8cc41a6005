// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Underlays other than the one of the lab two-nodes: IPv6, subnets of their own behind a router, wires. */
@Tag("netns")
class UnderlaySystemTest {
    private static final String IPV6 = """
            name: six
            nodes:
              n1: { underlay: "fd00:198::1/64" }
              n2: { underlay: "fd00:198::2/64" }
            networks:
              blue: { vni: 100, mode: switched, subnet: [10.100.0.0/24, "fd00:100::/64"] }
            pods:
              a: { node: n1, network: blue, address: [10.100.0.1, "fd00:100::1"] }
              c: { node: n2, network: blue, address: [10.100.0.3, "fd00:100::3"] }
            """;

    /** r is a plain host whose cable ends in a packet port of n1. */
    private static final String WIRE = """
            name: wire
            nodes:
              n1: { underlay: 198.19.0.1/24 }
              n2: { underlay: 198.19.0.2/24 }
              r: { kind: host, interfaces: { eth0: [10.100.0.9/24, "fd00:100::9/64"] } }
            links:
              - { endpoints: ["n1:underlay", "n2:underlay"] }
              - { endpoints: ["n1:w0", "r:eth0"], network: blue }
            networks:
              blue: { vni: 100, mode: switched, subnet: [10.100.0.0/24, "fd00:100::/64"] }
            pods:
              a: { node: n1, network: blue, address: [10.100.0.1, "fd00:100::1"] }
              c: { node: n2, network: blue, address: [10.100.0.3, "fd00:100::3"] }
            """;

    @Test
    void shouldBridgePodsOfBothNodesToAHostOnAWire() throws Exception {
        try (RunningLab lab = RunningLab.ofText(WIRE)) {
            lab.tcp("a", "r", "10.100.0.9", 50);
            lab.tcp("r", "c", "fd00:100::3", 50);
            assertThat(lab.port("n1", "w0").path("operstate").asString()).isEqualTo("UP");
            lab.assertConservation("n1");
            lab.assertConservation("n2");
        }
    }

    /** Offloads are what makes bulk fast, not what makes it right. */
    @Test
    void shouldCarrySingleFramesWithoutOffloads() throws Exception {
        try (RunningLab lab = RunningLab.ofText("""
                name: plain
                nodes:
                  n1: { underlay: 198.19.0.1/24, offloads: off }
                  n2: { underlay: 198.19.0.2/24 }
                networks:
                  blue: { vni: 100, mode: switched, subnet: [10.100.0.0/24, "fd00:100::/64"] }
                pods:
                  a: { node: n1, network: blue, address: [10.100.0.1, "fd00:100::1"] }
                  b: { node: n1, network: blue, address: [10.100.0.2, "fd00:100::2"] }
                  c: { node: n2, network: blue, address: [10.100.0.3, "fd00:100::3"] }
                """)) {
            assertThat(lab.port("n1", "a").path("offloads").asString()).isEqualTo("off");
            lab.tcp("a", "b", "10.100.0.2", 20);
            lab.tcp("a", "c", "fd00:100::3", 20);
            lab.tcp("c", "a", "10.100.0.1", 20);
            for (final String port : new String[] {"a", "b", "underlay"}) {
                final JsonNode counts = lab.port("n1", port);
                assertThat(counts.path("rx_frames").asLong())
                        .as(port)
                        .isPositive()
                        .isEqualTo(counts.path("rx_segments").asLong());
            }
            lab.assertConservation("n1");
        }
    }

    @Test
    void shouldRouteWithoutTunnelsBesideALinuxRouter() throws Exception {
        try (RunningLab lab = RunningLab.up("routed-wire")) {
            Program.weft("lab", "check", lab.name()).ok();
            final String hops =
                    lab.in("h", "traceroute", "-n", "-q1", "-w2", "10.61.1.2").ok();
            assertThat(hops).contains(" 1  10.62.0.1 ", " 2  10.60.0.1 ", " 3  10.61.1.2 ");
            lab.assertConservation("n1");
            lab.assertConservation("n2");
        }
    }

    @Test
    void shouldTunnelOverIpv6() throws Exception {
        try (RunningLab lab = RunningLab.ofText(IPV6)) {
            assertThat(lab.in("a", "cat", "/sys/class/net/eth0/mtu").ok().strip())
                    .isEqualTo("1430");
            lab.tcp("a", "c", "10.100.0.3", 100);
            lab.tcp("c", "a", "10.100.0.1", 100);
            lab.tcp("a", "c", "fd00:100::3", 100);
            lab.tcp("c", "a", "fd00:100::1", 100);
            lab.in("a", "ping", "-n", "-c1", "-W2", "-M", "do", "-s", "1402", "10.100.0.3")
                    .ok();
            lab.assertConservation("n1");
            lab.assertConservation("n2");
        }
    }

    @Test
    void shouldStretchASubnetOverThreeSubnetsBehindARouter() throws Exception {
        try (RunningLab lab = RunningLab.up("three-subnets")) {
            for (final String from : List.of("b1", "b2", "b3")) {
                for (int to = 1; to <= 3; to++) {
                    if (!from.equals("b" + to)) {
                        lab.tcp(from, "b" + to, "10.100.0." + to, 20);
                        lab.tcp(from, "b" + to, "fd00:100::" + to, 20);
                    }
                }
            }
            for (final String node : List.of("n1", "n2", "n3")) {
                lab.assertConservation(node);
            }
        }
    }
}
