// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.offload.SegmentList;
import io.weft.offload.Segmenter;
import org.jspecify.annotations.Nullable;

/**
 * A port between two in-process queues: for tests, simulated networks, warm-up and benchmarks. No system call, and no
 * allocation once the queues have grown.
 *
 * <p>Two ports over the same two queues, crossed, are a cable between two workers.
 */
public final class MemoryPort extends AbstractPort {
    private final MemoryQueue in;
    private final @Nullable MemoryQueue out;
    private final boolean offloads;
    private final SegmentList segments = new SegmentList();
    private final Segmenter.Sink segmentSender = this::sendSegment;

    /**
     * A port that takes every frame as it is.
     *
     * @param in frames to receive
     * @param out where transmitted frames go; null: they are counted and forgotten
     */
    public MemoryPort(
            final int index,
            final String name,
            final FramePool pool,
            final MemoryQueue in,
            final @Nullable MemoryQueue out) {
        this(index, name, pool, in, out, true);
    }

    /**
     * A port.
     *
     * @param offloads false: super-frames are segmented and partial checksums completed on the way out
     */
    public MemoryPort(
            final int index,
            final String name,
            final FramePool pool,
            final MemoryQueue in,
            final @Nullable MemoryQueue out,
            final boolean offloads) {
        super(index, name, pool);
        this.in = in;
        this.out = out;
        this.offloads = offloads;
    }

    @Override
    public boolean receive(final FrameVector vector, final int budget) {
        if (isDown()) {
            return false;
        }
        int bytes = bytesIn(vector);
        for (int i = 0; i < budget && !vector.isFull() && bytes < FrameVector.MAX_BYTES; i++) {
            final Frame frame = pool.receive(index);
            if (frame == null) {
                if (!in.skip()) {
                    return false;
                }
                pool.refused(index, DropReason.NO_FRAME_AVAILABLE);
                continue;
            }
            if (!in.poll(frame)) {
                pool.unused(frame);
                return false;
            }
            bytes += frame.length;
            received(frame, segmentsOf(frame), vector);
        }
        return true;
    }

    @Override
    public void transmit(final FrameVector vector) {
        if (state() != PortState.UP) {
            dropAll(vector, DropReason.PORT_DOWN);
            return;
        }
        for (int i = 0; i < vector.size(); i++) {
            final Frame frame = vector.get(i);
            if (offloads || frame.checksumState != Frame.CHECKSUM_PARTIAL) {
                send(frame);
            } else if (frame.isSuperFrame()) {
                sendSegments(frame);
            } else {
                Segmenter.completeChecksum(frame);
                send(frame);
            }
        }
        vector.clear();
    }

    private void send(final Frame frame) {
        if (out == null || out.offer(frame)) {
            transmitted(frame, segmentsOf(frame));
        } else {
            drop(frame, DropReason.TX_FULL);
        }
    }

    private void sendSegments(final Frame frame) {
        if (!Segmenter.isSegmentable(frame)) {
            drop(frame, DropReason.BAD_OFFLOAD);
            return;
        }
        final int result = Segmenter.forEach(frame, segments, segmentSender);
        if (result >= 0) {
            transmitted(frame, result);
        } else {
            drop(frame, DropReason.TX_FULL);
        }
    }

    private int sendSegment(final Frame frame, final SegmentList list, final int i) {
        return out == null || out.offer(frame, list, i) ? 0 : -1;
    }

    /** Plays the interface being set down and up. */
    public void carrier(final boolean up) {
        if (up) {
            works();
        } else {
            noCarrier("set down");
        }
    }

    /** Plays the interface being removed, also by itself. */
    @Override
    public void close() {
        down("closed");
    }
}
