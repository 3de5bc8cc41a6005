// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.WorkerCounter;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A worker's side of all captures. Never blocks and never allocates; a capture that can't keep up loses copies, counted
 * as {@link WorkerCounter#CAPTURE_LOST}.
 *
 * <p>A worker asks {@link #isActive} once per vector, one field read, and calls {@link #record} only then:
 *
 * <pre>
 *  if (tap.isActive(CapturePoint.RX.mask())) {
 *      tap.record(vector, CapturePoint.RX, port.index());
 *  }
 * </pre>
 *
 * Not thread-safe: every method belongs to the worker thread.
 */
public final class CaptureTap implements FramePool.DropObserver {
    /** Captures at one time. */
    public static final int MAX_RINGS = 4;

    private final Counters counters;
    private final @Nullable CaptureRing[] rings = new CaptureRing[MAX_RINGS];
    private int count;
    private int activeMask;
    private long nextPacketId = 1;
    private long epochOffset;

    /** Counts into {@code counters}, the worker's own. */
    public CaptureTap(final Counters counters) {
        this.counters = counters;
    }

    /** Packets are numbered from here on; so those of several workers have different numbers. Before any capture. */
    public void firstPacketId(final long first) {
        nextPacketId = first;
    }

    /** True if a capture looks at one of the points. */
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
     * Copies the frames that somebody wants.
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
        if (isActive(CapturePoint.DROP.mask())) {
            detachEnded();
            record(frame, CapturePoint.DROP, frame.port, reason, System.nanoTime() + epochOffset);
        }
    }

    private void record(
            final Frame frame,
            final CapturePoint point,
            final int port,
            final @Nullable DropReason reason,
            final long now) {
        final long packetId = nextPacketId++;
        for (int i = 0; i < count; i++) {
            final @Nullable CaptureRing ring = rings[i];
            if (ring != null && (ring.pointMask() & point.mask()) != 0 && ring.wants(frame, point, port)) {
                final boolean taken = ring.offer(frame, point, port, reason, now, packetId);
                counters.add(taken ? WorkerCounter.CAPTURED : WorkerCounter.CAPTURE_LOST, 1);
            }
        }
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
        count--;
        rings[index] = rings[count];
        rings[count] = null;
        updateMask();
    }

    private void updateMask() {
        activeMask = 0;
        for (int i = 0; i < count; i++) {
            final @Nullable CaptureRing ring = rings[i];
            activeMask |= ring == null ? 0 : ring.pointMask();
        }
    }
}
