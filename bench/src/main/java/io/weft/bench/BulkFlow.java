// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.offload.SegmentList;
import io.weft.offload.Segmenter;
import io.weft.wire.Checksum;
import io.weft.wire.Ethernet;
import io.weft.wire.Ipv4;
import io.weft.wire.Tcp;
import java.util.Objects;
import java.util.Random;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** A piece of a bulk TCP transfer over IPv4 between pods with an MTU of 1450: as one super-frame, and as its segments. */
final class BulkFlow {
    /** Octets of payload of a segment. */
    static final int SEGMENT_PAYLOAD = 1410;
    /** Octets of its headers from Ethernet to TCP. */
    static final int HEADERS = Ethernet.HEADER_LENGTH + Ipv4.MIN_HEADER_LENGTH + Tcp.MIN_HEADER_LENGTH;
    /** Octets of a segment as a frame. */
    static final int SEGMENT_LENGTH = HEADERS + SEGMENT_PAYLOAD;

    private static final int IP = Ethernet.HEADER_LENGTH;
    private static final int TCP = IP + Ipv4.MIN_HEADER_LENGTH;

    private BulkFlow() {}

    /** A parsed super-frame of {@code count} segments, with a partial checksum as a kernel leaves it. */
    static Frame superFrame(final FramePool pool, final int count) {
        final Frame frame = Objects.requireNonNull(pool.receive(0));
        final UnsafeBuffer buffer = frame.buffer;
        final int ip = frame.offset + IP;
        final int tcp = frame.offset + TCP;
        final int l4Length = Tcp.MIN_HEADER_LENGTH + count * SEGMENT_PAYLOAD;
        final byte[] payload = new byte[count * SEGMENT_PAYLOAD];
        new Random(1).nextBytes(payload);
        Ethernet.put(buffer, frame.offset, Templates.mac(1), Templates.mac(2), Ethernet.TYPE_IPV4);
        Ipv4.put(buffer, ip, Ipv4.MIN_HEADER_LENGTH + l4Length, 64, Ipv4.PROTOCOL_TCP, 0x0A00_0002, 0x0A00_0001);
        Tcp.put(buffer, tcp, 40_000, 5201, 1, 1, Tcp.ACK, 512);
        Tcp.checksum(buffer, tcp, Checksum.fold(Checksum.pseudoHeaderIpv4(buffer, ip, Ipv4.PROTOCOL_TCP, l4Length)));
        buffer.putBytes(frame.offset + HEADERS, payload);
        frame.length = HEADERS + payload.length;
        frame.gsoType = Frame.GSO_TCPV4;
        frame.gsoSize = SEGMENT_PAYLOAD;
        frame.checksumState = Frame.CHECKSUM_PARTIAL;
        frame.checksumStart = tcp;
        frame.checksumOffset = Tcp.CHECKSUM_OFFSET;
        if (FrameParser.parse(frame) != null || !Segmenter.isSegmentable(frame)) {
            throw new IllegalStateException("no sound super-frame");
        }
        return frame;
    }

    /**
     * The segments of a super-frame, one behind the other, each with {@code headroom} octets in front, and checked.
     *
     * @param headroom even
     */
    static UnsafeBuffer segments(final Frame frame, final int headroom) {
        final int stride = headroom + SEGMENT_LENGTH;
        final int count = Segmenter.payloadLength(frame) / SEGMENT_PAYLOAD;
        final UnsafeBuffer out = new UnsafeBuffer(BufferUtil.allocateDirectAligned(count * stride, 64));
        final SegmentList list = new SegmentList();
        Segmenter.segment(frame, 0, count, Integer.MAX_VALUE, list);
        for (int i = 0; i < count; i++) {
            final int at = i * stride + headroom;
            out.putBytes(at, list.headers, i * SegmentList.MAX_HEADER_LENGTH, HEADERS);
            out.putBytes(at + HEADERS, frame.buffer, list.payloadOffset[i], list.payloadLength[i]);
            if (!hasSoundChecksums(out, at)) {
                throw new IllegalStateException("segment " + i + " has a wrong checksum");
            }
        }
        return out;
    }

    private static boolean hasSoundChecksums(final UnsafeBuffer buffer, final int at) {
        final int length = SEGMENT_LENGTH - TCP;
        final long sum = Checksum.pseudoHeaderIpv4(buffer, at + IP, Ipv4.PROTOCOL_TCP, length)
                + Checksum.sum(buffer, at + TCP, length);
        return Ipv4.isChecksumValid(buffer, at + IP) && Checksum.finish(sum) == 0;
    }

    /** Whether {@code frame} is a super-frame that says what {@code original} does, but for the way that it was made. */
    static boolean isSame(final Frame frame, final Frame original) {
        if (frame.length != original.length
                || frame.gsoType != original.gsoType
                || frame.gsoSize != original.gsoSize
                || frame.checksumState != original.checksumState) {
            return false;
        }
        for (int i = 0; i < frame.length; i++) {
            if (frame.buffer.getByte(frame.offset + i) != original.buffer.getByte(original.offset + i)) {
                return false;
            }
        }
        return true;
    }
}
