// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testkit.Seeds;
import io.weft.testkit.SlowFib;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A million random changes in all, each compared with a table that looks at every route. */
class FibOracleTest {
    private static final int RUNS = 100;
    private static final int CHANGES = 5_000;
    private static final int PROBES = 6;

    @ParameterizedTest
    @ValueSource(ints = {32, 128})
    void shouldAgreeWithLinearScanAfterEveryChange(final int bits) {
        Seeds.each(RUNS, random -> new Run(bits, random).run());
    }

    /** One table, in a corner of the address space that is small enough for prefixes to collide. */
    private static final class Run {
        private final int bits;
        private final SplittableRandom random;
        private final TestFib fib;
        private final SlowFib oracle = new SlowFib();
        private final long baseHigh;
        private final long baseLow;
        private long freeHigh;
        private long freeLow;
        private final int most;
        private final int values;
        private final int shortest;
        private final int spread;
        private final long[] highs = new long[PROBES];
        private final long[] lows = new long[PROBES];
        private final int[] found = new int[PROBES];

        Run(final int bits, final SplittableRandom random) {
            this.bits = bits;
            this.random = random;
            this.fib = TestFib.of(bits, GracePeriod.NONE);
            this.baseHigh = random.nextLong();
            this.baseLow = random.nextLong();
            this.most = 1 << random.nextInt(1, 8);
            this.values = random.nextInt(3) == 0 ? 3 : random.nextBoolean() ? 300 : 65_535;
            this.shortest = random.nextInt(4) == 0 ? 0 : random.nextInt(bits);
            this.spread = random.nextInt(bits - shortest + 1);
            for (int i = random.nextInt(1, 12); i > 0; i--) {
                final int bit = Math.min(bits - 1, shortest + random.nextInt(spread + 1));
                freeHigh |= bit < 64 ? Long.MIN_VALUE >>> bit : 0;
                freeLow |= bit < 64 ? 0 : Long.MIN_VALUE >>> bit;
            }
        }

        void run() {
            boolean isGrowing = true;
            for (int i = 0; i < CHANGES; i++) {
                isGrowing = oracle.size() == 0 || (isGrowing ? oracle.size() < most : random.nextInt(3 * most) == 0);
                if (isGrowing ? random.nextInt(4) > 0 : random.nextInt(4) == 0) {
                    put();
                } else {
                    remove();
                }
                assertThat(fib.size()).isEqualTo(oracle.size());
                if (i % 500 == 0) {
                    fib.checkNothingIsLost();
                }
            }
            while (oracle.size() > 0) {
                removeAt(random.nextInt(oracle.size()));
            }
            fib.checkNothingIsLost();
            assertThat(fib.blocks().live()).as("longs in use by an empty table").isEqualTo(FibBlocks.PAGE_ENTRIES / 2);
        }

        private void put() {
            final long high = high();
            final long low = low();
            final int length = Math.min(bits, shortest + random.nextInt(spread + 2));
            final int value = random.nextInt(1, values + 1);
            oracle.put(high, low, length, value);
            assertThat(fib.put(high, low, length, value)).isTrue();
            compare(high, low, length);
        }

        private void remove() {
            if (oracle.size() == 0 || random.nextInt(8) == 0) {
                final long high = high();
                final long low = low();
                final int length = random.nextInt(bits + 1);
                assertThat(fib.remove(high, low, length)).isEqualTo(oracle.remove(high, low, length));
                compare(high, low, length);
            } else {
                removeAt(random.nextInt(oracle.size()));
            }
        }

        private void removeAt(final int index) {
            final long high = oracle.high(index);
            final long low = oracle.low(index);
            final int length = oracle.length(index);
            assertThat(fib.remove(high, low, length)).isTrue();
            oracle.remove(high, low, length);
            compare(high, low, length);
        }

        /** Around the edges of the prefix that changed, within it, and anywhere. */
        private void compare(final long high, final long low, final int length) {
            final long hostHigh = length < 64 ? -1L >>> length : 0;
            final long hostLow = length <= 64 ? -1L : length == 128 ? 0 : -1L >>> length;
            probe(0, high & ~hostHigh, low & ~hostLow);
            probe(1, high | hostHigh, low | hostLow);
            probe(
                    2,
                    (high & ~hostHigh) - (bits == 32 ? 1L << 32 : (low & ~hostLow) == 0 ? 1 : 0),
                    (low & ~hostLow) - 1);
            probe(
                    3,
                    (high & ~hostHigh) | (random.nextLong() & hostHigh),
                    (low & ~hostLow) | (random.nextLong() & hostLow));
            probe(4, high(), low());
            probe(5, random.nextLong(), random.nextLong());
            fib.lookup(highs, lows, found, PROBES);
            for (int i = 0; i < PROBES; i++) {
                final int expected = oracle.lookup(highs[i], lows[i]);
                if (found[i] != expected || fib.lookup(highs[i], lows[i]) != expected) {
                    throw new AssertionError(
                            "%016x%016x: expected %d, found %d in bulk and %d alone, after a change of %016x%016x/%d"
                                    .formatted(
                                            highs[i],
                                            lows[i],
                                            expected,
                                            found[i],
                                            fib.lookup(highs[i], lows[i]),
                                            high,
                                            low,
                                            length));
                }
            }
            assertThat(fib.get(high, low, length)).isEqualTo(oracle.get(high, low, length));
        }

        private void probe(final int index, final long high, final long low) {
            highs[index] = bits == 32 ? high & 0xFFFF_FFFF_0000_0000L : high;
            lows[index] = bits == 32 ? 0 : low;
        }

        private long high() {
            return baseHigh ^ (random.nextLong() & freeHigh);
        }

        private long low() {
            return baseLow ^ (random.nextLong() & freeLow);
        }
    }
}
