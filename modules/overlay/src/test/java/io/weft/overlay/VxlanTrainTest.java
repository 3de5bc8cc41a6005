// SPDX-License-Identifier: Apache-2.0
package io.weft.overlay;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Frame;
import io.weft.frame.FrameVector;
import io.weft.frame.WorkerCounter;
import io.weft.testkit.FrameBuilder;
import io.weft.testkit.Seeds;
import io.weft.wire.Bytes;
import io.weft.wire.Tcp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Datagram trains: what of them becomes super-frames, and what becomes of the rest. */
final class VxlanTrainTest {
    private static final int SIZE = 1000;
    private static final byte[] CONTENT = content(64 * SIZE);

    private final Rig rig = new Rig();

    @AfterEach
    void conserve() {
        rig.assertConservation();
    }

    @Test
    void shouldMakeOneSuperFrameOfOneFlowInPlace() {
        final Frame train = rig.train(Rig.V4, tcp(1, 0), tcp(1, 1), tcp(1, 2), shortTcp(1, 3, 300));
        rig.decapsulate();
        assertThat(rig.out.size()).isEqualTo(1);
        assertThat(rig.out.get(0)).isSameAs(train);
        final byte[] whole = flow(1, 0)
                .payload(Arrays.copyOf(CONTENT, 3 * SIZE + 300))
                .gso(SIZE)
                .build();
        assertThat(Rig.octets(train)).isEqualTo(whole);
        assertThat(train.gsoType).isEqualTo(Frame.GSO_TCPV4);
        assertThat(train.gsoSize).isEqualTo(SIZE);
        assertThat(train.checksumState).isEqualTo(Frame.CHECKSUM_PARTIAL);
        assertThat(train.network).isEqualTo(Rig.BLUE);
        assertThat(train.vtep).isEqualTo(Rig.V4.index());
        assertThat(rig.counters.get(WorkerCounter.CREATED)).isZero();
    }

    @Test
    void shouldSortOutTrainOfMixedSegments() {
        rig.train(
                Rig.V4,
                tcp(1, 0),
                tcp(1, 1),
                tcp(2, 0),
                Rig.broken(tcp(2, 1), -1),
                tcp(1, 2),
                tcp(1, 3),
                withVni(tcp(1, 4), 999),
                tcp(1, 5),
                tcp(2, 2));
        rig.decapsulate();
        assertThat(segments()).containsExactly("1/0 1/1", "2/0", "1/2 1/3", "1/5", "2/2");
        assertThat(rig.drops()).isEqualTo("unknown-vni:1 inner-checksum:1");
    }

    @Test
    void shouldDropBadSegmentsByNameAndKeepTheRest() {
        rig.train(
                Rig.V4,
                withFlags(tcp(1, 0), 0),
                withVni(tcp(1, 0), 999),
                tagged(tcp(1, 0)),
                tcp(1, 0),
                Rig.broken(tcp(1, 1), -1),
                tcp(1, 1),
                Rig.broken(tcp(1, 2), 8 + 14 + 8),
                tcp(1, 2),
                Arrays.copyOf(tcp(1, 2), 21));
        rig.decapsulate();
        assertThat(segments()).containsExactly("1/0 1/1", "1/2");
        assertThat(rig.drops())
                .isEqualTo("tag-on-tunnel:1 vxlan-malformed:1 vxlan-no-vni:1 unknown-vni:1 inner-checksum:2");
    }

    @Test
    void shouldCountOneDropPerSegmentWhereNoneIsGood() {
        rig.train(Rig.V4, withVni(tcp(1, 0), 999), Rig.broken(tcp(1, 1), -1), withFlags(tcp(1, 2), 0));
        rig.decapsulate();
        assertThat(rig.out.isEmpty()).isTrue();
        assertThat(rig.drops()).isEqualTo("vxlan-no-vni:1 unknown-vni:1 inner-checksum:1");
        rig.train(Rig.V4, withVni(tcp(1, 0), 999), Rig.broken(tcp(1, 1), -1));
        rig.decapsulate();
        assertThat(rig.drops()).isEqualTo("vxlan-no-vni:1 unknown-vni:2 inner-checksum:2");
    }

    @Test
    void shouldDropTrainFromUnknownVtepAsOneFrame() {
        rig.vteps.remove(Rig.V4.index());
        rig.train(Rig.V4, tcp(1, 0), tcp(1, 1));
        rig.decapsulate();
        assertThat(rig.drops()).isEqualTo("unknown-vtep:1");
    }

    @Test
    void shouldStartNextSuperFrameWhereFlowBreaks() {
        rig.train(Rig.V4, tcp(1, 0), tcp(1, 1), tcp(1, 5), tcp(1, 6), tcp(1, 7), tcp(1, 2));
        rig.decapsulate();
        assertThat(segments()).containsExactly("1/0 1/1", "1/5 1/6 1/7", "1/2");
        assertThat(rig.out.get(1).vtep).isEqualTo(Rig.V4.index());
        assertThat(rig.out.get(1).remoteLow).isEqualTo(Rig.V4.address().low());
        assertThat(rig.out.get(1).port).isEqualTo(Rig.UPLINK);
    }

    @Test
    void shouldNotMixNetworksInOneSuperFrame() {
        rig.train(Rig.V4, tcp(1, 0), withVni(tcp(1, 1), Rig.RED_VNI), tcp(1, 2));
        rig.decapsulate();
        assertThat(segments()).containsExactly("1/0", "1/1", "1/2");
        assertThat(rig.out.get(0).network).isEqualTo(Rig.BLUE);
        assertThat(rig.out.get(1).network).isEqualTo(Rig.RED);
        assertThat(rig.out.get(2).network).isEqualTo(Rig.BLUE);
    }

    @Test
    void shouldPassFramesThatCanNotBeCoalesced() {
        final FrameBuilder arp = FrameBuilder.frame().arp(1, 0x020000000001L, "10.0.0.1", 0, "10.0.0.2");
        final byte[] packet = Rig.packet(Rig.BLUE_VNI, arp);
        rig.train(Rig.V4, packet, packet, packet);
        rig.decapsulate();
        assertThat(rig.out.size()).isEqualTo(3);
        for (int i = 0; i < 3; i++) {
            assertThat(Rig.octets(rig.out.get(i))).isEqualTo(arp.build());
        }
    }

    @Test
    void shouldCountFramesThatAnEmptyPoolCouldNotGive() {
        final Rig tight = new Rig(2);
        tight.train(Rig.V4, tcp(1, 0), tcp(2, 0), tcp(3, 0), tcp(2, 1));
        tight.decapsulate();
        assertThat(tight.out.size()).isEqualTo(2);
        assertThat(tight.drops()).isEqualTo("no-frame-available:2");
    }

    @Test
    void shouldRefuseTrainOfMoreSegmentsThanAVectorTakes() {
        final Frame many = rig.train(Rig.V4, tcp(1, 0));
        many.gsoSize = 4;
        final Frame senseless = rig.train(Rig.V4, tcp(1, 0));
        senseless.gsoSize = 0;
        final Frame negative = rig.train(Rig.V4, tcp(1, 0));
        negative.gsoSize = -5;
        rig.decapsulate();
        assertThat(rig.drops()).isEqualTo("bad-offload:3");
    }

    @Test
    void shouldTakeTrainOfOneForSingleDatagram() {
        rig.train(Rig.V4, Rig.broken(tcp(1, 0), -1)).gsoSize = 5000;
        rig.decapsulate();
        assertThat(rig.out.size()).isEqualTo(1);
        assertThat(rig.out.get(0).isSuperFrame()).isFalse();
    }

    @Test
    void shouldLeaveTrainForLaterWhereTheOutputMightNotTakeIt() {
        for (int i = 0; i < FrameVector.CAPACITY - 2; i++) {
            rig.out.add(flow(1, 0).parsedInto(rig.pool, 1));
        }
        rig.train(Rig.V4, tcp(1, 0), tcp(2, 0), tcp(3, 0));
        assertThat(rig.decap.process(rig.in, rig.out)).isFalse();
        assertThat(rig.in.size()).isEqualTo(1);
        rig.sent();
        rig.decapsulate();
        assertThat(segments()).containsExactly("1/0", "2/0", "3/0");
    }

    @Test
    void shouldSurviveTrainCutAtEveryLength() {
        final byte[] one = small(1, 0);
        final byte[] train = Rig.join(one, small(1, 1), small(1, 2));
        for (int length = 0; length <= train.length; length++) {
            final Frame frame = rig.datagram(Rig.V4, Arrays.copyOf(train, length));
            frame.gsoType = Frame.GSO_UDP;
            frame.gsoSize = one.length;
            final long before = rig.totalDrops();
            rig.decapsulate();
            final long drops = rig.totalDrops() - before;
            final int tail = length % one.length;
            assertThat(drops).as("length %d", length).isEqualTo((tail == 0 && length > 0) || tail >= 22 ? 0 : 1);
            rig.sent();
        }
    }

    /** Every good segment comes out exactly once, unchanged and in its flow's order, whatever the bad ones are. */
    @Test
    void shouldLoseNothingOfRandomTrains() {
        Seeds.each(400, random -> {
            final List<byte[]> packets = new ArrayList<>();
            final List<String> good = new ArrayList<>();
            final long dropsBefore = rig.totalDrops();
            final int count = 2 + random.nextInt(58);
            int flow = 1;
            int number = 0;
            for (int i = 0; i < count; i++) {
                if (random.nextInt(4) == 0) {
                    flow = 1 + random.nextInt(2);
                    number = random.nextInt(60);
                }
                final byte[] packet = tcp(flow, number);
                final int fate = random.nextInt(12);
                packets.add(spoil(packet, fate));
                if (fate > 2) {
                    good.add(flow + "/" + number);
                }
                number = (number + 1) % 60;
            }
            rig.train(Rig.V4, packets.toArray(byte[][]::new));
            rig.decapsulate();
            assertThat(String.join(" ", segments())).isEqualTo(String.join(" ", good));
            assertThat(rig.totalDrops() - dropsBefore).isEqualTo(count - good.size());
            rig.sent();
        });
    }

    @Test
    void shouldSurviveRandomTrains() {
        Seeds.each(300, random -> {
            final byte[] octets = randomTrain(random);
            final Frame frame = rig.datagram(Rig.V4, octets);
            frame.gsoType = Frame.GSO_UDP;
            frame.gsoSize = 1 + random.nextInt(octets.length);
            while (!rig.decap.process(rig.in, rig.out)) {
                rig.sent();
            }
            rig.assertConservation();
            rig.sent();
        });
    }

    private static byte[] randomTrain(final SplittableRandom random) {
        final byte[] octets = Rig.join(tcp(1, 0), tcp(1, 1), tcp(1, 2), tcp(1, 3));
        for (int i = random.nextInt(40); i > 0; i--) {
            octets[random.nextInt(octets.length)] = (byte) random.nextInt();
        }
        return octets;
    }

    private static byte[] spoil(final byte[] packet, final int fate) {
        return switch (fate) {
            case 0 -> withVni(packet, 999);
            case 1 -> Rig.broken(packet, -7);
            case 2 -> withFlags(packet, 0xF7);
            default -> packet;
        };
    }

    /** What left, a frame a line: flow and number of each segment, after its content has been checked. */
    private List<String> segments() {
        final List<String> frames = new ArrayList<>();
        for (int i = 0; i < rig.out.size(); i++) {
            final Frame frame = rig.out.get(i);
            final int payload = frame.l4Offset + Tcp.headerLength(frame.buffer, frame.l4Offset);
            final int flow = Bytes.u16(frame.buffer, frame.l4Offset);
            final int first = Tcp.sequence(frame.buffer, frame.l4Offset) / SIZE;
            final byte[] octets = new byte[frame.end() - payload];
            frame.buffer.getBytes(payload, octets);
            assertThat(octets.length % SIZE).isZero();
            assertThat(octets).isEqualTo(Arrays.copyOfRange(CONTENT, first * SIZE, first * SIZE + octets.length));
            final List<String> parts = new ArrayList<>();
            for (int k = 0; k < octets.length / SIZE; k++) {
                parts.add(flow + "/" + (first + k));
            }
            assertThat(frame.isSuperFrame()).isEqualTo(parts.size() > 1);
            frames.add(String.join(" ", parts));
        }
        return frames;
    }

    private static byte[] content(final int length) {
        final byte[] octets = new byte[length];
        new SplittableRandom(7).nextBytes(octets);
        return octets;
    }

    private static FrameBuilder flow(final int flow, final int number) {
        return FrameBuilder.frame()
                .ipv4("10.0.0.1", "10.0.0.2")
                .tcp(flow, 80, number * SIZE, 1, Tcp.ACK, 500, new byte[0]);
    }

    /** Segment {@code number} of a flow in a packet for network blue. */
    private static byte[] tcp(final int flow, final int number) {
        return shortTcp(flow, number, SIZE);
    }

    private static byte[] shortTcp(final int flow, final int number, final int size) {
        final byte[] payload = Arrays.copyOfRange(CONTENT, number * SIZE, number * SIZE + size);
        return Rig.packet(Rig.BLUE_VNI, flow(flow, number).payload(payload));
    }

    private static byte[] small(final int flow, final int number) {
        return Rig.packet(Rig.BLUE_VNI, flow(flow, number).payload(20));
    }

    private static byte[] withVni(final byte[] packet, final int vni) {
        return Rig.join(Rig.header(vni), Arrays.copyOfRange(packet, 8, packet.length));
    }

    private static byte[] withFlags(final byte[] packet, final int flags) {
        final byte[] copy = packet.clone();
        copy[0] = (byte) flags;
        return copy;
    }

    /** The same length with the EtherType of a tag. */
    private static byte[] tagged(final byte[] packet) {
        final byte[] copy = packet.clone();
        copy[8 + 12] = (byte) 0x81;
        copy[8 + 13] = 0;
        return copy;
    }
}
