// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.frame.Counters;
import io.weft.frame.Destination;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.overlay.Vtep;
import io.weft.port.MemoryPort;
import io.weft.port.MemoryQueue;
import io.weft.routing.GracePeriod;
import io.weft.routing.NeighborListener;
import io.weft.routing.NextHopGroup;
import io.weft.routing.RouterInterface;
import io.weft.routing.Vrf;
import io.weft.switching.BridgeDomain;
import io.weft.switching.FdbConfig;
import io.weft.switching.SwitchListener;
import io.weft.wire.Checksum;
import io.weft.wire.Ethernet;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import io.weft.wire.Ipv4;
import io.weft.wire.MacAddress;
import io.weft.wire.Tcp;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Runs made-up frames through a pipeline of its own until the compiler has seen every stage, while a node sets itself up:
 * the first frames of a pod would else pay for it. The pipeline and its memory are forgotten afterwards.
 */
public final class Warmup {
    private static final int POD_A = 0;
    private static final int POD_B = 1;
    private static final int TUNNEL = 2;
    private static final long MAC_A = 0x02_00_00_00_00_0AL;
    private static final long MAC_B = 0x02_00_00_00_00_0BL;
    private static final long MAC_C = 0x02_00_00_00_00_0CL;
    private static final long MAC_ROUTER = 0x02_00_00_00_00_0DL;
    private static final int IP_A = 0x0A01_0001;
    private static final int IP_B = 0x0A01_0002;
    private static final int IP_ROUTER = 0x0A01_00FE;
    private static final int SEGMENT = 1398;
    private static final int SUPER_FRAME_PAYLOAD = 8 * SEGMENT;
    private static final int ROUNDS = 12_000;

    private final Counters counters = Counters.inMemory(3);
    private final Pipeline pipeline =
            new Pipeline(new Options(64, 3, 16, 0), counters, 4, SwitchListener.NONE, NeighborListener.NONE);
    private final MemoryQueue fromA = new MemoryQueue(16);
    private final LoopUnderlay loop;

    Warmup() {
        final BridgeDomain domain = new BridgeDomain(0, 1, "warm-up", false, FdbConfig.DEFAULT);
        final FramePool pool = pipeline.pool();
        loop = new LoopUnderlay(TUNNEL, pool);
        pipeline.bridge().addDomain(domain);
        pipeline.vnis().add(0, 1, false);
        pipeline.vteps().add(new Vtep(0, LoopUnderlay.REMOTE, 4789, 1450));
        pipeline.vteps().allow(0, 0);
        pipeline.attach(new MemoryPort(POD_A, "a", pool, fromA, null), 0);
        pipeline.attach(new MemoryPort(POD_B, "b", pool, new MemoryQueue(16), null), 0);
        pipeline.attach(loop, Frame.NONE);
        domain.addPort(POD_A);
        domain.addPort(POD_B);
        domain.addVtep(0);
        domain.macs().addStatic(MAC_B, Destination.ofPort(POD_B), 0);
        domain.macs().addStatic(MAC_C, Destination.ofVtep(0), 0);
        addRouter(domain);
    }

    /** A leg in the same network, whose packets to pod B come back there. */
    private void addRouter(final BridgeDomain domain) {
        final RouterInterface leg = new RouterInterface(
                0, "warm-up", 0, MAC_ROUTER, List.of(new IpPrefix(IpAddress.ofIpv4(IP_ROUTER), 16)), 1500);
        final Vrf vrf = new Vrf(RouteSpec.DEFAULT_VRF, GracePeriod.NONE);
        domain.macs().addStatic(MAC_ROUTER, Destination.ROUTER, 0);
        pipeline.legs().put(leg);
        pipeline.router().vrf(0, vrf);
        pipeline.nextHops().put(1, new NextHopGroup(leg.onLink));
        vrf.ipv4.put(IP_ROUTER, 16, 1);
        pipeline.router().neighbors().addPermanent(0, 0, IpAddress.mappedLow(IP_B), MAC_B, false);
    }

    /**
     * Warms up; ends early when time is over.
     *
     * @param budgetMillis time that a start of the node may be late by
     */
    public static void run(final int budgetMillis) {
        new Warmup().rounds(ROUNDS, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(budgetMillis));
    }

    void rounds(final int rounds, final long deadline) {
        for (int round = 0; round < rounds && System.nanoTime() < deadline; round++) {
            pipeline.tick(TimeUnit.MILLISECONDS.toNanos(round));
            offer(MAC_B, 64, false);
            offer(MAC_C, 64, false);
            offer(MAC_B, SUPER_FRAME_PAYLOAD, true);
            offer(MAC_C, SUPER_FRAME_PAYLOAD, true);
            offer(MAC_ROUTER, 64, false);
            offer(MAC_ROUTER, SUPER_FRAME_PAYLOAD, true);
            pipeline.poll(POD_A, 16);
            pipeline.poll(TUNNEL, 16);
            if ((round & 15) == 0) {
                offer(MacAddress.BROADCAST, 64, false);
            }
            pipeline.poll(POD_A, 16);
            pipeline.poll(TUNNEL, 16);
        }
    }

    private void offer(final long to, final int payload, final boolean superFrame) {
        final Frame frame = Objects.requireNonNull(pipeline.pool().receive(POD_A));
        final UnsafeBuffer buffer = frame.buffer;
        final int ip = frame.offset + Ethernet.HEADER_LENGTH;
        final int tcp = ip + Ipv4.MIN_HEADER_LENGTH;
        final int tcpLength = Tcp.MIN_HEADER_LENGTH + payload;
        Ethernet.put(buffer, frame.offset, to, MAC_A, Ethernet.TYPE_IPV4);
        Ipv4.put(buffer, ip, Ipv4.MIN_HEADER_LENGTH + tcpLength, 64, Ipv4.PROTOCOL_TCP, IP_A, IP_B);
        Tcp.put(buffer, tcp, 1000, 2000, 1, 1, Tcp.ACK, 1000);
        Tcp.checksum(buffer, tcp, Checksum.fold(Checksum.pseudoHeaderIpv4(buffer, ip, Ipv4.PROTOCOL_TCP, tcpLength)));
        frame.length = tcp + tcpLength - frame.offset;
        frame.checksumState = Frame.CHECKSUM_PARTIAL;
        frame.checksumStart = tcp;
        frame.checksumOffset = Tcp.CHECKSUM_OFFSET;
        if (superFrame) {
            frame.gsoType = Frame.GSO_TCPV4;
            frame.gsoSize = SEGMENT;
        }
        fromA.offer(frame);
        pipeline.pool().unused(frame);
    }

    Counters counters() {
        return counters;
    }
}
