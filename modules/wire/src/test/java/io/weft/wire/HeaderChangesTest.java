// SPDX-License-Identifier: Apache-2.0
package io.weft.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** What a router changes in headers that are there. */
class HeaderChangesTest {
    private static final IpAddress A6 = IpAddress.parse("fd00::a");
    private static final IpAddress B6 = IpAddress.parse("fd00:b::b");

    private final SplittableRandom random = new SplittableRandom(1624);
    private final UnsafeBuffer header = new UnsafeBuffer(new byte[40]);

    @Test
    void rfc1624_3_shouldKeepTheChecksumRightWhenTheTtlIsDecremented() {
        for (int ttl = 1; ttl <= 255; ttl++) {
            for (int protocol = 0; protocol <= 255; protocol++) {
                Ipv4.put(header, 0, 20, ttl, protocol, random.nextInt(), random.nextInt());
                assertDecrements(ttl, protocol);
            }
        }
    }

    /** Every checksum, so also 0x0000, which 0xFFFF would be equal to in one's complement. */
    @Test
    void rfc1624_3_shouldKeepEveryChecksumRightWhenTheTtlIsDecremented() {
        final boolean[] seen = new boolean[0x10000];
        for (int identification = 0; identification <= 0xFFFF; identification++) {
            Ipv4.put(header, 0, 20, 64, 17, 0x0A000001, 0x0A000002);
            Ipv4.identification(header, 0, identification);
            Ipv4.writeChecksum(header, 0);
            seen[Ipv4.checksum(header, 0)] = true;
            assertDecrements(64, 17);
        }
        assertThat(seen[0]).isTrue();
        assertThat(seen[0xFFFF]).as("the sum of no header").isFalse();
    }

    private void assertDecrements(final int ttl, final int protocol) {
        Ipv4.decrementTtl(header, 0);

        final int checksum = Ipv4.checksum(header, 0);
        Ipv4.writeChecksum(header, 0);
        assertThat(checksum).isEqualTo(Ipv4.checksum(header, 0));
        assertThat(Ipv4.ttl(header, 0)).isEqualTo(ttl - 1);
        assertThat(Ipv4.protocol(header, 0)).isEqualTo(protocol);
    }

    @Test
    void rfc1624_3_shouldKeepAWrongChecksumWrongWhenTheTtlIsDecremented() {
        Ipv4.put(header, 0, 20, 64, 17, 0x0A000001, 0x0A000002);
        Ipv4.checksum(header, 0, Ipv4.checksum(header, 0) ^ 4);

        Ipv4.decrementTtl(header, 0);

        assertThat(Ipv4.isChecksumValid(header, 0)).isFalse();
    }

    @Test
    void shouldSetIpv4FieldsAndNothingElse() {
        final byte[] octets = new byte[20];
        Arrays.fill(octets, (byte) 0xEE);
        final UnsafeBuffer buffer = new UnsafeBuffer(octets);

        Ipv4.trafficClass(buffer, 0, 0xC0);
        Ipv4.fragment(buffer, 0, Ipv4.FLAG_MF | 0x123);
        Ipv4.ttl(buffer, 0, 7);

        assertThat(HexFormat.of().formatHex(octets)).isEqualTo("eec0eeeeeeee212307eeeeeeeeeeeeeeeeeeeeee");
        assertThat(Ipv4.trafficClass(buffer, 0)).isEqualTo(0xC0);
        assertThat(Ipv4.fragmentOffset(buffer, 0)).isEqualTo(0x123 * 8);
        assertThat(Ipv4.ttl(buffer, 0)).isEqualTo(7);
    }

    @Test
    void shouldSetIpv6FieldsAndNothingElse() {
        final byte[] octets = new byte[8];
        Arrays.fill(octets, (byte) 0xEE);
        final UnsafeBuffer buffer = new UnsafeBuffer(octets);

        Ipv6.flowLabel(buffer, 0, 0x12345);
        Ipv6.nextHeader(buffer, 0, 58);
        Ipv6.hopLimit(buffer, 0, 7);

        assertThat(HexFormat.of().formatHex(octets)).isEqualTo("eee12345eeee3a07");
        assertThat(Ipv6.flowLabel(buffer, 0)).isEqualTo(0x12345);
        assertThat(Ipv6.nextHeader(buffer, 0)).isEqualTo(58);
        assertThat(Ipv6.hopLimit(buffer, 0)).isEqualTo(7);
    }

    @Test
    void shouldSwapAddressesUnderARightChecksum() {
        Ipv4.put(header, 0, 20, 64, 17, 0x0A000001, 0xC0A80002);
        Ipv4.swapAddresses(header, 0);
        assertThat(Ipv4.source(header, 0)).isEqualTo(0xC0A80002);
        assertThat(Ipv4.destination(header, 0)).isEqualTo(0x0A000001);
        assertThat(Ipv4.isChecksumValid(header, 0)).isTrue();

        Ipv6.put(header, 0, 0, 59, 64, A6, B6);
        final int before = Checksum.fold(Checksum.pseudoHeaderIpv6(header, 0, 58, 100));
        Ipv6.swapAddresses(header, 0);
        assertThat(new IpAddress(Ipv6.sourceHigh(header, 0), Ipv6.sourceLow(header, 0)))
                .isEqualTo(B6);
        assertThat(new IpAddress(Ipv6.destinationHigh(header, 0), Ipv6.destinationLow(header, 0)))
                .isEqualTo(A6);
        assertThat(Checksum.fold(Checksum.pseudoHeaderIpv6(header, 0, 58, 100))).isEqualTo(before);
    }

    @Test
    void rfc8200_4_shouldReadExtensionHeaders() {
        final UnsafeBuffer options = new UnsafeBuffer(HexFormat.of().parseHex("3a02010400000000"));
        assertThat(Ipv6Extension.isValid(options, 0, 8)).isTrue();
        assertThat(Ipv6Extension.nextHeader(options, 0)).isEqualTo(58);
        assertThat(Ipv6Extension.length(options, 0, Ipv6Extension.DESTINATION_OPTIONS))
                .isEqualTo(24);

        final UnsafeBuffer fragment = new UnsafeBuffer(HexFormat.of().parseHex("11ff123700000009"));
        assertThat(Ipv6Extension.length(fragment, 0, Ipv6Extension.FRAGMENT)).isEqualTo(8);
        assertThat(Ipv6Extension.fragmentOffset(fragment, 0)).isEqualTo(0x1230);

        assertThat(Ipv6Extension.isValid(fragment, 0, 7)).isFalse();
        assertThat(Ipv6Extension.isValid(fragment, 1, 8)).isFalse();
        assertThat(Ipv6Extension.isValid(fragment, -1, 8)).isFalse();
        assertThat(Ipv6Extension.isExtension(0) && Ipv6Extension.isExtension(43))
                .isTrue();
        assertThat(Ipv6Extension.isExtension(44) && Ipv6Extension.isExtension(60))
                .isTrue();
        assertThat(Ipv6Extension.isExtension(51) || Ipv6Extension.isExtension(59))
                .isFalse();
    }
}
