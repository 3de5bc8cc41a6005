// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.daemon.ConfigException;
import io.weft.lab.Reachability.Proof;
import io.weft.lab.Reachability.Transfer;
import io.weft.lab.Ways.Traffic;
import io.weft.lab.Ways.Way;
import io.weft.wire.IpAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class WaysTest {
    private static final Path LABS = Path.of("../../docker/labs");

    @Test
    void shouldSendTcpBetweenAllPodsOfANetworkWithoutARouter() throws ConfigException {
        final List<String> ways = ways("two-nodes");

        assertThat(ways).hasSize(12).allMatch(way -> way.contains("tcp"));
        assertThat(ways.stream().filter(way -> way.endsWith("udp")))
                .containsExactly("a -> c 10.100.0.3 tcp_and_udp", "a -> c fd00:100::3 tcp_and_udp");
    }

    @Test
    void shouldProveRoutersNodesAndNetworksOfThreeSubnets() throws ConfigException {
        final List<String> ways = ways("three-subnets");

        assertThat(ways)
                .doesNotHaveDuplicates()
                .contains(
                        "p1 -> p2 10.244.2.2 tcp_and_udp",
                        "p1 -> p2 fd00:244:0:2::2 tcp_and_udp",
                        "p3 -> p1 10.244.1.2 ping",
                        "b1 -> b2 10.100.0.2 tcp_and_udp",
                        "p2 -> gateway 10.244.2.1 ping",
                        "b2 -> gateway fd00:100::fe ping",
                        "p1 -> n1 10.244.1.254 tcp",
                        "p1 -> n1 198.18.1.1 tcp",
                        "b3 -> n3 198.18.3.1 ping",
                        "b3 -> n3 fd00:244:0:3::fe ping",
                        "n1 -> p2 10.244.2.2 tcp",
                        "n1 -> p1 10.244.1.2 ping",
                        "n3 -> b1 10.100.0.1 ping",
                        "p1 -> b1 10.100.0.1 tcp",
                        "b2 -> p2 10.244.2.2 ping")
                .noneMatch(way -> way.contains("core"));
        // Between pods, to gateways, to nodes (host port twice, underlay), from nodes, between networks.
        assertThat(ways).hasSize(24 + 12 + 18 + 36 + 12);
    }

    @Test
    void shouldProvePlainHostsOnAWireAndBehindIt() throws ConfigException {
        assertThat(ways("routed-wire"))
                .contains(
                        "p1 -> r 10.60.0.9 tcp_and_udp",
                        "p2 -> r fd00:62::1 ping",
                        "p1 -> h 10.62.0.2 tcp_and_udp",
                        "h -> p2 10.61.2.2 ping",
                        "r -> p1 10.61.1.2 tcp",
                        "n2 -> p1 fd00:61:0:1::2 ping");
    }

    @Test
    void shouldReadWhatIperfSays() {
        final Transfer tcp = Reachability.parse("""
                [  5] local 10.1.0.1 port 48190 connected to 10.1.0.2 port 5201
                [  5]   0.00-0.20   sec  32.0 MBytes  1342 Mbits/sec    0             sender
                [  5]   0.00-0.20   sec  31.9 MBytes  1300 Mbits/sec                  receiver
                --- server
                Accepted connection from 10.1.0.1, port 48188
                [  5] local 10.1.0.2 port 5201 connected to 10.1.0.9 port 48190
                """);
        assertThat(tcp).isEqualTo(new Transfer(1300, IpAddress.parse("10.1.0.9")));
        assertThat(Reachability.parse(udp("0/1448 (0%)"))).isEqualTo(new Transfer(99.8, IpAddress.parse("fd00::1")));
        assertThat(Reachability.parse(udp("700/1448 (48%)"))).isNull();
        assertThat(Reachability.parse("iperf3: error - unable to connect to server"))
                .isNull();
    }

    private static String udp(final String lost) {
        return """
                [  5]   0.00-0.17   sec  2.00 MBytes  99.9 Mbits/sec  0.000 ms  0/1448 (0%)  sender
                [  5]   0.00-0.17   sec  2.00 MBytes  99.8 Mbits/sec  0.007 ms  LOST  receiver
                --- server
                [  5] local fd00::2 port 5201 connected to fd00::1 port 33033
                """.replace("LOST", lost);
    }

    @Test
    void shouldNotHoldIfTheReceiverSeesAnotherAddress() {
        final IpAddress own = IpAddress.parse("10.1.0.1");
        final Way way = new Way("a", List.of(own), "b", IpAddress.parse("10.1.0.2"), Traffic.TCP);

        assertThat(new Proof(way, true, new Transfer(1, own), null).ok()).isTrue();
        assertThat(new Proof(way, true, new Transfer(1, way.address()), null).ok())
                .isFalse();
        assertThat(new Proof(way, true, new Transfer(0, own), null).ok()).isFalse();
        assertThat(new Proof(way, true, null, null).ok()).isFalse();
        assertThat(new Proof(way, false, null, null).ok()).isFalse();
    }

    private static List<String> ways(final String lab) throws ConfigException {
        return Ways.of(TopologyParser.read(LABS.resolve(lab + ".yaml"))).stream()
                .map(way -> way + " " + way.traffic().name().toLowerCase(Locale.ROOT))
                .toList();
    }
}
