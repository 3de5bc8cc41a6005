// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.port.Poller;
import io.weft.port.Port;
import io.weft.port.PortException;
import io.weft.wire.Bytes;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.UnsafeBuffer;

/** Takes the frames of one trial at its end of the way and keeps the books. Runs in a thread of its own. */
final class UdpReceiver implements Runnable {
    private static final int WAIT_MILLIS = 10;
    private static final long PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(20);
    private static final int INITIAL_WORDS = 1 << 14;

    private final Port port;
    private final FramePool pool;
    private final int trial;
    private final Poller poller;
    private final FrameVector vector = new FrameVector();
    private final AtomicLong arrived = new AtomicLong();
    private final int[] highest = new int[UdpFlows.FLOWS];
    private final Histogram delay = Statistics.histogram();
    private long[] seen = new long[INITIAL_WORDS];
    private long received;
    private long duplicates;
    private long reordered;
    private long late;
    private volatile boolean stopping;

    /** A receiver for the frames of {@code trial}; others are passed over. */
    UdpReceiver(final Port port, final FramePool pool, final int trial) throws PortException {
        this.port = port;
        this.pool = pool;
        this.trial = trial;
        this.poller = new Poller();
        if (port.fileDescriptor() >= 0) {
            poller.add(port.fileDescriptor(), port.index());
        }
        Arrays.fill(highest, -1);
    }

    /** Frames so far, each counted once. Any thread. */
    long arrived() {
        return arrived.get();
    }

    /** Has {@link #run} return. Any thread. */
    void stop() {
        stopping = true;
        poller.wakeUp();
    }

    /** What was counted, once {@link #run} has returned; the sender knows the rest. */
    UdpTrial trial(final double framesPerSecond, final long sent) {
        return new UdpTrial(framesPerSecond, sent, received, duplicates, reordered, delay, Double.NaN);
    }

    /** Frames of earlier trials that came now, once {@link #run} has returned. */
    long late() {
        return late;
    }

    @Override
    public void run() {
        try (poller) {
            while (!stopping) {
                final boolean mayHaveMore = port.receive(vector, FrameVector.CAPACITY);
                if (!vector.isEmpty()) {
                    takeAll(System.nanoTime());
                } else if (!mayHaveMore) {
                    await();
                }
            }
        }
    }

    private void await() {
        if (port.fileDescriptor() >= 0) {
            poller.poll(WAIT_MILLIS);
        } else {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private void takeAll(final long now) {
        for (int i = 0; i < vector.size(); i++) {
            final Frame frame = vector.get(i);
            if (UdpFlows.isOurs(frame)) {
                takeSegments(frame, now);
            }
            pool.consumed(frame);
        }
        vector.clear();
        arrived.lazySet(received);
    }

    /** A super-frame stands for several: each segment begins with a stamp. */
    private void takeSegments(final Frame frame, final long now) {
        final int end = UdpFlows.end(frame);
        int position = frame.offset + UdpFlows.PAYLOAD;
        final int step = frame.isSuperFrame() && frame.gsoSize > 0 ? frame.gsoSize : end - position;
        for (; position + UdpFlows.STAMP_LENGTH <= end; position += step) {
            take(frame.buffer, position, now);
        }
    }

    private void take(final UnsafeBuffer buffer, final int stamp, final long now) {
        final int sequence = Bytes.i32(buffer, stamp + UdpFlows.SEQUENCE);
        final int of = Bytes.i32(buffer, stamp);
        if (of != trial || sequence < 0) {
            late += of > 0 && of < trial ? 1 : 0;
            return;
        }
        final int word = sequence >>> 6;
        if (word >= seen.length) {
            seen = Arrays.copyOf(seen, Math.max(word + 1, 2 * seen.length));
        }
        final long bit = 1L << sequence;
        if ((seen[word] & bit) != 0) {
            duplicates++;
            return;
        }
        seen[word] |= bit;
        received++;
        final int flow = UdpFlows.flow(sequence);
        if (sequence < highest[flow]) {
            reordered++;
        } else {
            highest[flow] = sequence;
        }
        Statistics.record(delay, now - Bytes.i64(buffer, stamp + UdpFlows.TIME));
    }
}
