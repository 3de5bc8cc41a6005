// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testkit.Seeds;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What readers may see while the table changes. */
class FibReaderTest {
    private static final int PREFIXES = 4_000;
    private static final int FIRST_VALUE = 100;
    private static final int ALWAYS = 1;
    private static final int BATCH = 64;

    @ParameterizedTest
    @ValueSource(ints = {32, 128})
    void shouldShowOnlyRoutesThatCoverTheAddressWhileOthersComeAndGo(final int bits) {
        Seeds.each(1, random -> {
            final Handshake grace = new Handshake();
            final TestFib fib = TestFib.of(bits, grace);
            final Prefixes prefixes = new Prefixes(bits, random);
            fib.put(0, 0, 0, ALWAYS);
            fib.put(prefixes.growing(), 0, 26, 1);
            final Reader reader = new Reader(fib, prefixes, grace, random.split());
            final Thread thread = new Thread(reader, "reader");
            thread.start();
            for (int round = 0; round < 12 && reader.failure.get() == null; round++) {
                // Fills up, then empties: the array grows, is used again, and is compacted.
                for (int i = 0; i < 3 * PREFIXES; i++) {
                    prefixes.change(fib, random.nextInt(PREFIXES), random.nextInt(4) > 0 == (round % 2 == 0));
                    fib.put(prefixes.growing(), 0, 26, 2 + round * 3 * PREFIXES / 4 + i / 4);
                }
            }
            reader.stop = true;
            thread.join();
            assertThat(reader.failure.get()).isNull();
            assertThat(reader.batches).isPositive();
            assertThat(grace.count).as("grace periods").isPositive();
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 128})
    void shouldNotUseBlocksAgainBeforeTheGracePeriodIsOver(final int bits) {
        Seeds.each(20, random -> {
            final AtomicInteger graces = new AtomicInteger();
            final TestFib fib = TestFib.of(bits, graces::incrementAndGet);
            final Prefixes prefixes = new Prefixes(bits, random);
            for (int i = 0; i < 500; i++) {
                prefixes.change(fib, i, true);
            }
            final Map<Integer, Long> seen = new HashMap<>();
            fib.eachBlock(pointer -> seen.put(pointer, fib.blocks().get(pointer, starts(pointer))));
            fib.blocks().reclaim();
            final int before = graces.get();
            for (int i = 0; i < 300 && graces.get() == before; i++) {
                prefixes.change(fib, random.nextInt(500), random.nextBoolean());
                if (graces.get() == before) {
                    seen.forEach((pointer, value) -> assertThat(fib.blocks().get(pointer, starts(pointer)))
                            .isEqualTo(value));
                }
            }
        });
    }

    private static int starts(final int pointer) {
        return (pointer & FibBlocks.SKIP) != 0 ? 1 : 0;
    }

    /** Prefixes that come and go, each with a value of its own, in a corner where they nest. */
    private static final class Prefixes {
        private final int bits;
        private final long[] highs = new long[PREFIXES];
        private final long[] lows = new long[PREFIXES];
        private final int[] lengths = new int[PREFIXES];

        Prefixes(final int bits, final SplittableRandom random) {
            this.bits = bits;
            for (int i = 0; i < PREFIXES; i++) {
                final int length = random.nextInt(4) == 0 ? random.nextInt(9, 27) : random.nextInt(19, bits + 1);
                final long high = 10L << 56 | random.nextLong() >>> random.nextInt(8, 20);
                highs[i] = AddressBits.prefixHigh(high, length);
                lows[i] = AddressBits.prefixLow(random.nextLong() >>> random.nextInt(64), length);
                lengths[i] = length;
            }
        }

        /** Apart from all others. */
        long growing() {
            return 11L << 56;
        }

        void change(final TestFib fib, final int index, final boolean isPut) {
            if (isPut) {
                fib.put(highs[index], lows[index], lengths[index], FIRST_VALUE + index);
            } else {
                fib.remove(highs[index], lows[index], lengths[index]);
            }
        }

        boolean covers(final int value, final long high, final long low) {
            final int index = value - FIRST_VALUE;
            return value == ALWAYS
                    || (index >= 0
                            && index < PREFIXES
                            && AddressBits.common(highs[index], lows[index], high, low) >= lengths[index]);
        }
    }

    /** Looks up and checks until it is told to stop. */
    private static final class Reader implements Runnable {
        private final TestFib fib;
        private final Prefixes prefixes;
        private final Handshake grace;
        private final SplittableRandom random;
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        private final long[] highs = new long[BATCH];
        private final long[] lows = new long[BATCH];
        private final int[] values = new int[BATCH];
        private int last;
        private volatile boolean stop;
        private volatile long batches;

        Reader(final TestFib fib, final Prefixes prefixes, final Handshake grace, final SplittableRandom random) {
            this.fib = fib;
            this.prefixes = prefixes;
            this.grace = grace;
            this.random = random;
        }

        @Override
        public void run() {
            try {
                for (long count = 1; !stop; count++) {
                    lookup();
                    grace.pass();
                    batches = count;
                }
            } catch (final AssertionError | RuntimeException e) {
                failure.set(e);
            } finally {
                grace.leave();
            }
        }

        private void lookup() {
            for (int i = 1; i < BATCH; i++) {
                final int index = random.nextInt(PREFIXES);
                final int length = prefixes.lengths[index];
                final long hostHigh = ~AddressBits.prefixHigh(-1, length);
                final long hostLow = ~AddressBits.prefixLow(-1, length);
                final long high = prefixes.highs[index] | (random.nextLong() & hostHigh);
                highs[i] = prefixes.bits == 32 ? high & 0xFFFF_FFFF_0000_0000L : high;
                lows[i] = prefixes.bits == 32 ? 0 : prefixes.lows[index] | (random.nextLong() & hostLow);
            }
            highs[0] = prefixes.growing();
            fib.lookup(highs, lows, values, BATCH);
            for (int i = 1; i < BATCH; i++) {
                check(highs[i], lows[i], values[i]);
                check(highs[i], lows[i], fib.lookup(highs[i], lows[i]));
            }
            assertThat(values[0]).as("a value that only grows").isGreaterThanOrEqualTo(last);
            last = fib.lookup(highs[0], lows[0]);
            assertThat(last).as("a value that only grows").isGreaterThanOrEqualTo(values[0]);
        }

        private void check(final long high, final long low, final int value) {
            if (!prefixes.covers(value, high, low)) {
                throw new AssertionError("%016x%016x: value %d of a route elsewhere".formatted(high, low, value));
            }
        }
    }

    /** The writer asks, the reader answers between two lookups. */
    private static final class Handshake implements GracePeriod {
        private final Semaphore answers = new Semaphore(0);
        private volatile boolean isAsked;
        private volatile boolean hasLeft;
        private int count;

        @Override
        public void await() {
            count++;
            isAsked = true;
            if (!hasLeft) {
                answers.acquireUninterruptibly();
            }
        }

        void pass() {
            if (isAsked) {
                isAsked = false;
                answers.release();
            }
        }

        void leave() {
            hasLeft = true;
            answers.release();
        }
    }
}
