// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.dataplane.Dataplane;
import io.weft.dataplane.NetworkSpec;
import io.weft.dataplane.Options;
import io.weft.dataplane.Pipeline;
import io.weft.dataplane.PortOpener;
import io.weft.dataplane.RefusedException;
import io.weft.frame.Counters;
import io.weft.frame.Destination;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.WorkerCounter;
import io.weft.port.Port;
import io.weft.switching.BridgeDomain;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What a frame costs with the tables of several workers: bridging as in {@link PipelineBench}, 64-octet frames and 10,000 MACs
 * that all workers know, each worker's share in turn on one thread.
 *
 * <p>One operation is one vector at every worker, so that {@code frames} a second is what one core does. Workers share nothing
 * that is written, so N of them on N cores of their own do N times what one core does with N sets of tables: the scaling on
 * paper is {@code N x frames(N) / frames(1)}. That is the worse case for caches: here one core's have all N sets.
 */
public class WorkersBench {
    private static final int SIDE = 5_000;
    private static final int A = 0;
    private static final int B = 1;

    /** A node of some workers with two ports; frames go both ways. */
    @State(Scope.Thread)
    public static class Node {
        /** How many. */
        @Param({"1", "2", "4", "8"})
        public int workers;

        private Counters counters = Counters.inMemory(4);
        private final List<BenchPort> ports = new ArrayList<>();
        private Pipeline[] pipelines = {};

        /** Learns every MAC everywhere. */
        @Setup
        public void learn() throws RefusedException {
            counters = Counters.inMemory(4, workers);
            final Dataplane node =
                    Dataplane.offline("bench", counters, new Options(512, 4, FrameVector.CAPACITY, 0, workers));
            node.addNetwork(NetworkSpec.switched("blue", NetworkSpec.NO_VNI, false, 300, 2 * SIDE));
            node.addPort("a", "blue", opener(0, SIDE));
            node.addPort("b", "blue", opener(SIDE, 0));
            pipelines = new Pipeline[workers];
            for (int worker = 0; worker < workers; worker++) {
                pipelines[worker] = node.pipeline(worker);
                final BridgeDomain domain =
                        Objects.requireNonNull(pipelines[worker].bridge().domain(0));
                for (int i = 0; i < SIDE; i++) {
                    domain.macs().learn(Templates.mac(i), Destination.ofPort(A), 0);
                    domain.macs().learn(Templates.mac(SIDE + i), Destination.ofPort(B), 0);
                }
            }
        }

        private PortOpener opener(final int from, final int to) {
            return new PortOpener() {
                @Override
                public Port open(final int index, final FramePool pool) {
                    final BenchPort port = new BenchPort(index, pool, new Templates(from, to, SIDE));
                    ports.add(port);
                    return port;
                }

                @Override
                public List<Port> open(final int index, final List<FramePool> pools) {
                    return pools.stream().map(pool -> open(index, pool)).toList();
                }
            };
        }

        /** Every frame must have gone to the other port, and none to all. */
        @TearDown
        public void check() {
            final long sent = ports.stream().mapToLong(BenchPort::sent).sum();
            if (counters.get(WorkerCounter.RECEIVED) != sent
                    || counters.get(WorkerCounter.TRANSMITTED) != sent
                    || counters.get(WorkerCounter.FLOODED) != 0) {
                throw new IllegalStateException(
                        "received " + counters.get(WorkerCounter.RECEIVED) + ", arrived " + sent);
            }
        }
    }

    /** Frames, for the rate of them. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Count {
        /** Received by all workers together. */
        public long frames;
    }

    /** A vector at each port of each worker. */
    @Benchmark
    public int switching(final Node node, final Count count) {
        int frames = 0;
        for (final Pipeline pipeline : node.pipelines) {
            frames += pipeline.poll(A, FrameVector.CAPACITY) + pipeline.poll(B, FrameVector.CAPACITY);
        }
        count.frames += frames;
        return frames;
    }
}
