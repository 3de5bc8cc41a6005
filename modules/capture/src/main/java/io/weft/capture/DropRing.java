// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The last frames that a worker dropped: the beginning of each, and why. Always on; its memory is there from the start.
 *
 * <p>The worker writes and never waits. Readers of any thread copy a slot and look at its version before and after: an odd
 * one, or another one than before, means that the worker was there meanwhile, and the slot is left out (a sequence lock).
 */
public final class DropRing {
    /** Frames that are kept. */
    public static final int DEFAULT_FRAMES = 256;
    /** Octets of each: outer headers are none of them, so that all headers of a pod's frame fit. */
    public static final int SNAP_LENGTH = 128;

    private static final int VERSION_LENGTH = Long.BYTES;
    private static final int RECORD_LENGTH = CaptureRecord.HEADER_LENGTH + SNAP_LENGTH;
    private static final int SLOT_LENGTH = VERSION_LENGTH + RECORD_LENGTH;
    private static final int CACHE_LINE = 64;

    private final UnsafeBuffer memory;
    private final int frames;
    /** Frames until now, written by the worker alone; slot {@code n % frames} has the n-th. */
    private final AtomicLong written = new AtomicLong();

    private volatile long cleared;

    /** A ring of {@link #DEFAULT_FRAMES}. */
    public DropRing() {
        this(DEFAULT_FRAMES);
    }

    /** A ring of {@code frames}, at least 1. */
    DropRing(final int frames) {
        this.frames = frames;
        this.memory = new UnsafeBuffer(BufferUtil.allocateDirectAligned(frames * SLOT_LENGTH, CACHE_LINE));
    }

    /** Worker: keeps the frame in place of the oldest one. */
    void put(final Frame frame, final DropReason reason, final long nanoTime) {
        final long number = written.getPlain();
        final int slot = (int) (number % frames) * SLOT_LENGTH;
        final int index = slot + VERSION_LENGTH;
        final long version = 2 * number;
        memory.putLong(slot, version + 1);
        VarHandle.storeStoreFence();
        final boolean tunnelForm = CaptureRing.isTunnelForm(frame, CapturePoint.DROP, reason);
        CaptureRecord.putStamp(memory, index, nanoTime, frame.packetId, 0);
        CaptureRecord.put(
                memory,
                index,
                frame,
                CapturePoint.DROP,
                frame.port,
                reason,
                tunnelForm,
                Math.min(frame.length, SNAP_LENGTH));
        memory.putLongRelease(slot, version + 2);
        written.setRelease(number + 1);
    }

    /** Forgets what is there now. Any thread. */
    public void clear() {
        cleared = written.getAcquire();
    }

    /** What is there, oldest first. Any thread; times are those of the wall clock now, minus the age of each. */
    public List<DroppedFrame> read(final CaptureContext context) {
        final long end = written.getAcquire();
        final long epochOffset = System.currentTimeMillis() * 1_000_000L - System.nanoTime();
        final UnsafeBuffer copy = new UnsafeBuffer(new byte[RECORD_LENGTH]);
        final CaptureRecord record = new CaptureRecord();
        final List<DroppedFrame> dropped = new ArrayList<>();
        for (long number = Math.max(cleared, end - frames); number < end; number++) {
            if (copy(number, copy)) {
                dropped.add(DroppedFrame.of(record.wrap(copy, 0, RECORD_LENGTH), epochOffset, context));
            }
        }
        return dropped;
    }

    /** False if the worker has written over it. */
    private boolean copy(final long number, final UnsafeBuffer to) {
        final int slot = (int) (number % frames) * SLOT_LENGTH;
        final long version = 2 * number + 2;
        if (memory.getLongAcquire(slot) != version) {
            return false;
        }
        to.putBytes(0, memory, slot + VERSION_LENGTH, RECORD_LENGTH);
        VarHandle.loadLoadFence();
        return memory.getLong(slot) == version;
    }
}
