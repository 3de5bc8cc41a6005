// SPDX-License-Identifier: Apache-2.0
package io.weft.offload;

import io.weft.frame.Frame;
import io.weft.wire.Bytes;
import io.weft.wire.Checksum;
import io.weft.wire.Ethernet;
import io.weft.wire.Ipv4;
import io.weft.wire.Ipv6;
import io.weft.wire.Tcp;
import io.weft.wire.Udp;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * GSO in software: cuts a super-frame into segments with complete headers and checksums. Pure: the frame is not changed.
 *
 * <p>A port that sends segment by segment uses {@link #forEach}; one that sends many at once calls {@link #segment} with
 * its limits until {@link #payloadLength} is covered. Both ask {@link #isSegmentable} first.
 */
public final class Segmenter {
    /**
     * Segments of one super-frame at most. No TCP sends segments so small that 64 KB of them are more (Linux:
     * TCP_MIN_SND_MSS is 48); without a limit, one frame of a hostile pod could be 65,000 writes.
     */
    public static final int MAX_SEGMENTS = 2048;

    private static final int ONLY_ON_LAST = Tcp.FIN | Tcp.PSH;

    /** Takes one segment after the other. */
    @FunctionalInterface
    public interface Sink {
        /** Takes segment {@code i} of {@code list}; a negative result ends the frame and is passed on. */
        int send(Frame frame, SegmentList list, int i);
    }

    private Segmenter() {}

    /**
     * True if the parsed super-frame can be cut: its headers are not longer than {@link SegmentList#MAX_HEADER_LENGTH},
     * it makes at most {@link #MAX_SEGMENTS}, and its UDP length, if any, agrees with the IP length. If not, the frame is
     * a bad offload.
     */
    public static boolean isSegmentable(final Frame frame) {
        return frame.isSuperFrame()
                && frame.l4Offset != Frame.NONE
                && frame.gsoSize > 0
                && headerLength(frame) <= SegmentList.MAX_HEADER_LENGTH
                && payloadLength(frame) <= (long) frame.gsoSize * MAX_SEGMENTS
                && (frame.gsoType != Frame.GSO_UDP
                        || Udp.length(frame.buffer, frame.l4Offset) == ipEnd(frame) - frame.l4Offset);
    }

    /**
     * Hands every segment of a super-frame that {@link #isSegmentable} to {@code sink}, in order.
     *
     * @param list memory to work in
     * @return segments, or the negative result of the sink that ended it; earlier segments are sent then
     */
    public static int forEach(final Frame frame, final SegmentList list, final Sink sink) {
        final int payload = payloadLength(frame);
        int covered = 0;
        int count = 0;
        do {
            covered = segment(frame, covered, SegmentList.MAX_SEGMENTS, Integer.MAX_VALUE, list);
            for (int i = 0; i < list.count; i++) {
                final int result = sink.send(frame, list, i);
                if (result < 0) {
                    return result;
                }
            }
            count += list.count;
        } while (covered < payload);
        return count;
    }

    /**
     * Cuts the next segments of a super-frame that {@link #isSegmentable}.
     *
     * @param frame everything from {@code frame.offset} up to the payload (outer VXLAN header included) stands in front
     *     of every segment; IP and transport fields at {@code l3Offset} and {@code l4Offset} are rebuilt
     * @param from payload octets that earlier calls have covered; 0 at first
     * @param maxSegments at most this many, 1 to {@link SegmentList#MAX_SEGMENTS}
     * @param maxBytes at most this many octets of headers and payloads together; if it is less than one segment has,
     *     the list is empty
     * @param out receives the segments; a super-frame without payload makes one
     * @return payload octets covered so far; the frame is done when this equals {@link #payloadLength}
     */
    public static int segment(
            final Frame frame, final int from, final int maxSegments, final int maxBytes, final SegmentList out) {
        final int total = payloadLength(frame);
        final int covered = cut(frame, total, from, maxSegments, maxBytes, out);
        if (frame.gsoType == Frame.GSO_UDP) {
            writeUdpHeaders(frame, from, out);
        } else {
            writeTcpHeaders(frame, from, total, out);
        }
        return covered;
    }

    /** Octets of all headers: from the frame's start up to the payload. */
    public static int headerLength(final Frame frame) {
        return payloadOffset(frame) - frame.offset;
    }

    /**
     * Octets from the frame's start to the end of the longest frame that it will be on a wire: what counts against an MTU.
     * An ordinary frame's own length.
     */
    public static int longestSegment(final Frame frame) {
        return frame.isSuperFrame() ? Math.min(frame.length, headerLength(frame) + frame.gsoSize) : frame.length;
    }

    /** Octets of payload behind the transport header; Ethernet padding is none. */
    public static int payloadLength(final Frame frame) {
        return ipEnd(frame) - payloadOffset(frame);
    }

    /**
     * Completes a partial checksum of an ordinary frame in place. Sums to the end of the IP packet, or to the end of the
     * frame if it is not IP. Other frames stay as they are.
     */
    public static void completeChecksum(final Frame frame) {
        if (frame.checksumState != Frame.CHECKSUM_PARTIAL || frame.isSuperFrame()) {
            return;
        }
        final int start = frame.checksumStart;
        final int end = frame.l3Offset == Frame.NONE ? frame.end() : Math.max(ipEnd(frame), start);
        int checksum = Checksum.finish(Checksum.sum(frame.buffer, start, end - start));
        if (checksum == 0 && frame.protocol == Ipv4.PROTOCOL_UDP) {
            checksum = 0xFFFF;
        }
        Bytes.putU16(frame.buffer, start + frame.checksumOffset, checksum);
        frame.checksumState = Frame.CHECKSUM_COMPLETE;
    }

    private static int cut(
            final Frame frame,
            final int total,
            final int from,
            final int maxSegments,
            final int maxBytes,
            final SegmentList out) {
        final int headerLength = headerLength(frame);
        final int payload = payloadOffset(frame);
        int position = from;
        int bytes = 0;
        int count = 0;
        while (count < maxSegments && (position < total || (position == 0 && count == 0))) {
            final int length = Math.min(frame.gsoSize, total - position);
            bytes += headerLength + length;
            if (bytes > maxBytes) {
                break;
            }
            out.payloadOffset[count] = payload + position;
            out.payloadLength[count] = length;
            position += length;
            count++;
        }
        out.headerLength = headerLength;
        out.count = count;
        return position;
    }

    /**
     * The checksum field holds the sum of the pseudo-header, so the sum over the header as it stands is the sum over both.
     * The fields that change are taken out of it once and put in for each segment.
     */
    private static void writeTcpHeaders(final Frame frame, final int from, final int total, final SegmentList out) {
        final UnsafeBuffer buffer = frame.buffer;
        final UnsafeBuffer headers = out.headers;
        final int l4 = frame.l4Offset;
        final int l4Distance = l4 - frame.offset;
        final int tcpLength = Tcp.headerLength(buffer, l4);
        final int flags = Tcp.flags(buffer, l4);
        final int firstSequence = Tcp.sequence(buffer, l4);
        final long ipSum = ipSum(frame);
        final long tcpSum = Checksum.sum(buffer, l4, tcpLength)
                + Checksum.without(tcpLength + total)
                + Checksum.without(firstSequence >>> 16)
                + Checksum.without(firstSequence)
                + Checksum.without(flags);
        int position = from;
        for (int i = 0, header = 0; i < out.count; i++, header += SegmentList.MAX_HEADER_LENGTH) {
            final int length = out.payloadLength[i];
            headers.putBytes(header, buffer, frame.offset, out.headerLength);
            writeIp(frame, headers, header, tcpLength + length, from / frame.gsoSize + i, ipSum);

            final int sequence = firstSequence + position;
            final int first = position == 0 ? flags : flags & ~Tcp.CWR;
            position += length;
            final int segmentFlags = position == total ? first : first & ~ONLY_ON_LAST;
            final int tcp = header + l4Distance;
            Tcp.sequence(headers, tcp, sequence);
            Tcp.flags(headers, tcp, segmentFlags);
            final long sum = tcpSum
                    + Checksum.sumOf(tcpLength + length)
                    + Checksum.sumOf(sequence >>> 16)
                    + Checksum.sumOf(sequence)
                    + Checksum.sumOf(segmentFlags)
                    + Checksum.sum(buffer, out.payloadOffset[i], length);
            Tcp.checksum(headers, tcp, Checksum.finish(sum));
        }
    }

    private static void writeUdpHeaders(final Frame frame, final int from, final SegmentList out) {
        final UnsafeBuffer buffer = frame.buffer;
        final UnsafeBuffer headers = out.headers;
        final int l4 = frame.l4Offset;
        final int l4Distance = l4 - frame.offset;
        final long ipSum = ipSum(frame);
        // Twice: the length is in the header and in the pseudo-header.
        final long udpSum = Checksum.sum(buffer, l4, Udp.HEADER_LENGTH) + 2 * Checksum.without(Udp.length(buffer, l4));
        for (int i = 0, header = 0; i < out.count; i++, header += SegmentList.MAX_HEADER_LENGTH) {
            final int length = Udp.HEADER_LENGTH + out.payloadLength[i];
            headers.putBytes(header, buffer, frame.offset, out.headerLength);
            writeIp(frame, headers, header, length, from / frame.gsoSize + i, ipSum);

            final int udp = header + l4Distance;
            Udp.length(headers, udp, length);
            final long sum = udpSum
                    + 2 * Checksum.sumOf(length)
                    + Checksum.sum(buffer, out.payloadOffset[i], out.payloadLength[i]);
            final int checksum = Checksum.finish(sum);
            Udp.checksum(headers, udp, checksum == 0 ? 0xFFFF : checksum);
        }
    }

    private static void writeIp(
            final Frame frame,
            final UnsafeBuffer headers,
            final int header,
            final int l4Length,
            final int number,
            final long ipSum) {
        final int ip = header + frame.l3Offset - frame.offset;
        final int beforeL4 = frame.l4Offset - frame.l3Offset;
        if (isIpv4(frame)) {
            final int totalLength = beforeL4 + l4Length;
            final int identification = Ipv4.identification(frame.buffer, frame.l3Offset) + number;
            Ipv4.totalLength(headers, ip, totalLength);
            Ipv4.identification(headers, ip, identification);
            Ipv4.checksum(
                    headers, ip, Checksum.finish(ipSum + Checksum.sumOf(totalLength) + Checksum.sumOf(identification)));
        } else {
            Ipv6.payloadLength(headers, ip, beforeL4 - Ipv6.HEADER_LENGTH + l4Length);
        }
    }

    /** The IPv4 header without what changes and without its checksum; 0 for IPv6, which has none. */
    private static long ipSum(final Frame frame) {
        if (!isIpv4(frame)) {
            return 0;
        }
        final UnsafeBuffer buffer = frame.buffer;
        final int ip = frame.l3Offset;
        return Checksum.sum(buffer, ip, Ipv4.headerLength(buffer, ip))
                + Checksum.without(Ipv4.totalLength(buffer, ip))
                + Checksum.without(Ipv4.identification(buffer, ip))
                + Checksum.without(Ipv4.checksum(buffer, ip));
    }

    private static int payloadOffset(final Frame frame) {
        return frame.l4Offset
                + (frame.gsoType == Frame.GSO_UDP ? Udp.HEADER_LENGTH : Tcp.headerLength(frame.buffer, frame.l4Offset));
    }

    private static int ipEnd(final Frame frame) {
        final int ip = frame.l3Offset;
        return ip
                + (isIpv4(frame)
                        ? Ipv4.totalLength(frame.buffer, ip)
                        : Ipv6.HEADER_LENGTH + Ipv6.payloadLength(frame.buffer, ip));
    }

    private static boolean isIpv4(final Frame frame) {
        return frame.etherType == Ethernet.TYPE_IPV4;
    }
}
