// SPDX-License-Identifier: Apache-2.0
package io.weft.offload;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.testkit.FrameBuilder;
import io.weft.testkit.Seeds;
import io.weft.testkit.SlowOffload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CoalescerTest {
    private static final int ACK = 0x10;
    private static final int PSH = 0x08;
    private static final int TCP_FLAGS = 14 + 20 + 13;

    private final FramePool pool = new FramePool(2, Counters.inMemory(1));
    private final Coalescer coalescer = new Coalescer();

    @Test
    void shouldGiveBackWhatWasCut() {
        Seeds.each(1_000, random -> {
            final boolean tcp = random.nextBoolean();
            final int gsoSize = 1 + random.nextInt(1500);
            final int most = tcp ? 65_435 : Math.min(65_435, 64 * gsoSize);
            final int length = Math.min(most, gsoSize + Flows.payloadLength(random, gsoSize));
            final byte[] superFrame = Flows.headers(random, tcp, random.nextBoolean() ? ACK : ACK | PSH)
                    .payload(Flows.octets(random, length))
                    .gso(gsoSize)
                    .build();

            final List<SlowOffload.Coalesced> result = coalesce(SlowOffload.segment(superFrame, gsoSize));

            assertThat(result).hasSize(1);
            assertThat(result.getFirst().octets()).isEqualTo(superFrame);
            assertThat(result.getFirst().gsoSize()).isEqualTo(length > gsoSize ? gsoSize : 0);
        });
    }

    @Test
    void shouldCoalesceAsTheSlowTwinDoes() {
        Seeds.each(3_000, random -> {
            final List<byte[]> frames = run(random);
            final List<SlowOffload.Coalesced> expected = SlowOffload.coalesce(frames);

            final List<SlowOffload.Coalesced> result = coalesce(frames);

            assertThat(result).hasSameSizeAs(expected);
            for (int i = 0; i < expected.size(); i++) {
                assertThat(result.get(i).segments()).isEqualTo(expected.get(i).segments());
                assertThat(result.get(i).gsoSize()).isEqualTo(expected.get(i).gsoSize());
                assertThat(result.get(i).octets()).isEqualTo(expected.get(i).octets());
            }
        });
    }

    /** Segments of one super-frame; some are padded, swapped, left out, sent twice, or have a field changed. */
    private static List<byte[]> run(final SplittableRandom random) {
        final boolean tcp = random.nextInt(3) > 0;
        final int gsoSize = 1 + random.nextInt(300);
        final int flags = random.nextInt(4) > 0 ? ACK | PSH : random.nextInt(256);
        final byte[] superFrame = Flows.headers(random, tcp, flags)
                .payload(Flows.octets(random, gsoSize * (1 + random.nextInt(12)) - random.nextInt(gsoSize)))
                .gso(gsoSize)
                .build();
        final List<byte[]> frames = new ArrayList<>(SlowOffload.segment(superFrame, gsoSize));
        for (int changes = random.nextInt(4); changes > 0; changes--) {
            final int i = random.nextInt(frames.size());
            switch (random.nextInt(4)) {
                case 0 -> frames.set(i, Arrays.copyOf(frames.get(i), frames.get(i).length + random.nextInt(40)));
                case 1 -> frames.add(random.nextInt(frames.size()), frames.get(i));
                case 2 -> frames.add(i, frames.remove(random.nextInt(frames.size())));
                default -> frames.set(i, changeAField(frames.get(i), random));
            }
        }
        return frames;
    }

    /** One bit of the first 100 octets turned over; kept only if the frame is then still sound, checksums made right. */
    private static byte[] changeAField(final byte[] frame, final SplittableRandom random) {
        final byte[] changed = frame.clone();
        changed[random.nextInt(Math.min(100, frame.length))] ^= (byte) (1 << random.nextInt(8));
        final byte[] repaired = repaired(changed);
        return repaired == null ? frame : repaired;
    }

    private static byte @Nullable [] repaired(final byte[] frame) {
        try {
            final byte[] repaired = SlowOffload.segment(frame, 1 << 20).getFirst();
            return repaired.length > 0 && SlowOffload.hasRightChecksums(repaired) ? repaired : null;
        } catch (final IllegalArgumentException | IndexOutOfBoundsException | NegativeArraySizeException e) {
            return null;
        }
    }

    @Test
    void shouldRefuseToBeginWithAWrongChecksum() {
        Seeds.each(500, random -> {
            final byte[] octets = Flows.headers(random, random.nextBoolean(), ACK)
                    .payload(Flows.octets(random, 1 + random.nextInt(100)))
                    .build();
            final byte[] broken = octets.clone();
            final int payload = octets.length - 1;
            broken[payload] ^= (byte) (1 << random.nextInt(8));

            final Frame frame = received(broken);
            assertThat(coalescer.begin(frame)).isFalse();
            assertThat(frame.checksumState).isNotEqualTo(Frame.CHECKSUM_VERIFIED);
            coalescer.finish();
            pool.consumed(frame);
        });
    }

    @Test
    void shouldRefuseASegmentWithAWrongChecksumAndGoOn() {
        final List<byte[]> segments = tcpSegments(3000, 1000);
        final byte[] broken = segments.get(1).clone();
        broken[broken.length - 1] ^= 1;
        final byte[] brokenIp = segments.get(1).clone();
        brokenIp[14 + 11] ^= 1;
        final Frame frame = received(segments.get(0));

        assertThat(coalescer.begin(frame)).isTrue();
        assertThat(append(broken)).isEqualTo(Coalescer.BAD_CHECKSUM);
        assertThat(append(brokenIp)).isEqualTo(Coalescer.BAD_CHECKSUM);
        assertThat(append(segments.get(1))).isEqualTo(Coalescer.APPENDED);
        assertThat(append(segments.get(2))).isEqualTo(Coalescer.APPENDED);
        coalescer.finish();

        assertThat(frame.gsoType).isEqualTo(Frame.GSO_TCPV4);
        assertThat(frame.gsoSize).isEqualTo(1000);
        assertThat(frame.checksumState).isEqualTo(Frame.CHECKSUM_PARTIAL);
        assertThat(frame.length).isEqualTo(14 + 20 + 20 + 3000);
        assertThat(FrameParser.parse(frame)).isNull();
    }

    @Test
    void shouldLeaveASingleFrameAsItIsAndVouchForIt() {
        final byte[] octets = FrameBuilder.frame()
                .ipv4("10.0.0.1", "10.0.0.2")
                .udp(1, 2)
                .payload(5)
                .padTo(60)
                .build();
        final Frame frame = received(octets);

        assertThat(coalescer.begin(frame)).isTrue();
        coalescer.finish();

        assertThat(octets(frame)).isEqualTo(octets);
        assertThat(frame.isSuperFrame()).isFalse();
        assertThat(frame.checksumState).isEqualTo(Frame.CHECKSUM_VERIFIED);
    }

    @Test
    void shouldNotVouchForAFrameWithoutAChecksumItKnows() {
        final FrameBuilder ipv4 = FrameBuilder.frame().ipv4("10.0.0.1", "10.0.0.2");
        for (final byte[] octets : List.of(
                FrameBuilder.frame().payload(100).build(),
                ipv4.udp(1, 2).payload(100).withoutChecksum().build(),
                ipv4.icmp(8, 0, 1).payload(100).build(),
                ipv4.tcp(1, 2).payload(100).fragment(0x2000).build())) {
            final Frame frame = received(octets);

            assertThat(coalescer.begin(frame)).isTrue();
            assertThat(append(octets)).isEqualTo(Coalescer.NO_MATCH);
            coalescer.finish();

            assertThat(frame.checksumState).isEqualTo(Frame.CHECKSUM_COMPLETE);
            assertThat(octets(frame)).isEqualTo(octets);
            pool.consumed(frame);
        }
    }

    @Test
    void shouldPassASuperFrameAndAPartialChecksumAsTheyAre() {
        final FrameBuilder builder =
                FrameBuilder.frame().ipv4("10.0.0.1", "10.0.0.2").tcp(1, 2).payload(3000);
        for (final Frame frame : List.of(
                builder.partialChecksum().parsedInto(pool, 0), builder.gso(1000).parsedInto(pool, 0))) {
            final byte[] before = octets(frame);

            assertThat(coalescer.begin(frame)).isTrue();
            coalescer.finish();

            assertThat(octets(frame)).isEqualTo(before);
            assertThat(frame.checksumState).isEqualTo(Frame.CHECKSUM_PARTIAL);
        }
    }

    @Test
    void shouldAppendNothingBehindPush() {
        final List<byte[]> segments = tcpSegments(4000, 1000);
        final List<byte[]> pushed = new ArrayList<>(segments);
        pushed.set(1, withFlags(segments.get(1), ACK | PSH));

        assertThat(coalesce(pushed)).extracting(SlowOffload.Coalesced::segments).containsExactly(2, 2);
        assertThat(coalesce(pushed).getFirst().octets()[TCP_FLAGS]).isEqualTo((byte) (ACK | PSH));
    }

    @Test
    void shouldEndASuperFrameAt65535OctetsOfIp() {
        final List<byte[]> segments = new ArrayList<>();
        int sequence = 1;
        for (int i = 0; i < 100; i++) {
            segments.add(FrameBuilder.frame()
                    .ipv6("fd00::1", "fd00::2")
                    .tcp(1, 2, sequence, 1, ACK, 100, new byte[0])
                    .payload(1400)
                    .build());
            sequence += 1400;
        }

        final List<SlowOffload.Coalesced> result = coalesce(segments);

        // (65,535 - 60) / 1400 = 46.8
        assertThat(result).extracting(SlowOffload.Coalesced::segments).containsExactly(46, 46, 8);
    }

    @Test
    void shouldTakeNoMoreThan64Datagrams() {
        final byte[] datagram = FrameBuilder.frame()
                .ipv4("10.0.0.1", "10.0.0.2")
                .udp(1, 2)
                .payload(10)
                .build();

        assertThat(coalesce(Collections.nCopies(130, datagram)))
                .extracting(SlowOffload.Coalesced::segments)
                .containsExactly(64, 64, 2);
    }

    @Test
    void shouldNeverWriteBehindTheSlot() {
        final List<byte[]> segments = tcpSegments(60_000, 1000);
        final Frame frame = received(segments.getFirst());
        // As if the frame began further up.
        final int up = frame.buffer.capacity() - 14 - 20 - 20 - 2500 - frame.offset;
        frame.buffer.putBytes(frame.offset + up, frame.buffer, frame.offset, frame.length);
        frame.offset += up;
        assertThat(FrameParser.parse(frame)).isNull();

        assertThat(coalescer.begin(frame)).isTrue();
        assertThat(append(segments.get(1))).isEqualTo(Coalescer.APPENDED);
        assertThat(append(segments.get(2))).isEqualTo(Coalescer.NO_MATCH);
        coalescer.finish();

        assertThat(frame.end()).isLessThanOrEqualTo(frame.buffer.capacity());
    }

    @Test
    void shouldRefuseASegmentCutAtAnyLength() {
        final List<byte[]> segments = tcpSegments(20, 10);
        final Frame frame = received(segments.get(0));
        assertThat(coalescer.begin(frame)).isTrue();
        for (int length = 0; length < segments.get(1).length; length++) {
            final byte[] cut = Arrays.copyOf(segments.get(1), length);
            assertThat(coalescer.append(new UnsafeBuffer(cut), 0, length)).isEqualTo(Coalescer.NO_MATCH);
        }
        coalescer.finish();
    }

    @Test
    void shouldRefuseToAppendWhenNothingWasBegun() {
        assertThat(append(tcpSegments(20, 10).getFirst())).isEqualTo(Coalescer.NO_MATCH);
    }

    /** As an underlay port does: the segments behind the first lie further up in its slot, as far as they fit. */
    private List<SlowOffload.Coalesced> coalesce(final List<byte[]> frames) {
        final List<SlowOffload.Coalesced> result = new ArrayList<>();
        int i = 0;
        while (i < frames.size()) {
            final Frame frame = received(frames.get(i));
            final int first = i++;
            int position = frame.end();
            assertThat(coalescer.begin(frame)).isTrue();
            while (i < frames.size() && appendFromSlot(frame, position, frames.get(i)) == Coalescer.APPENDED) {
                position += frames.get(i).length;
                i++;
            }
            coalescer.finish();
            assertThat(frame.isSuperFrame()).isEqualTo(i - first > 1);
            assertThat(FrameParser.parse(frame)).isNull();
            result.add(new SlowOffload.Coalesced(octets(frame), frame.gsoSize, i - first));
            pool.consumed(frame);
        }
        return result;
    }

    private int appendFromSlot(final Frame frame, final int position, final byte[] octets) {
        if (position + octets.length > frame.buffer.capacity()) {
            return append(octets);
        }
        frame.buffer.putBytes(position, octets);
        return coalescer.append(frame.buffer, position, octets.length);
    }

    private int append(final byte[] octets) {
        return coalescer.append(new UnsafeBuffer(octets), 0, octets.length);
    }

    private Frame received(final byte[] octets) {
        final Frame frame = Objects.requireNonNull(pool.receive(0));
        frame.length = octets.length;
        frame.buffer.putBytes(frame.offset, octets);
        pool.received(frame);
        assertThat(FrameParser.parse(frame)).isNull();
        return frame;
    }

    private static List<byte[]> tcpSegments(final int length, final int gsoSize) {
        return SlowOffload.segment(
                FrameBuilder.frame()
                        .ipv4("10.0.0.1", "10.0.0.2")
                        .tcp(1, 2)
                        .payload(length)
                        .gso(gsoSize)
                        .build(),
                gsoSize);
    }

    private static byte[] withFlags(final byte[] frame, final int flags) {
        final byte[] changed = frame.clone();
        changed[TCP_FLAGS] = (byte) flags;
        return SlowOffload.segment(changed, 1 << 20).getFirst();
    }

    private static byte[] octets(final Frame frame) {
        final byte[] octets = new byte[frame.length];
        frame.buffer.getBytes(frame.offset, octets);
        return octets;
    }
}
