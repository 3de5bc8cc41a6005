// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.daemon.ConfigException;
import io.weft.lab.Topology.Endpoint;
import io.weft.lab.Topology.Node;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Links as Docker networks, and what a container makes of its interfaces. */
class DockerLinkTest {
    private static final String LAB = """
            name: x
            nodes:
              n1: { underlay: 198.19.0.1/24, routes: [{ dst: default, via: 198.19.0.9 }] }
              n2: { underlay: "fd00:9::2/64" }
              h: { kind: host, interfaces: { eth0: [198.19.0.254/24, "fd00:1::1/64"], eth1: "fd00:9::1/64" } }
            links:
              - { endpoints: ["n1:underlay", "h:eth0"], mtu: 1400 }
              - { endpoints: ["n2:underlay", "h:eth1"] }
            """;

    private static List<DockerLink> links(final String lab) throws ConfigException, LabException {
        return DockerLink.of(TopologyParser.parse("lab.yaml", lab));
    }

    @Test
    void shouldTakeTheAddressesOfTheLabWhereItHasAny() throws Exception {
        final DockerLink link = links(LAB).getFirst();

        assertThat(link.name()).isEqualTo("x-link0");
        assertThat(link.mtu()).isEqualTo(1400);
        assertThat(link.subnet()).hasToString("198.19.0.0/24");
        assertThat(link.addresses().get(new Endpoint("n1", "underlay"))).hasToString("198.19.0.1");
        assertThat(link.addresses().get(new Endpoint("h", "eth0"))).hasToString("198.19.0.254");
    }

    @Test
    void shouldKeepDockersOwnAddressOutOfTheWay() throws Exception {
        assertThat(links(LAB).getFirst().gateway()).hasToString("198.19.0.253");
    }

    @Test
    void shouldNumberEndsWithoutIpv4() throws Exception {
        final DockerLink link = links(LAB).get(1);

        assertThat(link.subnet()).hasToString("198.18.129.0/24");
        assertThat(link.addresses().values()).hasToString("[198.18.129.254, 198.18.129.253]");
        assertThat(link.gateway()).hasToString("198.18.129.252");
    }

    @Test
    void shouldRefuseASubnetWithoutRoomForDocker() {
        assertThatThrownBy(() -> links("""
                        name: x
                        nodes: { n1: { underlay: 198.19.0.1/30 }, n2: { underlay: 198.19.0.2/30 } }
                        links: [{ endpoints: ["n1:underlay", "n2:underlay"] }]
                        """))
                .isInstanceOf(LabException.class)
                .hasMessageContaining("no address is left in 198.19.0.0/30");
    }

    @Test
    void shouldFindInterfacesByAddressAndGiveThemTheirNames() throws Exception {
        final Topology lab = TopologyParser.parse("lab.yaml", LAB);
        final Node host = lab.nodes().get(2);

        final String script = StartScript.text(host, DockerLink.of(lab), "sleep infinity");

        assertThat(script.lines())
                .containsSubsequence(
                        "dev=$(ip -o addr show to 198.19.0.254 | cut -d' ' -f2)",
                        "ip link set $dev name lab0",
                        "dev=$(ip -o addr show to 198.18.129.253 | cut -d' ' -f2)",
                        "ip link set $dev name lab1",
                        "ip addr flush dev lab0",
                        "ip link set lab0 name eth0",
                        "ip link set lab1 name eth1",
                        "ip -batch - <<end",
                        "addr add 198.19.0.254/24 dev eth0",
                        "addr add fd00:1::1/64 dev eth0 nodad",
                        "link set eth0 up",
                        "end",
                        "exec sleep infinity");
    }

    @Test
    void shouldSetTheRoutesOfANode() throws Exception {
        final Topology lab = TopologyParser.parse("lab.yaml", LAB);

        assertThat(StartScript.text(lab.nodes().getFirst(), DockerLink.of(lab), "true"))
                .contains("ip route flush default\n", "\nroute add default via 198.19.0.9\n");
    }

    @Test
    void shouldReadThePodsImage() throws Exception {
        final String lab = """
                name: x
                nodes: { n: { underlay: 198.19.0.1/24 } }
                networks: { b: { vni: 1, mode: switched, subnet: 10.0.0.0/24 } }
                pods: { p: { node: n, network: b, address: 10.0.0.1, image: %s } }
                """;

        assertThat(TopologyParser.parse("f", lab.formatted("debian:12"))
                        .pods()
                        .getFirst()
                        .image())
                .isEqualTo("debian:12");
        assertThatThrownBy(() -> TopologyParser.parse("f", lab.formatted("--privileged")))
                .hasMessageContaining("f:4: ")
                .hasMessageContaining("not the name of an image: --privileged");
    }
}
