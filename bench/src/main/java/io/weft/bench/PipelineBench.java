// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.dataplane.NetworkSpec;
import io.weft.dataplane.Options;
import io.weft.dataplane.Pipeline;
import io.weft.frame.Counters;
import io.weft.frame.Destination;
import io.weft.frame.Frame;
import io.weft.frame.FrameVector;
import io.weft.frame.WorkerCounter;
import io.weft.overlay.Vtep;
import io.weft.routing.GracePeriod;
import io.weft.routing.NeighborListener;
import io.weft.routing.NextHop;
import io.weft.routing.NextHopGroup;
import io.weft.routing.RouterInterface;
import io.weft.routing.Vrf;
import io.weft.switching.BridgeDomain;
import io.weft.switching.FdbConfig;
import io.weft.switching.SwitchListener;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import io.weft.wire.Vxlan;
import java.util.List;
import java.util.Objects;
import java.util.Random;
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

    /** Two networks of one node and its router between them: a million routes over ten thousand gateways. */
    @State(Scope.Thread)
    public static class Routing {
        private static final int GATEWAYS = 10_000;
        private static final int ROUTES = 1_000_000;
        private static final int FRAMES = 16_384;
        private static final long ROUTER_1 = 0x06_00_0000_0001L;
        private static final long ROUTER_2 = 0x06_00_0000_0002L;
        private static final int FIRST_GATEWAY = 0x0AC8_0000;

        private final Counters counters = Counters.inMemory(4);
        private final Pipeline node = pipeline(counters);
        private final Random random = new Random(1);
        private final BenchPort a = new BenchPort(A, node.pool(), Templates.routed(1, ROUTER_1, destinations()));
        private final BenchPort b = new BenchPort(B, node.pool(), null);

        /** Fills every table. */
        @Setup
        public void learn() {
            final RouterInterface leg1 = leg(NETWORK, "blue", "10.0.0.254/16", ROUTER_1, a);
            final RouterInterface leg2 = leg(NETWORK + 1, "green", "10.200.255.254/16", ROUTER_2, b);
            final Vrf vrf = new Vrf("default", GracePeriod.NONE);
            node.router().vrf(0, vrf);
            vrf.addOwn(0, IpAddress.mappedLow(leg1.ipv4));
            vrf.addOwn(0, IpAddress.mappedLow(leg2.ipv4));
            final BridgeDomain green = Objects.requireNonNull(node.bridge().domain(leg2.network));
            for (int i = 0; i < GATEWAYS; i++) {
                final long address = IpAddress.mappedLow(FIRST_GATEWAY + i);
                node.nextHops().put(i + 1, new NextHopGroup(NextHop.gateway(leg2, 0, address)));
                node.router().neighbors().addPermanent(leg2.network, 0, address, Templates.mac(SIDE + i), false);
                green.macs().learn(Templates.mac(SIDE + i), Destination.ofPort(B), 0);
            }
            for (int i = 0; i < ROUTES; i++) {
                vrf.ipv4.put(FIRST_ROUTE + (i << 8), 24, 1 + random.nextInt(GATEWAYS));
            }
        }

        private static final int FIRST_ROUTE = 0x0B00_0000;

        private int[] destinations() {
            final int[] addresses = new int[FRAMES];
            for (int i = 0; i < FRAMES; i++) {
                addresses[i] = FIRST_ROUTE + (random.nextInt(ROUTES) << 8) + random.nextInt(256);
            }
            return addresses;
        }

        private RouterInterface leg(
                final int network, final String name, final String address, final long mac, final BenchPort port) {
            final RouterInterface leg =
                    new RouterInterface(network, name, 0, mac, List.of(IpPrefix.parse(address)), 1500);
            final BridgeDomain domain =
                    new BridgeDomain(network, NetworkSpec.NO_VNI, name, false, FdbConfig.withLearnLimit(2 * GATEWAYS));
            domain.addPort(port.index());
            domain.macs().addStatic(mac, Destination.ROUTER, 0);
            node.bridge().addDomain(domain);
            node.legs().put(leg);
            node.attach(port, network);
            return leg;
        }

        /** Every frame must have been routed and sent by the other port. */
        @TearDown
        public void check() {
            expect(counters, b.sent());
            if (counters.get(WorkerCounter.ROUTED) != b.sent()) {
                throw new IllegalStateException("not all were routed");
            }
        }
    }

    /** Bridging, routing with a full table, and bridging again. */
    @Benchmark
    @OperationsPerInvocation(FrameVector.CAPACITY)
    public int routing(final Routing state) {
        return state.node.poll(A, FrameVector.CAPACITY);
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
        return new Pipeline(
                new Options(512, 4, FrameVector.CAPACITY, 40), counters, 2, SwitchListener.NONE, NeighborListener.NONE);
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
