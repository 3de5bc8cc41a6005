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
import io.weft.testkit.SlowOffload;
import io.weft.wire.Icmp;
import io.weft.wire.IpAddress;
import io.weft.wire.MacAddress;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IcmpErrorsTest {
    private static final int PORT = 2;
    private static final IpAddress OWN = IpAddress.parse("10.0.0.254");
    private static final IpAddress OWN_V6 = IpAddress.parse("fd00::fe");
    private static final String SENDER = "10.0.0.1";
    private static final String SENDER_V6 = "fd00::1";

    private final Counters counters = Counters.inMemory(4);
    private final FramePool pool = new FramePool(4, counters);
    private final IcmpLimiter limiter = new IcmpLimiter(new IcmpLimits(1_000_000, 1_000_000, 1_000_000, 1_000_000));
    private final IcmpErrors errors = new IcmpErrors(pool, limiter);

    // What an error looks like

    @Test
    void rfc1812_4_3_2_shouldAnswerWithOurAddressTtl64AndPrecedence6() {
        final byte[] error = ip(timeExceeded(udp(100)));

        assertThat(Arrays.copyOf(error, 2)).isEqualTo(new byte[] {0x45, (byte) 0xC0});
        assertThat(Octets.u16(error, 2)).isEqualTo(error.length);
        assertThat(Octets.u16(error, 6)).as("flags").isZero();
        assertThat(Octets.u8(error, 8)).as("TTL").isEqualTo(64);
        assertThat(Octets.u8(error, 9)).as("protocol").isEqualTo(1);
        assertThat(Octets.i32(error, 12)).isEqualTo(OWN.ipv4());
        assertThat(Octets.i32(error, 16)).isEqualTo(IpAddress.parse(SENDER).ipv4());
        assertThat(Octets.i32(error, 20) >>> 16).as("type and code").isEqualTo(11 << 8);
        assertThat(Octets.i32(error, 24)).as("unused").isZero();
    }

    @Test
    void rfc6864_4_1_shouldGiveEachErrorAnIdentificationOfItsOwn() {
        assertThat(Octets.u16(ip(timeExceeded(udp(1))), 4)).isNotEqualTo(Octets.u16(ip(timeExceeded(udp(1))), 4));
    }

    @Test
    void rfc4443_2_shouldAnswerIpv6WithOurAddressAndHopLimit64() {
        final byte[] error = ip(buildV6(udp6(100), Icmp.TIME_EXCEEDED_V6, 0, 0));

        assertThat(Octets.i32(error, 0)).isEqualTo(0x6000_0000);
        assertThat(Octets.u16(error, 4)).isEqualTo(error.length - 40);
        assertThat(Octets.u8(error, 6)).as("next header").isEqualTo(58);
        assertThat(Octets.u8(error, 7)).as("hop limit").isEqualTo(64);
        assertThat(Arrays.copyOfRange(error, 8, 24)).isEqualTo(OWN_V6.octets());
        assertThat(Arrays.copyOfRange(error, 24, 40))
                .isEqualTo(IpAddress.parse(SENDER_V6).octets());
        assertThat(Octets.i32(error, 40) >>> 16).as("type and code").isEqualTo(3 << 8);
        assertThat(Octets.i32(error, 44)).as("unused").isZero();
    }

    @Test
    void shouldLeaveRoomForMacsAndFillEveryOtherField() {
        for (final FrameBuilder builder : List.of(udp(9), udp6(9))) {
            final Frame offending = builder.tag(5).parsedInto(pool, PORT);
            final Frame error = some(build(offending, 1, 3, 0));

            assertThat(error.offset).isEqualTo(FramePool.HEADROOM);
            assertThat(error.port).isEqualTo(PORT);
            assertThat(error.network).isEqualTo(Frame.NONE);
            assertThat(error.vtep).isEqualTo(Frame.NONE);
            assertThat(error.flow).as("not counted yet").isEqualTo(Frame.ORIGINATED);
            assertThat(error.etherType).isEqualTo(offending.etherType);
            assertThat(error.l3Offset).isEqualTo(error.offset + 14);
            assertThat(error.l4Offset).isNotEqualTo(Frame.NONE);
            Octets.assertFieldsAreTheParsers(error);
            pool.consumed(error);
            pool.consumed(offending);
        }
    }

    @Test
    void rfc1812_4_3_2_3_shouldQuoteAsMuchAsFitsIn576OctetsAtEveryLength() {
        for (int payload = 0; payload < 700; payload++) {
            final byte[] offending = packet(udp(payload).padTo(60));
            final byte[] error = ip(timeExceeded(udp(payload).padTo(60)));

            assertThat(error).hasSize(Math.min(576, 28 + offending.length));
            assertThat(Arrays.copyOfRange(error, 28, error.length))
                    .isEqualTo(Arrays.copyOf(offending, error.length - 28));
        }
    }

    @Test
    void rfc4443_2_4_c_shouldQuoteAsMuchAsFitsIn1280OctetsAtEveryLength() {
        for (int payload = 0; payload < 1400; payload++) {
            final byte[] offending = packet(udp6(payload).padTo(60));
            final byte[] error = ip(buildV6(udp6(payload).padTo(60), Icmp.UNREACHABLE_V6, 0, 0));

            assertThat(error).hasSize(Math.min(1280, 48 + offending.length));
            assertThat(Arrays.copyOfRange(error, 48, error.length))
                    .isEqualTo(Arrays.copyOf(offending, error.length - 48));
        }
    }

    @ParameterizedTest
    @CsvSource({"1500, 1500", "68, 68", "67, 68", "0, 68", "-5, 68", "70000, 65535"})
    void rfc1191_4_shouldTellTheNextHopsMtuAndNeverZero(final int mtu, final int told) {
        final byte[] error = ip(build(udp(100).parsedInto(pool, PORT), 3, Icmp.CODE_FRAGMENTATION_NEEDED, mtu));

        assertThat(Octets.i32(error, 24)).isEqualTo(told);
    }

    @ParameterizedTest
    @CsvSource({"1500, 1500", "1280, 1280", "1279, 1280", "0, 1280", "70000, 70000"})
    void rfc4443_3_2_shouldTellTheNextHopsMtuAndNeverLessThan1280(final int mtu, final int told) {
        final byte[] error = ip(buildV6(udp6(100), Icmp.PACKET_TOO_BIG, 0, mtu));

        assertThat(Octets.i32(error, 44)).isEqualTo(told);
    }

    @Test
    void rfc792_shouldPointToTheOctetOfAParameterProblem() {
        final byte[] error = ip(build(udp(9).parsedInto(pool, PORT), Icmp.PARAMETER_PROBLEM, 0, 21));

        assertThat(Octets.i32(error, 24)).isEqualTo(21 << 24);
    }

    @Test
    void rfc4443_3_4_shouldPointToTheOctetOfAParameterProblem() {
        final byte[] error = ip(buildV6(udp6(9), Icmp.PARAMETER_PROBLEM_V6, 0, 40));

        assertThat(Octets.i32(error, 44)).isEqualTo(40);
    }

    @Test
    void shouldIgnoreInfoOfErrorsThatHaveNone() {
        assertThat(Octets.i32(ip(build(udp(9).parsedInto(pool, PORT), 3, 1, 1400)), 24))
                .isZero();
        assertThat(Octets.i32(ip(buildV6(udp6(9), 1, 0, 1400)), 44)).isZero();
    }

    @Test
    void shouldQuoteTheFirstSegmentOfASuperFrame() {
        Seeds.each(500, random -> {
            final boolean four = random.nextBoolean();
            final int gsoSize = 1 + random.nextInt(1600);
            final FrameBuilder builder = FrameBuilder.frame();
            (four ? builder.ipv4(SENDER, "10.9.0.1") : builder.ipv6(SENDER_V6, "fd00:9::1"))
                    .payload(1 + random.nextInt(Math.min(40_000, gsoSize * 2000)));
            (random.nextBoolean() ? builder.udp(1, 2) : builder.tcp(1, 2)).gso(gsoSize);
            final byte[] segment =
                    packetOf(SlowOffload.segment(builder.build(), gsoSize).getFirst());
            final Frame offending = builder.parsedInto(pool, PORT);
            final byte[] before = Octets.of(offending);

            final byte[] error = ip(four ? build(offending, 3, 4, 1400) : build(offending, 2, 0, 1400));

            final int headers = four ? 28 : 48;
            assertThat(error).hasSize(Math.min(four ? 576 : 1280, headers + segment.length));
            assertThat(Arrays.copyOfRange(error, headers, error.length))
                    .isEqualTo(Arrays.copyOf(segment, error.length - headers));
            assertThat(Octets.of(offending)).as("left as it was").isEqualTo(before);
            pool.consumed(offending);
        });
    }

    @Test
    void shouldFinishAPartialChecksumSoThatTheSenderKnowsItsPacket() {
        final Frame offending = udp(30).partialChecksum().parsedInto(pool, PORT);

        final byte[] error = ip(build(offending, 11, 0, 0));

        assertThat(Arrays.copyOfRange(error, 28, error.length)).isEqualTo(packet(udp(30)));
    }

    // RFC 1812 section 4.3.2.7

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 5, 11, 12})
    void rfc1812_4_3_2_7_shouldNotAnswerAnErrorWithAnError(final int type) {
        assertRefused(ipv4().icmp(type, 0, 0).payload(28));
        assertRefused(ipv4().icmp(type, 0, 0).payload(28).fragment(0x2000));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 6, 7, 19, 40, 44, 63, 64, 72, 255})
    void rfc1812_4_3_2_7_shouldTakeAnUnknownIcmpTypeForAnError(final int type) {
        assertRefused(ipv4().icmp(type, 0, 0));
    }

    @Test
    void rfc1812_4_3_2_7_shouldTakeIcmpWithoutATypeForAnError() {
        assertRefused(ipv4().protocol(1));
        assertRefused(ipv4().protocol(1).fragment(0x2000));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 8, 9, 10, 13, 14, 15, 16, 17, 18, 42, 43})
    void rfc1812_4_3_2_7_shouldAnswerAnIcmpQueryWithAnError(final int type) {
        assertAnswered(ipv4().icmp(type, 0, 0));
        assertAnswered(ipv4().icmp(type, 0, 0).payload(64).fragment(0x2000));
    }

    @Test
    void rfc1812_4_3_2_7_shouldNotAnswerWhatFailsTheHeaderChecks() {
        final byte[] octets = udp(100).build();
        for (int length = 0; length < octets.length; length++) {
            final Frame cut = Octets.received(pool, PORT, octets);
            cut.length = length;
            FrameParser.parse(cut);
            if (length < 14) {
                cut.l3Offset = Frame.NONE;
            }
            assertThat(build(cut, 11, 0, 0)).isNull();
            pool.consumed(cut);
        }
        for (int i = 14; i < 34; i++) {
            final byte[] wrong = octets.clone();
            wrong[i] ^= 0x10;
            final Frame offending = Octets.received(pool, PORT, wrong);
            assertThat(build(offending, 11, 0, 0)).as("octet %d", i).isNull();
            pool.consumed(offending);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"224.0.0.1", "239.1.2.3", "255.255.255.255", "240.0.0.1", "0.0.0.0", "127.0.0.1"})
    void rfc1812_4_3_2_7_shouldNotAnswerABroadcastOrMulticast(final String destination) {
        assertRefused(FrameBuilder.frame().ipv4(SENDER, destination).udp(1, 2));
    }

    @ParameterizedTest
    @ValueSource(longs = {MacAddress.BROADCAST, 0x0100_5E00_0001L, 0x0300_0000_0001L})
    void rfc1812_4_3_2_7_shouldNotAnswerALinkLayerBroadcast(final long mac) {
        assertRefused(udp(9).to(mac));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.255", "224.0.0.1", "240.0.0.1", "255.255.255.255"
            })
    void rfc1812_4_3_2_7_shouldNotAnswerASourceThatIsNotOneHost(final String source) {
        assertRefused(FrameBuilder.frame().ipv4(source, "10.9.0.1").udp(1, 2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.0.0.0", "126.255.255.255", "128.0.0.1", "223.255.255.255"})
    void rfc1812_4_3_2_7_shouldAnswerEverySourceThatMayBeOneHost(final String source) {
        assertAnswered(FrameBuilder.frame().ipv4(source, "10.9.0.1").udp(1, 2));
    }

    @ParameterizedTest
    @ValueSource(ints = {0x2001, 0x0001, 0x1FFF})
    void rfc1812_4_3_2_7_shouldNotAnswerALaterFragment(final int fragment) {
        assertRefused(udp(64).fragment(fragment));
    }

    @Test
    void rfc1812_4_3_2_7_shouldAnswerAFirstFragment() {
        assertAnswered(udp(64).fragment(0x2000));
    }

    @Test
    void shouldNotAnswerASuperFrameThatStandsForNoPackets() {
        assertRefused(udp(60_000).gso(10));
    }

    // RFC 4443 section 2.4 (e)

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 100, 127})
    void rfc4443_2_4_e1_shouldNotAnswerAnErrorWithAnError(final int type) {
        assertRefused(ipv6().icmp(type, 0, 0));
        assertRefused(ipv6().extensionHeaders(60, new byte[] {58, 0, 1, 4, 0, 0, 0, 0})
                .icmp(type, 0, 0));
        assertRefused(ipv6().extensionHeaders(44, new byte[] {58, 0, 0, 1, 0, 0, 0, 9})
                .icmp(type, 0, 0));
        assertRefused(ipv6().extensionHeaders(51, new byte[] {58, 1, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1})
                .icmp(type, 0, 0));
    }

    @Test
    void rfc4443_2_4_e1_shouldTakeIcmpWithoutATypeForAnError() {
        assertRefused(ipv6().protocol(58));
    }

    @Test
    void rfc4443_2_4_e1_shouldTakeALaterFragmentThatMayBeIcmpForAnError() {
        for (final int protocol : new int[] {58, 0, 43, 44, 51, 60}) {
            assertRefused(laterFragment(protocol));
        }
        assertAnswered(laterFragment(17));
    }

    private static FrameBuilder laterFragment(final int protocol) {
        return ipv6().extensionHeaders(44, new byte[] {(byte) protocol, 0, 0, 9, 0, 0, 0, 9})
                .payload(100);
    }

    @Test
    void rfc4443_2_4_e2_shouldNotAnswerARedirect() {
        assertRefused(ipv6().icmp(137, 0, 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {128, 129, 133, 135, 136, 138, 255})
    void rfc4443_2_4_e_shouldAnswerAnInformationalMessageWithAnError(final int type) {
        assertAnswered(ipv6().icmp(type, 0, 0));
    }

    @Test
    void rfc4443_2_4_e3_shouldNotAnswerAMulticastButWithTwoErrors() {
        assertOnlyTwoErrors(FrameBuilder.frame().ipv6(SENDER_V6, "ff05::1").udp(1, 2));
    }

    @Test
    void rfc4443_2_4_e4_shouldNotAnswerALinkLayerMulticastButWithTwoErrors() {
        assertOnlyTwoErrors(udp6(9).to(0x3333_0000_0001L));
    }

    @Test
    void rfc4443_2_4_e5_shouldNotAnswerALinkLayerBroadcastButWithTwoErrors() {
        assertOnlyTwoErrors(udp6(9).to(MacAddress.BROADCAST));
    }

    private void assertOnlyTwoErrors(final FrameBuilder builder) {
        for (int type = 1; type <= 4; type++) {
            for (int code = 0; code < 4; code++) {
                final Frame offending = builder.parsedInto(pool, PORT);
                assertThat(errors.isErrorAllowed(offending, type, code))
                        .as("type %d code %d", type, code)
                        .isEqualTo(type == Icmp.PACKET_TOO_BIG || (type == Icmp.PARAMETER_PROBLEM_V6 && code == 2));
                pool.consumed(offending);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"::", "::1", "ff02::1", "ff05::1234"})
    void rfc4443_2_4_e6_shouldNotAnswerASourceThatIsNotOneNode(final String source) {
        assertRefused(FrameBuilder.frame().ipv6(source, "fd00:9::1").udp(1, 2));
    }

    @Test
    void rfc4443_2_4_e6_shouldNotAnswerAnIpv4MappedSource() {
        final byte[] octets = udp6(9).build();
        Arrays.fill(octets, 22, 38, (byte) 0);
        Arrays.fill(octets, 32, 36, (byte) 0xFF);
        assertRefused(Octets.received(pool, PORT, octets));
    }

    @Test
    void rfc4443_2_4_shouldNotAnswerAPacketWhoseHeadersAreCut() {
        assertRefused(ipv6().extensionHeaders(60, new byte[] {17, 5, 1, 4, 0, 0, 0, 0}));
        assertRefused(ipv6().extensionHeaders(60, new byte[] {60, 0, 1, 4, 0, 0, 0, 0}));
        final byte[] octets = udp6(100).build();
        for (int length = 14; length < octets.length; length++) {
            final Frame cut = Octets.received(pool, PORT, octets);
            cut.length = length;
            FrameParser.parse(cut);
            assertRefused(cut);
        }
    }

    // Rates and memory

    @Test
    void rfc1812_4_3_2_8_shouldCountWhatTheRateForbids() {
        final IcmpErrors limited = new IcmpErrors(pool, new IcmpLimiter(new IcmpLimits(10, 2, 10, 2)));
        int sent = 0;
        for (int i = 0; i < 5; i++) {
            final Frame offending = udp(9).parsedInto(pool, PORT);
            final Frame error = limited.build(offending, 11, 0, 0, OWN.high(), OWN.low());
            if (error != null) {
                sent++;
                pool.consumed(error);
            }
            pool.consumed(offending);
        }
        assertThat(sent).isEqualTo(2);
        assertThat(counters.get(WorkerCounter.ICMP_ERRORS)).isEqualTo(2);
        assertThat(counters.get(WorkerCounter.ICMP_LIMITED)).isEqualTo(3);
    }

    @Test
    void rfc4443_2_4_f_shouldNotLetWhatIsNeverAnsweredUseUpTheRate() {
        final IcmpErrors limited = new IcmpErrors(pool, new IcmpLimiter(new IcmpLimits(1, 1, 1, 1)));
        final Frame never = ipv6().icmp(1, 0, 0).parsedInto(pool, PORT);
        final Frame offending = udp6(9).parsedInto(pool, PORT);

        assertThat(limited.build(never, 1, 0, 0, OWN_V6.high(), OWN_V6.low())).isNull();
        assertThat(counters.get(WorkerCounter.ICMP_LIMITED)).isZero();
        assertThat(limited.build(offending, 1, 0, 0, OWN_V6.high(), OWN_V6.low()))
                .isNotNull();
    }

    @Test
    void shouldMakeNoneWhenThePoolIsEmpty() {
        final Frame offending = udp(9).parsedInto(pool, PORT);
        while (pool.inUse() < pool.capacity()) {
            assertThat(pool.create(PORT)).isNotNull();
        }

        assertThat(build(offending, 11, 0, 0)).isNull();

        assertThat(counters.getDrop(PORT, DropReason.NO_FRAME_AVAILABLE)).isOne();
        assertThat(counters.get(WorkerCounter.ICMP_ERRORS)).isZero();
        Octets.assertConserved(pool);
    }

    // To the router itself

    @Test
    void rfc1812_5_2_7_1_shouldAnswerPortUnreachableForTcpAndUdp() {
        for (final FrameBuilder builder : List.of(udp(9), ipv4().tcp(1, 2), udp(64).fragment(0x2000))) {
            final byte[] error = notServed(builder);
            assertThat(Octets.u16(error, 20)).isEqualTo(3 << 8 | 3);
            assertThat(IpAddress.ofIpv4(Octets.i32(error, 12))).hasToString("10.9.0.1");
        }
    }

    @Test
    void rfc1812_5_2_7_1_shouldAnswerProtocolUnreachableForOthers() {
        assertThat(Octets.u16(notServed(ipv4().protocol(47).payload(9)), 20)).isEqualTo(3 << 8 | 2);
    }

    @Test
    void rfc4443_3_1_shouldAnswerPortUnreachableForTcpAndUdp() {
        for (final FrameBuilder builder : List.of(udp6(9), ipv6().tcp(1, 2))) {
            final byte[] error = notServed(builder);
            assertThat(Octets.u16(error, 40)).isEqualTo(1 << 8 | 4);
            assertThat(IpAddress.of(Arrays.copyOfRange(error, 8, 24))).hasToString("fd00:9::1");
        }
    }

    @Test
    void rfc8200_4_shouldPointToTheNextHeaderThatIsUnknown() {
        final byte[] plain = notServed(ipv6().protocol(47).payload(9));
        assertThat(Octets.u16(plain, 40)).isEqualTo(4 << 8 | 1);
        assertThat(Octets.i32(plain, 44)).isEqualTo(6);

        final byte[] options = {60, 0, 1, 4, 0, 0, 0, 0, 47, 0, 1, 4, 0, 0, 0, 0};
        assertThat(Octets.i32(notServed(ipv6().extensionHeaders(0, options).payload(9)), 44))
                .isEqualTo(48);
    }

    @Test
    void shouldNotAnswerIcmpThatIsNotServed() {
        for (final FrameBuilder builder : List.of(
                ipv4().icmp(13, 0, 0),
                ipv4().icmp(8, 0, 0),
                ipv6().icmp(139, 0, 0),
                ipv6().icmp(128, 0, 0),
                ipv6().protocol(59),
                laterFragment(17))) {
            final Frame offending = builder.parsedInto(pool, PORT);
            assertThat(errors.buildNotServed(offending)).isNull();
            pool.consumed(offending);
        }
        assertThat(counters.get(WorkerCounter.ICMP_ERRORS)).isZero();
    }

    private byte[] notServed(final FrameBuilder builder) {
        final Frame offending = builder.parsedInto(pool, PORT);
        final byte[] error = ip(errors.buildNotServed(offending));
        pool.consumed(offending);
        return error;
    }

    private void assertRefused(final FrameBuilder builder) {
        assertRefused(builder.parsedInto(pool, PORT));
    }

    private void assertRefused(final Frame offending) {
        assertThat(build(offending, 1, 3, 0)).isNull();
        assertThat(counters.get(WorkerCounter.ICMP_LIMITED)).isZero();
        pool.consumed(offending);
    }

    private void assertAnswered(final FrameBuilder builder) {
        final Frame offending = builder.parsedInto(pool, PORT);
        assertThat(ip(build(offending, 1, 3, 0))).isNotEmpty();
        pool.consumed(offending);
    }

    private @Nullable Frame timeExceeded(final FrameBuilder builder) {
        final Frame offending = builder.parsedInto(pool, PORT);
        final Frame error = build(offending, Icmp.TIME_EXCEEDED, 0, 0);
        pool.consumed(offending);
        return error;
    }

    private @Nullable Frame buildV6(final FrameBuilder builder, final int type, final int code, final int info) {
        final Frame offending = builder.parsedInto(pool, PORT);
        final Frame error = build(offending, type, code, info);
        pool.consumed(offending);
        return error;
    }

    private @Nullable Frame build(final Frame offending, final int type, final int code, final int info) {
        final IpAddress own = offending.etherType == 0x0800 ? OWN : OWN_V6;
        return errors.build(offending, type, code, info, own.high(), own.low());
    }

    private static Frame some(final @Nullable Frame error) {
        if (error == null) {
            throw new AssertionError("no error");
        }
        return error;
    }

    /** The error's IP packet, with right checksums; takes the frame. */
    private byte[] ip(final @Nullable Frame maybe) {
        final Frame error = some(maybe);
        final byte[] packet = packetOf(Octets.of(error));
        if (error.etherType == 0x0800) {
            assertThat(Octets.hasRightIpv4Checksum(packet)).isTrue();
        }
        assertThat(Octets.hasRightIcmpChecksum(packet)).isTrue();
        pool.consumed(error);
        return packet;
    }

    /** Without Ethernet header and padding. */
    private static byte[] packet(final FrameBuilder builder) {
        final byte[] frame = builder.build();
        final int length = Octets.u16(frame, 12) == 0x0800 ? Octets.u16(frame, 16) : 40 + Octets.u16(frame, 18);
        return Arrays.copyOfRange(frame, 14, 14 + length);
    }

    private static byte[] packetOf(final byte[] frame) {
        return Arrays.copyOfRange(frame, 14, frame.length);
    }

    private static FrameBuilder ipv4() {
        return FrameBuilder.frame().ipv4(SENDER, "10.9.0.1");
    }

    private static FrameBuilder ipv6() {
        return FrameBuilder.frame().ipv6(SENDER_V6, "fd00:9::1");
    }

    private static FrameBuilder udp(final int payload) {
        return ipv4().udp(1000, 33434).payload(payload);
    }

    private static FrameBuilder udp6(final int payload) {
        return ipv6().udp(1000, 33434).payload(payload);
    }
}
