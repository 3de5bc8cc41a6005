// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.FramePool;
import io.weft.port.MemoryPort;
import io.weft.port.MemoryQueue;
import io.weft.port.Port;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** A node of several workers without threads, with pods at memory ports: driven by hand, in the order that a test says. */
final class SeveralWorkers {
    static final int BUDGET = 16;

    private static final int MAX_PORTS = 8;
    private static final int POOL_FRAMES = 128;

    final Dataplane dataplane;
    private final int workers;
    private final List<Pod> pods = new ArrayList<>();
    private long millis = 1_000;

    /** What passes between a pod and the node, by worker. */
    private record Pod(MemoryQueue[] toNode, MemoryQueue[] toPod) {}

    SeveralWorkers(final int workers) {
        this.workers = workers;
        this.dataplane = Dataplane.offline(
                "n1", Counters.inMemory(MAX_PORTS, workers), new Options(POOL_FRAMES, MAX_PORTS, BUDGET, 0, workers));
    }

    /** A pod more, the {@code n}-th, at port {@code p<n>}. */
    void addPod(final String network) throws RefusedException {
        final Pod pod = new Pod(new MemoryQueue[workers], new MemoryQueue[workers]);
        for (int worker = 0; worker < workers; worker++) {
            pod.toNode[worker] = new MemoryQueue(2048);
            pod.toPod[worker] = new MemoryQueue(4096);
        }
        final String name = "p" + pods.size();
        pods.add(pod);
        dataplane.addPort(name, network, new PortOpener() {
            @Override
            public Port open(final int index, final FramePool pool) {
                return open(index, List.of(pool)).getFirst();
            }

            @Override
            public List<Port> open(final int index, final List<FramePool> pools) {
                final List<Port> queues = new ArrayList<>();
                for (int worker = 0; worker < workers; worker++) {
                    queues.add(new MemoryPort(index, name, pools.get(worker), pod.toNode[worker], pod.toPod[worker]));
                }
                return queues;
            }
        });
    }

    /** A pod sends a frame, which the kernel would give to {@code worker}. */
    void send(final int pod, final int worker, final byte[] frame) {
        assertThat(pods.get(pod).toNode[worker].offer(frame)).isTrue();
    }

    /** All frames that {@code worker} has sent to a pod since this was asked last. */
    List<byte[]> received(final int pod, final int worker) {
        final List<byte[]> frames = new ArrayList<>();
        final MemoryQueue queue = pods.get(pod).toPod[worker];
        for (byte[] frame = queue.poll(); frame != null; frame = queue.poll()) {
            frames.add(frame);
        }
        return frames;
    }

    /** The same of all workers. */
    List<byte[]> received(final int pod) {
        final List<byte[]> frames = new ArrayList<>();
        for (int worker = 0; worker < workers; worker++) {
            frames.addAll(received(pod, worker));
        }
        return frames;
    }

    /** Where a worker knows a MAC of the first network to be. */
    int lookup(final int worker, final long mac) {
        return Objects.requireNonNull(dataplane.pipeline(worker).bridge().domain(0))
                .macs()
                .lookup(mac);
    }

    /** One cycle of one worker; returns what it found to do. */
    int cycle(final int worker) {
        final Pipeline pipeline = dataplane.pipeline(worker);
        pipeline.tick(TimeUnit.MILLISECONDS.toNanos(++millis));
        int work = pipeline.hear();
        for (int port = 0; port < MAX_PORTS; port++) {
            work += pipeline.poll(port, BUDGET);
        }
        return work;
    }

    /** Until no worker finds anything to do. */
    void settle() {
        int work;
        do {
            work = 0;
            for (int worker = 0; worker < workers; worker++) {
                work += cycle(worker);
            }
        } while (work > 0);
    }

    void pass(final int seconds) {
        millis += seconds * 1000L;
    }

    /** Proves the conservation line of each worker, and that none has a frame left. */
    void assertBalanced() throws RefusedException {
        for (final Ledger ledger : dataplane.ledgers()) {
            assertThat(ledger.imbalance()).as(ledger.toString()).isZero();
            assertThat(ledger.held()).isZero();
        }
        assertThat(dataplane.ledger().imbalance()).isZero();
    }
}
