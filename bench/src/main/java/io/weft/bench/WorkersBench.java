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
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What a frame costs with the tables of several workers: bridging as in {@link PipelineBench}, 64-octet frames and 10,000 MACs
 * that all workers know. The flows are divided among the workers, whose turns come one after another on one thread. One
 * operation is one frame from port to port.
 *
 * <p>Workers share nothing that is written, so N of them on N cores of their own do N times what one core does with N sets of
 * tables: the scaling on paper is {@code N x cost(1) / cost(N)}. That is the worse case for caches: here those of one core have
 * to do for all N sets.
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
        private int turn;

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
                    return open(index, List.of(pool)).getFirst();
                }

                @Override
                public List<Port> open(final int index, final List<FramePool> pools) {
                    final int share = SIDE / pools.size();
                    final List<Port> queues = new ArrayList<>();
                    for (int worker = 0; worker < pools.size(); worker++) {
                        final int first = worker * share;
                        final BenchPort queue =
                                new BenchPort(index, pools.get(worker), new Templates(from + first, to + first, share));
                        ports.add(queue);
                        queues.add(queue);
                    }
                    return queues;
                }
            };
        }

        private Pipeline next() {
            turn = turn + 1 < workers ? turn + 1 : 0;
            return pipelines[turn];
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

    /** A vector at each port of the worker whose turn it is. */
    @Benchmark
    @OperationsPerInvocation(2 * FrameVector.CAPACITY)
    public int switching(final Node node) {
        final Pipeline pipeline = node.next();
        return pipeline.poll(A, FrameVector.CAPACITY) + pipeline.poll(B, FrameVector.CAPACITY);
    }
}
