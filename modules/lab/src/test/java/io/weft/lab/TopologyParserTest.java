// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.daemon.ConfigException;
import io.weft.daemon.NodeConfig;
import io.weft.lab.Topology.Endpoint;
import io.weft.lab.Topology.Kind;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
        assertThat(lab.links()).hasSize(3);
        assertThat(lab.switchPorts()).isEmpty();
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

        assertThat(two.links()).hasSize(1);
        assertThat(two.switchPorts()).isEmpty();
        assertThat(three.links()).isEmpty();
        assertThat(three.switchPorts())
                .isEqualTo(List.of(
                        new Endpoint("n1", "underlay"),
                        new Endpoint("n2", "underlay"),
                        new Endpoint("n3", "underlay")));
        assertThat(three.namespaces()).contains("x-underlay");
    }

    @Test
    void shouldWriteNodeFilesThatNodesAccept() throws ConfigException {
        final Topology lab = TopologyParser.parse("lab.yaml", GOOD).named("other");

        final NodeConfig config =
                NodeConfig.parse("n1.yaml", NodeFile.text(lab, lab.nodes().get(0)));

        assertThat(config.name()).isEqualTo("other-n1");
        assertThat(config.networks()).hasSize(1);
        assertThat(config.networks().get(0).remotes()).hasToString("[198.19.0.2]");
        assertThat(config.ports()).hasSize(1);
        assertThat(config.ports().get(0).netns()).isEqualTo("other-a");
        assertThat(config.ports().get(0).addresses()).hasToString("[10.1.0.1/24, fd00::1/64]");
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
