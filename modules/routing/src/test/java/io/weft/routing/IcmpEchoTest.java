// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.frame.WorkerCounter;
import io.weft.testkit.FrameBuilder;
import io.weft.testkit.Seeds;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IcmpEchoTest {
    private static final int PORT = 1;

    private final Counters counters = Counters.inMemory(2);
    private final FramePool pool = new FramePool(2, counters);
    private final IcmpEcho echo = new IcmpEcho(counters);

    @Test
    void rfc1812_4_3_3_6_shouldReturnAllDataFromTheAddressThatWasAsked() {
        Seeds.each(2_000, random -> {
            final byte[] data = new byte[random.nextInt(3000)];
            random.nextBytes(data);
            final int rest = random.nextInt();
            final int trafficClass = random.nextInt(256);
            final byte[] reply = reply(ipv4(8, rest)
                    .payload(data)
                    .ttl(1 + random.nextInt(255))
                    .trafficClass(trafficClass)
                    .identification(random.nextInt(0x10000))
                    .fragment(random.nextBoolean() ? 0x4000 : 0));

            assertThat(Octets.u8(reply, 1)).as("TOS").isEqualTo(trafficClass);
            assertThat(Octets.u16(reply, 2)).isEqualTo(28 + data.length);
            assertThat(Octets.u16(reply, 6)).as("flags").isZero();
            assertThat(Octets.u8(reply, 8)).as("TTL").isEqualTo(64);
            assertThat(Arrays.copyOfRange(reply, 12, 20)).isEqualTo(new byte[] {10, 0, 0, (byte) 254, 10, 0, 0, 1});
            assertThat(Octets.u16(reply, 20)).as("type, code").isZero();
            assertThat(Octets.i32(reply, 24)).as("identifier, sequence").isEqualTo(rest);
            assertThat(Arrays.copyOfRange(reply, 28, 28 + data.length)).isEqualTo(data);
        });
        assertThat(counters.get(WorkerCounter.ICMP_ECHO)).isPositive();
    }

    @Test
    void rfc4443_4_2_shouldReturnAllDataFromTheAddressThatWasAsked() {
        Seeds.each(2_000, random -> {
            final byte[] data = new byte[random.nextInt(3000)];
            random.nextBytes(data);
            final int rest = random.nextInt();
            final int trafficClass = random.nextInt(256);
            final FrameBuilder builder = ipv6(128, rest)
                    .payload(data)
                    .ttl(1 + random.nextInt(255))
                    .flowLabel(random.nextInt(1 << 20))
                    .trafficClass(trafficClass);
            for (int tags = random.nextInt(2); tags > 0; tags--) {
                builder.tag(7);
            }
            if (random.nextBoolean()) {
                final byte[] options = new byte[8 * (1 + random.nextInt(9))];
                options[0] = 58;
                options[1] = (byte) (options.length / 8 - 1);
                builder.extensionHeaders(60, options);
            }
            final byte[] reply = reply(builder);

            assertThat(Octets.i32(reply, 0)).isEqualTo(6 << 28 | trafficClass << 20);
            assertThat(Octets.u16(reply, 4)).isEqualTo(8 + data.length);
            assertThat(Octets.u8(reply, 6)).as("next header").isEqualTo(58);
            assertThat(Octets.u8(reply, 7)).as("hop limit").isEqualTo(64);
            assertThat(Octets.i32(reply, 20)).as("source").isEqualTo(0xFE);
            assertThat(Octets.i32(reply, 36)).as("destination").isEqualTo(1);
            assertThat(Octets.u16(reply, 40)).isEqualTo(129 << 8);
            assertThat(Octets.i32(reply, 44)).isEqualTo(rest);
            assertThat(Arrays.copyOfRange(reply, 48, 48 + data.length)).isEqualTo(data);
        });
    }

    @Test
    void rfc1624_shouldWriteTheRightZeroForAReplyThatIsAllZeros() {
        assertThat(Octets.u16(reply(ipv4(8, 0).payload(new byte[56])), 22)).isEqualTo(0xFFFF);
    }

    @Test
    void rfc6864_4_1_shouldGiveEachReplyAnIdentificationOfItsOwn() {
        assertThat(Octets.u16(reply(ipv4(8, 0)), 4)).isNotEqualTo(Octets.u16(reply(ipv4(8, 0)), 4));
    }

    @Test
    void shouldAnswerARequestWithAPartialChecksum() {
        reply(ipv4(8, 77).payload(33).partialChecksum());
        reply(ipv6(128, 77).payload(33).partialChecksum());
    }

    @Test
    void shouldNotSumUpAgainWhatThePortHasVerified() {
        final byte[] octets = ipv4(8, 0).payload(10).build();
        octets[octets.length - 1] ^= 1;
        final Frame request = Octets.received(pool, PORT, octets);
        request.checksumState = Frame.CHECKSUM_VERIFIED;

        assertThat(echo.reply(request)).isNull();

        assertThat(request.checksumState).isEqualTo(Frame.CHECKSUM_COMPLETE);
    }

    @Test
    void rfc1812_4_3_1_shouldRefuseAWrongChecksum() {
        for (final FrameBuilder builder :
                List.of(ipv4(8, 0).payload(10), ipv6(128, 0).payload(10))) {
            final byte[] octets = builder.build();
            for (int i = octets.length - 18; i < octets.length; i++) {
                final byte[] wrong = octets.clone();
                wrong[i] ^= 0x40;
                assertRefused(Octets.received(pool, PORT, wrong), DropReason.ICMP_MALFORMED);
            }
        }
    }

    @Test
    void shouldRefuseAPartialChecksumThatIsNotTheMessages() {
        final Frame request = ipv4(8, 0).payload(10).partialChecksum().parsedInto(pool, PORT);
        request.checksumStart += 4;

        assertRefused(request, DropReason.ICMP_MALFORMED);
    }

    @Test
    void shouldRefuseAMessageCutAtAnyLength() {
        for (int length = 0; length < 8; length++) {
            assertRefused(
                    FrameBuilder.frame()
                            .ipv4("10.0.0.1", "10.0.0.254")
                            .protocol(1)
                            .payload(length)
                            .fragment(0),
                    DropReason.ICMP_MALFORMED);
            assertRefused(
                    FrameBuilder.frame()
                            .ipv6("fd00::1", "fd00::fe")
                            .protocol(58)
                            .payload(length),
                    DropReason.ICMP_MALFORMED);
        }
        final byte[] octets = ipv4(8, 0).build();
        for (int length = 14; length < octets.length; length++) {
            final Frame cut = Octets.received(pool, PORT, octets);
            cut.length = length;
            FrameParser.parse(cut);
            assertRefused(cut, DropReason.NOT_SERVED);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 5, 13, 15, 17, 128, 255})
    void shouldServeNoOtherIcmp(final int type) {
        assertRefused(ipv4(type, 0), DropReason.NOT_SERVED);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 127, 129, 130, 133, 255})
    void shouldServeNoOtherIcmpv6(final int type) {
        assertRefused(ipv6(type, 0), DropReason.NOT_SERVED);
    }

    @Test
    void shouldServeNoFragments() {
        for (final int fragment : new int[] {0x2000, 0x2001, 1}) {
            assertRefused(ipv4(8, 0).payload(64).fragment(fragment), DropReason.NOT_SERVED);
        }
        assertRefused(
                ipv6(128, 0).payload(64).extensionHeaders(44, new byte[] {58, 0, 0, 1, 0, 0, 0, 9}),
                DropReason.NOT_SERVED);
        assertRefused(
                ipv6(128, 0).payload(64).extensionHeaders(44, new byte[] {58, 0, 0, 9, 0, 0, 0, 9}),
                DropReason.NOT_SERVED);
    }

    @Test
    void shouldServeNothingButIcmpOfTheRightFamily() {
        final FrameBuilder four = FrameBuilder.frame().ipv4("10.0.0.1", "10.0.0.254");
        assertRefused(four.protocol(58).payload(8), DropReason.NOT_SERVED);
        assertRefused(four.udp(1, 2), DropReason.NOT_SERVED);
        assertRefused(
                FrameBuilder.frame().ipv6("fd00::1", "fd00::fe").protocol(1).payload(8), DropReason.NOT_SERVED);
        assertRefused(FrameBuilder.frame(), DropReason.NOT_SERVED);
    }

    @Test
    void rfc1812_4_3_3_6_shouldNotAnswerWithOptionsThatItDoesNotHandle() {
        assertRefused(ipv4(8, 0).ipOptions(new byte[] {7, 4, 8, 0}), DropReason.NOT_SERVED);
    }

    private static FrameBuilder ipv4(final int type, final int rest) {
        return FrameBuilder.frame().ipv4("10.0.0.1", "10.0.0.254").icmp(type, 0, rest);
    }

    private static FrameBuilder ipv6(final int type, final int rest) {
        return FrameBuilder.frame().ipv6("fd00::1", "fd00::fe").icmp(type, 0, rest);
    }

    private void assertRefused(final FrameBuilder builder, final DropReason reason) {
        assertRefused(builder.parsedInto(pool, PORT), reason);
    }

    private void assertRefused(final Frame request, final DropReason reason) {
        assertThat(echo.reply(request)).isEqualTo(reason);
        assertThat(counters.get(WorkerCounter.ICMP_ECHO)).isZero();
        pool.drop(request, reason);
    }

    /** The reply's IP packet, with right checksums. */
    private byte[] reply(final FrameBuilder builder) {
        final Frame request = builder.parsedInto(pool, PORT);
        assertThat(echo.reply(request)).isNull();
        final byte[] packet = Arrays.copyOfRange(Octets.of(request), request.l3Offset - request.offset, request.length);
        if (request.etherType == 0x0800) {
            assertThat(Octets.hasRightIpv4Checksum(packet)).isTrue();
        }
        assertThat(Octets.hasRightIcmpChecksum(packet)).isTrue();
        Octets.assertFieldsAreTheParsers(request);
        assertThat(request.flow).as("not counted yet").isEqualTo(Frame.ORIGINATED);
        pool.consumed(request);
        return packet;
    }
}
