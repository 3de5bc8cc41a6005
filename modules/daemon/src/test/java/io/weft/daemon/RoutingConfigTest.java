// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.daemon.NodeConfig.Network;
import io.weft.daemon.NodeConfig.PortEntry;
import io.weft.daemon.NodeConfig.PortType;
import io.weft.daemon.NodeConfig.Remote;
import io.weft.dataplane.NetworkMode;
import io.weft.dataplane.NetworkSpec;
import io.weft.dataplane.RouteProtocol;
import io.weft.dataplane.RouteSpec;
import io.weft.dataplane.RouteType;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import io.weft.wire.MacAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a node file says about gateways, modes, VRFs, packet ports and routes. */
class RoutingConfigTest {
    /** Line by line, so that a case can replace one line of it. */
    private static final String FILE = """
            node: n1
            underlay: { address: 198.18.1.1 }
            networks:
              - name: blue
                vni: 100
                subnet: [10.100.0.0/24, "fd00:100::/64"]
                gateway: [10.100.0.254, "fd00:100::fe"]
              - name: pods
                mode: overlay
                vni: 200
                subnet: [10.244.0.0/16, "fd00:244::/48"]
                prefix: [10.244.1.0/24, "fd00:244:0:1::/64"]
                remotes:
                  - { address: 198.18.2.1, prefix: [10.244.2.0/24, "fd00:244:0:2::/64"] }
                  - { address: 198.18.3.1, prefix: 10.244.3.0/24, mac: 02:00:00:00:00:03 }
              - name: plain
                mode: routed
                subnet: [10.61.0.0/16, "fd00:61::/48"]
                prefix: [10.61.1.0/24, "fd00:61:0:1::/64"]
                gateway: 10.61.1.9
                remotes: { address: [10.60.0.2, "fd00:60::2"], prefix: [10.61.2.0/24, "fd00:61:0:2::/64"] }
              - name: wire0
                subnet: [10.60.0.0/24, "fd00:60::/64"]
                gateway: [10.60.0.1, "fd00:60::1"]
              - { name: other, vrf: red, subnet: 10.100.0.0/24, gateway: 10.100.0.1 }
              - { name: mute, subnet: 10.99.0.0/24 }
            ports:
              - { name: a, type: tap, network: blue, netns: a, address: [10.100.0.1, "fd00:100::1"] }
              - { name: host, type: tap, network: pods, ifname: weft0, address: 10.244.1.254 }
              - { name: w, type: packet, network: wire0, dev: veth0 }
              - { name: o, type: tap, network: other, netns: o, address: 10.100.0.254 }
            routes:
              - { dst: 10.9.0.0/16, via: 10.100.0.7, network: blue }
              - { dst: default, via: "fd00:60::9", metric: 4294967295 }
              - { dst: 10.10.0.0/16, nexthops: [{ via: 10.60.0.3 }, { via: 10.60.0.4, network: wire0 }] }
              - { dst: 10.11.0.0/16, type: blackhole }
              - { dst: 10.12.0.0/16, network: other }
              - { dst: 10.12.0.0/16, network: blue }
              - { dst: "2001:db8::/32", via: 198.18.2.1, network: pods }
            """;

    private final NodeConfig config;

    RoutingConfigTest() throws ConfigException {
        config = NodeConfig.parse("n.yaml", FILE);
    }

    @Test
    void shouldReadASwitchedNetworkWithAGateway() {
        final Network blue = config.networks().get(0);
        assertThat(blue.mode()).isEqualTo(NetworkMode.SWITCHED);
        assertThat(blue.vrf()).isEqualTo("default");
        assertThat(blue.gateways()).hasToString("[10.100.0.254/24, fd00:100::fe/64]");
        assertThat(blue.onLink()).isEqualTo(blue.subnets());
    }

    @Test
    void shouldReadAnOverlayNetworkWhoseGatewayIsThePrefixsFirstAddress() {
        final Network pods = config.networks().get(1);
        assertThat(pods.mode()).isEqualTo(NetworkMode.OVERLAY);
        assertThat(pods.gateways()).hasToString("[10.244.1.1/24, fd00:244:0:1::1/64]");
        assertThat(pods.onLink()).hasToString("[10.244.1.0/24, fd00:244:0:1::/64]");
        assertThat(pods.remotes())
                .containsExactly(
                        new Remote(
                                14,
                                List.of(IpAddress.parse("198.18.2.1")),
                                List.of(IpPrefix.parse("10.244.2.0/24"), IpPrefix.parse("fd00:244:0:2::/64")),
                                0),
                        new Remote(
                                15,
                                List.of(IpAddress.parse("198.18.3.1")),
                                List.of(IpPrefix.parse("10.244.3.0/24")),
                                MacAddress.parse("02:00:00:00:00:03")));
    }

    @Test
    void shouldReadARoutedNetworkWithNextHopsOnANetworkFurtherDown() {
        final Network plain = config.networks().get(2);
        assertThat(plain.mode()).isEqualTo(NetworkMode.ROUTED);
        assertThat(plain.vni()).isEqualTo(NetworkSpec.NO_VNI);
        assertThat(plain.gateways()).hasToString("[10.61.1.9/24, fd00:61:0:1::1/64]");
        assertThat(plain.remotes().getFirst().addresses()).hasToString("[10.60.0.2, fd00:60::2]");
    }

    @Test
    void shouldTakeOverlappingSubnetsAndEqualAddressesInOtherVrfs() {
        assertThat(config.networks().get(4).vrf()).isEqualTo("red");
        assertThat(config.ports().get(3).addresses()).hasToString("[10.100.0.254/24]");
    }

    @Test
    void shouldReadAPacketPort() {
        assertThat(config.ports().get(2))
                .isEqualTo(
                        new PortEntry(30, PortType.PACKET, "w", "wire0", null, "veth0", List.of(), 0, 0, true, false));
    }

    @Test
    void shouldReadRoutes() {
        assertThat(config.routes().stream().map(NodeConfig.RouteEntry::spec))
                .containsExactly(
                        route("default", "10.9.0.0/16", 0, RouteType.UNICAST, path("10.100.0.7", "blue")),
                        route("default", "::/0", 0xFFFF_FFFFL, RouteType.UNICAST, path("fd00:60::9", null)),
                        route(
                                "default",
                                "10.10.0.0/16",
                                0,
                                RouteType.UNICAST,
                                path("10.60.0.3", null),
                                path("10.60.0.4", "wire0")),
                        route("default", "10.11.0.0/16", 0, RouteType.BLACKHOLE),
                        route("red", "10.12.0.0/16", 0, RouteType.UNICAST, path(null, "other")),
                        route("default", "10.12.0.0/16", 0, RouteType.UNICAST, path(null, "blue")),
                        route("default", "2001:db8::/32", 0, RouteType.UNICAST, path("198.18.2.1", "pods")));
        assertThat(config.routes().getFirst().line()).isEqualTo(33);
    }

    private static RouteSpec route(
            final String vrf,
            final String dst,
            final long metric,
            final RouteType type,
            final RouteSpec.Path... paths) {
        return new RouteSpec(vrf, IpPrefix.parse(dst), metric, type, RouteProtocol.BOOT, List.of(paths));
    }

    private static RouteSpec.Path path(final @Nullable String via, final @Nullable String network) {
        return new RouteSpec.Path(via == null ? null : IpAddress.parse(via), network);
    }

    /** line of FILE, what replaces it (| starts a new line), the line that is named, the reason. */
    @ParameterizedTest(name = "{1}")
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "2; #; 9; network pods is in mode overlay, but the node has no underlay address",
                "7; gateway: 10.101.0.1; 7; "
                        + "gateway 10.101.0.1 is outside of network blue's subnet 10.100.0.0/24 fd00:100::/64",
                "7; gateway: 10.100.0.0; 7; gateway 10.100.0.0 is the network address of 10.100.0.0/24",
                "7; gateway: 10.100.0.255; 7; gateway 10.100.0.255 is the broadcast address of 10.100.0.0/24",
                "7; gateway: 'fd00:100::'; 7; gateway fd00:100:: is the network address of fd00:100::/64",
                "7; gateway: [10.100.0.254, 10.100.0.253]; 7; a second IPv4 gateway: one of a family",
                "7; gateway: 224.0.0.1; 7; address 224.0.0.1 is not one host's",
                "7; gateway: 10.100.0.254/24; 7; not an IP address: 10.100.0.254/24",
                "7; gateway: 10.100.0.1; 28; duplicate address 10.100.0.1, first on line 7",
                "10; ageing: 9; 8; 'vni' is missing",
                "11; ageing: 9; 8; 'subnet' is missing",
                "11; subnet: 10.100.0.0/16; 11; subnet 10.100.0.0/16 overlaps 10.100.0.0/24 of line 6",
                "12; ageing: 9; 8; 'prefix' is missing",
                "12; prefix: 10.244.1.1/24; 12; prefix 10.244.1.1/24 has host bits set, meant is 10.244.1.0/24",
                "12; prefix: 10.245.1.0/24; 12; "
                        + "prefix 10.245.1.0/24 is outside of network pods's subnet 10.244.0.0/16 fd00:244::/48",
                "12; prefix: 10.0.0.0/8; 12; "
                        + "prefix 10.0.0.0/8 is outside of network pods's subnet 10.244.0.0/16 fd00:244::/48",
                "12; prefix: 10.244.1.0/24; 12; network pods has no prefix within its subnet fd00:244::/48",
                "12; prefix: [10.244.1.0/24, 10.244.9.0/24]; 12; a second IPv4 prefix: one of a family",
                "12; prefix: [10.244.1.1/32, 'fd00:244:0:1::/64']; 12; "
                        + "prefix 10.244.1.1/32 has no room for a gateway",
                "12; prefix: [10.244.1.0/24, 'fd00:244:0:1::/64']|    gateway: 10.244.2.1; 13; gateway 10.244.2.1 is"
                        + " outside of network pods's prefix 10.244.1.0/24 fd00:244:0:1::/64",
                "14; - 198.18.2.1; 14; a remote in mode overlay is a map of address and prefix",
                "14; - { address: 198.18.2.1 }; 14; 'prefix' is missing",
                "14; - { address: 198.18.2.1, via: 1 }; 14; unknown key 'via', known here: address prefix mac",
                "14; - { address: 198.18.1.1, prefix: 10.244.2.0/24 }; 14; "
                        + "remote 198.18.1.1 is this node's own underlay address",
                "14; - { address: 'fd00::1', prefix: 10.244.2.0/24 }; 14; "
                        + "remote fd00::1 is not of the underlay address's family",
                "14; - { address: 198.18.3.1, prefix: 10.244.2.0/24 }; 15; "
                        + "duplicate remote 198.18.3.1, first on line 14",
                "14; - { address: 198.18.2.1, prefix: 10.244.1.128/25 }; 14; "
                        + "prefix 10.244.1.128/25 overlaps 10.244.1.0/24 of line 12",
                "14; - { address: 198.18.2.1, prefix: 10.244.2.0/23 }; 15; "
                        + "prefix 10.244.3.0/24 overlaps 10.244.2.0/23 of line 14",
                "14; - { address: 198.18.2.1, prefix: 10.245.2.0/24 }; 14; "
                        + "prefix 10.245.2.0/24 is outside of network pods's subnet 10.244.0.0/16 fd00:244::/48",
                "15; - { address: 198.18.3.1, prefix: 10.244.3.0/24, mac: 01:00:00:00:00:03 }; 15; "
                        + "MAC 01:00:00:00:00:03 is zero or a group address",
                "21; remotes: { address: 10.60.0.2, prefix: 'fd00:61:0:2::/64' }; 21; "
                        + "prefix fd00:61:0:2::/64 has no next hop of its family",
                "21; remotes: { address: 10.59.0.2, prefix: 10.61.2.0/24 }; 21; "
                        + "next hop 10.59.0.2 is on no network of VRF default with a gateway",
                "21; remotes: { address: 10.99.0.2, prefix: 10.61.2.0/24 }; 21; "
                        + "next hop 10.99.0.2 is on no network of VRF default with a gateway",
                "21; remotes: { address: 10.60.0.1, prefix: 10.61.2.0/24 }; 21; "
                        + "next hop 10.60.0.1 is the router's own address",
                "21; remotes: { address: [10.60.0.2, 10.60.0.3], prefix: 10.61.2.0/24 }; 21; "
                        + "a second IPv4 next hop: one of a family",
                "21; remotes: { address: 10.60.0.2, prefix: 10.61.2.0/24, mac: 02:00:00:00:00:03 }; 21; "
                        + "mac belongs to the remotes of mode overlay",
                "24; vrf: blue; 21; next hop 10.60.0.2 is on no network of VRF default with a gateway",
                "29; - { name: host, type: tap, network: pods, address: 10.244.2.7 }; 29; address 10.244.2.7 is"
                        + " outside of network pods's prefix 10.244.1.0/24 fd00:244:0:1::/64",
                "29; - { name: host, type: tap, network: pods, address: 10.244.1.1 }; 29; "
                        + "duplicate address 10.244.1.1, first on line 12",
                "30; - { name: w, type: packet, network: wire0 }; 30; 'dev' is missing",
                "30; - { name: w, type: packet, network: wire0, dev: a/b }; 30; "
                        + "not an interface name (1 to 15 characters): 'a/b'",
                "30; - { name: w, type: packet, network: wire0, dev: weft0 }; 30; "
                        + "duplicate interface weft0, first on line 29",
                "30; - { name: w, type: packet, network: wire0, dev: v, mtu: 1500 }; 30; mtu belongs to port type tap",
                "30; - { name: w, type: packet, network: wire0, dev: v, mac: auto }; 30; mac belongs to port type tap",
                "30; - { name: w, type: packet, network: wire0, dev: v, address: 10.60.0.5 }; 30; "
                        + "address belongs to port type tap",
                "33; - { dst: 10.9.0.1/16, via: 10.100.0.7 }; 33; "
                        + "destination 10.9.0.1/16 has host bits set, meant is 10.9.0.0/16",
                "33; - { via: 10.100.0.7 }; 33; 'dst' is missing",
                "33; - { dst: 10.9.0.0/16 }; 33; route 10.9.0.0/16 has neither via nor network nor nexthops",
                "33; - { dst: default }; 33; route default has neither via nor network nor nexthops",
                "33; - { dst: default, network: blue }; 33; a default route without via: write 0.0.0.0/0 or ::/0",
                "33; - { dst: default, type: blackhole }; 33; a default route without via: write 0.0.0.0/0 or ::/0",
                "33; - { dst: '10.9.0.0/16', via: 'fd00:60::9' }; 33; "
                        + "next hop fd00:60::9 is not of the family of 10.9.0.0/16",
                "33; - { dst: 10.9.0.0/16, via: 10.8.0.1 }; 33; "
                        + "next hop 10.8.0.1 is on no network of VRF default with a gateway",
                "33; - { dst: 10.9.0.0/16, via: 10.60.0.7, network: blue }; 33; "
                        + "next hop 10.60.0.7 is on no network of VRF default with a gateway that is called blue",
                "33; - { dst: 10.9.0.0/16, via: 10.244.1.1 }; 33; next hop 10.244.1.1 is the router's own address",
                "33; - { dst: 10.9.0.0/16, via: 10.100.0.7, network: green }; 33; no network is named green",
                "33; - { dst: 10.9.0.0/16, via: 10.99.0.7, network: mute }; 33; "
                        + "network mute has no gateway, so no route leads there",
                "33; - { dst: 10.9.0.0/16, via: 10.100.0.7, network: blue, vrf: red }; 33; "
                        + "network blue is in VRF default, the route in VRF red",
                "33; - { dst: 10.9.0.0/16, via: 10.100.0.7, vrf: green }; 33; "
                        + "no network with a gateway is in VRF green",
                "33; - { dst: 10.9.0.0/16, via: 10.100.0.7, metric: 4294967296 }; 33; "
                        + "expected a number from 0 to 4294967295, found '4294967296'",
                "33; - { dst: 10.9.0.0/16, via: 10.100.0.7, type: local }; 33; "
                        + "expected one of unicast blackhole unreachable prohibit, found 'local'",
                "33; - { dst: 10.9.0.0/16, via: 10.100.0.7, type: prohibit }; 33; "
                        + "a route of type prohibit leads nowhere",
                "33; - { dst: 10.9.0.0/16, via: 10.100.0.7, nexthops: [{ via: 10.60.0.3 }] }; 33; "
                        + "via beside nexthops: write all next hops there",
                "33; - { dst: 10.9.0.0/16, network: blue, nexthops: [{ via: 10.60.0.3 }] }; 33; "
                        + "network beside nexthops: write it with each of them",
                "33; - { dst: 10.9.0.0/16, nexthops: [{ network: blue }, {}] }; 33; "
                        + "a next hop of route 10.9.0.0/16 has neither via nor network",
                "33; - { dst: 10.9.0.0/16, nexthops: [{ via: 10.60.0.3 }, { via: 10.60.0.3 }] }; 33; "
                        + "route 10.9.0.0/16 has the next hop 10.60.0.3 twice",
                "33; - { dst: 10.10.0.0/16, via: 10.100.0.7 }; 35; duplicate route 10.10.0.0/16, first on line 33",
                "33; - { dst: 10.244.2.0/24, via: 10.100.0.7 }; 33; duplicate route 10.244.2.0/24, first on line 14",
                "33; - { dst: 10.100.0.0/24, via: 10.60.0.7 }; 33; duplicate route 10.100.0.0/24, first on line 7",
            })
    void shouldRefuseWithFileLineAndReason(
            final int line, final String replacement, final int named, final String reason) {
        final String[] lines = FILE.split("\n", -1);
        final String before = lines[line - 1];
        final String indent =
                before.substring(0, before.length() - before.stripLeading().length());
        lines[line - 1] = indent + replacement.replace('|', '\n');
        assertThatThrownBy(() -> NodeConfig.parse("n.yaml", String.join("\n", lines)))
                .isInstanceOf(ConfigException.class)
                .hasMessage("n.yaml:" + named + ": " + reason);
    }

    @Test
    void shouldRefuseMoreThan64NextHops() {
        final String many = "{ via: 10.60.0.3 }, ".repeat(65);
        assertThatThrownBy(() -> NodeConfig.parse(
                        "n.yaml", FILE.replace("nexthops: [{ via: 10.60.0.3 }, ", "nexthops: [" + many)))
                .hasMessage("n.yaml:35: route 10.10.0.0/16 has more than 64 next hops");
    }

    @Test
    void shouldAnswerEveryMutatedFileWithAConfigOrOneLine() {
        NodeConfigTest.assertMutantsAreAnswered(FILE);
    }

    @Test
    void shouldTakeTheExamplesOfTheReadme() throws Exception {
        final List<NodeConfig> nodes = new ArrayList<>();
        final Matcher examples = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of("../../README.md")));
        while (examples.find()) {
            nodes.add(NodeConfig.parse("README.md", examples.group(1)));
        }
        assertThat(nodes).extracting(node -> node.networks().size()).containsExactly(2, 3);
        assertThat(nodes).extracting(node -> node.ports().size()).containsExactly(3, 1);
        assertThat(nodes).extracting(node -> node.routes().size()).containsExactly(1, 3);
    }

    @Test
    void shouldTakeEveryKeyOfASwitchedNetworkWithAGateway() throws ConfigException {
        final NodeConfig example = NodeConfig.parse("n1.yaml", """
                node: n1
                underlay:
                  address: 198.19.0.1
                  port: 4789
                networks:
                  - name: blue
                    vni: 100
                    mode: switched
                    subnet: 10.100.0.0/24
                    gateway: 10.100.0.254
                    remotes: [198.19.0.2]
                ports:
                  - name: a
                    type: tap
                    network: blue
                    netns: two-nodes-a
                    ifname: eth0
                    address: [10.100.0.1/24]
                    mac: auto
                    mtu: auto
                routes:
                  - { dst: 10.9.0.0/16, via: 10.100.0.7, network: blue }
                journal: {}
                """);
        assertThat(example.routes()).hasSize(1);
    }
}
