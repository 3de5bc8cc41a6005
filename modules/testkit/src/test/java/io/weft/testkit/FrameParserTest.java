// SPDX-License-Identifier: Apache-2.0
package io.weft.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Here and not beside the parser, because frames come from the builder. */
class FrameParserTest {
    private static final byte[] PADDING_OPTION = {6, 0, 1, 4, 0, 0, 0, 0};

    private final FramePool pool = new FramePool(4, Counters.inMemory(1));

    @Test
    void shouldFindIpv4AndTcp() {
        final Frame frame = tcp4().parsedInto(pool, 0);

        assertLayers(frame, 0x0800, false, 14, 34, 6);
    }

    @Test
    void shouldFindUdpBehindIpv4Options() {
        final Frame frame = FrameBuilder.frame()
                .ipv4("10.0.0.1", "10.0.0.2")
                .ipOptions(new byte[] {1, 1, 1, 0})
                .udp(1, 2)
                .parsedInto(pool, 0);

        assertLayers(frame, 0x0800, false, 14, 38, 17);
    }

    @Test
    void shouldFindIcmp() {
        assertLayers(
                FrameBuilder.frame().ipv4("10.0.0.1", "10.0.0.2").icmp(8, 0, 1).parsedInto(pool, 0),
                0x0800,
                false,
                14,
                34,
                1);
        assertLayers(
                FrameBuilder.frame().ipv6("fd00::1", "fd00::2").icmp(128, 0, 1).parsedInto(pool, 0),
                0x86DD,
                false,
                14,
                54,
                58);
    }

    @Test
    void shouldLookBehindUpToTwoTags() {
        assertLayers(tcp4().tag(5).parsedInto(pool, 0), 0x0800, true, 18, 38, 6);
        assertLayers(tcp4().tag(0x88A8, 5).tag(6).parsedInto(pool, 0), 0x0800, true, 22, 42, 6);
        assertLayers(tcp4().tag(0x88A8, 5).tag(6).tag(7).parsedInto(pool, 0), 0x8100, true, -1, -1, 0);
    }

    @Test
    void shouldLookBehindIpv6ExtensionHeaders() {
        final byte[] two = {60, 0, 1, 4, 0, 0, 0, 0, 6, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
        assertLayers(tcp6().extensionHeaders(0, two).parsedInto(pool, 0), 0x86DD, false, 14, 78, 6);
        assertLayers(tcp6().extensionHeaders(43, PADDING_OPTION).parsedInto(pool, 0), 0x86DD, false, 14, 62, 6);
    }

    @Test
    void shouldNotLookForATransportHeaderInFragments() {
        for (final int fragment : new int[] {0x2000, 0x2001, 0x0001}) {
            assertLayers(tcp4().fragment(fragment).parsedInto(pool, 0), 0x0800, false, 14, -1, 6);
        }
        assertLayers(tcp6().extensionHeaders(44, PADDING_OPTION).parsedInto(pool, 0), 0x86DD, false, 14, -1, 6);
    }

    @Test
    void shouldGiveUpOnAnEndlessChainOfExtensionHeaders() {
        final byte[] chain = new byte[9 * 8];
        final Frame frame = tcp6().extensionHeaders(0, chain).parsedInto(pool, 0);

        assertLayers(frame, 0x86DD, false, 14, -1, 0);
    }

    @Test
    void shouldPassAnExtensionHeaderThatRunsOutOfThePacket() {
        final byte[] tooLong = {6, (byte) 200, 0, 0, 0, 0, 0, 0};
        final Frame frame = tcp6().extensionHeaders(0, tooLong).parsedInto(pool, 0);

        assertLayers(frame, 0x86DD, false, 14, -1, 6);
    }

    @Test
    void shouldForwardWhatIsMalformedAsAFrameWithoutLayers() {
        for (final int at : new int[] {14, 16, 17}) {
            final Frame frame = tcp4().payload(10).into(pool, 0);
            frame.buffer.putByte(frame.offset + at, (byte) 0xFF);
            assertThat(FrameParser.parse(frame)).isNull();
            if (at == 17) {
                assertThat(frame.l3Offset).isEqualTo(Frame.NONE);
            }
            assertThat(frame.l4Offset).isEqualTo(Frame.NONE);
            pool.consumed(frame);
        }
    }

    @Test
    void shouldForgetWhatAnEarlierFrameLeft() {
        final Frame frame = tcp4().tag(5).parsedInto(pool, 0);
        frame.buffer.putShort(frame.offset + 12, (short) 0);

        assertThat(FrameParser.parse(frame)).isNull();

        assertLayers(frame, 0, false, -1, -1, 0);
    }

    @Test
    void shouldRefuseAFrameShorterThanItsEthernetHeaderOrTags() {
        final Frame frame = tcp4().tag(5).tag(6).into(pool, 0);
        for (int length = 0; length < 22; length++) {
            frame.length = length;
            assertThat(FrameParser.parse(frame))
                    .isEqualTo(length < 14 ? DropReason.TOO_SHORT : DropReason.MALFORMED_TAG);
        }
        frame.length = 22;
        assertThat(FrameParser.parse(frame)).isNull();
    }

    /** The bytes behind the cut hold the rest of the frame, so that reading too far would go unnoticed otherwise. */
    @Test
    void shouldNeverFindALayerBehindTheEndAtAnyLength() {
        Seeds.each(50, random -> {
            final FrameBuilder builder = random.nextBoolean() ? tcp4() : tcp6().extensionHeaders(0, PADDING_OPTION);
            for (int tags = random.nextInt(3); tags > 0; tags--) {
                builder.tag(1);
            }
            final Frame frame = builder.payload(random.nextInt(40)).into(pool, 0);
            final int whole = frame.length;
            for (int length = 0; length < whole; length++) {
                frame.length = length;
                if (FrameParser.parse(frame) == null) {
                    assertThat(frame.l3Offset).as("%d of %d", length, whole).isEqualTo(Frame.NONE);
                    assertThat(frame.l4Offset).isEqualTo(Frame.NONE);
                }
            }
            frame.length = whole;
            assertThat(FrameParser.parse(frame)).isNull();
            assertThat(frame.l4Offset).isNotEqualTo(Frame.NONE);
            pool.consumed(frame);
        });
    }

    @Test
    void shouldKeepLayersInsideWhateverTheOctetsSay() {
        Seeds.each(20_000, random -> {
            final Frame frame = (random.nextBoolean() ? tcp4() : tcp6().extensionHeaders(0, PADDING_OPTION))
                    .payload(random.nextInt(30))
                    .into(pool, 0);
            for (int changes = random.nextInt(6); changes > 0; changes--) {
                frame.buffer.putByte(frame.offset + 12 + random.nextInt(60), (byte) random.nextInt());
            }
            frame.length = random.nextInt(frame.length + 1);
            frame.gsoType = random.nextInt(7);
            frame.gsoSize = random.nextInt(0x10000);
            frame.checksumState = random.nextInt(3);
            frame.checksumStart = frame.offset + random.nextInt(120);
            frame.checksumOffset = random.nextInt(40);

            final DropReason reason = FrameParser.parse(frame);

            final int minimum = frame.protocol == 6 ? 20 : 8;
            assertThat(frame.l3Offset).isLessThanOrEqualTo(frame.end() - 20);
            assertThat(frame.l4Offset).isLessThanOrEqualTo(frame.end() - minimum);
            if (reason == null && frame.checksumState == Frame.CHECKSUM_PARTIAL) {
                assertThat(frame.checksumStart + frame.checksumOffset + 2).isLessThanOrEqualTo(frame.end());
            }
            if (reason == null && frame.isSuperFrame()) {
                assertThat(frame.checksumStart).isEqualTo(frame.l4Offset);
            }
            pool.consumed(frame);
        });
    }

    @Test
    void shouldAcceptSoundSuperFrames() {
        assertThat(tcp4().payload(3000).gso(1000).parsedInto(pool, 0).gsoType).isEqualTo(Frame.GSO_TCPV4);
        assertThat(tcp6().payload(3000).gso(1000).parsedInto(pool, 0).gsoType).isEqualTo(Frame.GSO_TCPV6);
        assertThat(FrameBuilder.frame()
                        .ipv6("fd00::1", "fd00::2")
                        .udp(1, 2)
                        .payload(3000)
                        .gso(1000)
                        .parsedInto(pool, 0)
                        .gsoType)
                .isEqualTo(Frame.GSO_UDP);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 6, -1})
    void shouldRefuseAGsoTypeThatIsNotTheFrames(final int type) {
        final Frame frame = tcp4().payload(3000).gso(1000).into(pool, 0);
        frame.gsoType = type;

        assertThat(FrameParser.parse(frame)).isEqualTo(DropReason.BAD_OFFLOAD);
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 0", "-1, 0, 0", "1000, 1, 0", "1000, -1, 0", "1000, 0, 1", "1000, 0, -16"})
    void shouldRefuseASuperFrameWithOtherFieldsOff(final int gsoSize, final int startOff, final int offsetOff) {
        final Frame frame = tcp4().payload(3000).gso(1000).into(pool, 0);
        frame.gsoSize = gsoSize;
        frame.checksumStart += startOff;
        frame.checksumOffset += offsetOff;

        assertThat(FrameParser.parse(frame)).isEqualTo(DropReason.BAD_OFFLOAD);
    }

    @Test
    void shouldRefuseASuperFrameWithACompleteChecksumOrWithoutATransportHeader() {
        final Frame complete = tcp4().payload(3000).gso(1000).into(pool, 0);
        complete.checksumState = Frame.CHECKSUM_COMPLETE;
        assertThat(FrameParser.parse(complete)).isEqualTo(DropReason.BAD_OFFLOAD);

        final Frame fragment = tcp4().fragment(0x2000).payload(3000).gso(1000).into(pool, 0);
        assertThat(FrameParser.parse(fragment)).isEqualTo(DropReason.BAD_OFFLOAD);
    }

    @Test
    void shouldRefuseAPartialChecksumOutsideOfThePacket() {
        final Frame frame = tcp4().partialChecksum().into(pool, 0);
        final int start = frame.checksumStart;
        assertThat(FrameParser.parse(frame)).isNull();

        frame.checksumStart = frame.offset + 13;
        assertThat(FrameParser.parse(frame)).as("in the Ethernet header").isEqualTo(DropReason.BAD_OFFLOAD);
        frame.checksumStart = start - 1;
        assertThat(FrameParser.parse(frame))
                .as("in the IP header, whose length field it could change")
                .isEqualTo(DropReason.BAD_OFFLOAD);
        frame.checksumStart = start;
        frame.checksumOffset = frame.end() - start - 1;
        assertThat(FrameParser.parse(frame)).as("half behind the end").isEqualTo(DropReason.BAD_OFFLOAD);
        frame.checksumOffset--;
        assertThat(FrameParser.parse(frame)).isNull();
        frame.checksumOffset = -1;
        assertThat(FrameParser.parse(frame)).isEqualTo(DropReason.BAD_OFFLOAD);
    }

    @Test
    void shouldHashAFlowEquallyAndOthersDifferently() {
        final int hash = hashOf(tcp4());
        assertThat(hashOf(tcp4().payload(100).ttl(3).identification(9).tag(7))).isEqualTo(hash);
        assertThat(hashOf(FrameBuilder.frame().ipv4("10.0.0.1", "10.0.0.2").tcp(1, 3)))
                .isNotEqualTo(hash);
        assertThat(hashOf(FrameBuilder.frame().ipv4("10.0.0.1", "10.0.0.3").tcp(1, 2)))
                .isNotEqualTo(hash);
        assertThat(hashOf(FrameBuilder.frame().ipv4("10.0.0.1", "10.0.0.2").udp(1, 2)))
                .isNotEqualTo(hash);
        assertThat(hashOf(FrameBuilder.frame().ipv6("fd00::1", "fd00::2").tcp(1, 2)))
                .isNotEqualTo(hash)
                .isNotEqualTo(
                        hashOf(FrameBuilder.frame().ipv6("fd00::1", "fd00::3").tcp(1, 2)));
        assertThat(hashOf(FrameBuilder.frame().from(2)))
                .isNotEqualTo(hashOf(FrameBuilder.frame().from(4)));
    }

    @Test
    void shouldHashAllFragmentsOfAPacketEqually() {
        final int first = hashOf(tcp4().payload(100).fragment(0x2000));
        final int last = hashOf(FrameBuilder.frame()
                .ipv4("10.0.0.1", "10.0.0.2")
                .protocol(6)
                .payload(50)
                .fragment(0x0010));

        assertThat(first).isEqualTo(last);
    }

    private int hashOf(final FrameBuilder builder) {
        final Frame frame = builder.parsedInto(pool, 0);
        final int hash = frame.flowHash;
        pool.consumed(frame);
        return hash;
    }

    private static FrameBuilder tcp4() {
        return FrameBuilder.frame().ipv4("10.0.0.1", "10.0.0.2").tcp(1, 2);
    }

    private static FrameBuilder tcp6() {
        return FrameBuilder.frame().ipv6("fd00::1", "fd00::2").tcp(1, 2);
    }

    /** Layer positions from the frame's start; -1 for none. */
    private void assertLayers(
            final Frame frame,
            final int etherType,
            final boolean tagged,
            final int l3,
            final int l4,
            final int protocol) {
        assertThat(frame.etherType).isEqualTo(etherType);
        assertThat(frame.tagged).isEqualTo(tagged);
        assertThat(frame.l3Offset).isEqualTo(l3 < 0 ? Frame.NONE : frame.offset + l3);
        assertThat(frame.l4Offset).isEqualTo(l4 < 0 ? Frame.NONE : frame.offset + l4);
        assertThat(frame.protocol).isEqualTo(protocol);
        pool.consumed(frame);
    }
}
