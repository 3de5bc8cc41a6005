// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.conntrack.FlowSettings;
import io.weft.daemon.ConfigException;
import io.weft.daemon.NodeConfig;
import io.weft.lab.Topology.Endpoint;
import io.weft.lab.Topology.Kind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopologyParserTest {
    private static final Path LABS = Path.of("../../docker/labs");

    /** Line by line, so that a case can replace one line of it. */
    private static final String GOOD = """
            name: x
            nodes:
              n1: { underlay: 198.19.0.1/24 }
              n2: { underlay: 198.19.0.2/24 }
            links:
              - { endpoints: ["n1:eth1", "n2:eth1"] }
            networks:
              blue: { vni: 100, mode: switched, subnet: [10.1.0.0/24, "fd00::/64"] }
              red: { vni: 200, subnet: 10.2.0.0/24 }
            pods:
              a: { node: n1, network: blue, address: [10.1.0.1, "fd00::1"] }
              b: { node: n2, network: blue, address: [10.1.0.2, "fd00::2"] }
            """;

    @Test
    void shouldReadTwoNodes() throws ConfigException {
        final Topology lab = TopologyParser.read(LABS.resolve("two-nodes.yaml"));

        assertThat(lab.name()).isEqualTo("two-nodes");
        assertThat(lab.namespaces())
                .containsExactly("two-nodes-n1", "two-nodes-n2", "two-nodes-a", "two-nodes-b", "two-nodes-c");
        assertThat(lab.nodes().get(0).interfaces().get(0).name()).isEqualTo("eth1");
        assertThat(lab.pods().get(0).addresses()).hasToString("[10.100.0.1/24, fd00:100::1/64]");
    }

    @Test
    void shouldReadThreeSubnets() throws ConfigException {
        final Topology lab = TopologyParser.read(LABS.resolve("three-subnets.yaml"));

        assertThat(lab.weftNodes()).hasSize(3);
        assertThat(lab.nodes().get(3).kind()).isEqualTo(Kind.HOST);
        assertThat(lab.nodes().get(3).forwarding()).isTrue();
        assertThat(lab.nodes().get(3).interfaces()).hasSize(3);
        assertThat(lab.links()).hasSize(3).allMatch(Topology.Link::isCable);
        assertThat(lab.nodes().get(0).routes()).hasToString("[Route[dst=default, via=198.18.1.254]]");
    }

    @Test
    void shouldJoinTwoUnderlaysByACableAndMoreByASwitch() throws ConfigException {
        final Topology two = TopologyParser.parse(
                "f", "name: x\nnodes: { n1: { underlay: 198.19.0.1/24 }, n2: { underlay: 198.19.0.2/24 } }");
        final Topology three = TopologyParser.parse(
                "f",
                "name: x\nnodes: { n1: { underlay: 198.19.0.1/24 }, n2: { underlay: 198.19.0.2/24 },"
                        + " n3: { underlay: 198.19.0.3/24 } }");

        assertThat(two.links()).hasSize(1).allMatch(Topology.Link::isCable);
        assertThat(three.links())
                .isEqualTo(List.of(new Topology.Link(
                        List.of(
                                new Endpoint("n1", "underlay"),
                                new Endpoint("n2", "underlay"),
                                new Endpoint("n3", "underlay")),
                        TopologyParser.DEFAULT_MTU)));
        assertThat(three.namespaces()).contains("x-underlay");
    }

    @Test
    void shouldWriteNodeFilesThatNodesAccept() throws ConfigException {
        final Topology lab = TopologyParser.parse("lab.yaml", GOOD).named("other");

        final NodeConfig config =
                NodeConfig.parse("n1.yaml", NodeFile.text(lab, lab.nodes().get(0), false, "/j"));

        assertThat(config.name()).isEqualTo("other-n1");
        assertThat(config.networks()).hasSize(1);
        assertThat(config.networks().get(0).remotes())
                .singleElement()
                .extracting(NodeConfig.Remote::vtep)
                .hasToString("198.19.0.2");
        assertThat(config.ports()).hasSize(1);
        assertThat(config.ports().get(0).netns()).isEqualTo("other-a");
        assertThat(config.ports().get(0).addresses()).hasToString("[10.1.0.1/24, fd00::1/64]");
    }

    @Test
    void shouldGiveNodesTheirWorkers() throws ConfigException {
        final Topology lab = TopologyParser.parse(
                "f",
                "name: x\nnodes: { n1: { workers: 16, underlay: 198.19.0.1/24 }, n2: { underlay: 198.19.0.2/24 } }");
        final List<Integer> workers = new ArrayList<>();
        for (final Topology.Node node : lab.nodes()) {
            workers.add(
                    NodeConfig.parse("f", NodeFile.text(lab, node, false, "/j")).workers());
        }
        assertThat(workers).containsExactly(16, 1);
    }

    @Test
    void shouldGiveNodesTheTimeoutsOfFlows() throws ConfigException {
        final Topology lab =
                TopologyParser.parse("f", GOOD + "conntrack: { tcp-closed: 1s, udp: 2s, max: 4096, per-source: 77 }\n");
        final NodeConfig config =
                NodeConfig.parse("f", NodeFile.text(lab, lab.nodes().get(0), false, "/j"));

        assertThat(config.flows().tcpClosed()).isEqualTo(1);
        assertThat(config.flows().udp()).isEqualTo(2);
        assertThat(config.flows().maxFlows()).isEqualTo(4096);
        assertThat(config.flows().perSource()).isEqualTo(77);
        assertThat(config.flows().icmp()).isEqualTo(FlowSettings.DEFAULT.icmp());
        assertThatThrownBy(() -> TopologyParser.parse("f", GOOD + "conntrack: { udp: 0s }\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("f:13: ")
                .hasMessageContaining("udp must be 1s to 7d, not 0s");
        assertThatThrownBy(() -> TopologyParser.parse("f", GOOD + "conntrack: { udq: 1s }\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("unknown key 'udq'");
    }

    /** Before anything is set up, and of the file that the user wrote. */
    @Test
    void shouldRefuseAJournalThatNodesWouldRefuse() {
        assertThatThrownBy(() -> TopologyParser.parse("f", GOOD + "journal: { retain: 1MiB }\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("f:13: ")
                .hasMessageEndingWith("a journal needs 16MiB or more");
    }

    @Test
    void shouldDrawEveryNodePodAndLink() throws ConfigException {
        final String dot = LabGraph.dot(TopologyParser.parse("lab.yaml", GOOD));

        assertThat(dot)
                .startsWith("graph \"x\" {")
                .contains("\"n1\" -- \"n2\"", "\"a\" -- \"n1\"", "\"b\" -- \"n2\"", "blue vni 100");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
             1 | name: X_1                                              | not a name
             1 | name: underlay                                         | not a name
             1 | nam: x                                                 | unknown key 'nam'
             3 | n1: { underlay: 198.19.0.1 }                           | written ADDRESS/LENGTH
             3 | n1: { underlay: 198.19.0.1/33 }                        | out of range
             3 | n1: { }                                                | 'underlay' is missing
             3 | n1: { underlay: 198.19.0.2/24 }                        | is already that of node n1
             3 | n1: { underlay: 198.19.0.1/24, typo: 1 }               | unknown key 'typo'
             3 | n1: { underlay: 198.19.0.1/24, kind: vm }              | expected one of weft host
             3 | n1: { underlay: 198.19.0.1/24, interfaces: { eth2: 10.0.0.1/8 } } | no link leads to interface eth2
             3 | n1: { underlay: 198.19.0.1/24, routes: [{ dst: default, via: 10.0.0.1 }] } | is on no subnet
             3 | n1: { underlay: 198.19.0.1/24, workers: 0 }            | expected a number from 1 to 16, found '0'
             3 | n1: { underlay: 198.19.0.1/24, workers: 17 }           | expected a number from 1 to 16, found '17'
             3 | n1: { underlay: 198.19.0.1/24, workers: two }          | expected a number from 1 to 16, found 'two'
             3 | n1: { kind: host, workers: 2 }                          | workers belongs to a node of kind weft
             3 | n1: { kind: host, offloads: off }                       | offloads belongs to a node of kind weft
             3 | n1: { kind: host }                                     | neither an interface eth1 nor an underlay
             6 | - { endpoints: ["n1:eth1"] }                           | two endpoints
             6 | - { endpoints: ["n1:eth1", "n3:eth1"] }                | no node n3
             6 | - { endpoints: ["n1:eth1", "n1:eth1"] }                | in a link already
             6 | - { endpoints: ["n1:eth1", "n1:eth2"] }                | underlay of n1 is eth1 already
             6 | - { endpoints: ["n1:eth1", "n2:lo"] }                  | not an interface name
             6 | - { endpoints: ["n1:eth1", "n2:eth1"], mtu: 1279 }     | from 1280 to 65535
             8 | blue: { vni: 0, subnet: 10.1.0.0/24 }                  | from 1 to 16777215
             8 | blue: { vni: 100, subnet: 10.1.0.1/24 }                | host bits set
             8 | blue: { vni: 100, mode: bridged, subnet: 10.1.0.0/24 } | expected one of switched
             8 | blue: { subnet: 10.1.0.0/24 }                          | 'vni' is missing
             8 | blue: { vni: 100, subnet: 10.1.0.0/24, gateway: 10.2.0.1 } | is in none of 10.1.0.0/24
             8 | blue: { vni: 100, subnet: 10.1.0.0/24, gateway: { n9: 10.1.0.9 } } | no weft node n9
             8 | blue: { vni: 100, subnet: 10.1.0.0/24, prefixes: { n1: 10.1.0.0/25 } } | belongs to mode overlay and routed
             8 | blue: { vni: 100, subnet: 10.1.0.0/24, hosts: true }   | belongs to mode overlay and routed
             8 | blue: { vni: 100, subnet: 10.1.0.0/24, wire: red }     | belongs to mode routed
             8 | blue: { vni: 100, subnet: 10.1.0.0/24, routes: [{ dst: default, via: 10.1.0.9 }] } | but no gateway
             8 | blue: { vni: 100, subnet: 10.1.0.0/24, gateway: 10.1.0.1 } | the gateway's or the host port's
             8 | blue: { vni: 100, subnet: [10.1.0.0/24, 10.3.0.0/24] } | at most one IPv4 and one IPv6
             9 | red: { vni: 100, subnet: 10.2.0.0/24 }                 | VNI 100 is already that of network blue
             9 | red: { vni: 200, subnet: 10.1.0.128/25 }               | overlaps 10.1.0.0/24 of network blue
             9 | blue: { vni: 200, subnet: 10.2.0.0/24 }                | duplicate key 'blue'
            11 | a: { node: n9, network: blue, address: 10.1.0.1 }      | no node n9
            11 | a: { node: n1, network: grey, address: 10.1.0.1 }      | no network grey
            11 | a: { node: n1, network: blue, address: 10.9.0.1 }      | in no subnet of network blue
            11 | a: { node: n1, network: blue }                         | 'address' is missing
            11 | n1: { node: n1, network: blue, address: 10.1.0.1 }     | a node is called n1 already
            12 | b: { node: n2, network: blue, address: 10.1.0.1 }      | already that of pod a
            12 | b: { node: n2, network: blue, address: nonsense }      | not an IP address
            12 | b: [                                                   | not YAML
            """)
    void shouldRefuseWithFileLineAndReason(final int line, final String replacement, final String reason) {
        final String[] lines = GOOD.split("\n", -1);
        final String indent = lines[line - 1].substring(
                0, lines[line - 1].length() - lines[line - 1].stripLeading().length());
        lines[line - 1] = indent + replacement;

        assertThatThrownBy(() -> TopologyParser.parse("lab.yaml", String.join("\n", lines)))
                .isInstanceOf(ConfigException.class)
                .hasMessageMatching("lab\\.yaml:\\d+: .*")
                .hasMessageContaining(reason)
                .hasMessageNotContainingAny("\n");
    }

    /** Line by line, so that a case can replace one line of it. */
    private static final String ROUTED = """
            name: x
            nodes:
              n1: { underlay: 198.19.0.1/24 }
              n2: { underlay: 198.19.0.2/24 }
              r: { kind: host, interfaces: { eth0: 10.60.0.9/24 } }
            links:
              - { endpoints: ["n1:eth1", "n2:eth1"] }
              - { endpoints: ["n1:w0", "n2:w0", "r:eth0"], network: wire }
            networks:
              over: { vni: 200, mode: overlay, subnet: [10.244.0.0/16, "fd00:244::/48"] }
              plain: { mode: routed, subnet: 10.61.0.0/16, wire: wire, hosts: false, prefixes: { n1: 10.61.8.0/22, n2: 10.61.16.0/24 } }
              wire: { subnet: 10.60.0.0/24, gateway: { n1: 10.60.0.1, n2: 10.60.0.2 }, routes: [{ dst: 10.62.0.0/16, via: 10.60.0.9 }] }
            pods:
              a: { node: n1, network: over }
              b: { node: n1, network: over, address: [10.244.1.2, "fd00:244:0:1::3"] }
              c: { node: n2, network: over }
              d: { node: n1, network: plain }
              e: { node: n2, network: plain, address: 10.61.16.77 }
            """;

    @Test
    void shouldNumberPrefixesHostsAndPods() throws ConfigException {
        final Topology lab = TopologyParser.parse("lab.yaml", ROUTED);

        final Topology.Leg leg = lab.network("over").leg("n2");
        assertThat(leg.prefixes()).hasToString("[10.244.2.0/24, fd00:244:0:2::/64]");
        assertThat(leg.gateways()).hasToString("[10.244.2.1, fd00:244:0:2::1]");
        assertThat(leg.hosts()).hasToString("[10.244.2.254/24, fd00:244:0:2::fe/64]");
        assertThat(lab.network("plain").leg("n1").gateways()).hasToString("[10.61.8.1]");
        assertThat(lab.network("plain").leg("n1").hosts()).isEmpty();
        assertThat(lab.pods().stream().map(pod -> pod.name() + pod.addresses()))
                .containsExactly(
                        "a[10.244.1.3/24, fd00:244:0:1::2/64]",
                        "b[10.244.1.2/24, fd00:244:0:1::3/64]",
                        "c[10.244.2.2/24, fd00:244:0:2::2/64]",
                        "d[10.61.8.2/22]",
                        "e[10.61.16.77/24]");
    }

    @Test
    void shouldWriteFilesOfRoutingNodesThatNodesAccept() throws ConfigException {
        final Topology lab = TopologyParser.parse("lab.yaml", ROUTED);

        final NodeConfig config =
                NodeConfig.parse("n1.yaml", NodeFile.text(lab, lab.nodes().get(0), false, "/j"));

        final NodeConfig.Network over = config.networks().get(0);
        assertThat(over.gateways()).hasToString("[10.244.1.1/24, fd00:244:0:1::1/64]");
        assertThat(over.remotes().getFirst().vtep()).hasToString("198.19.0.2");
        assertThat(over.remotes().getFirst().prefixes()).hasToString("[10.244.2.0/24, fd00:244:0:2::/64]");
        final NodeConfig.Network plain = config.networks().get(1);
        assertThat(plain.remotes().getFirst().addresses()).hasToString("[10.60.0.2]");
        assertThat(plain.remotes().getFirst().prefixes()).hasToString("[10.61.16.0/24]");
        assertThat(config.networks().get(2).remotes()).isEmpty();
        assertThat(config.ports().stream().map(port -> port.name() + " " + port.type() + " " + port.ifname()))
                .containsExactly("a TAP eth0", "b TAP eth0", "d TAP eth0", "host TAP weft0", "w0 PACKET w0");
        assertThat(config.ports().get(3).isHost()).isTrue();
        assertThat(config.routes()).hasSize(1);
        assertThat(config.routes().getFirst().spec().paths()).hasToString("[Path[via=10.60.0.9, network=wire]]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"two-nodes", "three-subnets", "routed-wire"})
    void shouldHaveLabsWhoseNodesAcceptTheirFiles(final String name) throws ConfigException {
        final Topology lab = TopologyParser.read(LABS.resolve(name + ".yaml"));

        for (final Topology.Node node : lab.weftNodes()) {
            assertThat(NodeConfig.parse(node.name(), NodeFile.text(lab, node, false, "/j"))
                            .ports())
                    .isNotEmpty();
        }
    }

    @Test
    void shouldDrawSwitches() throws ConfigException {
        assertThat(LabGraph.dot(TopologyParser.parse("lab.yaml", ROUTED)))
                .contains("\"n1\" -- \"switch 1\"", "\"r\" -- \"switch 1\"", "\"n1\" -- \"n2\"", "[label=\"plain\"]");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
             3 | n1: { underlay: 198.19.0.1/24, interfaces: { w0: 10.9.0.1/24 } } | not listed under the node's interfaces
             3 | n1: {}                                                  | neither an interface eth1 nor an underlay
             8 | - { endpoints: ["n1:w0", "n2:w0", "r:eth0"], network: grey } | no network grey
             8 | - { endpoints: ["n1:host", "n2:w0", "r:eth0"], network: wire } | another port of a weft node is called host
             8 | - { endpoints: ["n1:a", "n2:w0", "r:eth0"], network: wire } | another port of node n1 is called a
             8 | - { endpoints: ["n1:w0", "r:eth0"], network: wire }      | node n2 is on no link of network wire
            10 | over: { mode: overlay, subnet: 10.244.0.0/16 }          | 'vni' is missing
            10 | over: { vni: 200, mode: overlay, subnet: 10.244.0.0/24 } | has no /24 for each node
            10 | over: { vni: 200, mode: overlay, subnet: 10.244.0.0/16, gateway: 10.244.0.1 } | each node has a prefix
            10 | over: { vni: 200, mode: overlay, subnet: 10.244.0.0/16, gateway: { n1: 10.244.2.1 } } | is in none of 10.244.1.0/24
            10 | over: { vni: 200, mode: overlay, subnet: 10.244.0.0/16, gateway: { n1: 10.244.1.254 } } | is what the host port gets
            10 | over: { vni: 200, mode: overlay, subnet: 10.244.0.0/16, remotes: 198.19.0.9 } | remotes belongs to mode switched
            10 | over: { vni: 200, mode: overlay, subnet: 10.244.0.0/16, prefixes: { n2: 10.244.1.0/24 } } | has no prefix for node n1
            10 | over: { vni: 200, mode: overlay, subnet: 10.244.0.0/16, prefixes: { n1: 10.9.1.0/24 } } | is in no subnet
            10 | over: { vni: 200, mode: overlay, subnet: 10.244.0.0/16, prefixes: { n1: 10.244.1.0/30 } } | has no room for pods
            10 | over: { vni: 200, mode: overlay, subnet: 10.244.0.0/16, prefixes: { r: 10.244.1.0/24 } } | no weft node r
            10 | over: { vni: 200, mode: overlay, subnet: 10.244.0.0/16, prefixes: { n1: [] } } | needs a prefix of each
            11 | plain: { mode: routed, subnet: 10.61.0.0/16 }           | 'wire' is missing
            11 | plain: { mode: routed, subnet: 10.61.0.0/16, wire: grey } | no network grey
            11 | plain: { mode: routed, subnet: 10.61.0.0/16, wire: over } | is no wire
            11 | plain: { mode: routed, subnet: 10.61.0.0/16, wire: wire, prefixes: { n1: 10.61.1.0/24, n2: 10.61.1.128/25 } } | overlaps
            11 | plain: { mode: routed, wire: wire, subnet: [10.61.0.0/16, "fd00:61::/48"], prefixes: { n1: [10.61.8.0/22, "fd00:61:0:1::/64"], n2: [10.61.16.0/24, "fd00:61:0:2::/64"] } } | has no gateway in network wire
            12 | wire: { subnet: 10.60.0.0/24, gateway: { n1: 10.60.0.1, n2: 10.60.0.2 }, routes: [{ dst: 10.62.0.0/16, via: 10.6.0.9 }] } | in no subnet
            14 | a: { node: n1, network: wire }                          | 'address' is missing
            14 | a: { node: n1, network: over, address: 10.244.2.9 }     | is in no prefix on its node
            14 | a: { node: n1, network: over, address: 10.244.1.254 }   | the gateway's or the host port's
            14 | host: { node: n1, network: over }                       | another port of node n1 is called host
            """)
    void shouldRefuseRoutingWithFileLineAndReason(final int line, final String replacement, final String reason) {
        final String[] lines = ROUTED.split("\n", -1);
        final String indent = lines[line - 1].substring(
                0, lines[line - 1].length() - lines[line - 1].stripLeading().length());
        lines[line - 1] = indent + replacement;

        assertThatThrownBy(() -> TopologyParser.parse("lab.yaml", String.join("\n", lines)))
                .isInstanceOf(ConfigException.class)
                .hasMessageMatching("lab\\.yaml:\\d+: .*")
                .hasMessageContaining(reason)
                .hasMessageNotContainingAny("\n");
    }

    @Test
    void shouldRefuseALinkOfANetworkThatIsNotSwitched() {
        final String second = "  - { endpoints: [\"n1:w1\", \"n2:w1\"], network: over }\n";

        assertThatThrownBy(() -> TopologyParser.parse("lab.yaml", ROUTED.replace("networks:", second + "networks:")))
                .hasMessage("lab.yaml:9: network over is in mode overlay, a link belongs to one in mode switched");
    }

    @Test
    void shouldNameTheLineOfTheFault() {
        assertThatThrownBy(() -> TopologyParser.parse("lab.yaml", GOOD.replace("vni: 200", "vni: 100")))
                .hasMessageStartingWith("lab.yaml:9: ");
    }

    @Test
    void shouldRefuseANodeNameThatWouldBeTooLong() {
        final String name = "a".repeat(30);

        assertThatThrownBy(() -> TopologyParser.parse("lab.yaml", GOOD.replace("name: x", "name: " + name)))
                .hasMessageContaining("longer than 32 characters");
    }
}
