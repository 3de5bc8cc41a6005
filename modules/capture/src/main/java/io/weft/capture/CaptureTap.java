// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import io.weft.frame.Counters;
import io.weft.frame.Destination;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.WorkerCounter;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A worker's side of all captures, and of the ring of its last drops. Never blocks and never allocates; a capture that can't
 * keep up loses copies, counted as {@link WorkerCounter#CAPTURE_LOST}.
 *
 * <p>A worker asks {@link #isActive} once per vector, one field read, and calls {@link #received} or {@link #record} only
 * then:
 *
 * <pre>
 *  if (tap.isActive(CapturePoint.RX.mask())) {
 *      tap.received(vector, CapturePoint.RX, port.index());      a number for each frame, copies of those wanted
 *  }
 *  ...                                                           stages; at the outputs tap.record(vector, TX, port)
 *  tap.settle();                                                 the vector has gone: what became of each is known
 * </pre>
 *
 * What came in is handed over to the captures by {@link #settle} only, so that it can be said there what became of it.
 *
 * <p>Not thread-safe: every method belongs to the worker thread.
 */
public final class CaptureTap implements FramePool.DropObserver {
    /** Captures at one time. */
    public static final int MAX_RINGS = 4;

    private static final int INGRESS = CapturePoint.RX.mask() | CapturePoint.TUNNEL_RX.mask();
    private static final int EGRESS = CapturePoint.TX.mask() | CapturePoint.TUNNEL_TX.mask();

    private final Counters counters;
    private final VtepAddresses vteps;
    private final DropRing drops;
    private final @Nullable CaptureRing[] rings = new CaptureRing[MAX_RINGS];
    private int count;
    private int activeMask;
    private long nextPacketId = 1;
    private long epochOffset;
    private long nowNanos;

    /** The number of the first frame of the vector that is on its way, if captures hold records of it. */
    private long pendingFirst;

    private int pendingCount;

    /**
     * A tap without captures.
     *
     * @param counters the worker's own
     * @param vteps the VTEPs that the worker knows
     * @param drops where every dropped frame is kept for a while
     */
    public CaptureTap(final Counters counters, final VtepAddresses vteps, final DropRing drops) {
        this.counters = counters;
        this.vteps = vteps;
        this.drops = drops;
    }

    /** Packets are numbered from here on; so those of several workers have different numbers. Before any capture. */
    public void firstPacketId(final long first) {
        nextPacketId = first;
    }

    /** The time of the cycle, as {@link System#nanoTime} gives it: that of the frames that are dropped in it. */
    public void now(final long nanos) {
        nowNanos = nanos;
    }

    /** True if a capture wants to know of frames at one of the points, or what becomes of them there. */
    public boolean isActive(final int pointMask) {
        return (activeMask & pointMask) != 0;
    }

    /**
     * Lets a capture begin.
     *
     * @return false if {@link #MAX_RINGS} captures run already
     */
    public boolean attach(final CaptureRing ring) {
        detachEnded();
        if (count == MAX_RINGS) {
            return false;
        }
        final Instant now = Instant.now();
        epochOffset = now.getEpochSecond() * 1_000_000_000L + now.getNano() - System.nanoTime();
        rings[count++] = ring;
        updateMask();
        ring.attach();
        return true;
    }

    /** Ends a capture's view. Does nothing if it was never attached, or has ended and was detached by itself. */
    public void detach(final CaptureRing ring) {
        for (int i = 0; i < count; i++) {
            if (rings[i] == ring) {
                remove(i);
                return;
            }
        }
    }

    /**
     * Numbers the frames that came in and copies those that somebody wants; {@link #settle} hands the copies over.
     *
     * @param frames just received: none has a number yet
     * @param port the port they came in by
     */
    public void received(final FrameVector frames, final CapturePoint point, final int port) {
        settle();
        detachEnded();
        final long now = System.nanoTime() + epochOffset;
        pendingFirst = nextPacketId;
        pendingCount = frames.size();
        nextPacketId += pendingCount;
        for (int place = 0; place < pendingCount; place++) {
            final Frame frame = frames.get(place);
            frame.packetId = pendingFirst + place;
            for (int i = 0; i < count; i++) {
                final @Nullable CaptureRing ring = rings[i];
                if (ring != null) {
                    hold(ring, frame, point, port, now, place);
                }
            }
        }
    }

    private void hold(
            final CaptureRing ring,
            final Frame frame,
            final CapturePoint point,
            final int port,
            final long now,
            final int place) {
        if (ring.wants(frame, point, port, null, vteps)) {
            counted(ring.hold(frame, point, port, now, place));
        } else {
            ring.pass(place);
        }
    }

    /** The vector of the last {@link #received} has gone through all stages: what was copied of it is handed over. */
    public void settle() {
        if (pendingCount == 0) {
            return;
        }
        for (int i = 0; i < count; i++) {
            final @Nullable CaptureRing ring = rings[i];
            if (ring != null) {
                ring.settle(pendingCount);
            }
        }
        pendingCount = 0;
    }

    /**
     * Copies the frames that somebody wants, and notes that those of the vector on its way have got here.
     *
     * @param port the port they came in by; for tx and tunnel-tx the one they leave by
     */
    public void record(final FrameVector frames, final CapturePoint point, final int port) {
        if (!isActive(point.mask())) {
            return;
        }
        detachEnded();
        final long now = System.nanoTime() + epochOffset;
        for (int i = 0; i < frames.size(); i++) {
            record(frames.get(i), point, port, null, now);
        }
    }

    /** {@link #record(FrameVector, CapturePoint, int)} for one frame. */
    public void record(final Frame frame, final CapturePoint point, final int port) {
        if (isActive(point.mask())) {
            detachEnded();
            record(frame, point, port, null, System.nanoTime() + epochOffset);
        }
    }

    @Override
    public void onDrop(final Frame frame, final DropReason reason) {
        number(frame);
        drops.put(frame, reason, nowNanos);
        if (activeMask != 0) {
            detachEnded();
            // The clock is read anew only for captures, which tell how long a frame took.
            record(frame, CapturePoint.DROP, frame.port, reason, System.nanoTime() + epochOffset);
        }
    }

    @Override
    public void onConsumed(final Frame frame) {
        final int place = placeOf(frame);
        if (place >= 0) {
            for (int i = 0; i < count; i++) {
                final @Nullable CaptureRing ring = rings[i];
                if (ring != null) {
                    ring.consumed(place);
                }
            }
        }
    }

    private void record(
            final Frame frame,
            final CapturePoint point,
            final int port,
            final @Nullable DropReason reason,
            final long now) {
        number(frame);
        final int place = placeOf(frame);
        for (int i = 0; i < count; i++) {
            final @Nullable CaptureRing ring = rings[i];
            if (ring == null) {
                continue;
            }
            if (place >= 0) {
                note(ring, place, frame, point, port, reason);
            }
            if (ring.wants(frame, point, port, reason, vteps)) {
                counted(ring.offer(frame, point, port, reason, now));
            }
        }
    }

    private static void note(
            final CaptureRing ring,
            final int place,
            final Frame frame,
            final CapturePoint point,
            final int port,
            final @Nullable DropReason reason) {
        if (reason != null) {
            ring.dropped(place, reason);
        } else if (point == CapturePoint.TUNNEL_TX) {
            ring.sent(place, frame, true, Destination.ofVtep(frame.vtep));
        } else if (point == CapturePoint.TX) {
            ring.sent(place, frame, false, Destination.ofPort(port));
        }
    }

    /** A frame has its number from the first time that it is looked at. */
    private void number(final Frame frame) {
        if (frame.packetId == 0) {
            frame.packetId = nextPacketId++;
        }
    }

    /** Place in the vector that is on its way; -1 if it is not of it. Copies and parts have the place of what they are of. */
    private int placeOf(final Frame frame) {
        final long place = frame.packetId - pendingFirst;
        return place >= 0 && place < pendingCount ? (int) place : -1;
    }

    private void counted(final boolean taken) {
        counters.add(taken ? WorkerCounter.CAPTURED : WorkerCounter.CAPTURE_LOST, 1);
    }

    /** A capture whose reader is gone must not go on counting losses until the command to detach it arrives. */
    private void detachEnded() {
        for (int i = count - 1; i >= 0; i--) {
            final @Nullable CaptureRing ring = rings[i];
            if (ring != null && ring.isEnded()) {
                remove(i);
            }
        }
    }

    private void remove(final int index) {
        final @Nullable CaptureRing ring = rings[index];
        if (ring != null) {
            ring.settle(pendingCount);
        }
        count--;
        rings[index] = rings[count];
        rings[count] = null;
        updateMask();
    }

    /** Who wants to know what comes in wants to know where it goes as well. */
    private void updateMask() {
        activeMask = 0;
        for (int i = 0; i < count; i++) {
            final @Nullable CaptureRing ring = rings[i];
            final int mask = ring == null ? 0 : ring.pointMask();
            activeMask |= mask | ((mask & INGRESS) == 0 ? 0 : EGRESS);
        }
    }
}
