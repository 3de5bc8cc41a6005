// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameVector;
import io.weft.wire.Bytes;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.BufferUtil;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * The way of captured frames from a worker to a capture's own thread: one writer, one reader, bounded. A full ring
 * loses the frame's copy, never the frame, and counts it.
 */
public final class CaptureRing {
    /** Holds some 80 super-frames or 30,000 small frames. */
    static final int DEFAULT_CAPACITY = 8 << 20;
    /** An eighth of it, the longest message of a ring, holds a super-frame. */
    static final int MIN_CAPACITY = 1 << 20;

    private static final int RECORD_TYPE = 1;
    private static final int NOT_TAKEN = -1;
    private static final int VXLAN_FIRST_WORD = 0x0800_0000;

    private final UnsafeBuffer memory;
    private final OneToOneRingBuffer ring;
    private final int pointMask;
    private final CaptureSelection selection;
    private final FrameFilter filter;
    private final int snapLength;

    private final AtomicLong lost = new AtomicLong();
    private int lostSinceRecord;
    private volatile boolean attached;
    private volatile boolean ended;

    /** Records of a vector on its way through the node, by the frame's place in it; {@link #NOT_TAKEN} for what was not. */
    private final int[] pending = new int[FrameVector.CAPACITY];

    /**
     * Reserves the memory; control side.
     *
     * @param pointMask masks of the wanted {@link CapturePoint}s
     * @param selection whose frames are wanted
     * @param filter which of them, for the worker alone
     * @param snapLength octets of each frame to keep, at least 1; frames in the tunnel are copied whole
     * @param capacity octets, a power of two, at least 1 MiB
     */
    CaptureRing(
            final int pointMask,
            final CaptureSelection selection,
            final FrameFilter filter,
            final int snapLength,
            final int capacity) {
        if (capacity < MIN_CAPACITY || snapLength < 1) {
            throw new IllegalArgumentException("ring of " + capacity + " octets, snap length " + snapLength);
        }
        this.memory =
                new UnsafeBuffer(BufferUtil.allocateDirectAligned(capacity + RingBufferDescriptor.TRAILER_LENGTH, 64));
        this.ring = new OneToOneRingBuffer(memory);
        this.pointMask = pointMask;
        this.selection = selection;
        this.filter = filter;
        this.snapLength = snapLength;
    }

    int pointMask() {
        return pointMask;
    }

    /** A worker copies frames into it from now on. */
    void attach() {
        attached = true;
    }

    boolean isAttached() {
        return attached;
    }

    /** The reader wants no more. Any thread. */
    void end() {
        ended = true;
    }

    boolean isEnded() {
        return ended;
    }

    /** Frames lost so far because the ring was full. Any thread. */
    long lost() {
        return lost.get();
    }

    /** Reader: hands over up to {@code limit} records. May hand over none where the ring wraps: see {@link #isEmpty}. */
    int read(final MessageHandler handler, final int limit) {
        return ring.read(handler, limit);
    }

    /** Reader: true if there is nothing to read. */
    boolean isEmpty() {
        return ring.size() == 0;
    }

    /** Worker: true if the frame is selected and matches the filter. */
    boolean wants(
            final Frame frame,
            final CapturePoint point,
            final int atPort,
            final @Nullable DropReason reason,
            final VtepAddresses vteps) {
        return (pointMask & point.mask()) != 0
                && selection.wants(frame, point, atPort)
                && filter.matches(frame, isTunnelForm(frame, point, reason), vteps);
    }

    /** Worker: copies a frame; false if the ring is full. */
    boolean offer(
            final Frame frame,
            final CapturePoint point,
            final int atPort,
            final @Nullable DropReason reason,
            final long epochNanos) {
        final int index = claim(frame, point, atPort, reason, epochNanos);
        if (index == NOT_TAKEN) {
            return false;
        }
        ring.commit(index);
        return true;
    }

    /**
     * Worker: copies a frame on its way in, for {@link #settle} to hand over once it is known what became of it; false if the
     * ring is full.
     *
     * @param place of the frame in its vector
     */
    boolean hold(
            final Frame frame, final CapturePoint point, final int atPort, final long epochNanos, final int place) {
        final int index = claim(frame, point, atPort, null, epochNanos);
        pending[place] = index;
        if (index != NOT_TAKEN) {
            CaptureRecord.beginFate(memory, index);
        }
        return index != NOT_TAKEN;
    }

    /** Worker: the frame at {@code place} is not wanted. */
    void pass(final int place) {
        pending[place] = NOT_TAKEN;
    }

    /** Worker: what came in at {@code place} is sent. */
    void sent(final int place, final Frame frame, final boolean inTunnel, final int destination) {
        if (pending[place] != NOT_TAKEN) {
            CaptureRecord.putOutput(memory, pending[place], frame, inTunnel, destination);
        }
    }

    /** Worker: what came in at {@code place} is dropped. */
    void dropped(final int place, final DropReason reason) {
        if (pending[place] != NOT_TAKEN) {
            CaptureRecord.putDrop(memory, pending[place], reason);
        }
    }

    /** Worker: what came in at {@code place} is consumed. */
    void consumed(final int place) {
        if (pending[place] != NOT_TAKEN) {
            CaptureRecord.putConsumed(memory, pending[place]);
        }
    }

    /** Worker: the vector of {@code count} frames has gone its way. */
    void settle(final int count) {
        for (int place = 0; place < count; place++) {
            if (pending[place] != NOT_TAKEN) {
                ring.commit(pending[place]);
                pending[place] = NOT_TAKEN;
            }
        }
    }

    private int claim(
            final Frame frame,
            final CapturePoint point,
            final int atPort,
            final @Nullable DropReason reason,
            final long epochNanos) {
        final boolean tunnelForm = isTunnelForm(frame, point, reason);
        final int captured = tunnelForm ? frame.length : Math.min(frame.length, snapLength);
        final int index = ring.tryClaim(RECORD_TYPE, CaptureRecord.HEADER_LENGTH + captured);
        if (index < 0) {
            lostSinceRecord++;
            lost.lazySet(lost.get() + 1);
            return NOT_TAKEN;
        }
        CaptureRecord.putStamp(memory, index, epochNanos, frame.packetId, lostSinceRecord);
        CaptureRecord.put(memory, index, frame, point, atPort, reason, tunnelForm, captured);
        lostSinceRecord = 0;
        return index;
    }

    /**
     * A dropped frame does not say whether it stands before or after its VXLAN header. Reasons of the decapsulation tell;
     * of other frames that have to do with a tunnel, the header does: read as Ethernet, its first eight octets would be
     * a destination 08:00:00:00:xx:xx.
     */
    static boolean isTunnelForm(final Frame frame, final CapturePoint point, final @Nullable DropReason reason) {
        if (point == CapturePoint.TUNNEL_RX || point == CapturePoint.TUNNEL_TX) {
            return true;
        }
        if (reason == null) {
            return false;
        }
        return switch (reason) {
            case UNKNOWN_VTEP, VTEP_NOT_IN_NETWORK, VXLAN_MALFORMED, VXLAN_NO_VNI, UNKNOWN_VNI -> true;
            default ->
                (frame.vtep != Frame.NONE || (frame.remoteHigh | frame.remoteLow) != 0)
                        && frame.length >= 8
                        && Bytes.i32(frame.buffer, frame.offset) == VXLAN_FIRST_WORD
                        && frame.buffer.getByte(frame.offset + 7) == 0;
        };
    }
}
