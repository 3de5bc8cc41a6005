// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import static io.weft.routing.NeighborRig.A;
import static io.weft.routing.NeighborRig.A6;
import static io.weft.routing.NeighborRig.A_MAC;
import static io.weft.routing.NeighborRig.B;
import static io.weft.routing.NeighborRig.B6;
import static io.weft.routing.NeighborRig.NETWORK;
import static io.weft.routing.NeighborRig.OWN;
import static io.weft.routing.NeighborRig.OWN6;
import static io.weft.routing.NeighborRig.OWN_MAC;
import static io.weft.routing.NeighborRig.UNROUTED;
import static io.weft.routing.NeighborRig.UPLINK;
import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.testkit.Seeds;
import io.weft.wire.Icmp;
import io.weft.wire.Ndp;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Mutated ARP and Neighbor Discovery: nothing throws, every frame gets one verdict, the ledger balances. */
final class NeighborFuzzTest {
    private static final int FRAMES = 100_000;
    private static final List<String> ADDRESSES = List.of(A, B, A6, B6);

    @Test
    void shouldGiveEveryMutatedFrameOneVerdict() {
        final List<byte[]> corpus = corpus();
        Seeds.each(2, random -> {
            final NeighborRig rig = new NeighborRig();
            rig.watchDrops();
            rig.advertiser.start(rig.leg);
            for (int i = 0; i < FRAMES; i++) {
                final byte[] octets = corpus.get(random.nextInt(corpus.size())).clone();
                final boolean fromTunnel = random.nextInt(3) == 0;
                final Frame frame = frame(rig, octets, fromTunnel ? UPLINK : random.nextInt(7), random);
                if (FrameParser.parse(frame) != null) {
                    rig.pool.drop(frame, DropReason.TOO_SHORT);
                    continue;
                }
                final String verdict = rig.receive(
                        frame,
                        random.nextInt(4) == 0 ? UNROUTED : NETWORK,
                        fromTunnel ? random.nextInt(4) : Frame.NONE);
                assertThat(verdict).isNotEqualTo("lost");
                if (random.nextInt(4) == 0) {
                    rig.send(i, ADDRESSES.get(random.nextInt(ADDRESSES.size())), random.nextInt(8));
                }
                rig.pass(random.nextInt(20));
                rig.left();
                rig.refused.clear();
                if (i % 1000 == 0) {
                    rig.assertConservation();
                }
            }
            rig.assertConservation();
            assertThat(rig.drops()).contains("arp-malformed", "nd-malformed", "duplicate-address");
            rig.table.flush(NeighborTable.ALL_NETWORKS, false);
            assertThat(rig.pool.inUse()).isZero();
        });
    }

    /** Mostly whole, with some octets changed, and often with a checksum that nobody looks at. */
    private static Frame frame(
            final NeighborRig rig, final byte[] octets, final int port, final SplittableRandom random) {
        for (int changes = random.nextInt(4); changes > 0; changes--) {
            octets[random.nextInt(octets.length)] = (byte) random.nextInt();
        }
        final Frame frame = Objects.requireNonNull(rig.pool.receive(port));
        frame.length = random.nextInt(8) == 0 ? random.nextInt(octets.length) : octets.length;
        frame.buffer.putBytes(frame.offset, octets);
        frame.checksumState = random.nextBoolean() ? Frame.CHECKSUM_VERIFIED : Frame.CHECKSUM_COMPLETE;
        rig.pool.received(frame);
        return frame;
    }

    private static List<byte[]> corpus() {
        return List.of(
                NeighborRig.arpRequest(A_MAC, A, OWN).build(),
                NeighborRig.arpRequest(A_MAC, A, B).build(),
                NeighborRig.arpRequest(A_MAC, OWN, B).build(),
                NeighborRig.arpRequest(NeighborRig.SIBLING_MAC, OWN, A).build(),
                NeighborRig.arpReply(A_MAC, A, OWN_MAC, OWN).build(),
                NeighborRig.solicitation(A_MAC, A6, OWN6, A_MAC).build(),
                NeighborRig.solicitation(A_MAC, OWN6, A6, A_MAC).build(),
                NeighborRig.solicitation(A_MAC, "::", OWN6, 0).build(),
                NeighborRig.advertisement(A_MAC, A6, OWN_MAC, OWN6, Ndp.SOLICITED, A_MAC)
                        .build(),
                NeighborRig.advertisement(A_MAC, A6, 0x3333_0000_0001L, "ff02::1", Ndp.OVERRIDE, A_MAC)
                        .build(),
                NeighborRig.discovery(A_MAC, "fe80::a", "ff02::2")
                        .to(0x3333_0000_0002L)
                        .icmp(Icmp.ROUTER_SOLICITATION, 0, 0)
                        .payload(NeighborRig.option(Ndp.SOURCE_ADDRESS, A_MAC))
                        .build(),
                NeighborRig.discovery(A_MAC, "fe80::a", "ff02::1")
                        .icmp(Icmp.ROUTER_ADVERTISEMENT, 0, 0)
                        .payload(16)
                        .build(),
                NeighborRig.discovery(A_MAC, "fe80::a", A6)
                        .icmp(Icmp.REDIRECT_V6, 0, 0)
                        .payload(48)
                        .build());
    }
}
