// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.weft.dataplane.NetworkMode;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import io.weft.wire.MacAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NodeConfigTest {
    private static final String FILE = """
            node: n1
            underlay:
              address: 198.19.0.1
              port: 4789
            networks:
              - name: blue
                vni: 100
                mode: switched
                subnet: [10.100.0.0/24, "fd00:100::/64"]
                remotes: [198.19.0.2]
                tagged: true
                ageing: 60
                learn_limit: 100
              - name: red
                vni: 200
            ports:
              - name: a
                type: tap
                network: blue
                netns: two-nodes-a
                ifname: eth0
                address: [10.100.0.1/24, "fd00:100::1"]
                mac: auto
                mtu: auto
              - name: b
                type: tap
                network: red
                address: 10.5.0.1/16
                mac: 02:00:00:00:00:0b
                mtu: 1400
                offloads: off
            routes: []
            """;

    @Test
    void shouldReadEveryKey() throws ConfigException {
        final NodeConfig config = NodeConfig.parse("n.yaml", FILE);
        assertThat(config.name()).isEqualTo("n1");
        assertThat(config.underlay()).isEqualTo(new NodeConfig.Underlay(3, IpPrefix.parse("198.19.0.1"), 4789, true));
        assertThat(config.networks())
                .containsExactly(
                        new NodeConfig.Network(
                                6,
                                "blue",
                                100,
                                NetworkMode.SWITCHED,
                                "default",
                                List.of(IpPrefix.parse("10.100.0.0/24"), IpPrefix.parse("fd00:100::/64")),
                                List.of(),
                                List.of(),
                                List.of(new NodeConfig.Remote(
                                        10, List.of(IpAddress.parse("198.19.0.2")), List.of(), 0)),
                                true,
                                60,
                                100),
                        new NodeConfig.Network(
                                14,
                                "red",
                                200,
                                NetworkMode.SWITCHED,
                                "default",
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of(),
                                false,
                                300,
                                4096));
        assertThat(config.ports())
                .containsExactly(
                        new NodeConfig.PortEntry(
                                17,
                                NodeConfig.PortType.TAP,
                                "a",
                                "blue",
                                "two-nodes-a",
                                "eth0",
                                List.of(IpPrefix.parse("10.100.0.1/24"), IpPrefix.parse("fd00:100::1/64")),
                                0,
                                0,
                                true,
                                false),
                        new NodeConfig.PortEntry(
                                25,
                                NodeConfig.PortType.TAP,
                                "b",
                                "red",
                                null,
                                "b",
                                List.of(IpPrefix.parse("10.5.0.1/16")),
                                MacAddress.parse("02:00:00:00:00:0b"),
                                1400,
                                false,
                                false));
    }

    @Test
    void shouldReadPortsThatOthersAttach() throws ConfigException {
        final String head = "node: n\nnetworks: [{ name: blue }]\nports:\n";
        final String port = "  - { name: a, type: tap, network: blue, attach: true }\n";
        final NodeConfig config = NodeConfig.parse("f", head + port + port.replace(" a,", " b,"));
        // Each in a namespace of its own: both may be named eth0.
        assertThat(config.ports())
                .allMatch(entry -> entry.attach() && entry.ifname().equals("eth0") && !entry.isHost());
        assertThatThrownBy(() -> NodeConfig.parse("f", head + port.replace("true", "true, netns: x")))
                .hasMessage("f:4: netns and attach: true don't go together: who attaches says where the interface is");
        assertThatThrownBy(() -> NodeConfig.parse("f", head + port.replace("tap", "packet, dev: x")))
                .hasMessage("f:4: attach belongs to port type tap");
    }

    @Test
    void shouldReadWhatIsKeptOfFlows() throws ConfigException {
        final NodeConfig config = NodeConfig.parse("/etc/weft/n.yaml", """
                node: n
                conntrack: { max: 1000000, udp: 2m, tcp-established: 3h, update: 30s }
                journal: { dir: flows/n, retain: 512MiB, age: 7d }
                """);
        assertThat(config.flows().maxFlows()).isEqualTo(1_000_000);
        assertThat(config.flows().perSource()).isEqualTo(250_000);
        assertThat(config.flows().udp()).isEqualTo(120);
        assertThat(config.flows().tcpEstablished()).isEqualTo(10_800);
        assertThat(config.flows().update()).isEqualTo(30);
        assertThat(config.flows().icmp()).isEqualTo(60);
        final NodeConfig.JournalEntry journal = Objects.requireNonNull(config.journal());
        assertThat(journal.dir()).isEqualTo(Path.of("/etc/weft/flows/n"));
        assertThat(journal.retainOctets()).isEqualTo(512L << 20);
        assertThat(journal.retainAge()).isEqualTo(Duration.ofDays(7));
    }

    @Test
    void shouldTakeListsAndMapsThatAreEmptyOrLeftOut() throws ConfigException {
        assertThat(NodeConfig.parse("f", "node: n\n").ports()).isEmpty();
        assertThat(NodeConfig.parse("f", "node: n\nnetworks:\nports: []\nroutes:\njournal: {}\nunderlay:\n")
                        .underlay())
                .isNull();
    }

    /** line of FILE, what replaces it (| starts a new line), the line that is named, the reason. */
    @ParameterizedTest(name = "{1}")
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "1; nodes: n1; 1; unknown key 'nodes', known here: node workers offloads underlay networks ports routes conntrack journal",
                "1; node: two nodes; 1; not a node name (letters, digits, _ . -, at most 32): 'two nodes'",
                "1; # no name; 2; 'node' is missing",
                "1; node: n1|workers: 0; 2; expected a number from 1 to 16, found '0'",
                "1; node: n1|workers: 17; 2; expected a number from 1 to 16, found '17'",
                "1; node: n1|workers: many; 2; expected a number from 1 to 16, found 'many'",
                "1; node: n1|workers: [2]; 2; expected a value, found a list",
                "3; #; 2; 'address' is missing",
                "3; '  address: 198.19.0.300'; 3; not an IP address: 198.19.0.300",
                "3; '  address: 224.0.0.1'; 3; address 224.0.0.1 is not one host's",
                "3; '  address: fd00::1'; 10; remote 198.19.0.2 is not of the underlay address's family",
                "3; '  address: 198.19.0.2'; 10; remote 198.19.0.2 is this node's own underlay address",
                "3; '  address: 0.0.0.0/0'; 3; every address lies in 0.0.0.0/0: write a longer prefix",
                "3; '  address: 198.19.0.0/33'; 3; prefix length out of range: 198.19.0.0/33",
                "3; '  address: fd00::/64'; 10; remote 198.19.0.2 is not of the underlay address's family",
                "4; '  port: 70000'; 4; expected a number from 1 to 65535, found '70000'",
                "7; '    vni: 16777216'; 7; expected a number from 1 to 16777215, found '16777216'",
                "7; '    vni: blue'; 7; expected a number from 1 to 16777215, found 'blue'",
                "7; '    vni: 200'; 15; duplicate VNI 200, first on line 7",
                "7; #; 6; 'vni' is missing",
                "8; '    mode: overlay'; 6; 'prefix' is missing",
                "8; '    vrf: a b'; 8; not a VRF name (letters, digits, _ . -, at most 32): 'a b'",
                "8; '    mode: bridged'; 8; expected one of switched overlay routed, found 'bridged'",
                "8; '    prefix: 10.100.0.0/24'; 8; prefix belongs to the modes overlay and routed",
                "9; '    subnet: 10.100.0.1/24'; 9; subnet 10.100.0.1/24 has host bits set, meant is 10.100.0.0/24",
                "9; '    subnet: [10.100.0.0/24, 10.101.0.0/24]'; 9; a second IPv4 subnet: one of a family",
                "9; '    subnet: 10.100.0.0/33'; 9; prefix length out of range: 10.100.0.0/33",
                "10; '    remotes: [198.19.0.2, 198.19.0.2]'; 10; duplicate remote 198.19.0.2, first on line 10",
                "10; '    remotes: [{address: 198.19.0.2, prefix: 10.0.0.0/24}]'; 10; "
                        + "a remote with a prefix belongs to the modes overlay and routed",
                "10; '    remotes: [n2, N2]'; 10; duplicate remote N2, first on line 10",
                "10; '    remotes: [n2, 198.19.0]'; 10; not an IP address: 198.19.0",
                "10; '    remotes: [n2/24]'; 10; neither an address nor a host name: 'n2/24'",
                "10; '    remotes: [-n2]'; 10; neither an address nor a host name: '-n2'",
                "11; '    tagged: maybe'; 11; expected true or false, found 'maybe'",
                "12; '    ageing: 0'; 12; expected a number from 1 to 1000000, found '0'",
                "13; '    learn_limit: -1'; 13; expected a number from 1 to 1048576, found '-1'",
                "14; '  - name: blue'; 14; duplicate network name blue, first on line 6",
                "15; '    vni: 200|    subnet: 10.0.0.0/8'; 16; "
                        + "subnet 10.0.0.0/8 overlaps 10.100.0.0/24 of line 9",
                "17; '  - name: a/b'; 17; not a port name (letters, digits, _ . -, at most 32): 'a/b'",
                "18; '    type: packet'; 21; ifname belongs to port type tap",
                "18; '    type: pcap'; 18; port type pcap is for 'weft replay', which makes such ports itself",
                "18; '    type: tun'; 18; expected one of tap packet pcap memory, found 'tun'",
                "18; #; 17; 'type' is missing",
                "19; '    network: green'; 19; no network is named green",
                "19; '    dev: veth0|    network: blue'; 19; dev belongs to port type packet",
                "20; '    netns: ../a'; 20; not a network namespace's name or path: '../a'",
                "21; '    ifname: abcdefghijklmnop'; 21; "
                        + "not an interface name (1 to 15 characters): 'abcdefghijklmnop'",
                "22; '    address: 10.100.1.1'; 22; "
                        + "address 10.100.1.1 is outside of network blue's subnet 10.100.0.0/24 fd00:100::/64",
                "22; '    address: [10.100.0.1, 10.100.0.1]'; 22; duplicate address 10.100.0.1, first on line 22",
                "22; '    address: [10.100.0.1, 10.100.0.2]'; 22; a second IPv4 address: one of a family",
                "22; '    address: {a: b}'; 22; expected a value, found a map",
                "23; '    mac: 01:00:5e:00:00:01'; 23; MAC 01:00:5e:00:00:01 is zero or a group address",
                "23; '    mac: 02:00:00:00:00'; 23; not a MAC address: 02:00:00:00:00",
                "23; '    mac: 02:00:00:00:00:0b'; 29; duplicate MAC 02:00:00:00:00:0b, first on line 23",
                "24; '    mtu: 1279'; 24; MTU 1279 is below 1280",
                "24; '    mtu: 70000'; 24; expected a number from 0 to 65521, found '70000'",
                "25; '  - name: a'; 25; duplicate port name a, first on line 17",
                "25; '  - name: b|    netns: two-nodes-a'; 25; "
                        + "duplicate interface eth0 in namespace two-nodes-a, first on line 21",
                "28; '    address: 10.100.0.1/24'; 28; duplicate address 10.100.0.1, first on line 22",
                "32; 'routes: [{dst: 10.9.0.0/16, via: 10.100.0.7, network: blue}]'; 32; "
                        + "network blue has no gateway, so no route leads there",
                "32; 'journal: {retain: 1GiB}'; 32; 'dir' is missing",
                "32; 'journal: {dir: j, retain: 1GB}'; 32; expected an amount as 512MiB or 1GiB, found '1GB'",
                "32; 'journal: {dir: j, retain: 1MiB}'; 32; a journal needs 16MiB or more",
                "32; 'journal: {dir: j, age: soon}'; 32; expected a time as 90s, 10m, 2h or 7d, found 'soon'",
                "32; 'conntrack: {max: 10}'; 32; expected a number from 64 to 8388607, found '10'",
                "32; 'conntrack: {max: 1000, per-source: 1001}'; 32; expected a number from 1 to 1000, found '1001'",
                "32; 'conntrack: {udp: 8d}'; 32; udp must be 1s to 7d, not 8d",
                "32; 'journal: [1'; 33; `not YAML: expected ',' or ']', but got <stream end>`",
            })
    void shouldRefuseWithFileLineAndReason(
            final int line, final String replacement, final int named, final String reason) {
        final String[] lines = FILE.split("\n", -1);
        final String text =
                replacement.startsWith("'") ? replacement.substring(1, replacement.length() - 1) : replacement;
        lines[line - 1] = text.replace('|', '\n');
        assertThatThrownBy(() -> NodeConfig.parse("n.yaml", String.join("\n", lines)))
                .isInstanceOf(ConfigException.class)
                .hasMessage("n.yaml:" + named + ": " + reason);
    }

    @Test
    void shouldTakeAPrefixForTheOwnAddressAndNamesForTheOthers() throws ConfigException {
        final NodeConfig config = NodeConfig.parse("f", """
                node: n1
                underlay: { address: 198.19.0.0/24 }
                networks:
                  - { name: blue, vni: 1, remotes: [n1, N2.Example, 198.19.0.3] }
                  - name: pods
                    vni: 2
                    mode: overlay
                    subnet: 10.244.0.0/16
                    prefix: 10.244.1.0/24
                    remotes: [{ address: n2, prefix: 10.244.2.0/24 }]
                """);
        final NodeConfig.Underlay own = Objects.requireNonNull(config.underlay());
        assertThat(own.isFixed()).isFalse();
        assertThat(own.prefix()).hasToString("198.19.0.0/24");
        assertThat(config.networks().get(0).remotes())
                .extracting(NodeConfig.Remote::host)
                .containsExactly("n1", "n2.example", null);
        assertThat(config.networks().get(1).remotes())
                .extracting(NodeConfig.Remote::host)
                .containsExactly("n2");
        assertThat(NodeConfig.parse("f", "node: n1\nunderlay: { address: 198.19.0.1/32 }\n")
                        .underlay())
                .matches(underlay -> underlay.isFixed());
    }

    @Test
    void shouldTakeOffloadsFromTheNodeWhereAPortSaysNothing() throws ConfigException {
        final NodeConfig config = NodeConfig.parse("f", """
                node: n
                offloads: off
                underlay: { address: 198.19.0.1 }
                networks: [{ name: blue, vni: 1 }]
                ports:
                  - { name: a, type: tap, network: blue }
                  - { name: b, type: tap, network: blue, offloads: on }
                """);
        assertThat(config.underlay()).isEqualTo(new NodeConfig.Underlay(3, IpPrefix.parse("198.19.0.1"), 4789, false));
        assertThat(config.ports()).extracting(NodeConfig.PortEntry::offloads).containsExactly(false, true);
    }

    @Test
    void shouldRefuseRemotesWithoutUnderlay() {
        assertThatThrownBy(() -> NodeConfig.parse(
                        "f", "node: n\nnetworks:\n  - name: blue\n    vni: 1\n    remotes: 198.19.0.2\n"))
                .hasMessage("f:5: network blue has remotes, but the node has no underlay address");
    }

    @Test
    void shouldAnswerEveryMutatedFileWithAConfigOrOneLine() {
        assertMutantsAreAnswered(FILE);
    }

    static void assertMutantsAreAnswered(final String file) {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        final String[] lines = file.split("\n");
        int refused = 0;
        for (int run = 0; run < 2_000; run++) {
            final String[] mutant = lines.clone();
            mutant[random.nextInt(mutant.length)] = mutant[random.nextInt(mutant.length)];
            final int at = random.nextInt(mutant.length);
            mutant[at] = mutant[at].substring(0, random.nextInt(mutant[at].length() + 1));
            try {
                NodeConfig.parse("f", String.join("\n", mutant));
            } catch (final ConfigException e) {
                refused++;
                assertThat(e.getMessage()).as("seed %d", seed).matches("f:\\d+: .+");
            } catch (final RuntimeException e) {
                fail("seed " + seed + ": " + String.join("\n", mutant), e);
            }
        }
        assertThat(refused).as("seed %d", seed).isPositive();
    }
}
