// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.conntrack.FlowSettings;
import io.weft.dataplane.Dataplane;
import io.weft.dataplane.NetworkSpec;
import io.weft.dataplane.Options;
import io.weft.dataplane.Pipeline;
import io.weft.dataplane.PortOpener;
import io.weft.dataplane.RefusedException;
import io.weft.frame.Counters;
import io.weft.frame.PortCounter;
import io.weft.frame.WorkerCounter;
import io.weft.journal.FrameReplay;
import io.weft.journal.RecordedFlow;
import io.weft.port.MemoryPort;
import io.weft.port.MemoryQueue;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;

/** Recorded flows through a node's stages, between two memory ports of one network: originators at one, all others at the other. */
final class MemoryReplay {
    private static final String NETWORK = "replay";
    private static final int PORTS = 2;
    private static final int POOL_FRAMES = 64;
    /** Shorter waits cost more than they are. */
    private static final long MIN_WAIT = 50_000;

    private final Counters counters = Counters.inMemory(PORTS);
    private final Dataplane dataplane =
            Dataplane.offline(NETWORK, counters, new Options(POOL_FRAMES, PORTS, 1, 0).with(FlowSettings.DEFAULT, 0));
    private final Pipeline pipeline = dataplane.pipeline();
    private final MemoryQueue[] queues = {new MemoryQueue(1), new MemoryQueue(1)};
    private final FrameReplay frames = new FrameReplay(FrameReplay::madeUpMac);
    private long begun;
    private long nanos;

    MemoryReplay() {
        try {
            dataplane.addNetwork(NetworkSpec.switched(NETWORK, NetworkSpec.NO_VNI));
            for (int port = 0; port < PORTS; port++) {
                final MemoryQueue queue = queues[port];
                final PortOpener opener = (index, pool) -> new MemoryPort(index, NETWORK + index, pool, queue, null);
                dataplane.addPort(NETWORK + port, NETWORK, opener);
            }
        } catch (final RefusedException e) {
            throw new IllegalStateException("two ports of one network", e);
        }
    }

    /** Sends all frames at {@code speed} times the recorded one, or as fast as it goes. */
    void run(final List<RecordedFlow> flows, final double speed) throws InterruptedException {
        begun = System.nanoTime();
        frames.run(flows, speed, this::frame);
        nanos = System.nanoTime() - begun;
    }

    private void frame(
            final RecordedFlow flow, final boolean reply, final long due, final UnsafeBuffer buffer, final int length)
            throws InterruptedException {
        long now = System.nanoTime();
        while (now - begun < due) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (due - (now - begun) > MIN_WAIT) {
                LockSupport.parkNanos(due - (now - begun));
            }
            now = System.nanoTime();
        }
        final int port = reply ? 1 : 0;
        final byte[] octets = new byte[length];
        buffer.getBytes(0, octets);
        queues[port].offer(octets);
        pipeline.tick(now);
        pipeline.poll(port, 1);
    }

    Row report() {
        final double seconds = (double) nanos / TimeUnit.SECONDS.toNanos(1);
        return new Row()
                .pair("flows", counters.get(WorkerCounter.FLOWS_OPENED))
                .pair("frames", frames.frames())
                .pair("octets", frames.octets())
                .pair("transmitted", counters.get(WorkerCounter.TRANSMITTED))
                .pair("dropped", counters.get(WorkerCounter.DROPPED))
                .pair(
                        "received",
                        counters.getPort(0, PortCounter.RX_FRAMES) + counters.getPort(1, PortCounter.RX_FRAMES))
                .pair("seconds", String.format(Locale.ROOT, "%.3f", seconds));
    }
}
