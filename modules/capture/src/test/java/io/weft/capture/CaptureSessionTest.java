// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.wire.Checksum;
import io.weft.wire.Ethernet;
import io.weft.wire.IpAddress;
import io.weft.wire.Ipv4;
import io.weft.wire.Ipv6;
import io.weft.wire.Udp;
import io.weft.wire.Vxlan;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class CaptureSessionTest {
    private static final long LONG = 30_000;

    private final TestFrames frames = new TestFrames();
    private final CaptureTap tap = frames.tap();
    private final ByteArrayOutputStream file = new ByteArrayOutputStream();
    private final CountDownLatch ended = new CountDownLatch(1);

    @Test
    void shouldNameInterfacesByNodePortAndPointAndSayDirection() throws IOException {
        final CaptureSession session = start(CaptureRequest.of(CapturePoint.ALL));
        final Frame frame = frames.udp(10);
        tap.record(frame, CapturePoint.RX, TestFrames.PORT_A);
        tap.record(frame, CapturePoint.TX, TestFrames.PORT_B);
        tap.record(frames.udp(10), CapturePoint.RX, TestFrames.PORT_A);
        session.close();
        assertThat(packets())
                .extracting(packet -> packet.interfaceName() + " " + packet.flags())
                .containsExactly("n1/a rx 1", "n1/b tx 2", "n1/a rx 1");
        assertThat(packets()).extracting(PacketReader.Packet::packetId).containsExactly(1L, 1L, 2L);
        assertThat(packets().get(1).comment()).isEqualTo("sent to port b; network blue, VNI 100; from port a");
    }

    @Test
    void shouldStampPacketsWithWallClockTime() throws IOException {
        final long before = System.currentTimeMillis() - 1;
        final CaptureSession session = start(CaptureRequest.of(CapturePoint.ALL));
        tap.record(frames.udp(10), CapturePoint.RX, TestFrames.PORT_A);
        session.close();
        assertThat(packets().get(0).epochNanos() / 1_000_000).isBetween(before, System.currentTimeMillis() + 1);
    }

    @Test
    void shouldExplainADropInWords() throws IOException {
        final CaptureSession session = start(CaptureRequest.of(CapturePoint.DROP.mask()));
        tap.onDrop(frames.udp(10), DropReason.LEARN_LIMIT);
        session.close();
        assertThat(packets().get(0).comment())
                .isEqualTo(
                        "dropped, learn-limit: The network has learned as many MACs as it may.; network blue, VNI 100");
        assertThat(packets().get(0).interfaceName()).isEqualTo("n1/a drop");
    }

    @Test
    void shouldCompletePartialChecksumInTheCopyOnly() throws IOException {
        final Frame frame = frames.udpPartial(101);
        final int field = frame.checksumStart + frame.checksumOffset;
        final short before = frame.buffer.getShort(field);
        final CaptureSession session = start(CaptureRequest.of(CapturePoint.ALL));
        tap.record(frame, CapturePoint.RX, TestFrames.PORT_A);
        session.close();
        assertThat(frame.buffer.getShort(field)).isEqualTo(before);
        assertSoundIpv4(packets().get(0).octets(), 14, Ipv4.PROTOCOL_UDP);
        assertThat(packets().get(0).comment()).endsWith("checksum completed by the capture");
    }

    @Test
    void shouldWriteSuperFrameOfAPortAsOnePacketWithRightChecksum() throws IOException {
        final CaptureSession session = start(CaptureRequest.of(CapturePoint.ALL));
        tap.record(frames.tcpSuperFrame(60_000, 1398), CapturePoint.RX, TestFrames.PORT_A);
        session.close();
        assertThat(packets()).hasSize(1);
        assertThat(packets().get(0).octets()).hasSize(60_054);
        assertSoundIpv4(packets().get(0).octets(), 14, Ipv4.PROTOCOL_TCP);
        assertThat(packets().get(0).comment())
                .endsWith("super-frame of 60054 octets, segments of 1398 octets of payload");
    }

    @Test
    void shouldPutOuterHeadersInFrontOfTunnelFrames() throws IOException {
        final CaptureSession session = start(CaptureRequest.of(CapturePoint.ALL));
        tap.record(TestFrames.encapsulated(frames.udpPartial(33)), CapturePoint.TUNNEL_TX, TestFrames.UNDERLAY);
        tap.record(frames.train(1, 33, TestFrames.REMOTE), CapturePoint.TUNNEL_RX, TestFrames.UNDERLAY);
        session.close();
        final PacketReader.Packet sent = packets().get(0);
        final PacketReader.Packet received = packets().get(1);
        assertThat(sent.comment())
                .isEqualTo(
                        "sent to VTEP 198.19.0.2; network blue, VNI 100; from port a; checksum completed by the capture");
        assertThat(received.comment()).isEqualTo("from VTEP 198.19.0.2");
        for (final PacketReader.Packet packet : packets()) {
            assertSoundIpv4(packet.octets(), 14, Ipv4.PROTOCOL_UDP);
            assertSoundIpv4(packet.octets(), 14 + 20 + 8 + 8 + 14, Ipv4.PROTOCOL_UDP);
            assertThat(Vxlan.vni(new UnsafeBuffer(packet.octets()), 42)).isEqualTo(TestFrames.VNI);
        }
        final UnsafeBuffer out = new UnsafeBuffer(sent.octets());
        final UnsafeBuffer in = new UnsafeBuffer(received.octets());
        assertThat(IpAddress.ofIpv4(Ipv4.destination(out, 14))).isEqualTo(TestFrames.REMOTE);
        assertThat(IpAddress.ofIpv4(Ipv4.source(in, 14))).isEqualTo(TestFrames.REMOTE);
        assertThat(Udp.destinationPort(out, 34)).isEqualTo(Vxlan.PORT);
        assertThat(Udp.sourcePort(in, 34)).isEqualTo(Udp.sourcePort(out, 34)).isGreaterThanOrEqualTo(49_152);
    }

    @Test
    void shouldPutIpv6HeadersInFrontWhereTheUnderlayIsIpv6() throws IOException {
        final IpAddress local = IpAddress.parse("fd00:19::1");
        final IpAddress remote = IpAddress.parse("fd00:19::2");
        final CaptureSession session =
                start(CaptureRequest.of(CapturePoint.ALL), TestFrames.context(local, remote), file);
        tap.record(TestFrames.encapsulated(frames.udp(33)), CapturePoint.TUNNEL_TX, TestFrames.UNDERLAY);
        session.close();
        final UnsafeBuffer packet = new UnsafeBuffer(packets().get(0).octets());
        assertThat(Ethernet.type(packet, 0)).isEqualTo(Ethernet.TYPE_IPV6);
        assertThat(Ipv6.isValid(packet, 14, packet.capacity() - 14)).isTrue();
        assertThat(Ipv6.sourceLow(packet, 14)).isEqualTo(local.low());
        assertThat(Ipv6.destinationLow(packet, 14)).isEqualTo(remote.low());
        final int udpLength = Udp.length(packet, 54);
        assertThat(Checksum.finish(Checksum.pseudoHeaderIpv6(packet, 14, Ipv4.PROTOCOL_UDP, udpLength)
                        + Checksum.sum(packet, 54, udpLength)))
                .isZero();
    }

    @Test
    void shouldCutSuperFramesInTheTunnelIntoSegments() throws IOException {
        final CaptureSession session = start(CaptureRequest.of(CapturePoint.ALL));
        tap.record(
                TestFrames.encapsulated(frames.tcpSuperFrame(65_000, 1398)),
                CapturePoint.TUNNEL_TX,
                TestFrames.UNDERLAY);
        session.close();
        assertThat(packets()).hasSize((65_000 + 1397) / 1398);
        int payload = 0;
        for (final PacketReader.Packet packet : packets()) {
            assertSoundIpv4(packet.octets(), 14, Ipv4.PROTOCOL_UDP);
            assertSoundIpv4(packet.octets(), 64, Ipv4.PROTOCOL_TCP);
            payload += packet.octets().length - 50 - 54;
        }
        assertThat(payload).isEqualTo(65_000);
        assertThat(packets().get(2).comment())
                .endsWith("segment 3 of a super-frame of 65062 octets, cut at 1398 octets of payload");
    }

    @Test
    void shouldSplitDatagramTrains() throws IOException {
        final CaptureSession session = start(CaptureRequest.of(CapturePoint.ALL));
        tap.record(frames.train(7, 100, TestFrames.REMOTE), CapturePoint.TUNNEL_RX, TestFrames.UNDERLAY);
        session.close();
        assertThat(packets()).hasSize(7).allSatisfy(packet -> assertSoundIpv4(packet.octets(), 64, Ipv4.PROTOCOL_UDP));
        assertThat(packets().get(6).comment()).isEqualTo("from VTEP 198.19.0.2; datagram 7 of 7 received together");
    }

    @Test
    void shouldCutPacketsAtTheSnapLengthAlsoInTheTunnel() throws IOException {
        final CaptureSession session = start(new CaptureRequest(CapturePoint.ALL, CaptureSelection.ALL, 96, 0, ""));
        tap.record(frames.udp(500), CapturePoint.RX, TestFrames.PORT_A);
        tap.record(TestFrames.encapsulated(frames.udp(500)), CapturePoint.TUNNEL_TX, TestFrames.UNDERLAY);
        session.close();
        assertThat(packets())
                .extracting(packet -> packet.octets().length + "/" + packet.originalLength())
                .containsExactly("96/542", "96/592");
    }

    @Test
    void shouldKeepOnlyWhatTheFilterMatchesAlsoInsideTheTunnel() throws IOException {
        final CaptureSession session =
                start(new CaptureRequest(CapturePoint.ALL, CaptureSelection.ALL, 1000, 0, "tcp port 5201"));
        tap.record(frames.udp(10), CapturePoint.RX, TestFrames.PORT_A);
        tap.record(frames.tcpSuperFrame(100, 1398), CapturePoint.RX, TestFrames.PORT_A);
        tap.record(TestFrames.encapsulated(frames.udp(10)), CapturePoint.TUNNEL_TX, TestFrames.UNDERLAY);
        tap.record(
                TestFrames.encapsulated(frames.tcpSuperFrame(100, 1398)), CapturePoint.TUNNEL_TX, TestFrames.UNDERLAY);
        session.close();
        assertThat(packets())
                .extracting(PacketReader.Packet::interfaceName)
                .containsExactly("n1/a rx", "n1/underlay tunnel-tx");
    }

    @Test
    void shouldMatchFilterAgainstOuterHeadersAsWell() throws IOException {
        final CaptureSession session = start(new CaptureRequest(
                CapturePoint.ALL, CaptureSelection.ALL, 1000, 0, "udp port 4789 and host 198.19.0.2"));
        tap.record(frames.udp(10), CapturePoint.RX, TestFrames.PORT_A);
        tap.record(TestFrames.encapsulated(frames.udp(10)), CapturePoint.TUNNEL_TX, TestFrames.UNDERLAY);
        session.close();
        assertThat(packets()).extracting(PacketReader.Packet::interfaceName).containsExactly("n1/underlay tunnel-tx");
    }

    @Test
    void shouldRefuseWrongFilterBeforeAnythingIsWritten() {
        final CaptureRequest wrong = new CaptureRequest(CapturePoint.ALL, CaptureSelection.ALL, 1000, 0, "tpc port 1");
        assertThatThrownBy(() -> start(wrong))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("capture filter \"tpc port 1\": ")
                .hasMessageNotContaining("\n");
        assertThat(file.size()).isZero();
    }

    @Test
    void shouldEndAtCount() throws Exception {
        final CaptureSession session = start(new CaptureRequest(CapturePoint.ALL, CaptureSelection.ALL, 1000, 3, ""));
        final Frame frame = frames.udp(10);
        for (int i = 0; i < 10; i++) {
            tap.record(frame, CapturePoint.RX, TestFrames.PORT_A);
        }
        assertThat(session.awaitEnd(LONG)).isTrue();
        assertThat(ended.getCount()).isZero();
        assertThat(session.endReason()).isEqualTo("count reached");
        assertThat(packets()).hasSize(3);
        assertThat(session.packets()).isEqualTo(3);
        tap.record(frame, CapturePoint.RX, TestFrames.PORT_A);
        assertThat(tap.isActive(CapturePoint.ALL)).isFalse();
    }

    @Test
    void shouldEndWhenTheStreamIsClosed() throws Exception {
        final PipedInputStream reader = new PipedInputStream(1 << 20);
        final CaptureSession session =
                start(CaptureRequest.of(CapturePoint.ALL), TestFrames.CONTEXT, new PipedOutputStream(reader));
        reader.close();
        final Frame frame = frames.udp(10);
        while (!ended.await(1, TimeUnit.MILLISECONDS)) {
            tap.record(frame, CapturePoint.RX, TestFrames.PORT_A);
        }
        assertThat(session.endReason()).isEqualTo("stream closed");
    }

    @Test
    void shouldHandPacketsToALiveReaderWithoutWaitingForMore() throws Exception {
        final PipedInputStream pipe = new PipedInputStream(1 << 20);
        final CaptureSession session =
                start(CaptureRequest.of(CapturePoint.ALL), TestFrames.CONTEXT, new PipedOutputStream(pipe));
        final PcapngReader reader = new PcapngReader(pipe);
        for (int i = 1; i <= 3; i++) {
            tap.record(frames.udp(10), CapturePoint.RX, TestFrames.PORT_A);
            assertThat(Objects.requireNonNull(reader.next()).packetId()).isEqualTo(i);
        }
        session.close();
    }

    @Test
    void shouldLoseCopiesButNeverWaitWhenTheReaderIsSlow() throws Exception {
        final CountDownLatch release = new CountDownLatch(1);
        final OutputStream slow = new OutputStream() {
            @Override
            public void write(final int octet) throws IOException {
                write(new byte[] {(byte) octet}, 0, 1);
            }

            @Override
            public void write(final byte[] octets, final int offset, final int length) throws IOException {
                try {
                    assertThat(release.await(LONG, TimeUnit.MILLISECONDS)).isTrue();
                } catch (final InterruptedException e) {
                    throw new IOException(e);
                }
                file.write(octets, offset, length);
            }
        };
        final CaptureSession session = start(CaptureRequest.of(CapturePoint.ALL), TestFrames.CONTEXT, slow);
        final Frame frame = frames.udp(60_000);
        for (int i = 0; i < 100; i++) {
            tap.record(frame, CapturePoint.RX, TestFrames.PORT_A);
        }
        final long lost = session.lost();
        assertThat(lost).isPositive();
        release.countDown();
        while (session.packets() < 100 - lost) {
            Thread.onSpinWait();
        }
        // The ring has room a moment after the last packet was counted; until then this one is lost as well.
        long before;
        do {
            before = session.lost();
            tap.record(frame, CapturePoint.RX, TestFrames.PORT_A);
        } while (session.lost() > before);
        session.close();
        assertThat(packets()).hasSize((int) (101 - lost));
        assertThat(packets().get(packets().size() - 1).lost()).isEqualTo(before);
    }

    @Test
    void shouldSurviveWhateverIsInTheFrame() throws IOException {
        final long seed = System.nanoTime();
        final java.util.Random random = new java.util.Random(seed);
        final CaptureSession session = start(CaptureRequest.of(CapturePoint.ALL));
        final CapturePoint[] points = CapturePoint.values();
        final Frame frame = frames.udp(1000);
        for (int i = 0; i < 3_000; i++) {
            frame.length = random.nextInt(200);
            frame.gsoType = random.nextInt(7);
            frame.gsoSize = random.nextInt(60);
            frame.checksumState = random.nextInt(3);
            frame.checksumStart = frame.offset + random.nextInt(250) - 20;
            frame.checksumOffset = random.nextInt(40) - 10;
            frame.remoteLow = random.nextBoolean() ? 0 : random.nextLong();
            frame.vtep = random.nextInt(3) - 1;
            for (int at = 0; at < 80; at++) {
                frame.buffer.putByte(frame.offset + at, (byte) random.nextInt());
            }
            if (random.nextBoolean()) {
                Vxlan.put(frame.buffer, frame.offset, TestFrames.VNI);
                Ethernet.put(frame.buffer, frame.offset + 8, 1, 2, Ethernet.TYPE_IPV4);
                Ipv4.put(frame.buffer, frame.offset + 22, Math.max(20, frame.length - 22), 1, 6, 1, 2);
            }
            final CapturePoint point = points[random.nextInt(points.length)];
            if (point == CapturePoint.DROP) {
                tap.onDrop(frame, DropReason.UNKNOWN_VNI);
            } else {
                tap.record(frame, point, TestFrames.UNDERLAY);
            }
        }
        session.close();
        assertThat(session.endReason()).as("seed %d", seed).isEqualTo("closed");
        assertThat(session.packets() + session.lost()).as("seed %d", seed).isGreaterThanOrEqualTo(3_000);
        assertThat(packets()).hasSize((int) session.packets());
    }

    @Test
    void shouldWriteTheHeaderWhenFramesCanCome() throws Exception {
        final CaptureSession session = CaptureSession.start(
                new CaptureRequest(CapturePoint.ALL, CaptureSelection.ALL, 1000, 0, ""),
                1,
                TestFrames.CONTEXT,
                new PcapngSink(TestFrames.CONTEXT, 1_000, "Weft test", file),
                ended::countDown,
                CaptureRing.MIN_CAPACITY);
        assertThat(session.awaitEnd(20)).isFalse();
        assertThat(file.size()).isZero();
        assertThat(tap.attach(session.ring())).isTrue();
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (file.size() == 0 && System.nanoTime() - deadline < 0) {
            Thread.onSpinWait();
        }
        assertThat(file.size()).isPositive();
        session.close();
        assertThat(packets()).isEmpty();
    }

    private CaptureSession start(final CaptureRequest request) {
        return start(request, TestFrames.CONTEXT, file);
    }

    private CaptureSession start(final CaptureRequest request, final CaptureContext context, final OutputStream out) {
        final PacketSink sink = new PcapngSink(context, request.snapLength(), "Weft test", out);
        final CaptureSession session =
                CaptureSession.start(request, 1, context, sink, ended::countDown, CaptureRing.MIN_CAPACITY);
        assertThat(tap.attach(session.ring())).isTrue();
        return session;
    }

    private List<PacketReader.Packet> packets() throws IOException {
        final List<PacketReader.Packet> packets = new ArrayList<>();
        try (PcapngReader reader = new PcapngReader(new ByteArrayInputStream(file.toByteArray()))) {
            for (PacketReader.Packet packet = reader.next(); packet != null; packet = reader.next()) {
                packets.add(packet);
            }
        }
        return packets;
    }

    /** IPv4 at {@code ip} reaches to the end of the packet, and both checksums are right. */
    private static void assertSoundIpv4(final byte[] octets, final int ip, final int protocol) {
        final UnsafeBuffer packet = new UnsafeBuffer(octets);
        assertThat(Ipv4.isValid(packet, ip, octets.length - ip)).isTrue();
        assertThat(Ipv4.totalLength(packet, ip)).isEqualTo(octets.length - ip);
        assertThat(Ipv4.isChecksumValid(packet, ip)).isTrue();
        assertThat(Ipv4.protocol(packet, ip)).isEqualTo(protocol);
        final int transport = ip + 20;
        final int length = octets.length - transport;
        assertThat(Checksum.finish(Checksum.pseudoHeaderIpv4(packet, ip, protocol, length)
                        + Checksum.sum(packet, transport, length)))
                .isZero();
    }
}
