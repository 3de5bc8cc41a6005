// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.dataplane.Options;
import io.weft.dataplane.Pipeline;
import io.weft.frame.Counters;
import io.weft.frame.Destination;
import io.weft.frame.Frame;
import io.weft.frame.FrameVector;
import io.weft.frame.WorkerCounter;
import io.weft.overlay.Vtep;
import io.weft.switching.BridgeDomain;
import io.weft.switching.FdbConfig;
import io.weft.switching.SwitchListener;
import io.weft.wire.IpAddress;
import io.weft.wire.Vxlan;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The stages of the dataplane on ports in memory: 64-octet frames, 10,000 MACs, half of them on either side. One operation
 * is one frame from port to port: received (one copy), parsed, source learned, destination looked up, sent.
 */
public class PipelineBench {
    private static final int SIDE = 5_000;
    private static final int NETWORK = 0;
    private static final int VNI = 100;
    private static final int A = 0;
    private static final int B = 1;
    private static final int UNDERLAY = 2;
    private static final int VTEP = 0;
    private static final IpAddress ADDRESS_1 = IpAddress.parse("198.19.0.1");
    private static final IpAddress ADDRESS_2 = IpAddress.parse("198.19.0.2");

    /** Two ports of one node; frames go both ways. */
    @State(Scope.Thread)
    public static class Switching {
        private final Counters counters = Counters.inMemory(4);
        private final Pipeline node = pipeline(counters);
        private final BenchPort a = new BenchPort(A, node.pool(), new Templates(0, SIDE, SIDE));
        private final BenchPort b = new BenchPort(B, node.pool(), new Templates(SIDE, 0, SIDE));

        /** Learns every MAC. */
        @Setup
        public void learn() {
            final BridgeDomain domain = network();
            domain.addPort(A);
            domain.addPort(B);
            node.bridge().addDomain(domain);
            node.attach(a, NETWORK);
            node.attach(b, NETWORK);
            for (int i = 0; i < SIDE; i++) {
                domain.macs().learn(Templates.mac(i), Destination.ofPort(A), 0);
                domain.macs().learn(Templates.mac(SIDE + i), Destination.ofPort(B), 0);
            }
        }

        /** Every frame must have gone to the other port, and none to all. */
        @TearDown
        public void check() {
            expect(counters, a.sent() + b.sent());
        }
    }

    /** Two nodes and a wire between them; frames go from a port of the first to a port of the second. */
    @State(Scope.Thread)
    public static class Tunnel {
        private final Counters counters1 = Counters.inMemory(4);
        private final Counters counters2 = Counters.inMemory(4);
        private final Pipeline node1 = pipeline(counters1);
        private final Pipeline node2 = pipeline(counters2);
        private final BenchPort a = new BenchPort(A, node1.pool(), new Templates(0, SIDE, SIDE));
        private final BenchPort b = new BenchPort(B, node2.pool(), null);
        private final BenchUnderlay underlay1 = BenchUnderlay.sendingEnd(UNDERLAY, node1.pool(), ADDRESS_1);
        private final BenchUnderlay underlay2 = underlay1.receivingEnd(UNDERLAY, node2.pool());

        /** Learns every MAC on both nodes. */
        @Setup
        public void learn() {
            final BridgeDomain domain1 = join(node1, a, underlay1, ADDRESS_2);
            final BridgeDomain domain2 = join(node2, b, underlay2, ADDRESS_1);
            for (int i = 0; i < SIDE; i++) {
                domain1.macs().learn(Templates.mac(i), Destination.ofPort(A), 0);
                domain1.macs().learn(Templates.mac(SIDE + i), Destination.ofVtep(VTEP), 0);
                domain2.macs().learn(Templates.mac(i), Destination.ofVtep(VTEP), 0);
                domain2.macs().learn(Templates.mac(SIDE + i), Destination.ofPort(B), 0);
            }
        }

        /** Every frame must have come through the tunnel and out at the second node's port. */
        @TearDown
        public void check() {
            expect(counters1, counters2.get(WorkerCounter.RECEIVED));
            expect(counters2, b.sent());
        }
    }

    /** Bridging alone. */
    @Benchmark
    @OperationsPerInvocation(2 * FrameVector.CAPACITY)
    public int switching(final Switching state) {
        return state.node.poll(A, FrameVector.CAPACITY) + state.node.poll(B, FrameVector.CAPACITY);
    }

    /** Bridging and encapsulation on one node, then decapsulation and bridging on the other: both for each frame. */
    @Benchmark
    @OperationsPerInvocation(FrameVector.CAPACITY)
    public int vxlan(final Tunnel state) {
        return state.node1.poll(A, FrameVector.CAPACITY) + state.node2.poll(UNDERLAY, FrameVector.CAPACITY);
    }

    private static Pipeline pipeline(final Counters counters) {
        return new Pipeline(new Options(512, 4, FrameVector.CAPACITY, 40), counters, 1, SwitchListener.NONE);
    }

    private static BridgeDomain network() {
        return new BridgeDomain(NETWORK, VNI, "blue", false, FdbConfig.withLearnLimit(2 * SIDE));
    }

    private static BridgeDomain join(
            final Pipeline node, final BenchPort port, final BenchUnderlay underlay, final IpAddress remote) {
        final BridgeDomain domain = network();
        domain.addPort(port.index());
        domain.addVtep(VTEP);
        node.bridge().addDomain(domain);
        node.vnis().add(NETWORK, VNI, false);
        node.vteps().add(new Vtep(VTEP, remote, Vxlan.PORT, 1450));
        node.vteps().allow(VTEP, NETWORK);
        node.attach(port, NETWORK);
        node.attach(underlay, Frame.NONE);
        return domain;
    }

    /** A benchmark that drops or floods would measure something else. */
    private static void expect(final Counters counters, final long sent) {
        if (counters.get(WorkerCounter.RECEIVED) != sent
                || counters.get(WorkerCounter.TRANSMITTED) != sent
                || counters.get(WorkerCounter.FLOODED) != 0) {
            throw new IllegalStateException("received " + counters.get(WorkerCounter.RECEIVED) + ", dropped "
                    + counters.get(WorkerCounter.DROPPED) + ", flooded " + counters.get(WorkerCounter.FLOODED)
                    + ", arrived " + sent);
        }
    }
}
