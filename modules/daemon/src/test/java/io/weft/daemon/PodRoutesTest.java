// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PodRoutesTest {
    private static final String NETWORKS = """
            node: n1
            underlay: { address: 198.18.1.1 }
            networks:
              - { name: blue, subnet: [10.100.0.0/24, "fd00:100::/64"], gateway: [10.100.0.254, "fd00:100::fe"] }
              - { name: pods, mode: overlay, vni: 200, subnet: [10.244.0.0/16, "fd00:244::/48"],
                  prefix: [10.244.1.0/24, "fd00:244:0:1::/64"] }
              - { name: more, mode: overlay, vni: 201, subnet: 10.245.0.0/16, prefix: 10.245.1.0/24 }
              - { name: mute, subnet: 10.99.0.0/24 }
              - { name: apart, vrf: red, subnet: 10.98.0.0/24, gateway: 10.98.0.1 }
            ports:
            """;

    @Test
    void shouldGivePodsTheGatewaysOfTheirFamiliesAsDefaultRouters() throws ConfigException {
        assertThat(routes("{ name: a, type: tap, network: blue, netns: a, address: [10.100.0.1, 'fd00:100::1'] }"))
                .containsExactly("0.0.0.0/0 via 10.100.0.254", "::/0 via fd00:100::fe");
        assertThat(routes("{ name: a, type: tap, network: pods, netns: a, address: 'fd00:244:0:1::2' }"))
                .containsExactly("::/0 via fd00:244:0:1::1");
    }

    @Test
    void shouldGiveNoRoutesWithoutAGatewayOrAnAddress() throws ConfigException {
        assertThat(routes("{ name: a, type: tap, network: mute, netns: a, address: 10.99.0.1 }"))
                .isEmpty();
        assertThat(routes("{ name: a, type: tap, network: mute, address: 10.99.0.1 }"))
                .isEmpty();
        assertThat(routes("{ name: a, type: tap, network: blue, netns: a }")).isEmpty();
    }

    @Test
    void shouldGiveAHostPortTheRangesOfItsVrf() throws ConfigException {
        assertThat(routes("{ name: host, type: tap, network: pods, address: [10.244.1.254, 'fd00:244:0:1::fe'] }"))
                .containsExactly(
                        "10.100.0.0/24 via 10.244.1.1",
                        "10.244.0.0/16 via 10.244.1.1",
                        "10.245.0.0/16 via 10.244.1.1",
                        "fd00:100::/64 via fd00:244:0:1::1",
                        "fd00:244::/48 via fd00:244:0:1::1");
    }

    @Test
    void shouldNotRouteTheSubnetThatIsOnTheHostPortsLink() throws ConfigException {
        assertThat(routes("{ name: host, type: tap, network: blue, address: 10.100.0.253 }"))
                .containsExactly("10.244.0.0/16 via 10.100.0.254", "10.245.0.0/16 via 10.100.0.254");
    }

    @Test
    void shouldRouteEachRangeByOneHostPortOnly() throws ConfigException {
        final String first = "{ name: host, type: tap, network: pods, address: 10.244.1.254 }";
        final String second = "{ name: host2, type: tap, network: more, address: 10.245.1.254 }";
        assertThat(routes(first, second))
                .containsExactly("10.100.0.0/24 via 10.244.1.1", "10.244.0.0/16 via 10.244.1.1");
        assertThat(routes(second, first))
                .containsExactly("10.100.0.0/24 via 10.245.1.1", "10.245.0.0/16 via 10.245.1.1");
        assertThat(routes("{ name: red, type: tap, network: apart, address: 10.98.0.9 }", first))
                .isEmpty();
    }

    /** The routes of the first of {@code ports}. */
    private static List<String> routes(final String... ports) throws ConfigException {
        final StringBuilder text = new StringBuilder(NETWORKS);
        for (final String port : ports) {
            text.append("  - ").append(port).append('\n');
        }
        final NodeConfig config = NodeConfig.parse("n1.yaml", text.toString());
        return new PodRoutes(config.networks(), config.ports())
                .of(config.ports().getFirst()).stream().map(Object::toString).toList();
    }
}
