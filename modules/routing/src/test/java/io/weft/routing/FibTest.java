// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.testkit.WarmAllocation;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FibTest {
    private static final int ROUTES = 20_000;

    /** RFC 1812 section 5.2.4.3: the longest match wins. */
    @Test
    void shouldPreferLongestPrefix() {
        final Ipv4Fib fib = new Ipv4Fib(GracePeriod.NONE);
        final int address = 0x0A01_0203;
        for (int length = 0; length <= 32; length++) {
            assertThat(fib.put(address, length, length + 1)).isTrue();
            assertThat(fib.lookup(address)).isEqualTo(length + 1);
        }
        assertThat(fib.size()).isEqualTo(33);
        for (int length = 1; length <= 32; length++) {
            assertThat(fib.lookup(address ^ 1 << (32 - length)))
                    .as("differs in bit %d", length)
                    .isEqualTo(length);
        }
    }

    /** Skipped bits, both windows of the address, and a route at every length. */
    @Test
    void shouldPreferLongestPrefixOfIpv6() {
        final Ipv6Fib fib = new Ipv6Fib(GracePeriod.NONE);
        final long high = 0xFD00_1234_5678_9ABCL;
        final long low = 0xDEF0_1234_5678_9ABCL;
        for (int length = 128; length >= 0; length--) {
            assertThat(fib.put(high, low, length, length + 1)).isTrue();
            assertThat(fib.lookup(high, low)).isEqualTo(129);
        }
        for (int length = 1; length <= 128; length++) {
            final long differHigh = length <= 64 ? Long.MIN_VALUE >>> (length - 1) : 0;
            final long differLow = length <= 64 ? 0 : Long.MIN_VALUE >>> (length - 65);
            assertThat(fib.lookup(high ^ differHigh, low ^ differLow)).isEqualTo(length);
        }
    }

    /** No address bits look like the end of a window: one bit among zeros, wherever it is, with a block at every depth. */
    @ParameterizedTest
    @ValueSource(longs = {0, -1})
    void shouldTellAddressBitsFromTheEndOfAWindow(final long others) {
        final int[] values = new int[1];
        for (int bit = 0; bit < 128; bit++) {
            final long high = others ^ (bit < 64 ? Long.MIN_VALUE >>> bit : 0);
            final long low = others ^ (bit < 64 ? 0 : Long.MIN_VALUE >>> (bit - 64));
            final Ipv6Fib fib = new Ipv6Fib(GracePeriod.NONE);
            for (int length = 0; length <= 128; length++) {
                fib.put(high, low, length, length + 1);
            }
            fib.lookup(new long[] {high}, new long[] {low}, values, new long[1], 0, 1);
            assertThat(values[0]).as("bit %d, in bulk", bit).isEqualTo(129);
            assertThat(fib.lookup(high, low)).as("bit %d", bit).isEqualTo(129);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 128})
    void shouldIgnoreBitsBehindThePrefix(final int bits) {
        final TestFib fib = TestFib.of(bits, GracePeriod.NONE);
        fib.put(0x0A01_0203L << 32, 5, 20, 7);
        assertThat(fib.get(0x0A01_0FFFL << 32, 9, 20)).isEqualTo(7);
        assertThat(fib.remove(0x0A01_0000L << 32, 0, 20)).isTrue();
        assertThat(fib.size()).isZero();
    }

    @Test
    void shouldRefuseRoutesWhenFull() {
        final Ipv4Fib four = new Ipv4Fib(GracePeriod.NONE, 2);
        final Ipv6Fib six = new Ipv6Fib(GracePeriod.NONE, 2);
        for (int i = 0; i < 2; i++) {
            assertThat(four.put(i, 32, 1)).isTrue();
            assertThat(six.put(i, 0, 64, 1)).isTrue();
        }
        assertThat(four.put(2, 32, 1)).isFalse();
        assertThat(six.put(2, 0, 64, 1)).isFalse();
        assertThat(four.lookup(2)).isEqualTo(Ipv4Fib.NO_ROUTE);
        assertThat(six.lookup(2, 0)).isEqualTo(Ipv6Fib.NO_ROUTE);
        assertThat(four.put(1, 32, 5)).as("replaces").isTrue();
        assertThat(four.lookup(1)).isEqualTo(5);
        assertThat(four.remove(0, 32)).isTrue();
        assertThat(four.put(2, 32, 1)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 128})
    void shouldRefuseWhatIsOutOfRange(final int bits) {
        final TestFib fib = TestFib.of(bits, GracePeriod.NONE);
        for (final int length : new int[] {-1, bits + 1}) {
            assertThatThrownBy(() -> fib.put(0, 0, length, 1)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> fib.remove(0, 0, length)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> fib.get(0, 0, length)).isInstanceOf(IllegalArgumentException.class);
        }
        for (final int value : new int[] {-1, 0, 65_536}) {
            assertThatThrownBy(() -> fib.put(0, 0, 8, value)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(fib.size()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 128})
    void shouldGiveBackMemoryWhenEmptied(final int bits) {
        final TestFib fib = TestFib.of(bits, GracePeriod.NONE);
        final long empty = fib.memory();
        assertThat(empty).isLessThan(10_000);
        final long[] highs = fill(fib, new SplittableRandom(1));
        assertThat(fib.memory()).isGreaterThan(ROUTES);
        for (final long high : highs) {
            fib.remove(high, 0, 26);
        }
        assertThat(fib.size()).isZero();
        assertThat(fib.memory()).isEqualTo(empty);
    }

    /** A prefix that nests in none costs the same memory whether others came and went before. */
    @ParameterizedTest
    @ValueSource(ints = {32, 128})
    void shouldShrinkWhenMostRoutesAreRemoved(final int bits) {
        final TestFib fib = TestFib.of(bits, GracePeriod.NONE);
        final long[] highs = fill(fib, new SplittableRandom(1));
        final long full = fib.memory();
        for (int i = 20; i < highs.length; i++) {
            fib.remove(highs[i], 0, 26);
        }
        assertThat(fib.memory()).isLessThan(full / 4);
        for (int i = 0; i < 20; i++) {
            assertThat(fib.lookup(highs[i], 0)).isNotZero();
        }
        fib.checkNothingIsLost();
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 128})
    void shouldNotAllocateInSteadyState(final int bits) {
        final TestFib fib = TestFib.of(bits, GracePeriod.NONE);
        final long[] highs = fill(fib, new SplittableRandom(1));
        assertThat(WarmAllocation.of(() -> churn(fib, highs))).isZero();
    }

    private static void churn(final TestFib fib, final long[] highs) {
        for (int i = 0; i < highs.length; i++) {
            fib.remove(highs[i], 0, 26);
            if (fib.lookup(highs[i], 0) < 0) {
                throw new AssertionError("A lookup gave a negative value");
            }
            fib.put(highs[i], 0, 26, 1 + (i & 0xFF));
        }
    }

    private static long[] fill(final TestFib fib, final SplittableRandom random) {
        final long[] highs = new long[ROUTES];
        for (int i = 0; i < ROUTES; i++) {
            do {
                highs[i] = AddressBits.prefixHigh(0x20L << 56 | random.nextLong() >>> 8, 26);
            } while (fib.get(highs[i], 0, 26) != 0);
            fib.put(highs[i], 0, 26, random.nextInt(1, 256));
        }
        return highs;
    }
}
