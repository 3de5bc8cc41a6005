// SPDX-License-Identifier: Apache-2.0
package io.weft.offload;

import io.weft.frame.Frame;
import io.weft.wire.Checksum;
import io.weft.wire.Ethernet;
import io.weft.wire.Ipv4;
import io.weft.wire.Ipv6;
import io.weft.wire.Tcp;
import io.weft.wire.Udp;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * GRO in software: makes a super-frame of consecutive segments of one flow, verifying each segment's checksum (a
 * super-frame's is partial, so nobody could later). One per worker; works on one frame at a time.
 *
 * <p>A segment continues a frame if the Ethernet header with its tags, the IP header but for length, identification and
 * checksum, and the ports are equal, its payload is as long as the first one's or, for the last, shorter, and:
 *
 * <ul>
 *   <li>TCP: sequence number adjacent; acknowledgment number, window, urgent pointer and options equal; no flags but ACK
 *       and, on the last, PSH
 *   <li>UDP: a checksum is there; at most {@link #MAX_DATAGRAMS}
 * </ul>
 */
public final class Coalescer {
    /** The segment is now part of the frame. */
    public static final int APPENDED = 0;
    /** The segment does not continue this frame; nothing was changed. */
    public static final int NO_MATCH = 1;
    /** The segment's IP or transport checksum is wrong; nothing was changed. */
    public static final int BAD_CHECKSUM = 2;

    /** UDP datagrams in one super-frame: what every kernel that knows USO takes. */
    public static final int MAX_DATAGRAMS = 64;

    private static final int MAX_IP_LENGTH = 65_535;

    private @Nullable Frame frame;
    private boolean open;
    private boolean tcp;
    private boolean ipv4;
    private boolean push;
    private int count;
    private int payloadSize;
    /** Distances from the Ethernet header; equal for all segments. */
    private int l3;

    private int l4;
    private int payload;
    /** Where the frame's IP packet ends by now, in its buffer. */
    private int end;

    /**
     * Starts with {@code frame}, an ordinary parsed frame. Verifies its IPv4 header and transport checksum if it has one
     * that can be verified (TCP, UDP; no fragment, IPv4 options or IPv6 extension headers) and sets
     * {@code checksumState}. Frames of other kinds pass as they are and nothing can be appended to them.
     *
     * @return false if a checksum is wrong: the caller drops the frame
     */
    public boolean begin(final Frame frame) {
        this.frame = frame;
        open = false;
        count = 1;
        if (!isVerifiable(frame)) {
            return true;
        }
        final UnsafeBuffer buffer = frame.buffer;
        tcp = frame.protocol == Ipv4.PROTOCOL_TCP;
        l3 = frame.l3Offset - frame.offset;
        l4 = frame.l4Offset - frame.offset;
        payload = l4 + (tcp ? Tcp.headerLength(buffer, frame.l4Offset) : Udp.HEADER_LENGTH);
        final int ipLength = ipLength(buffer, frame.l3Offset);
        end = frame.l3Offset + ipLength;
        if (!tcp && Udp.checksum(buffer, frame.l4Offset) == 0) {
            return true;
        }
        if (!isChecksumValid(buffer, frame.offset, ipLength, frame.checksumState == Frame.CHECKSUM_VERIFIED)) {
            return false;
        }
        frame.checksumState = Frame.CHECKSUM_VERIFIED;
        payloadSize = end - frame.offset - payload;
        open = payloadSize > 0 && isOpen(buffer, frame.l4Offset);
        return true;
    }

    /**
     * Appends the Ethernet frame at {@code offset} if it continues the current one. The payload is copied behind the
     * frame's end; {@code source} may be the frame's own buffer, further up.
     *
     * @return {@link #APPENDED}, {@link #NO_MATCH} or {@link #BAD_CHECKSUM}
     */
    public int append(final UnsafeBuffer source, final int offset, final int length) {
        final Frame current = frame;
        if (!open || current == null || length <= payload || !isSameNetwork(current, source, offset)) {
            return NO_MATCH;
        }
        final int ipLength = ipLength(source, offset + l3);
        final int size = l3 + ipLength - payload;
        if (size <= 0
                || size > payloadSize
                || l3 + ipLength > length
                || end - current.l3Offset + size > MAX_IP_LENGTH
                || end + size > current.buffer.capacity()
                || !(tcp ? isNextTcp(current, source, offset + l4) : isNextUdp(current, source, offset + l4, size))) {
            return NO_MATCH;
        }
        if (!isChecksumValid(source, offset, ipLength, false)) {
            return BAD_CHECKSUM;
        }
        push = tcp && (Tcp.flags(source, offset + l4) & Tcp.PSH) != 0;
        open = size == payloadSize && !push && (tcp || count + 1 < MAX_DATAGRAMS);
        current.buffer.putBytes(end, source, offset + payload, size);
        end += size;
        count++;
        return APPENDED;
    }

    /** Writes lengths, checksums and offload fields of the frame if anything was appended. Then forgets the frame. */
    public void finish() {
        final Frame current = frame;
        frame = null;
        open = false;
        if (current == null || count == 1) {
            return;
        }
        current.length = end - current.offset;
        current.gsoSize = payloadSize;
        current.gsoEcn = false;
        current.checksumState = Frame.CHECKSUM_PARTIAL;
        current.checksumStart = current.l4Offset;
        final UnsafeBuffer buffer = current.buffer;
        final int l4Length = end - current.l4Offset;
        writeIpLength(buffer, current.l3Offset);
        final int pseudoHeader = Checksum.fold(pseudoHeader(buffer, current.l3Offset, l4Length));
        if (tcp) {
            current.gsoType = ipv4 ? Frame.GSO_TCPV4 : Frame.GSO_TCPV6;
            current.checksumOffset = Tcp.CHECKSUM_OFFSET;
            Tcp.flags(buffer, current.l4Offset, push ? Tcp.ACK | Tcp.PSH : Tcp.ACK);
            Tcp.checksum(buffer, current.l4Offset, pseudoHeader);
        } else {
            current.gsoType = Frame.GSO_UDP;
            current.checksumOffset = Udp.CHECKSUM_OFFSET;
            Udp.length(buffer, current.l4Offset, l4Length);
            Udp.checksum(buffer, current.l4Offset, pseudoHeader);
        }
    }

    private boolean isVerifiable(final Frame frame) {
        final boolean transport = frame.protocol == Ipv4.PROTOCOL_TCP || frame.protocol == Ipv4.PROTOCOL_UDP;
        if (frame.isSuperFrame()
                || frame.checksumState == Frame.CHECKSUM_PARTIAL
                || !transport
                || frame.l4Offset == Frame.NONE) {
            return false;
        }
        ipv4 = frame.etherType == Ethernet.TYPE_IPV4;
        final int headerLength = frame.l4Offset - frame.l3Offset;
        return headerLength == (ipv4 ? Ipv4.MIN_HEADER_LENGTH : Ipv6.HEADER_LENGTH);
    }

    /** True if the first segment may have successors. */
    private boolean isOpen(final UnsafeBuffer buffer, final int transport) {
        push = false;
        return tcp ? Tcp.flags(buffer, transport) == Tcp.ACK : Udp.length(buffer, transport) == end - transport;
    }

    private boolean isChecksumValid(
            final UnsafeBuffer buffer, final int offset, final int ipLength, final boolean transportVerified) {
        final int ip = offset + l3;
        if (ipv4 && !Ipv4.isChecksumValid(buffer, ip)) {
            return false;
        }
        if (transportVerified) {
            return true;
        }
        final int transport = offset + l4;
        // A UDP datagram may be shorter than its IP packet; its own length is what the checksum is over (RFC 768).
        final int length = tcp ? l3 + ipLength - l4 : Udp.length(buffer, transport);
        return Checksum.finish(pseudoHeader(buffer, ip, length) + Checksum.sum(buffer, transport, length)) == 0;
    }

    /** Ethernet header, tags, IP addresses and everything else of the IP header that segments of one flow share. */
    private boolean isSameNetwork(final Frame current, final UnsafeBuffer source, final int offset) {
        final UnsafeBuffer buffer = current.buffer;
        for (int i = 0; i < l3; i += 2) {
            if (buffer.getShort(current.offset + i) != source.getShort(offset + i)) {
                return false;
            }
        }
        final int ip = current.l3Offset;
        return ipv4 ? isSameIpv4(buffer, ip, source, offset + l3) : isSameIpv6(buffer, ip, source, offset + l3);
    }

    /** Version, header length, TOS; DF and fragment offset; TTL, protocol; addresses. */
    private static boolean isSameIpv4(
            final UnsafeBuffer buffer, final int ip, final UnsafeBuffer source, final int other) {
        return buffer.getLong(ip + Ipv4.SOURCE_OFFSET) == source.getLong(other + Ipv4.SOURCE_OFFSET)
                && buffer.getShort(ip) == source.getShort(other)
                && buffer.getShort(ip + 6) == source.getShort(other + 6)
                && buffer.getShort(ip + 8) == source.getShort(other + 8);
    }

    /** Version, traffic class, flow label; next header, hop limit; addresses. */
    private static boolean isSameIpv6(
            final UnsafeBuffer buffer, final int ip, final UnsafeBuffer source, final int other) {
        return buffer.getLong(ip + 8) == source.getLong(other + 8)
                && buffer.getLong(ip + 16) == source.getLong(other + 16)
                && buffer.getLong(ip + 24) == source.getLong(other + 24)
                && buffer.getLong(ip + 32) == source.getLong(other + 32)
                && buffer.getInt(ip) == source.getInt(other)
                && buffer.getShort(ip + 6) == source.getShort(other + 6);
    }

    private boolean isNextTcp(final Frame current, final UnsafeBuffer source, final int other) {
        final UnsafeBuffer buffer = current.buffer;
        final int transport = current.l4Offset;
        final int soFar = end - current.offset - payload;
        if (Tcp.sequence(source, other) != Tcp.sequence(buffer, transport) + soFar
                || buffer.getInt(transport) != source.getInt(other)
                || buffer.getInt(transport + 8) != source.getInt(other + 8)
                || buffer.getByte(transport + 12) != source.getByte(other + 12)
                || buffer.getShort(transport + 14) != source.getShort(other + 14)
                || buffer.getShort(transport + 18) != source.getShort(other + 18)
                || (Tcp.flags(source, other) & ~Tcp.PSH) != Tcp.ACK) {
            return false;
        }
        for (int i = Tcp.MIN_HEADER_LENGTH; i < payload - l4; i += 4) {
            if (buffer.getInt(transport + i) != source.getInt(other + i)) {
                return false;
            }
        }
        return true;
    }

    private boolean isNextUdp(final Frame current, final UnsafeBuffer source, final int other, final int size) {
        return current.buffer.getInt(current.l4Offset) == source.getInt(other)
                && Udp.length(source, other) == Udp.HEADER_LENGTH + size
                && Udp.checksum(source, other) != 0;
    }

    private int ipLength(final UnsafeBuffer buffer, final int ip) {
        return ipv4 ? Ipv4.totalLength(buffer, ip) : Ipv6.HEADER_LENGTH + Ipv6.payloadLength(buffer, ip);
    }

    private void writeIpLength(final UnsafeBuffer buffer, final int ip) {
        if (ipv4) {
            Ipv4.totalLength(buffer, ip, end - ip);
            Ipv4.writeChecksum(buffer, ip);
        } else {
            Ipv6.payloadLength(buffer, ip, end - ip - Ipv6.HEADER_LENGTH);
        }
    }

    private long pseudoHeader(final UnsafeBuffer buffer, final int ip, final int length) {
        final int protocol = tcp ? Ipv4.PROTOCOL_TCP : Ipv4.PROTOCOL_UDP;
        return ipv4
                ? Checksum.pseudoHeaderIpv4(buffer, ip, protocol, length)
                : Checksum.pseudoHeaderIpv6(buffer, ip, protocol, length);
    }
}
