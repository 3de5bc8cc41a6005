// SPDX-License-Identifier: Apache-2.0
package io.weft.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class ChecksumTest {
    private final SplittableRandom random = new SplittableRandom(1071);

    @Test
    void shouldSumTheExampleOfRfc1071() {
        final UnsafeBuffer buffer = new UnsafeBuffer(HexFormat.of().parseHex("0001f203f4f5f6f7"));

        assertThat(Checksum.fold(Checksum.sum(buffer, 0, 8))).isEqualTo(0xDDF2);
        assertThat(Checksum.finish(Checksum.sum(buffer, 0, 8))).isEqualTo(0x220D);
    }

    @Test
    void shouldEqualTheBytewiseSumAtEveryLengthAndAlignment() {
        for (int length = 0; length <= 200; length++) {
            for (int offset = 0; offset < 9; offset++) {
                assertSum(octets(offset + length + 3), offset, length);
            }
        }
    }

    @Test
    void shouldEqualTheBytewiseSumUpTo64Kb() {
        for (int i = 0; i < 500; i++) {
            final int length = random.nextInt(65_536);
            assertSum(octets(length + 16), random.nextInt(16), length);
        }
        final byte[] ones = new byte[65_536];
        Arrays.fill(ones, (byte) 0xFF);
        assertSum(ones, 0, ones.length);
        assertSum(ones, 1, ones.length - 1);
    }

    @Test
    void shouldAddUpFromParts() {
        for (int i = 0; i < 1000; i++) {
            final byte[] octets = octets(2 + random.nextInt(300));
            final int cut = random.nextInt(octets.length) & ~1;
            final UnsafeBuffer buffer = new UnsafeBuffer(octets);

            final long sum = Checksum.sum(buffer, 0, cut) + Checksum.sum(buffer, cut, octets.length - cut);

            assertThat(Checksum.fold(sum)).isEqualTo(bytewise(octets, 0, octets.length));
        }
    }

    @Test
    void shouldTakeAValueOutAgain() {
        for (int i = 0; i < 1000; i++) {
            final byte[] octets = octets(40);
            octets[0] |= 1;
            final int value = random.nextInt(0x10000);
            final long sum = Checksum.sum(new UnsafeBuffer(octets), 0, 40);

            assertThat(Checksum.fold(sum + Checksum.sumOf(value) + Checksum.without(value)))
                    .isEqualTo(Checksum.fold(sum));
        }
    }

    @Test
    void shouldSumPseudoHeaders() {
        final byte[] ipv4 = octets(20);
        final UnsafeBuffer buffer4 = new UnsafeBuffer(ipv4);
        final byte[] pseudo4 = Arrays.copyOf(Arrays.copyOfRange(ipv4, 12, 20), 12);
        pseudo4[9] = 17;
        pseudo4[10] = (byte) 0xAB;
        pseudo4[11] = (byte) 0xCD;
        assertThat(Checksum.fold(Checksum.pseudoHeaderIpv4(buffer4, 0, 17, 0xABCD)))
                .isEqualTo(bytewise(pseudo4, 0, 12));

        final byte[] ipv6 = octets(40);
        final byte[] pseudo6 = Arrays.copyOf(Arrays.copyOfRange(ipv6, 8, 40), 40);
        pseudo6[33] = 1;
        pseudo6[35] = 2;
        pseudo6[39] = 6;
        assertThat(Checksum.fold(Checksum.pseudoHeaderIpv6(new UnsafeBuffer(ipv6), 0, 6, 0x1_0002)))
                .isEqualTo(bytewise(pseudo6, 0, 40));
    }

    @Test
    void shouldUpdateTheExampleOfRfc1624() {
        // Section 4: the two older equations give 0xFFFF or the wrong sign here.
        assertThat(Checksum.update(0xDD2F, 0x5555, 0x3285)).isEqualTo(0x0000);
    }

    @Test
    void shouldUpdateAsIfSummedAnew() {
        for (int i = 0; i < 20_000; i++) {
            final byte[] octets = octets(20);
            octets[0] = 0x45;
            final int before = Checksum.finish(Checksum.sum(new UnsafeBuffer(octets), 0, 20));
            final int at = 2 + 2 * random.nextInt(9);
            final int was = (octets[at] & 0xFF) << 8 | (octets[at + 1] & 0xFF);
            // Half of the time whatever makes the new checksum 0x0000, where equations other than the third fail.
            final int is = random.nextBoolean() ? random.nextInt(0x10000) : plus(was, before);
            octets[at] = (byte) (is >>> 8);
            octets[at + 1] = (byte) is;

            assertThat(Checksum.update(before, was, is)).isEqualTo(~bytewise(octets, 0, 20) & 0xFFFF);
        }
    }

    private void assertSum(final byte[] octets, final int offset, final int length) {
        assertThat(Checksum.fold(Checksum.sum(new UnsafeBuffer(octets), offset, length)))
                .as("%d octets at %d", length, offset)
                .isEqualTo(bytewise(octets, offset, length));
    }

    private byte[] octets(final int length) {
        final byte[] octets = new byte[length];
        if (random.nextInt(4) == 0) {
            Arrays.fill(octets, (byte) 0xFF);
        } else {
            random.nextBytes(octets);
        }
        return octets;
    }

    private static int bytewise(final byte[] octets, final int offset, final int length) {
        int sum = 0;
        for (int i = 0; i < length; i++) {
            sum = plus(sum, (octets[offset + i] & 0xFF) << ((i & 1) == 0 ? 8 : 0));
        }
        return sum;
    }

    private static int plus(final int a, final int b) {
        final int sum = a + b;
        return sum > 0xFFFF ? sum - 0xFFFF : sum;
    }
}
