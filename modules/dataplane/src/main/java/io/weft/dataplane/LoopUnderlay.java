// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.offload.SegmentList;
import io.weft.offload.Segmenter;
import io.weft.port.UnderlayPort;
import io.weft.wire.Ethernet;
import io.weft.wire.IpAddress;
import io.weft.wire.MacAddress;
import io.weft.wire.Vxlan;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * An underlay that receives what it sent last, sent back by the one it was for: a super-frame comes back as the datagram train that the kernel would make
 * of it. For the warm-up.
 */
final class LoopUnderlay implements UnderlayPort {
    static final IpAddress REMOTE = IpAddress.parse("198.18.0.1");

    private final int index;
    private final FramePool pool;
    private final SegmentList segments = new SegmentList();
    private final UnsafeBuffer train =
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(FramePool.MAX_FRAME_LENGTH, 64));
    private int trainLength;
    private int datagramLength;

    LoopUnderlay(final int index, final FramePool pool) {
        this.index = index;
        this.pool = pool;
    }

    @Override
    public boolean receive(final FrameVector vector, final int budget) {
        final Frame frame = trainLength == 0 ? null : pool.receive(index);
        if (frame == null) {
            return false;
        }
        frame.buffer.putBytes(frame.offset, train, 0, trainLength);
        frame.length = trainLength;
        frame.remoteHigh = REMOTE.high();
        frame.remoteLow = REMOTE.low();
        if (datagramLength < trainLength) {
            frame.gsoType = Frame.GSO_UDP;
            frame.gsoSize = datagramLength;
        }
        trainLength = 0;
        pool.received(frame);
        vector.add(frame);
        return false;
    }

    @Override
    public void transmit(final FrameVector vector) {
        for (int i = 0; i < vector.size(); i++) {
            final Frame frame = vector.get(i);
            trainLength = 0;
            if (!turnRound(frame)) {
                pool.transmitted(frame, index);
                continue;
            }
            if (frame.isSuperFrame()) {
                keepSegments(frame);
            } else {
                Segmenter.completeChecksum(frame);
                train.putBytes(0, frame.buffer, frame.offset, frame.length);
                trainLength = frame.length;
                datagramLength = frame.length;
            }
            pool.transmitted(frame, index);
        }
        vector.clear();
    }

    /** To the one that sent it; no checksum covers the addresses. False for a frame to a group, which nobody answers. */
    private static boolean turnRound(final Frame frame) {
        final int inner = frame.offset + Vxlan.HEADER_LENGTH;
        final long destination = Ethernet.destination(frame.buffer, inner);
        final long source = Ethernet.source(frame.buffer, inner);
        Ethernet.put(frame.buffer, inner, source, destination, Ethernet.type(frame.buffer, inner));
        return !MacAddress.isGroup(destination);
    }

    private void keepSegments(final Frame frame) {
        Segmenter.segment(frame, 0, SegmentList.MAX_SEGMENTS, train.capacity(), segments);
        for (int i = 0; i < segments.count; i++) {
            train.putBytes(trainLength, segments.headers, i * SegmentList.MAX_HEADER_LENGTH, segments.headerLength);
            trainLength += segments.headerLength;
            train.putBytes(trainLength, frame.buffer, segments.payloadOffset[i], segments.payloadLength[i]);
            trainLength += segments.payloadLength[i];
        }
        datagramLength = segments.headerLength + frame.gsoSize;
    }

    @Override
    public void setRemote(final int vtep, final IpAddress address, final int udpPort) {}

    @Override
    public void removeRemote(final int vtep) {}

    @Override
    public int index() {
        return index;
    }

    @Override
    public String name() {
        return "loop";
    }
}
