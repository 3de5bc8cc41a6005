// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.capture.PacketReader;
import io.weft.port.AutoMac;
import io.weft.testkit.FrameBuilder;
import io.weft.wire.Arp;
import io.weft.wire.Ethernet;
import io.weft.wire.IpAddress;
import io.weft.wire.Ipv4;
import io.weft.wire.MacAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Pods a and b are in different networks; what is between them is the router. */
class ReplayRoutingTest extends ReplayFixture {
    private static final String CONFIG = """
            node: n1
            underlay: { address: 198.19.0.1 }
            networks:
              - { name: blue, subnet: 10.1.0.0/24, gateway: 10.1.0.254 }
              - { name: red, subnet: 10.2.0.0/24, gateway: 10.2.0.254 }
              - name: pods
                vni: 100
                mode: overlay
                subnet: 10.244.0.0/16
                prefix: 10.244.1.0/24
                remotes: [{ address: 198.19.0.2, prefix: 10.244.2.0/24, mac: 02:00:00:00:00:99 }]
            ports:
              - { name: a, type: tap, network: blue, netns: a, address: 10.1.0.1 }
              - { name: b, type: tap, network: red, netns: b, address: 10.2.0.1 }
              - { name: c, type: tap, network: pods, netns: c, address: 10.244.1.2 }
            routes:
              - { dst: 10.9.0.0/16, type: blackhole }
            """;
    private static final long MAC_A = 0x02_00_00_00_00_0aL;
    private static final long MAC_B = 0x02_00_00_00_00_0bL;
    private static final long MAC_REMOTE = 0x02_00_00_00_00_99L;
    private static final long BLUE = AutoMac.of("n1", "router blue");
    private static final long RED = AutoMac.of("n1", "router red");
    private static final int TTL = 17;

    ReplayRoutingTest() {
        super(CONFIG);
    }

    @Test
    void shouldRouteBetweenPodsOfDifferentNetworks() throws IOException {
        writePcap(
                arpRequest("10.1.0.1", MAC_A, "10.1.0.254"),
                packet("10.1.0.1", "10.2.0.1"),
                arpReply("10.2.0.1", MAC_B, "10.2.0.254", RED));
        assertThat(replay()).as(() -> text(err)).isZero();
        assertThat(ports()).containsExactly("n1/a tx", "n1/b tx", "n1/b tx");

        final UnsafeBuffer answer = sent(0);
        assertThat(Arp.operation(answer, Ethernet.HEADER_LENGTH)).isEqualTo(Arp.REPLY);
        assertThat(Arp.senderMac(answer, Ethernet.HEADER_LENGTH)).isEqualTo(BLUE);
        assertThat(Arp.senderIp(answer, Ethernet.HEADER_LENGTH)).isEqualTo(ipv4("10.1.0.254"));
        assertThat(Ethernet.destination(answer, 0)).isEqualTo(MAC_A);

        final UnsafeBuffer question = sent(1);
        assertThat(Arp.operation(question, Ethernet.HEADER_LENGTH)).isEqualTo(Arp.REQUEST);
        assertThat(Arp.targetIp(question, Ethernet.HEADER_LENGTH)).isEqualTo(ipv4("10.2.0.1"));

        final UnsafeBuffer routed = sent(2);
        assertThat(Ethernet.source(routed, 0)).isEqualTo(RED);
        assertThat(Ethernet.destination(routed, 0)).isEqualTo(MAC_B);
        assertThat(Ipv4.ttl(routed, Ethernet.HEADER_LENGTH)).isEqualTo(TTL - 1);
        assertThat(Ipv4.isChecksumValid(routed, Ethernet.HEADER_LENGTH)).isTrue();
        assertThat(text(out)).contains(" dropped 0 held 0 skipped 0");
    }

    @Test
    void shouldRouteIntoTheTunnelOfTheNodeThatHasThePrefix() throws IOException {
        writePcap(packet("10.1.0.1", "10.244.2.7"));
        assertThat(replay()).as(() -> text(err)).isZero();
        assertThat(ports()).containsExactly("n1/underlay tunnel-tx");
        final UnsafeBuffer outer = sent(0);
        assertThat(Ipv4.destination(outer, Ethernet.HEADER_LENGTH)).isEqualTo(ipv4("198.19.0.2"));
        final int inner = Ethernet.HEADER_LENGTH + 20 + 8 + 8;
        assertThat(Ethernet.destination(outer, inner)).isEqualTo(MAC_REMOTE);
        assertThat(Ipv4.ttl(outer, inner + Ethernet.HEADER_LENGTH)).isEqualTo(TTL - 1);
    }

    @Test
    void shouldUseTheRoutesOfTheFile() throws IOException {
        writePcap(packet("10.1.0.1", "10.9.0.1"));
        assertThat(replay()).isZero();
        assertThat(answers()).isEmpty();
        assertThat(text(out)).containsPattern("drop +blackhole-route frames 1 ");
    }

    @Test
    void shouldGiveTimersTheirTimeBetweenTwoPackets() throws IOException {
        writePcap(
                5_000,
                arpRequest("10.1.0.1", MAC_A, "10.1.0.254"),
                packet("10.1.0.1", "10.2.0.1"),
                arpRequest("10.1.0.1", MAC_A, "10.1.0.254"));
        assertThat(replay()).isZero();
        assertThat(answers().stream()
                        .map(packet -> packet.interfaceName() + " " + (packet.epochNanos() - TIME) / 1_000_000))
                .as("three requests to b, then host unreachable to a")
                .containsExactly(
                        "n1/a tx 0", "n1/b tx 5000", "n1/b tx 6000", "n1/b tx 7000", "n1/a tx 8000", "n1/a tx 10000");
    }

    @Test
    void shouldCountLongGapsAsAnHourAndKeepThePacketsTimes() throws IOException {
        final int days = 20 * 24 * 3_600_000;
        writePcap(days, arpRequest("10.1.0.1", MAC_A, "10.1.0.254"), arpRequest("10.1.0.1", MAC_A, "10.1.0.254"));
        assertThat(replay()).isZero();
        assertThat(answers().stream().map(PacketReader.Packet::epochNanos))
                .containsExactly(TIME, TIME + days * 1_000_000L);
        assertThat(packets().stream().map(PacketReader.Packet::epochNanos))
                .allMatch(time -> time == TIME || time >= TIME + (days - Replay.MAX_GAP_MILLIS) * 1_000_000L);
    }

    @Test
    void shouldNotReplayWhatTheRouterSaid() throws IOException {
        writePcap(FrameBuilder.frame()
                .from(RED)
                .to(MAC_B)
                .ipv4("10.1.0.1", "10.2.0.1")
                .udp(1, 2)
                .build());
        assertThat(replay()).isZero();
        assertThat(answers()).isEmpty();
        assertThat(text(out)).contains(" skipped 1");
    }

    @Test
    void shouldRefuseARouteThatCannotBeAndWriteNothing() throws IOException {
        Files.writeString(file("n1.yaml"), CONFIG + "  - { dst: 10.10.0.0/16, via: 10.3.0.1 }\n");
        writePcap();
        assertThat(replay()).isEqualTo(1);
        assertThat(text(err)).startsWith("Error: " + file("n1.yaml") + ":18: ").containsOnlyOnce("\n");
        assertThat(file("out.pcap")).doesNotExist();
    }

    /** All but what the router says of its own accord: that it has its addresses. */
    private List<PacketReader.Packet> answers() throws IOException {
        return packets().stream()
                .filter(packet -> !isAnnouncement(new UnsafeBuffer(packet.octets())))
                .toList();
    }

    private static boolean isAnnouncement(final UnsafeBuffer frame) {
        return Ethernet.type(frame, 0) == Ethernet.TYPE_ARP
                && Arp.senderIp(frame, Ethernet.HEADER_LENGTH) == Arp.targetIp(frame, Ethernet.HEADER_LENGTH);
    }

    private List<String> ports() throws IOException {
        return answers().stream().map(PacketReader.Packet::interfaceName).toList();
    }

    private UnsafeBuffer sent(final int number) throws IOException {
        return new UnsafeBuffer(answers().get(number).octets());
    }

    private static int ipv4(final String address) {
        return IpAddress.parse(address).ipv4();
    }

    private static byte[] packet(final String source, final String destination) {
        return FrameBuilder.frame()
                .from(MAC_A)
                .to(BLUE)
                .ipv4(source, destination)
                .ttl(TTL)
                .udp(1, 2)
                .payload(18)
                .build();
    }

    private static byte[] arpRequest(final String sender, final long senderMac, final String target) {
        return FrameBuilder.frame()
                .from(senderMac)
                .to(MacAddress.BROADCAST)
                .arp(Arp.REQUEST, senderMac, sender, 0, target)
                .build();
    }

    private static byte[] arpReply(
            final String sender, final long senderMac, final String target, final long targetMac) {
        return FrameBuilder.frame()
                .from(senderMac)
                .to(targetMac)
                .arp(Arp.REPLY, senderMac, sender, targetMac, target)
                .build();
    }
}
