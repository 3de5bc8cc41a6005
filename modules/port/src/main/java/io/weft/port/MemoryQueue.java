// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.offload.SegmentList;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A bounded queue of copied frames between one writing and one reading thread. Offload fields travel along, as on a TAP;
 * metadata of stages does not.
 *
 * <p>A slot's memory grows to the longest frame that it had; after that nothing is allocated.
 */
public final class MemoryQueue {
    private static final int MIN_SLOT_LENGTH = 256;

    private final Slot[] slots;
    private final int mask;
    private final AtomicLong head = new AtomicLong();
    private final AtomicLong tail = new AtomicLong();

    /** Positions count from the frame's first octet. */
    private static final class Slot {
        UnsafeBuffer buffer = new UnsafeBuffer(new byte[MIN_SLOT_LENGTH]);
        int length;
        int gsoType;
        int gsoSize;
        boolean gsoEcn;
        int checksumState;
        int checksumStart;
        int checksumOffset;

        /** An ordinary frame with a complete checksum of this length. */
        void clear(final int newLength) {
            if (newLength > buffer.capacity()) {
                buffer = new UnsafeBuffer(new byte[Integer.highestOneBit(newLength - 1) << 1]);
            }
            length = newLength;
            gsoType = Frame.GSO_NONE;
            gsoSize = 0;
            gsoEcn = false;
            checksumState = Frame.CHECKSUM_COMPLETE;
        }
    }

    /**
     * An empty queue.
     *
     * @param capacity frames, a power of two
     */
    public MemoryQueue(final int capacity) {
        if (Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException("capacity is no power of two: " + capacity);
        }
        slots = new Slot[capacity];
        mask = capacity - 1;
        for (int i = 0; i < capacity; i++) {
            slots[i] = new Slot();
        }
    }

    /** Frames in the queue. */
    public int size() {
        return (int) (tail.get() - head.get());
    }

    /** Copies an ordinary frame in; false if the queue is full. */
    public boolean offer(final byte[] octets) {
        final Slot slot = free(octets.length);
        if (slot == null) {
            return false;
        }
        slot.buffer.putBytes(0, octets);
        publish();
        return true;
    }

    /** Copies a frame with its offload fields in; false if the queue is full. The frame stays the caller's. */
    public boolean offer(final Frame frame) {
        final Slot slot = free(frame.length);
        if (slot == null) {
            return false;
        }
        slot.buffer.putBytes(0, frame.buffer, frame.offset, frame.length);
        slot.gsoType = frame.gsoType;
        slot.gsoSize = frame.gsoSize;
        slot.gsoEcn = frame.gsoEcn;
        slot.checksumState = frame.checksumState;
        slot.checksumStart = frame.checksumStart - frame.offset;
        slot.checksumOffset = frame.checksumOffset;
        publish();
        return true;
    }

    /** Copies segment {@code i} in as an ordinary frame; false if the queue is full. */
    boolean offer(final Frame frame, final SegmentList segments, final int i) {
        final Slot slot = free(segments.headerLength + segments.payloadLength[i]);
        if (slot == null) {
            return false;
        }
        slot.buffer.putBytes(0, segments.headers, i * SegmentList.MAX_HEADER_LENGTH, segments.headerLength);
        slot.buffer.putBytes(segments.headerLength, frame.buffer, segments.payloadOffset[i], segments.payloadLength[i]);
        publish();
        return true;
    }

    /** Moves the oldest frame, with its offload fields, into {@code frame}; false if there is none. */
    public boolean poll(final Frame frame) {
        final long position = head.getPlain();
        if (position == tail.getAcquire()) {
            return false;
        }
        final Slot slot = slots[(int) position & mask];
        frame.length = slot.length;
        frame.buffer.putBytes(frame.offset, slot.buffer, 0, slot.length);
        frame.checksumState = slot.checksumState;
        if (slot.checksumState == Frame.CHECKSUM_PARTIAL) {
            frame.checksumStart = frame.offset + slot.checksumStart;
            frame.checksumOffset = slot.checksumOffset;
        }
        if (slot.gsoType != Frame.GSO_NONE) {
            frame.gsoType = slot.gsoType;
            frame.gsoSize = slot.gsoSize;
            frame.gsoEcn = slot.gsoEcn;
        }
        head.setRelease(position + 1);
        return true;
    }

    /** Takes the oldest frame as an array, for tests; null if there is none. */
    public byte @Nullable [] poll() {
        final long position = head.getPlain();
        if (position == tail.getAcquire()) {
            return null;
        }
        final Slot slot = slots[(int) position & mask];
        final byte[] octets = new byte[slot.length];
        slot.buffer.getBytes(0, octets);
        head.setRelease(position + 1);
        return octets;
    }

    /** Discards the oldest frame; false if there is none. */
    boolean skip() {
        final long position = head.getPlain();
        if (position == tail.getAcquire()) {
            return false;
        }
        head.setRelease(position + 1);
        return true;
    }

    /**
     * Makes {@code frames} frames come out that nobody puts in: the slots' contents, round and round. For benchmarks, on a
     * queue that was filled to its capacity once.
     */
    public void repeat(final long frames) {
        tail.setRelease(tail.getPlain() + frames);
    }

    private @Nullable Slot free(final int length) {
        if (length > FramePool.MAX_FRAME_LENGTH) {
            throw new IllegalArgumentException("frame of " + length + " octets");
        }
        final long position = tail.getPlain();
        if (position - head.getAcquire() > mask) {
            return null;
        }
        final Slot slot = slots[(int) position & mask];
        slot.clear(length);
        return slot;
    }

    private void publish() {
        tail.setRelease(tail.getPlain() + 1);
    }
}
