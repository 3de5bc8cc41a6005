// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.frame.WorkerCounter;
import io.weft.offload.SegmentList;
import io.weft.offload.Segmenter;
import io.weft.wire.Bytes;
import io.weft.wire.Ipv4;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Cuts IPv4 packets that are longer than a link takes (RFC 791 section 3.2, RFC 1812 section 4.2.2.7).
 *
 * <p>Every fragment but the last is a new frame that is handed out as soon as it is made; the last one stays in the frame
 * that was given, its headers moved to in front of the last octets. So fragments leave in order, only one frame is needed
 * at a time, and what was given is neither lost nor counted twice.
 *
 * <p>A super-frame is cut into its segments first. The transport checksum is finished before the first cut, because no
 * fragment has all the octets that it covers. Each frame's fields are what {@code FrameParser} says of it: a fragment
 * has no {@code l4Offset}, and its flow hash is without ports.
 */
final class Fragmenter {
    private static final int FRAGMENT_UNIT_MASK = ~7;
    private static final int FLAGS = 0xE000;
    private static final int MAX_PACKET_LENGTH = 0xFFFF;
    private static final int OPTION_END = 0;
    private static final int OPTION_NO_OPERATION = 1;
    private static final int OPTION_COPIED = 0x80;

    private final FramePool pool;
    private final SegmentList segments = new SegmentList();

    /** Takes fragments, one after the other. */
    @FunctionalInterface
    interface Output {
        /** Takes a frame. */
        void add(Frame frame);
    }

    /** New frames come from {@code pool}. */
    Fragmenter(final FramePool pool) {
        this.pool = pool;
    }

    /**
     * Hands {@code frame} to {@code out} in packets of at most {@code mtu} octets; as it is if it is not longer. A datagram
     * for which the pool has not frames enough loses its end, a super-frame loses single segments.
     *
     * @param frame parsed, IPv4 with a right header checksum, DF clear. Ethernet header and tags are repeated, {@code network}
     *     and {@code vtep} are kept
     * @param mtu octets of an IP packet, at least {@link Ipv4#MIN_MTU}
     */
    void fragment(final Frame frame, final int mtu, final Output out) {
        if (!frame.isSuperFrame()) {
            Segmenter.completeChecksum(frame);
            cut(frame, mtu, out);
        } else if (Segmenter.isSegmentable(frame)) {
            segment(frame, mtu, out);
        } else {
            pool.drop(frame, DropReason.BAD_OFFLOAD);
        }
    }

    private void segment(final Frame frame, final int mtu, final Output out) {
        final int payload = Segmenter.payloadLength(frame);
        int covered = 0;
        do {
            covered = Segmenter.segment(frame, covered, SegmentList.MAX_SEGMENTS, Integer.MAX_VALUE, segments);
            final int copies = covered < payload ? segments.count : segments.count - 1;
            for (int i = 0; i < copies; i++) {
                final Frame segment = pool.createPart(frame);
                if (segment != null) {
                    segment.buffer.putBytes(
                            segment.offset + segments.headerLength,
                            frame.buffer,
                            segments.payloadOffset[i],
                            segments.payloadLength[i]);
                    finishSegment(segment, segment.offset, i, frame);
                    cut(segment, mtu, out);
                }
            }
        } while (covered < payload);
        final int last = segments.count - 1;
        finishSegment(frame, segments.payloadOffset[last] - segments.headerLength, last, frame);
        cut(frame, mtu, out);
    }

    /** Puts the headers of segment {@code i} to {@code offset}, in front of its payload. */
    private void finishSegment(final Frame segment, final int offset, final int i, final Frame original) {
        segment.buffer.putBytes(offset, segments.headers, i * SegmentList.MAX_HEADER_LENGTH, segments.headerLength);
        segment.offset = offset;
        segment.length = segments.headerLength + segments.payloadLength[i];
        segment.gsoType = Frame.GSO_NONE;
        segment.gsoSize = 0;
        segment.gsoEcn = false;
        finish(segment, original);
    }

    private void cut(final Frame frame, final int mtu, final Output out) {
        final UnsafeBuffer buffer = frame.buffer;
        final int ip = frame.l3Offset;
        final int total = Ipv4.totalLength(buffer, ip);
        if (total <= mtu) {
            out.add(frame);
            return;
        }
        final int headerLength = Ipv4.headerLength(buffer, ip);
        final int payload = total - headerLength;
        if (Ipv4.fragmentOffset(buffer, ip) + payload > MAX_PACKET_LENGTH) {
            // A fragment that reaches beyond the longest packet: its parts' offsets would not fit their field.
            pool.drop(frame, DropReason.IP_MALFORMED);
            return;
        }
        pool.counters().add(WorkerCounter.FRAGMENTED, 1);
        final int longest = mtu - headerLength;
        final int step = longest & FRAGMENT_UNIT_MASK;
        int done = 0;
        while (payload - done > longest) {
            final Frame fragment = pool.createPart(frame);
            if (fragment == null) {
                // Without one of its fragments the datagram is lost; the others would only take room.
                pool.drop(frame, DropReason.NO_FRAME_AVAILABLE);
                return;
            }
            copyPiece(frame, done, step, fragment);
            out.add(fragment);
            if (done == 0) {
                blankFirstOnlyOptions(buffer, ip + Ipv4.MIN_HEADER_LENGTH, ip + headerLength);
            }
            done += step;
        }
        becomePiece(frame, done, payload - done);
        out.add(frame);
    }

    /** Makes {@code fragment} of all headers of {@code frame} and {@code length} octets of payload, not the last ones. */
    private static void copyPiece(final Frame frame, final int from, final int length, final Frame fragment) {
        final UnsafeBuffer buffer = frame.buffer;
        final int headers = headersLength(frame);
        fragment.buffer.putBytes(fragment.offset, buffer, frame.offset, headers);
        fragment.buffer.putBytes(fragment.offset + headers, buffer, frame.offset + headers + from, length);
        fragment.length = headers + length;
        final int ip = fragment.offset + frame.l3Offset - frame.offset;
        writeHeader(fragment, ip, from, Ipv4.FLAG_MF);
        finish(fragment, frame);
    }

    /** Makes {@code frame} its own last fragment: the headers move up to in front of the last {@code length} octets. */
    private static void becomePiece(final Frame frame, final int from, final int length) {
        final UnsafeBuffer buffer = frame.buffer;
        final int headers = headersLength(frame);
        buffer.putBytes(frame.offset + from, buffer, frame.offset, headers);
        frame.offset += from;
        frame.length = headers + length;
        writeHeader(frame, frame.l3Offset + from, from, 0);
        finish(frame, frame);
    }

    /** Turns the packet's IP header, copied to {@code ip}, into that of the fragment which ends where the frame ends. */
    private static void writeHeader(final Frame fragment, final int ip, final int from, final int moreFragments) {
        final UnsafeBuffer buffer = fragment.buffer;
        final int field = Ipv4.fragment(buffer, ip);
        final int units = (Ipv4.fragmentOffset(buffer, ip) + from) >>> 3;
        Ipv4.totalLength(buffer, ip, fragment.end() - ip);
        Ipv4.fragment(buffer, ip, (field & FLAGS) | moreFragments | units);
        Ipv4.writeChecksum(buffer, ip);
    }

    private static void finish(final Frame part, final Frame original) {
        part.network = original.network;
        part.vtep = original.vtep;
        part.checksumState = Frame.CHECKSUM_COMPLETE;
        FrameParser.parse(part);
    }

    /**
     * Options without the copied flag stand in the first fragment only (RFC 791 section 3.1). The others have no-operations in
     * their place, so that all headers are equally long.
     */
    private static void blankFirstOnlyOptions(final UnsafeBuffer buffer, final int from, final int end) {
        int at = from;
        while (at < end && Bytes.u8(buffer, at) != OPTION_END) {
            final int kind = Bytes.u8(buffer, at);
            final int length = kind == OPTION_NO_OPERATION ? 1 : at + 1 < end ? Bytes.u8(buffer, at + 1) : 0;
            if (length == 0 || at + length > end) {
                return;
            }
            if ((kind & OPTION_COPIED) == 0) {
                buffer.setMemory(at, length, (byte) OPTION_NO_OPERATION);
            }
            at += length;
        }
    }

    /** Octets of all headers up to the IPv4 payload. */
    private static int headersLength(final Frame frame) {
        return frame.l3Offset - frame.offset + Ipv4.headerLength(frame.buffer, frame.l3Offset);
    }
}
