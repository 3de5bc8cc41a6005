// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import static io.weft.routing.NeighborRig.A;
import static io.weft.routing.NeighborRig.A6;
import static io.weft.routing.NeighborRig.A_MAC;
import static io.weft.routing.NeighborRig.OWN;
import static io.weft.routing.NeighborRig.OWN6;
import static io.weft.routing.NeighborRig.OWN_MAC;
import static io.weft.routing.NeighborRig.SIBLING_MAC;
import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.WorkerCounter;
import io.weft.testkit.WarmAllocation;
import io.weft.wire.Bytes;
import io.weft.wire.Ethernet;
import io.weft.wire.Icmp;
import io.weft.wire.IpPrefix;
import io.weft.wire.Ndp;
import java.util.List;
import org.junit.jupiter.api.Test;

final class NeighborAllocationTest {
    private static final int NETWORK = 3;
    private static final int VECTORS = 4000;
    private static final long NEIGHBORS = 0xFFFF_0A03_0000L;

    private final Counters counters = Counters.inMemory(8);
    private final FramePool pool = new FramePool(512, counters);
    private final RouterInterfaces legs = new RouterInterfaces(8);
    private final RouterInterface leg = new RouterInterface(
            NETWORK, "blue", 0, OWN_MAC, List.of(IpPrefix.parse(OWN + "/16"), IpPrefix.parse(OWN6 + "/64")), 1450);
    private final Egress egress = new Egress(this::leave);
    private final NeighborConfig config = NeighborRig.config(500, 4, 64);
    private final NeighborTable table = new NeighborTable(
            pool,
            config,
            legs,
            egress,
            frame -> pool.drop(frame, DropReason.NEIGHBOR_UNRESOLVED),
            NeighborListener.NONE);
    private final RouterAdvertiser advertiser = new RouterAdvertiser(pool, legs, egress);
    private final NeighborInput input =
            new NeighborInput(pool, config, legs, egress, table, advertiser, new AllLocal(), NeighborListener.NONE);
    private final FrameVector in = new FrameVector();
    private long now;

    private final byte[] arpRequest = NeighborRig.arpRequest(A_MAC, A, OWN).build();
    private final byte[] arpReply = NeighborRig.arpReply(A_MAC, A, OWN_MAC, OWN).build();
    private final byte[] duplicate = NeighborRig.arpRequest(A_MAC, OWN, A).build();
    private final byte[] sibling = NeighborRig.arpRequest(SIBLING_MAC, OWN, A).build();
    private final byte[] solicitation =
            NeighborRig.solicitation(A_MAC, A6, OWN6, A_MAC).build();
    private final byte[] advertisement = NeighborRig.advertisement(
                    A_MAC, A6, OWN_MAC, OWN6, Ndp.SOLICITED | Ndp.OVERRIDE, A_MAC)
            .build();
    private final byte[] routerSolicitation = NeighborRig.discovery(A_MAC, "fe80::a", "ff02::2")
            .to(0x3333_0000_0002L)
            .icmp(Icmp.ROUTER_SOLICITATION, 0, 0)
            .build();

    @Test
    void shouldAllocateNothingPerFrameAndTimer() {
        legs.put(leg);
        table.tick(now);
        advertiser.start(leg);
        assertThat(WarmAllocation.of(this::run)).isZero();
        for (final WorkerCounter counter : List.of(
                WorkerCounter.NEIGHBOR_SOLICITED,
                WorkerCounter.NEIGHBOR_ANSWERED,
                WorkerCounter.NEIGHBOR_FAILED,
                WorkerCounter.NEIGHBOR_EVICTED,
                WorkerCounter.NEIGHBOR_DUPLICATES)) {
            assertThat(counters.get(counter)).as(counter.label()).isPositive();
        }
        assertThat(counters.getDrop(DropReason.NEIGHBOR_QUEUE_FULL)).isPositive();
        table.flush(NeighborTable.ALL_NETWORKS, false);
        assertThat(pool.inUse()).isZero();
    }

    private void run() {
        for (int vector = 0; vector < VECTORS; vector++) {
            for (int i = 0; i < 32; i++) {
                final int number = vector * 7 + i;
                receive(arpRequest, number % 7, number % 700, 28);
                receive(arpReply, number % 7, number % 700, 28);
                receive(duplicate, number % 7, 0, 0);
                receive(solicitation, number % 7, 0, 0);
                receive(advertisement, number % 7, 0, 0);
            }
            receive(sibling, 7, vector % 3000, 38);
            receive(routerSolicitation, 3, 0, 0);
            input.process(in);
            for (int i = 0; i < in.size(); i++) {
                pool.transmitted(in.get(i), 0);
            }
            in.clear();
            for (int i = 0; i < 64; i++) {
                send(vector % 8, NEIGHBORS + (i < 32 ? i : vector * 3 + i));
            }
            egress.flush();
            now += 20;
            table.tick(now);
            advertiser.tick(now);
            egress.flush();
        }
    }

    /** The same packet with another IPv4 address at {@code position} of the ARP packet, if that is not 0. */
    private void receive(final byte[] octets, final int port, final int address, final int position) {
        final Frame frame = pool.receive(port);
        if (frame != null) {
            frame.length = octets.length;
            frame.buffer.putBytes(frame.offset, octets);
            if (position != 0) {
                Bytes.putI32(frame.buffer, frame.offset + position, 0x0A030000 + address);
            }
            pool.received(frame);
            FrameParser.parse(frame);
            frame.network = NETWORK;
            frame.vtep = port == 7 ? 1 : Frame.NONE;
            in.add(frame);
        }
    }

    private void send(final int port, final long low) {
        final Frame frame = pool.receive(port);
        if (frame != null) {
            frame.length = 60;
            frame.network = NETWORK;
            Ethernet.put(frame.buffer, frame.offset, 0, OWN_MAC, 0x88B5);
            pool.received(frame);
            table.send(frame, leg, 0, low, NeighborStore.NONE);
        }
    }

    private void leave(final FrameVector frames) {
        for (int i = 0; i < frames.size(); i++) {
            pool.transmitted(frames.get(i), 0);
        }
        frames.clear();
    }

    private static final class AllLocal implements Links {
        @Override
        public boolean learn(final Frame frame) {
            return true;
        }

        @Override
        public boolean isRemote(final int network, final long mac) {
            return false;
        }
    }
}
