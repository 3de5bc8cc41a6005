// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.port.Port;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Sends frames at a rate, in small bursts: as many as are due since the last one, some 50 to 150 us ago. */
final class UdpSender {
    /** Frames that one system call takes at most. */
    static final int BATCH = 64;
    /** A sender that was held up does not make up for more than this: it would measure a burst then, not a rate. */
    private static final long MAX_BURST = 4L * BATCH;

    private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(50);
    private static final double NANOS_PER_SECOND = 1e9;

    private final Port port;
    private final FramePool pool;
    private final FrameVector vector = new FrameVector();
    private int sent;
    private double framesPerSecond;

    UdpSender(final Port port, final FramePool pool) {
        this.port = port;
        this.pool = pool;
    }

    /** Frames of the last {@link #send}, those too that the port refused. */
    int sent() {
        return sent;
    }

    /** Frames per second of the last {@link #send}. */
    double framesPerSecond() {
        return framesPerSecond;
    }

    /** Sends for {@code nanos}; a rate of infinity is as fast as the port takes them. */
    void send(final UdpFlows flows, final double rate, final long nanos) {
        final boolean isUnlimited = Double.isInfinite(rate);
        final long start = System.nanoTime();
        long now = start;
        long skipped = 0;
        sent = 0;
        while (now - start < nanos && sent < Integer.MAX_VALUE - MAX_BURST) {
            long due = isUnlimited ? sent + BATCH : (long) ((now - start) * rate / NANOS_PER_SECOND) + 1 - skipped;
            if (due - sent > MAX_BURST) {
                skipped += due - sent - MAX_BURST;
                due = sent + MAX_BURST;
            }
            while (sent < due) {
                batch(flows, (int) Math.min(BATCH, due - sent), now);
                now = System.nanoTime();
            }
            if (!isUnlimited) {
                LockSupport.parkNanos(PAUSE_NANOS);
                now = System.nanoTime();
            }
        }
        framesPerSecond = sent * NANOS_PER_SECOND / (now - start);
    }

    private void batch(final UdpFlows flows, final int frames, final long now) {
        for (int i = 0; i < frames; i++) {
            final Frame frame = pool.create(port.index());
            if (frame == null) {
                throw new IllegalStateException("the port did not give a frame back");
            }
            flows.write(frame, sent++, now);
            vector.add(frame);
        }
        port.transmit(vector);
    }
}
