// SPDX-License-Identifier: Apache-2.0
package io.weft.frame;

import java.nio.ByteBuffer;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The bounded store of frames of one worker, and the ledger of what became of each.
 *
 * <p>Every frame is taken by {@link #receive} or {@link #create} and given back by exactly one of {@link #transmitted},
 * {@link #consumed} and {@link #drop}; each of the five counts. So at any time
 * {@code received = transmitted + consumed + dropped + inUse}, and {@code weft stats} shows it.
 *
 * <p>Slots are handed out last in, first out: under light load the same few stay in the cache. A slot's size is an odd
 * number of cache lines, so that the headers of neighbouring slots do not fall into the same cache sets.
 *
 * <p>Not thread-safe: one worker owns it.
 */
public final class FramePool {
    /** Octets in front of a received frame: room for outer headers and the virtio-net header. */
    public static final int HEADROOM = 128;
    /** Longest frame that fits behind the headroom: 64 KB of IP behind Ethernet and two tags, and some. */
    public static final int MAX_FRAME_LENGTH = 65_664;

    private static final int CACHE_LINE = 64;
    private static final int SLOT_LENGTH = (HEADROOM + MAX_FRAME_LENGTH) | CACHE_LINE;

    private final ByteBuffer region;
    private final Frame[] freeFrames;
    private final Counters counters;
    private @Nullable DropObserver dropObserver;
    private int available;

    /** Told of every drop while the frame's octets are still there; for captures. Must not keep a frame. */
    @FunctionalInterface
    public interface DropObserver {
        /** The frame, or what of it is lost, stands between {@link Frame#offset} and {@link Frame#end}. */
        void onDrop(Frame frame, DropReason reason);

        /** The frame was meant for the node itself. */
        default void onConsumed(final Frame frame) {}
    }

    /**
     * Reserves the memory of {@code capacity} frames.
     *
     * @param capacity frames, at least 1; each takes 64 KB
     */
    public FramePool(final int capacity, final Counters counters) {
        if (capacity < 1) {
            throw new IllegalArgumentException("pool of " + capacity + " frames");
        }
        this.counters = counters;
        this.region = BufferUtil.allocateDirectAligned(Math.multiplyExact(capacity, SLOT_LENGTH), 4096);
        this.freeFrames = new Frame[capacity];
        final long base = BufferUtil.address(region);
        for (int slot = 0; slot < capacity; slot++) {
            final long address = base + (long) slot * SLOT_LENGTH;
            freeFrames[capacity - 1 - slot] = new Frame(new UnsafeBuffer(address, SLOT_LENGTH), slot, region);
        }
        this.available = capacity;
    }

    /** Frames that the pool has in all. */
    public int capacity() {
        return freeFrames.length;
    }

    /** Frames that somebody holds now. */
    public int inUse() {
        return freeFrames.length - available;
    }

    /** Address and length of all frames' memory, for ports that register it with the kernel. */
    public ByteBuffer region() {
        return region;
    }

    /**
     * A frame for octets that arrive at {@code port}; empty, behind the headroom.
     *
     * @return null if the pool is empty: the port then discards what it would have received and says
     *     {@link #refused}
     */
    public @Nullable Frame receive(final int port) {
        if (available == 0) {
            return null;
        }
        final Frame frame = take();
        frame.port = port;
        return frame;
    }

    /** Counts a frame from {@link #receive} as received, once its length is known. */
    public void received(final Frame frame) {
        counters.add(WorkerCounter.RECEIVED, 1);
        counters.addPort(frame.port, PortCounter.RX_FRAMES, 1);
        counters.addPort(frame.port, PortCounter.RX_BYTES, frame.length);
    }

    /** Gives back a frame from {@link #receive} into which nothing was received. Counts nothing. */
    public void unused(final Frame frame) {
        give(frame);
    }

    /**
     * A frame of the worker's own making: the copy for another port, a part of a datagram train, a reply.
     *
     * @return null if the pool is empty, which is then counted as a drop of the frame that could not be
     */
    public @Nullable Frame create(final int port) {
        if (available == 0) {
            refused(port, DropReason.NO_FRAME_AVAILABLE);
            return null;
        }
        final Frame frame = take();
        frame.port = port;
        counters.add(WorkerCounter.RECEIVED, 1);
        counters.add(WorkerCounter.CREATED, 1);
        return frame;
    }

    /**
     * {@link #create} with the content and all fields of {@code frame}.
     *
     * @return null if the pool is empty: the drop that is counted then is told to the observer with {@code frame}, which
     *     has the octets of the copy that could not be
     */
    public @Nullable Frame copyOf(final Frame frame) {
        if (available == 0) {
            refused(frame, frame.offset, frame.length, DropReason.NO_FRAME_AVAILABLE);
            return null;
        }
        final Frame copy = create(frame.port);
        if (copy != null) {
            copy.copyFrom(frame);
        }
        return copy;
    }

    /** {@link #create} of a part that {@code frame} is cut into: it keeps the port and the packet id. */
    public @Nullable Frame createPart(final Frame frame) {
        final Frame part = create(frame.port);
        if (part != null) {
            part.packetId = frame.packetId;
        }
        return part;
    }

    /**
     * Counts a part of {@code frame} that got no slot of its own, and tells the observer of it.
     *
     * @param offset of the part in the frame's buffer
     */
    public void refused(final Frame frame, final int offset, final int length, final DropReason reason) {
        refused(frame.port, reason);
        final DropObserver observer = dropObserver;
        if (observer != null) {
            final int wholeOffset = frame.offset;
            final int wholeLength = frame.length;
            frame.offset = offset;
            frame.length = length;
            observer.onDrop(frame, reason);
            frame.offset = wholeOffset;
            frame.length = wholeLength;
        }
    }

    /**
     * Counts a frame that arrived or should have been made, but never got a slot. Nobody has its octets, so that no
     * capture can show it.
     */
    public void refused(final int port, final DropReason reason) {
        counters.add(WorkerCounter.RECEIVED, 1);
        counters.add(WorkerCounter.CREATED, 1);
        counters.add(WorkerCounter.DROPPED, 1);
        counters.addDrop(port, reason, 1);
    }

    /** The frame left by {@code port}. */
    public void transmitted(final Frame frame, final int port) {
        counters.add(WorkerCounter.TRANSMITTED, 1);
        counters.addPort(port, PortCounter.TX_FRAMES, 1);
        counters.addPort(port, PortCounter.TX_BYTES, frame.length);
        give(frame);
    }

    /** The frame was meant for us and has done its work. */
    public void consumed(final Frame frame) {
        counters.add(WorkerCounter.CONSUMED, 1);
        final DropObserver observer = dropObserver;
        if (observer != null) {
            observer.onConsumed(frame);
        }
        give(frame);
    }

    /** Loses a frame. There is no other way to lose one. */
    public void drop(final Frame frame, final DropReason reason) {
        counters.add(WorkerCounter.DROPPED, 1);
        counters.addDrop(frame.port, reason, 1);
        final DropObserver observer = dropObserver;
        if (observer != null) {
            observer.onDrop(frame, reason);
        }
        give(frame);
    }

    /** Drops every frame of {@code vector} and empties it. */
    public void dropAll(final FrameVector vector, final DropReason reason) {
        for (int i = 0; i < vector.size(); i++) {
            drop(vector.get(i), reason);
        }
        vector.clear();
    }

    /** Sets who is told of drops and of what the node consumes; null for nobody. */
    public void dropObserver(final @Nullable DropObserver observer) {
        dropObserver = observer;
    }

    /** The ledger. */
    public Counters counters() {
        return counters;
    }

    private Frame take() {
        final Frame frame = freeFrames[--available];
        frame.free = false;
        frame.reset();
        return frame;
    }

    private void give(final Frame frame) {
        assert !frame.free : "frame given back twice: slot " + frame.slot;
        frame.free = true;
        freeFrames[available++] = frame;
    }
}
