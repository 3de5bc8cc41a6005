// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.offload.SegmentList;
import io.weft.offload.Segmenter;
import io.weft.wire.Bytes;
import io.weft.wire.Checksum;
import io.weft.wire.Ethernet;
import io.weft.wire.Ipv4;
import io.weft.wire.Udp;
import io.weft.wire.Vxlan;
import java.io.IOException;
import java.util.Objects;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Makes of a captured record the packets that stand in the file, such that a dissector finds every length and checksum
 * right.
 *
 * <ul>
 *   <li>A frame at a pod's port is one packet, also if it is a super-frame. A partial checksum is completed; over the
 *       whole super-frame, as its pseudo-header sum and its IP length are those of the whole.
 *   <li>A frame in the tunnel gets {@link OuterHeaders}.
 *   <li>A super-frame in the tunnel is one packet per segment, and a datagram train one per datagram: that is what the
 *       underlay carries, and together they may be longer than an IP packet can be.
 * </ul>
 *
 * <p>A frame cut by the snap length keeps its partial checksum; dissectors don't verify cut packets.
 */
final class PacketAssembler {
    /** Takes the packets of one record. */
    @FunctionalInterface
    interface Sink {
        /**
         * One packet.
         *
         * @param innerOffset where the pod's frame starts; {@code offset} if it isn't in the tunnel
         * @param part number of the packet within the record, from 1
         */
        void packet(UnsafeBuffer octets, int offset, int innerOffset, int length, int originalLength, int part)
                throws IOException;
    }

    /** Room for outer headers, and some to keep the octets behind aligned. */
    private static final int ROOM = 64;

    private final CaptureContext context;
    /** The one frame of a pool of its own, to have the dataplane's parser and segmenter work on the copy. */
    private final Frame frame = Objects.requireNonNull(new FramePool(1, Counters.inMemory(1)).receive(0));

    private final UnsafeBuffer segment =
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(ROOM + FramePool.MAX_FRAME_LENGTH, 64));
    private final SegmentList segments = new SegmentList();

    private final OuterHeaders outer;
    private int outerFlowHash;

    PacketAssembler(final CaptureContext context) {
        this.context = context;
        this.outer = new OuterHeaders(context);
    }

    /** Hands the packets of {@code record} to {@code sink}. */
    void assemble(final CaptureRecord record, final Sink sink) throws IOException {
        record.copyTo(frame, ROOM);
        if (!record.isTunnelForm()) {
            if (record.isWhole()) {
                completeChecksum();
            }
            sink.packet(frame.buffer, frame.offset, frame.offset, frame.length, record.frameLength(), 1);
        } else if (!Vxlan.isValid(frame.buffer, frame.offset, frame.length)) {
            setOuter(record, 0);
            tunnelPacket(frame.buffer, frame.offset, frame.length, 1, sink);
        } else if (frame.gsoType == Frame.GSO_NONE) {
            setOuter(record, record.isTunnelReceive() ? parseInner(frame.length) : frame.flowHash);
            completeChecksum();
            tunnelPacket(frame.buffer, frame.offset, frame.length, 1, sink);
        } else if (frame.checksumState == Frame.CHECKSUM_PARTIAL) {
            setOuter(record, frame.flowHash);
            assembleSegments(sink);
        } else {
            assembleTrain(record, sink);
        }
    }

    /** A super-frame's checksum is always partial; that of a train of datagrams never is. */
    private void assembleTrain(final CaptureRecord record, final Sink sink) throws IOException {
        final int size = Math.max(frame.gsoSize, Vxlan.HEADER_LENGTH);
        setOuter(record, parseInner(Math.min(size, frame.length)));
        int part = 1;
        for (int done = 0; done < frame.length; done += size) {
            tunnelPacket(frame.buffer, frame.offset + done, Math.min(size, frame.length - done), part++, sink);
        }
    }

    private void assembleSegments(final Sink sink) throws IOException {
        parseInner(frame.length);
        if (!Segmenter.isSegmentable(frame)) {
            sink.packet(
                    frame.buffer,
                    frame.offset + Vxlan.HEADER_LENGTH,
                    frame.offset + Vxlan.HEADER_LENGTH,
                    frame.length - Vxlan.HEADER_LENGTH,
                    frame.length - Vxlan.HEADER_LENGTH,
                    1);
            return;
        }
        int done = 0;
        int part = 1;
        do {
            done = Segmenter.segment(frame, done, SegmentList.MAX_SEGMENTS, Integer.MAX_VALUE, segments);
            for (int i = 0; i < segments.count; i++) {
                segment.putBytes(ROOM, segments.headers, i * SegmentList.MAX_HEADER_LENGTH, segments.headerLength);
                segment.putBytes(
                        ROOM + segments.headerLength,
                        frame.buffer,
                        segments.payloadOffset[i],
                        segments.payloadLength[i]);
                tunnelPacket(segment, ROOM, segments.headerLength + segments.payloadLength[i], part++, sink);
            }
        } while (done < Segmenter.payloadLength(frame));
    }

    /** Parses the Ethernet frame behind the VXLAN header within the first {@code length} octets; its flow hash. */
    private int parseInner(final int length) {
        final int whole = frame.length;
        frame.length = length;
        frame.pop(Vxlan.HEADER_LENGTH);
        frame.flowHash = 0;
        FrameParser.parse(frame);
        frame.push(Vxlan.HEADER_LENGTH);
        frame.length = whole;
        return frame.flowHash;
    }

    private void completeChecksum() {
        final int field = frame.checksumStart + frame.checksumOffset;
        if (frame.checksumState != Frame.CHECKSUM_PARTIAL
                || frame.checksumStart < frame.offset
                || frame.checksumOffset < 0
                || field + 2 > frame.end()) {
            return;
        }
        final int checksum =
                Checksum.finish(Checksum.sum(frame.buffer, frame.checksumStart, frame.end() - frame.checksumStart));
        final boolean udp = frame.checksumOffset == Udp.CHECKSUM_OFFSET;
        Bytes.putU16(frame.buffer, field, checksum == 0 && udp ? 0xFFFF : checksum);
    }

    private void setOuter(final CaptureRecord record, final int flowHash) {
        if (record.isTunnelReceive()) {
            outer.from(record.remoteHigh(), record.remoteLow());
        } else {
            outer.to(context.vtepAddress(record.vtep()));
        }
        outerFlowHash = flowHash;
    }

    /** Writes the outer headers in front of a VXLAN packet and passes it on. */
    private void tunnelPacket(
            final UnsafeBuffer buffer, final int offset, final int length, final int part, final Sink sink)
            throws IOException {
        final int datagram = Math.min(length, OuterHeaders.MAX_DATAGRAM);
        final int udp = offset - Udp.HEADER_LENGTH;
        final int udpLength = Udp.HEADER_LENGTH + datagram;
        final int start = offset - outer.length();
        final int ip = start + Ethernet.HEADER_LENGTH;
        outer.put(buffer, start, datagram, outerFlowHash);
        final long pseudoHeader = outer.areIpv4()
                ? Checksum.pseudoHeaderIpv4(buffer, ip, Ipv4.PROTOCOL_UDP, udpLength)
                : Checksum.pseudoHeaderIpv6(buffer, ip, Ipv4.PROTOCOL_UDP, udpLength);
        final int checksum = Checksum.finish(pseudoHeader + Checksum.sum(buffer, udp, udpLength));
        Udp.checksum(buffer, udp, checksum == 0 ? 0xFFFF : checksum);
        final int packetLength = offset - start + datagram;
        final int inner = datagram > Vxlan.HEADER_LENGTH ? offset + Vxlan.HEADER_LENGTH : start;
        sink.packet(buffer, start, inner, packetLength, packetLength, part);
    }
}
