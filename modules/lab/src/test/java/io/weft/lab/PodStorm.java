// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.PortCounter;
import io.weft.port.PacketConfig;
import io.weft.port.PacketPort;
import io.weft.port.PortException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Sends frames from a pod, each another one, as many per second as asked for. */
abstract class PodStorm implements AutoCloseable {
    private static final int BATCH = 64;
    private static final int PORT = 0;

    private final Counters counters = Counters.inMemory(1);
    private final FramePool pool = new FramePool(2 * BATCH, counters);
    private final FrameVector vector = new FrameVector();
    private final PacketPort port;
    private final byte[] template;
    private int number;

    /** Opens the pod's interface; each frame begins as {@code template}. */
    PodStorm(final String namespace, final byte[] template) throws PortException {
        this.port = PacketPort.open(PORT, new PacketConfig("storm", namespace, "eth0", false), pool);
        this.template = template;
    }

    /** Makes the frame the one of this number. */
    abstract void vary(Frame frame, int number);

    /** Sends for so long; frames that the pod's interface took per second. */
    final long send(final int perSecond, final long millis) {
        final long start = System.nanoTime();
        final long end = start + TimeUnit.MILLISECONDS.toNanos(millis);
        final long before = sent();
        long planned = 0;
        long now = start;
        while (now < end) {
            while (planned * TimeUnit.SECONDS.toNanos(1) / perSecond <= now - start) {
                batch();
                planned += BATCH;
            }
            LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(100));
            now = System.nanoTime();
        }
        return (sent() - before) * TimeUnit.SECONDS.toNanos(1) / (now - start);
    }

    private long sent() {
        return counters.getPort(PORT, PortCounter.TX_FRAMES);
    }

    private void batch() {
        for (int i = 0; i < BATCH; i++) {
            final Frame frame = pool.create(PORT);
            if (frame == null) {
                throw new AssertionError("a frame was not given back");
            }
            frame.length = template.length;
            frame.buffer.putBytes(frame.offset, template);
            vary(frame, ++number);
            vector.add(frame);
        }
        port.transmit(vector);
    }

    @Override
    public final void close() {
        port.close();
    }
}
