// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.WorkerCounter;
import io.weft.testkit.FrameBuilder;
import io.weft.testkit.Seeds;
import io.weft.testkit.SlowChecksum;
import io.weft.testkit.SlowOffload;
import io.weft.wire.Ipv4;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FragmenterTest {
    private static final int PORT = 3;
    private static final int NETWORK = 5;
    private static final int MF = 0x2000;

    private final Counters counters = Counters.inMemory(4);
    private final FramePool pool = new FramePool(8, counters);
    private final Fragmenter fragmenter = new Fragmenter(pool);
    private final List<byte[]> sent = new ArrayList<>();

    @Test
    void rfc1812_4_2_2_7_shouldCutAnyPacketSoThatItIsReassembledAsItWas() {
        Seeds.each(10_000, random -> {
            final FrameBuilder builder = packet(random);
            final byte[] whole = ipPacket(builder.build());
            final boolean partial = random.nextInt(3) == 0;
            final Frame frame = (partial ? builder.partialChecksum() : builder).parsedInto(pool, PORT);
            final int mtu = mtu(random, whole.length);

            fragment(frame, mtu);

            assertThat(sent).hasSize(expectedFragments(whole, mtu));
            assertThat(reassembled(sent, mtu, whole)).isEqualTo(whole);
            assertThat(pool.inUse()).isZero();
        });
        Octets.assertConserved(pool);
    }

    @Test
    void rfc791_3_2_shouldCutAFragmentAgain() {
        Seeds.each(3_000, random -> {
            final FrameBuilder builder = packet(random);
            final byte[] whole = ipPacket(builder.build());
            final int first = mtu(random, whole.length);
            fragment(builder.parsedInto(pool, PORT), first);
            final int second = Ipv4.MIN_MTU + random.nextInt(Math.max(1, first - Ipv4.MIN_MTU + 1));
            final List<byte[]> once = List.copyOf(sent);
            final List<byte[]> twice = new ArrayList<>();
            for (final byte[] octets : once) {
                fragment(Octets.received(pool, PORT, octets), second);
                twice.addAll(sent);
            }

            assertThat(reassembled(twice, second, whole)).isEqualTo(whole);
        });
    }

    @Test
    void rfc791_3_2_shouldKeepMoreFragmentsAndOffsetOfAFragment() {
        final FrameBuilder builder = udp(1480).fragment(MF | 100);

        fragment(builder.parsedInto(pool, PORT), 1000);

        assertThat(sent).hasSize(2);
        assertThat(Octets.u16(ipPacket(sent.get(0)), 6)).isEqualTo(MF | 100);
        assertThat(Octets.u16(ipPacket(sent.get(1)), 6)).isEqualTo(MF | (100 + 976 / 8));
    }

    @Test
    void rfc791_3_1_shouldCopyOnlyOptionsWithTheCopiedFlag() {
        // Security (copied), record route (not copied), end of list.
        final byte[] options = {(byte) 130, 3, 9, 7, 4, 8, 1, 0};

        fragment(udp(600).ipOptions(options).parsedInto(pool, PORT), 300);

        assertThat(sent).hasSize(3);
        assertThat(options(sent.get(0))).isEqualTo(options);
        final byte[] later = {(byte) 130, 3, 9, 1, 1, 1, 1, 0};
        assertThat(options(sent.get(1))).isEqualTo(later);
        assertThat(options(sent.get(2))).isEqualTo(later);
    }

    @Test
    void shouldTakeMalformedOptionsAsTheyAre() {
        Seeds.each(2_000, random -> {
            final byte[] options = new byte[4 * (1 + random.nextInt(10))];
            random.nextBytes(options);

            fragment(udp(600).ipOptions(options).parsedInto(pool, PORT), 300);

            assertThat(options(sent.getFirst())).isEqualTo(options);
            for (final byte[] fragment : sent) {
                assertThat(Octets.hasRightIpv4Checksum(ipPacket(fragment))).isTrue();
            }
        });
    }

    @Test
    void shouldCutASuperFrameIntoItsSegmentsFirst() {
        Seeds.each(2_000, random -> {
            final int gsoSize = 100 + random.nextInt(1400);
            final FrameBuilder builder = FrameBuilder.frame()
                    .ipv4("10.0.0.1", "10.1.0.1")
                    .fragment(0)
                    .identification(random.nextInt(0x10000))
                    .payload(octets(random, 1 + random.nextInt(65_000)));
            final FrameBuilder flow = random.nextBoolean()
                    ? builder.tcp(1, 2, random.nextInt(), 7, 0x18, 99, new byte[12])
                    : builder.udp(1, 2);
            for (int tags = random.nextInt(3); tags > 0; tags--) {
                flow.tag(tags);
            }
            flow.gso(gsoSize);
            final List<byte[]> segments = SlowOffload.segment(flow.build(), gsoSize);
            final int mtu = 68 + random.nextInt(1600);

            fragment(flow.parsedInto(pool, PORT), mtu);

            int from = 0;
            for (final byte[] segment : segments) {
                final byte[] whole = ipPacket(segment);
                final int to = from + expectedFragments(whole, mtu);
                assertThat(reassembled(sent.subList(from, to), mtu, whole)).isEqualTo(whole);
                from = to;
            }
            assertThat(sent).hasSize(from);
            assertThat(pool.inUse()).isZero();
        });
        Octets.assertConserved(pool);
    }

    @Test
    void shouldHandOutAPacketThatIsNotTooLongAsItIs() {
        final Frame frame = udp(1000).parsedInto(pool, PORT);

        fragment(frame, 1028);

        assertThat(sent).containsExactly(udp(1000).build());
        assertThat(counters.get(WorkerCounter.CREATED)).isZero();
        assertThat(counters.get(WorkerCounter.FRAGMENTED)).isZero();
    }

    @Test
    void shouldCountPacketsNotFragments() {
        fragment(udp(1000).parsedInto(pool, PORT), 500);
        fragment(udp(1000).parsedInto(pool, PORT), 68);

        assertThat(counters.get(WorkerCounter.FRAGMENTED)).isEqualTo(2);
    }

    @Test
    void shouldLoseTheEndOfADatagramWhenThePoolRunsDry() {
        for (int held = 1; held <= pool.capacity(); held++) {
            final List<Frame> kept = new ArrayList<>();
            final FramePool small = new FramePool(held, Counters.inMemory(4));

            new Fragmenter(small).fragment(udp(2000).parsedInto(small, PORT), 300, kept::add);

            assertThat(kept).hasSize(held == 8 ? 8 : held - 1);
            assertThat(small.inUse()).isEqualTo(kept.size());
            assertThat(small.counters().getDrop(PORT, DropReason.NO_FRAME_AVAILABLE))
                    .isEqualTo(held == 8 ? 0 : 2);
            Octets.assertConserved(small);
        }
    }

    @Test
    void shouldLoseSegmentsWhenThePoolRunsDry() {
        for (int held = 1; held <= 12; held++) {
            final List<Frame> kept = new ArrayList<>();
            final FramePool small = new FramePool(held, Counters.inMemory(4));

            new Fragmenter(small).fragment(udp(9000).gso(1000).parsedInto(small, PORT), 600, kept::add);

            assertThat(small.inUse()).isEqualTo(kept.size());
            Octets.assertConserved(small);
        }
    }

    @Test
    void shouldDropAFragmentThatReachesBeyondTheLongestPacket() {
        fragment(udp(1000).fragment(MF | 0x1FFF).parsedInto(pool, PORT), 500);

        assertThat(sent).isEmpty();
        assertThat(counters.getDrop(PORT, DropReason.IP_MALFORMED)).isOne();
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void shouldDropASuperFrameThatCannotBeCut() {
        fragment(udp(60_000).gso(10).parsedInto(pool, PORT), 1500);

        assertThat(sent).isEmpty();
        assertThat(counters.getDrop(PORT, DropReason.BAD_OFFLOAD)).isOne();
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void shouldHandOutFragmentsAsTheyAreMadeSoThatAFewFramesAreEnough() {
        final FramePool two = new FramePool(2, Counters.inMemory(4));
        final List<byte[]> fragments = new ArrayList<>();

        new Fragmenter(two).fragment(udp(60_000).parsedInto(two, PORT), 68, fragment -> {
            fragments.add(Octets.of(fragment));
            two.transmitted(fragment, 0);
        });

        final byte[] whole = ipPacket(udp(60_000).build());
        assertThat(reassembled(fragments, 68, whole)).isEqualTo(whole);
        Octets.assertConserved(two);
    }

    private void fragment(final Frame frame, final int mtu) {
        sent.clear();
        frame.network = NETWORK;
        final long[] hash = {Long.MIN_VALUE};
        fragmenter.fragment(frame, mtu, part -> {
            Octets.assertFieldsAreTheParsers(part);
            assertThat(part.port).isEqualTo(PORT);
            assertThat(part.network).isEqualTo(NETWORK);
            if (part.l4Offset == Frame.NONE) {
                // One way for all fragments, whatever chooses by the hash.
                assertThat(hash[0]).isIn(Long.MIN_VALUE, (long) part.flowHash);
                hash[0] = part.flowHash;
            }
            sent.add(Octets.of(part));
            pool.transmitted(part, 0);
        });
    }

    private static FrameBuilder udp(final int payload) {
        return FrameBuilder.frame()
                .ipv4("10.0.0.1", "10.1.0.1")
                .fragment(0)
                .udp(1, 2)
                .payload(payload);
    }

    private static FrameBuilder packet(final SplittableRandom random) {
        final FrameBuilder builder = FrameBuilder.frame()
                .ipv4("10.0.0.1", "10.1.0." + random.nextInt(256))
                .identification(random.nextInt(0x10000))
                .trafficClass(random.nextInt(256))
                .ttl(1 + random.nextInt(255))
                .fragment(0)
                .payload(octets(random, random.nextInt(random.nextInt(10) == 0 ? 60_000 : 3_000)));
        for (int tags = random.nextInt(3); tags > 0; tags--) {
            builder.tag(tags);
        }
        if (random.nextInt(4) == 0) {
            // Options that are copied as a whole: stream identifier, no-operation.
            final byte[] options = new byte[4 * (1 + random.nextInt(10))];
            Arrays.fill(options, (byte) 0x81);
            options[0] = (byte) 0x88;
            options[1] = (byte) options.length;
            builder.ipOptions(options);
        }
        if (random.nextInt(4) == 0) {
            builder.padTo(100 + random.nextInt(2_000));
        }
        return switch (random.nextInt(3)) {
            case 0 -> builder.udp(random.nextInt(0x10000), 2);
            case 1 -> builder.tcp(random.nextInt(0x10000), 2);
            default -> builder.icmp(8, 0, random.nextInt());
        };
    }

    private static int mtu(final SplittableRandom random, final int length) {
        return switch (random.nextInt(4)) {
            case 0 -> Ipv4.MIN_MTU + random.nextInt(20);
            case 1 -> Math.max(Ipv4.MIN_MTU, length - random.nextInt(20));
            default -> Ipv4.MIN_MTU + random.nextInt(1500);
        };
    }

    private static byte[] octets(final SplittableRandom random, final int length) {
        final byte[] octets = new byte[length];
        random.nextBytes(octets);
        return octets;
    }

    /** The IP packet without Ethernet header, tags and padding. */
    private static byte[] ipPacket(final byte[] frame) {
        int ip = 14;
        while (Octets.u16(frame, ip - 2) == 0x8100) {
            ip += 4;
        }
        return Arrays.copyOfRange(frame, ip, ip + Octets.u16(frame, ip + 2));
    }

    private static byte[] options(final byte[] frame) {
        final byte[] packet = ipPacket(frame);
        return Arrays.copyOfRange(packet, 20, (packet[0] & 0xF) * 4);
    }

    /** All but the last take as many octets as fit in units of 8. */
    private static int expectedFragments(final byte[] whole, final int mtu) {
        final int header = (whole[0] & 0xF) * 4;
        int rest = whole.length - header;
        int fragments = 1;
        while (rest > mtu - header) {
            rest -= (mtu - header) / 8 * 8;
            fragments++;
        }
        return fragments;
    }

    /** The packet of which these are all fragments, in order; checks every fragment on the way. */
    private static byte[] reassembled(final List<byte[]> frames, final int mtu, final byte[] whole) {
        final ByteArrayOutputStream payload = new ByteArrayOutputStream();
        final int header = (whole[0] & 0xF) * 4;
        for (int i = 0; i < frames.size(); i++) {
            final byte[] packet = ipPacket(frames.get(i));
            assertThat(packet).hasSizeLessThanOrEqualTo(mtu);
            assertThat(Octets.hasRightIpv4Checksum(packet)).isTrue();
            assertThat((packet[0] & 0xF) * 4).isEqualTo(header);
            assertThat(Octets.u16(packet, 6)).isEqualTo((i < frames.size() - 1 ? MF : 0) | payload.size() / 8);
            assertThat(payload.size() % 8).isZero();
            payload.write(packet, header, packet.length - header);
        }
        final byte[] first = ipPacket(frames.getFirst());
        final byte[] packet = Arrays.copyOf(first, header + payload.size());
        System.arraycopy(payload.toByteArray(), 0, packet, header, payload.size());
        Octets.put16(packet, 2, packet.length);
        Octets.put16(packet, 6, 0);
        Octets.put16(packet, 10, 0);
        Octets.put16(packet, 10, ~SlowChecksum.sum(packet, 0, header) & 0xFFFF);
        return packet;
    }
}
