// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.frame.Frame;
import io.weft.wire.Bytes;
import io.weft.wire.Checksum;
import io.weft.wire.Ethernet;
import io.weft.wire.IpAddress;
import io.weft.wire.Ipv4;
import io.weft.wire.Tcp;
import io.weft.wire.Udp;
import org.agrona.concurrent.UnsafeBuffer;

/** Frames by hand, byte by byte. */
final class TestFrames {
    static final long MAC_A = 0x0200_0000_000AL;
    static final long MAC_B = 0x0200_0000_000BL;
    static final int HEADERS = Ethernet.HEADER_LENGTH + Ipv4.MIN_HEADER_LENGTH + Tcp.MIN_HEADER_LENGTH;

    private TestFrames() {}

    /** A UDP datagram 10.1.0.1:7 to 10.1.0.2:9 with a complete checksum. */
    static byte[] udp(final int payloadLength) {
        final int length = Udp.HEADER_LENGTH + payloadLength;
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[34 + length]);
        Ethernet.put(buffer, 0, MAC_B, MAC_A, Ethernet.TYPE_IPV4);
        Ipv4.put(buffer, 14, 20 + length, 64, Ipv4.PROTOCOL_UDP, 0x0A010001, 0x0A010002);
        Udp.put(buffer, 34, 7, 9, length);
        for (int i = 0; i < payloadLength; i++) {
            buffer.putByte(42 + i, (byte) i);
        }
        Udp.checksum(
                buffer,
                34,
                Checksum.finish(Checksum.pseudoHeaderIpv4(buffer, 14, Ipv4.PROTOCOL_UDP, length)
                        + Checksum.sum(buffer, 34, length)));
        return buffer.byteArray();
    }

    /** Makes {@code frame} a TCP super-frame, behind whatever space its offset leaves, as a TAP would deliver it. */
    static void tcpSuperFrame(final Frame frame, final int payloadLength, final int segmentSize) {
        final UnsafeBuffer buffer = frame.buffer;
        final int start = frame.offset;
        final int tcpLength = Tcp.MIN_HEADER_LENGTH + payloadLength;
        Ethernet.put(buffer, start, MAC_B, MAC_A, Ethernet.TYPE_IPV4);
        Ipv4.put(buffer, start + 14, 20 + tcpLength, 64, Ipv4.PROTOCOL_TCP, 0x0A010001, 0x0A010002);
        Tcp.put(buffer, start + 34, 1000, 2000, 1, 1, Tcp.ACK | Tcp.PSH, 100);
        for (int i = 0; i < payloadLength; i++) {
            buffer.putByte(start + HEADERS + i, (byte) (i * 31));
        }
        Tcp.checksum(
                buffer,
                start + 34,
                Checksum.fold(Checksum.pseudoHeaderIpv4(buffer, start + 14, Ipv4.PROTOCOL_TCP, tcpLength)));
        frame.length = HEADERS + payloadLength;
        frame.gsoType = Frame.GSO_TCPV4;
        frame.gsoSize = segmentSize;
        frame.checksumState = Frame.CHECKSUM_PARTIAL;
        frame.checksumStart = start + 34;
        frame.checksumOffset = Tcp.CHECKSUM_OFFSET;
    }

    /** Makes {@code frame} a UDP super-frame, as a TAP would deliver it. */
    static void udpSuperFrame(final Frame frame, final int payloadLength, final int segmentSize) {
        frame.buffer.putBytes(frame.offset, udp(payloadLength));
        frame.length = 42 + payloadLength;
        final int length = Udp.HEADER_LENGTH + payloadLength;
        Udp.checksum(
                frame.buffer,
                frame.offset + 34,
                Checksum.fold(Checksum.pseudoHeaderIpv4(frame.buffer, frame.offset + 14, Ipv4.PROTOCOL_UDP, length)));
        frame.gsoType = Frame.GSO_UDP;
        frame.gsoSize = segmentSize;
        frame.checksumState = Frame.CHECKSUM_PARTIAL;
        frame.checksumStart = frame.offset + 34;
        frame.checksumOffset = Udp.CHECKSUM_OFFSET;
    }

    /** True if the IPv4 and TCP checksums of a frame without VLAN tags are right. */
    static boolean isTcpSound(final byte[] octets, final int start) {
        final UnsafeBuffer buffer = new UnsafeBuffer(octets);
        final int ip = start + 14;
        final int length = Ipv4.totalLength(buffer, ip) - 20;
        return Ipv4.isChecksumValid(buffer, ip)
                && Checksum.finish(Checksum.pseudoHeaderIpv4(buffer, ip, Ipv4.PROTOCOL_TCP, length)
                                + Checksum.sum(buffer, ip + 20, length))
                        == 0;
    }

    /** An outer packet around {@code payload}, without a UDP checksum. */
    static byte[] outerIpv4(final IpAddress source, final IpAddress destination, final int port, final byte[] payload) {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[42 + payload.length]);
        Ethernet.put(buffer, 0, MAC_B, MAC_A, Ethernet.TYPE_IPV4);
        Ipv4.put(buffer, 14, 28 + payload.length, 64, Ipv4.PROTOCOL_UDP, source.ipv4(), destination.ipv4());
        Udp.put(buffer, 34, 50_000, port, 8 + payload.length);
        buffer.putBytes(42, payload);
        return buffer.byteArray();
    }

    /** Changes a 16-bit field of an outer IPv4 header at 14 and makes its checksum right again. */
    static byte[] withIpv4Field(final byte[] octets, final int offset, final int value) {
        final UnsafeBuffer buffer = new UnsafeBuffer(octets);
        Bytes.putU16(buffer, 14 + offset, value);
        Ipv4.writeChecksum(buffer, 14);
        return octets;
    }
}
