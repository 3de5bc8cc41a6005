// SPDX-License-Identifier: Apache-2.0
package io.weft.offload;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.testkit.FrameBuilder;
import io.weft.testkit.Seeds;
import io.weft.testkit.SlowOffload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SegmenterTest {
    private static final int ANY_SIZE = Integer.MAX_VALUE;
    private static final byte[] VXLAN = {8, 0, 0, 0, 0, 0, 42, 0};

    private final FramePool pool = new FramePool(2, Counters.inMemory(1));
    private final SegmentList list = new SegmentList();

    @Test
    void shouldCutAsTheSlowTwinDoes() {
        Seeds.each(2_000, random -> {
            final boolean tcp = random.nextBoolean();
            final int gsoSize = 1 + random.nextInt(1500);
            final byte[] payload = Flows.octets(random, Flows.payloadLength(random, gsoSize));
            final FrameBuilder builder = Flows.headers(random, tcp, random.nextInt(256))
                    .payload(payload)
                    .gso(gsoSize);
            assertCutsAsTheTwin(builder, gsoSize, random);
        });
    }

    @Test
    void shouldCutBehindIpv4OptionsAndIpv6ExtensionHeaders() {
        final SplittableRandom random = new SplittableRandom(7);
        assertCutsAsTheTwin(
                FrameBuilder.frame()
                        .ipv4("10.0.0.1", "10.0.0.2")
                        .ipOptions(new byte[] {1, 1, 1, 0, (byte) 0x94, 4, 0, 0})
                        .tcp(1, 2)
                        .payload(4000)
                        .gso(1400),
                1400,
                random);
        final byte[] destinationOptions = {17, 0, 1, 4, 0, 0, 0, 0};
        assertCutsAsTheTwin(
                FrameBuilder.frame()
                        .ipv6("fd00::1", "fd00::2")
                        .extensionHeaders(60, destinationOptions)
                        .udp(1, 2)
                        .payload(4000)
                        .gso(1400),
                1400,
                random);
    }

    private void assertCutsAsTheTwin(final FrameBuilder builder, final int gsoSize, final SplittableRandom random) {
        final List<byte[]> expected = SlowOffload.segment(builder.build(), gsoSize);
        final boolean withPrefix = random.nextBoolean();
        final Frame frame = builder.prefix(withPrefix ? VXLAN : new byte[0]).parsedInto(pool, 0);
        final byte[] before = octets(frame);

        final List<byte[]> segments = cut(frame, random);

        assertThat(segments).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            final byte[] segment = segments.get(i);
            final int prefix = withPrefix ? VXLAN.length : 0;
            assertThat(Arrays.copyOf(segment, prefix)).isEqualTo(withPrefix ? VXLAN : new byte[0]);
            assertThat(Arrays.copyOfRange(segment, prefix, segment.length))
                    .as("segment %d of %d", i, expected.size())
                    .isEqualTo(expected.get(i));
        }
        assertThat(octets(frame)).as("the frame stays as it is").isEqualTo(before);
        pool.consumed(frame);
    }

    private List<byte[]> cut(final Frame frame, final SplittableRandom random) {
        assertThat(Segmenter.isSegmentable(frame)).isTrue();
        final int longest = Segmenter.headerLength(frame) + frame.gsoSize;
        final List<byte[]> segments = new ArrayList<>();
        int done = 0;
        do {
            final int maxSegments = 1 + random.nextInt(SegmentList.MAX_SEGMENTS);
            final int maxBytes = longest + random.nextInt(65_507);
            done = Segmenter.segment(frame, done, maxSegments, maxBytes, list);
            assertThat(list.count).isBetween(1, maxSegments);
            int bytes = 0;
            for (int i = 0; i < list.count; i++) {
                segments.add(segment(frame, i));
                bytes += segments.getLast().length;
            }
            assertThat(bytes).isLessThanOrEqualTo(maxBytes);
        } while (done < Segmenter.payloadLength(frame));
        return segments;
    }

    @Test
    void shouldRefuseHeadersLongerThanAListTakes() {
        final byte[] options = new byte[256];
        options[0] = 6;
        options[1] = 31;
        final Frame frame = FrameBuilder.frame()
                .ipv6("fd00::1", "fd00::2")
                .extensionHeaders(60, options)
                .tcp(1, 2)
                .payload(3000)
                .gso(1000)
                .parsedInto(pool, 0);

        assertThat(Segmenter.isSegmentable(frame)).isFalse();
    }

    @Test
    void shouldRefuseAUdpLengthThatDisagreesWithTheIpLength() {
        final Frame frame = udp().gso(1000).parsedInto(pool, 0);
        assertThat(Segmenter.isSegmentable(frame)).isTrue();

        frame.buffer.putShort(frame.l4Offset + 4, (short) 0x0100);

        assertThat(Segmenter.isSegmentable(frame)).isFalse();
    }

    @Test
    void shouldRefuseMoreSegmentsThanAnyTcpMakes() {
        final FrameBuilder builder =
                FrameBuilder.frame().ipv4("10.0.0.1", "10.0.0.2").tcp(1, 2).gso(30);

        assertThat(Segmenter.isSegmentable(
                        builder.payload(30 * Segmenter.MAX_SEGMENTS).parsedInto(pool, 0)))
                .isTrue();
        assertThat(Segmenter.isSegmentable(
                        builder.payload(30 * Segmenter.MAX_SEGMENTS + 1).parsedInto(pool, 0)))
                .isFalse();
    }

    @Test
    void shouldRefuseAnOrdinaryFrame() {
        assertThat(Segmenter.isSegmentable(udp().parsedInto(pool, 0))).isFalse();
    }

    @Test
    void shouldMakeNoSegmentThatExceedsTheBytes() {
        final Frame frame = udp().gso(1000).parsedInto(pool, 0);

        assertThat(Segmenter.segment(frame, 0, 64, 14 + 20 + 8 + 999, list)).isZero();
        assertThat(list.count).isZero();
    }

    @Test
    void shouldMakeOneSegmentOfASuperFrameWithoutPayload() {
        final Frame frame = FrameBuilder.frame()
                .ipv4("10.0.0.1", "10.0.0.2")
                .tcp(1, 2)
                .gso(1000)
                .parsedInto(pool, 0);

        assertThat(Segmenter.segment(frame, 0, 64, ANY_SIZE, list)).isZero();

        assertThat(list.count).isOne();
        assertThat(SlowOffload.hasRightChecksums(segment(frame, 0))).isTrue();
    }

    @Test
    void shouldNotTakeEthernetPaddingForPayload() {
        final Frame frame = udp().padTo(14 + 20 + 8 + 3000 + 20).gso(1000).parsedInto(pool, 0);

        assertThat(Segmenter.payloadLength(frame)).isEqualTo(3000);
    }

    @Test
    void shouldCompletePartialChecksums() {
        Seeds.each(500, random -> {
            final FrameBuilder builder = Flows.headers(random, random.nextBoolean(), random.nextInt(256))
                    .payload(Flows.octets(random, random.nextInt(200)))
                    .padTo(random.nextInt(100));
            final byte[] complete = builder.build();
            final Frame frame = builder.partialChecksum().parsedInto(pool, 0);

            Segmenter.completeChecksum(frame);

            assertThat(octets(frame)).isEqualTo(complete);
            assertThat(frame.checksumState).isEqualTo(Frame.CHECKSUM_COMPLETE);
            pool.consumed(frame);
        });
    }

    @Test
    void shouldWriteAZeroUdpChecksumAsAllOnes() {
        final Frame frame = FrameBuilder.frame()
                .ipv4("10.0.0.1", "10.0.0.2")
                .udp(1, 2)
                .payload(2)
                .partialChecksum()
                .parsedInto(pool, 0);
        // Whatever is missing to 0xFFFF makes the sum 0xFFFF, hence the checksum 0.
        final int field = frame.l4Offset + 6;
        Segmenter.completeChecksum(frame);
        final short missing = frame.buffer.getShort(field);
        final int payload = frame.l4Offset + 8;
        frame.buffer.putShort(payload, (short) plusOnes(frame.buffer.getShort(payload), missing));
        frame.buffer.putShort(field, pseudoHeaderOf("10.0.0.1", "10.0.0.2"));
        frame.checksumState = Frame.CHECKSUM_PARTIAL;

        Segmenter.completeChecksum(frame);

        assertThat(frame.buffer.getShort(field)).isEqualTo((short) 0xFFFF);
    }

    private static int plusOnes(final int a, final int b) {
        final int sum = (a & 0xFFFF) + (b & 0xFFFF);
        return sum > 0xFFFF ? sum - 0xFFFF : sum;
    }

    private short pseudoHeaderOf(final String from, final String to) {
        final Frame frame = FrameBuilder.frame()
                .ipv4(from, to)
                .udp(1, 2)
                .payload(2)
                .partialChecksum()
                .parsedInto(pool, 0);
        final short value = frame.buffer.getShort(frame.l4Offset + 6);
        pool.consumed(frame);
        return value;
    }

    private static FrameBuilder udp() {
        return FrameBuilder.frame().ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).payload(3000);
    }

    private byte[] segment(final Frame frame, final int i) {
        final byte[] segment = new byte[list.headerLength + list.payloadLength[i]];
        list.headers.getBytes(i * SegmentList.MAX_HEADER_LENGTH, segment, 0, list.headerLength);
        frame.buffer.getBytes(list.payloadOffset[i], segment, list.headerLength, list.payloadLength[i]);
        return segment;
    }

    private static byte[] octets(final Frame frame) {
        final byte[] octets = new byte[frame.length];
        frame.buffer.getBytes(frame.offset, octets);
        return octets;
    }
}
