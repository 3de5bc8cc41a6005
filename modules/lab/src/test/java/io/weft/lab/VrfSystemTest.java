// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two VRFs of one node with the very same subnets: each has its own routes, neighbors and routers. */
@Tag("netns")
class VrfSystemTest {
    private static final String TWINS = """
            name: twins
            nodes:
              n1: { underlay: 198.19.0.1/24 }
            networks:
              red-a: { vni: 1, vrf: red, subnet: [10.1.0.0/24, "fd00:1::/64"], gateway: [10.1.0.254, "fd00:1::fe"] }
              red-b: { vni: 2, vrf: red, subnet: [10.2.0.0/24, "fd00:2::/64"], gateway: [10.2.0.254, "fd00:2::fe"] }
              tan-a: { vni: 3, vrf: tan, subnet: [10.1.0.0/24, "fd00:1::/64"], gateway: [10.1.0.254, "fd00:1::fe"] }
              tan-b: { vni: 4, vrf: tan, subnet: [10.2.0.0/24, "fd00:2::/64"], gateway: [10.2.0.254, "fd00:2::fe"] }
            pods:
              r1: { node: n1, network: red-a, address: [10.1.0.1, "fd00:1::1"] }
              r2: { node: n1, network: red-b, address: [10.2.0.2, "fd00:2::2"] }
              t1: { node: n1, network: tan-a, address: [10.1.0.1, "fd00:1::1"] }
              t2: { node: n1, network: tan-b, address: [10.2.0.2, "fd00:2::2"] }
              t3: { node: n1, network: tan-b, address: [10.2.0.3, "fd00:2::3"] }
            """;

    private static final String ECHO = "(icmp6 and (ip6[40] = 128 or ip6[40] = 129))";

    @Test
    void shouldKeepEqualSubnetsApart() throws Exception {
        try (RunningLab lab = RunningLab.ofText(TWINS)) {
            for (final String[] pair : new String[][] {{"r1", "r2"}, {"t1", "t2"}}) {
                // Both pods called 10.2.0.2 are there: only the one of the same VRF hears of it.
                try (Capture own = Capture.start(lab, pair[1], "eth0", "icmp or " + ECHO);
                        Capture twin =
                                Capture.start(lab, pair[1].equals("r2") ? "t2" : "r2", "eth0", "icmp or " + ECHO)) {
                    lab.ping(pair[0], "10.2.0.2");
                    lab.ping(pair[0], "fd00:2::2");
                    lab.tcp(pair[0], pair[1], "10.2.0.2", 20);

                    assertThat(own.stop())
                            .contains("10.1.0.1 > 10.2.0.2: ICMP echo request")
                            .contains("fd00:1::1 > fd00:2::2: ICMP6, echo request");
                    assertThat(twin.stop()).contains("0 packets captured");
                }
            }
            lab.ping("t1", "10.2.0.3");
            final Program.Result other = lab.in("r1", "ping", "-n", "-c1", "-W5", "10.2.0.3");
            assertThat(other.code()).as(other.toString()).isNotZero();
            assertThat(other.out()).contains("From 10.1.0.254").contains("Unreachable");
            assertThat(lab.ask("n1", "route", "get", "10.2.0.2", "vrf", "red")
                            .get(0)
                            .path("dev")
                            .asString())
                    .isEqualTo("red-b");
            assertThat(lab.ask("n1", "route", "get", "10.2.0.2", "vrf", "tan")
                            .get(0)
                            .path("dev")
                            .asString())
                    .isEqualTo("tan-b");
            lab.assertConservation("n1");
        }
    }
}
