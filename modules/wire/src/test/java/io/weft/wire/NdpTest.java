// SPDX-License-Identifier: Apache-2.0
package io.weft.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Neighbor Discovery messages as RFC 4861 section 4 draws them. Agrona checks bounds. */
class NdpTest {
    private static final long MAC = 0x02_00_00_00_00_0AL;
    private static final IpAddress A = IpAddress.parse("fd00::a");
    private static final String SOLICITATION = "8700000000000000 fd00000000000000000000000000000a 0101 02000000000a";
    private static final String ADVERTISEMENT = "8800000060000000 fd00000000000000000000000000000a 0201 02000000000a";
    private static final String ROUTER_ADVERTISEMENT = "86000000 40 00 0708 00000000 00000000 0101 02000000000a"
            + "0501 0000 000005aa 0304 4080 00278d00 00278d00 00000000 fd000000000000000000000000000000";

    @Test
    void shouldWriteGoldenOctetsOverWhateverWasThere() {
        final UnsafeBuffer solicitation = dirty(Ndp.NEIGHBOR_LENGTH);
        Ndp.putNeighborSolicitation(solicitation, 0, A.high(), A.low(), MAC);
        assertThat(hex(solicitation)).isEqualTo(SOLICITATION.replace(" ", ""));

        final UnsafeBuffer advertisement = dirty(Ndp.NEIGHBOR_LENGTH);
        Ndp.putNeighborAdvertisement(advertisement, 0, Ndp.SOLICITED | Ndp.OVERRIDE, A.high(), A.low(), MAC);
        assertThat(hex(advertisement)).isEqualTo(ADVERTISEMENT.replace(" ", ""));

        final UnsafeBuffer router = dirty(Ndp.ROUTER_ADVERTISEMENT_LENGTH);
        Ndp.putRouterAdvertisement(router, 0, 64, 1800, MAC, 1450, A.high(), 0, 64, 2_592_000);
        assertThat(hex(router)).isEqualTo(ROUTER_ADVERTISEMENT.replace(" ", ""));
    }

    @Test
    void shouldReadGoldenOctets() {
        final UnsafeBuffer advertisement = buffer(ADVERTISEMENT);
        assertThat(Ndp.flags(advertisement, 0)).isEqualTo(Ndp.SOLICITED | Ndp.OVERRIDE);
        assertThat(new IpAddress(Ndp.targetHigh(advertisement, 0), Ndp.targetLow(advertisement, 0)))
                .isEqualTo(A);
        assertThat(Ndp.linkLayerAddress(advertisement, 0, 32, Ndp.TARGET_ADDRESS))
                .isEqualTo(MAC);
        assertThat(Ndp.linkLayerAddress(advertisement, 0, 32, Ndp.SOURCE_ADDRESS))
                .isEqualTo(Ndp.NO_ADDRESS);
        assertThat(Ndp.routerLifetime(buffer(ROUTER_ADVERTISEMENT), 0)).isEqualTo(1800);
        final UnsafeBuffer redirect =
                buffer("8900000000000000" + "00".repeat(16) + HexFormat.of().formatHex(A.octets()));
        assertThat(new IpAddress(Ndp.destinationHigh(redirect, 0), Ndp.destinationLow(redirect, 0)))
                .isEqualTo(A);
    }

    @Test
    void shouldReadNothingOutsideOfAValidMessage() {
        final SplittableRandom random = new SplittableRandom(4861);
        int valid = 0;
        for (int i = 0; i < 50_000; i++) {
            final byte[] golden =
                    buffer(i % 2 == 0 ? ADVERTISEMENT : ROUTER_ADVERTISEMENT).byteArray();
            final byte[] octets = Arrays.copyOf(golden, random.nextInt(8, 100));
            for (int changes = random.nextInt(4); changes > 0; changes--) {
                octets[random.nextInt(octets.length)] = (byte) random.nextInt(random.nextBoolean() ? 4 : 256);
            }
            final UnsafeBuffer buffer = new UnsafeBuffer(octets);
            if (Ndp.isValid(buffer, 0, octets.length)) {
                assertThat(Ndp.linkLayerAddress(buffer, 0, octets.length, random.nextInt(256)))
                        .isGreaterThanOrEqualTo(Ndp.NO_ADDRESS);
                valid++;
            }
        }
        assertThat(valid).isGreaterThan(1000);
    }

    @Test
    void shouldRequireTheFixedPartOfEachNeighborDiscoveryMessage() {
        final int[] lengths = {8, 16, 24, 24, 40};
        for (int type = 133; type <= 137; type++) {
            final String message = String.format("%02x", type) + "00".repeat(lengths[type - 133] - 1);
            assertThat(ndp(message)).as("type %d", type).isTrue();
            assertThat(ndp(message.substring(2))).as("not that type").isFalse();
            assertThat(ndp(message.substring(0, message.length() - 2)))
                    .as("type %d, cut", type)
                    .isFalse();
        }
        assertThat(ndp("84" + "00".repeat(39))).as("another type").isFalse();
        assertThat(ndp("8a" + "00".repeat(39))).as("another type").isFalse();
        assertThat(Ndp.isType(132) || Ndp.isType(138)).isFalse();
        assertThat(Ndp.isType(133) && Ndp.isType(137)).isTrue();
    }

    @Test
    void shouldRefuseNeighborDiscoveryOptionsThatAreEmptyOrCut() {
        final String message = "8500000000000000";
        assertThat(ndp(message + "c801000000000000")).as("unknown").isTrue();
        assertThat(ndp(message + "c802" + "00".repeat(14)))
                .as("unknown, longer")
                .isTrue();
        assertThat(ndp(message + "c800000000000000")).as("empty").isFalse();
        assertThat(ndp(message + "c802000000000000")).as("beyond the end").isFalse();
        assertThat(ndp(message + "c80100000000")).as("cut").isFalse();
        assertThat(ndp(message + "0102" + "00".repeat(14)))
                .as("no Ethernet address")
                .isFalse();
    }

    @Test
    void shouldFindTheLinkLayerAddressBehindOtherOptions() {
        final UnsafeBuffer message =
                buffer("8500000000000000" + "c802" + "01".repeat(14) + "0101 020304050607" + "0101 020304050608");
        assertThat(Ndp.isValid(message, 0, message.capacity())).isTrue();
        assertThat(Ndp.linkLayerAddress(message, 0, message.capacity(), Ndp.SOURCE_ADDRESS))
                .as("the first")
                .isEqualTo(0x0203_0405_0607L);
        assertThat(Ndp.linkLayerAddress(message, 0, message.capacity(), Ndp.TARGET_ADDRESS))
                .isEqualTo(Ndp.NO_ADDRESS);
    }

    @Test
    void shouldMapAddressesToSolicitedNodeGroups() {
        final IpAddress address = IpAddress.parse("fe80::2aa:ff:fe28:9c5a");
        final long group = Ndp.solicitedNodeLow(address.low());
        assertThat(new IpAddress(Ndp.MULTICAST_HIGH, group)).hasToString("ff02::1:ff28:9c5a");
        assertThat(MacAddress.format(Ndp.multicastMac(group))).isEqualTo("33:33:ff:28:9c:5a");
        assertThat(Ndp.isSolicitedNode(Ndp.MULTICAST_HIGH, group)).isTrue();
        assertThat(Ndp.isSolicitedNode(address.high(), group)).isFalse();
        assertThat(Ndp.isSolicitedNode(Ndp.MULTICAST_HIGH, Ndp.ALL_NODES_LOW)).isFalse();
    }

    private static boolean ndp(final String hex) {
        return Ndp.isValid(buffer(hex), 0, buffer(hex).capacity());
    }

    private static UnsafeBuffer dirty(final int length) {
        final byte[] octets = new byte[length];
        Arrays.fill(octets, (byte) 0xEE);
        return new UnsafeBuffer(octets);
    }

    private static UnsafeBuffer buffer(final String hex) {
        return new UnsafeBuffer(HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    private static String hex(final UnsafeBuffer buffer) {
        return HexFormat.of().formatHex(buffer.byteArray());
    }
}
