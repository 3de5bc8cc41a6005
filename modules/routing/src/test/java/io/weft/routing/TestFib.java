// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.IntConsumer;

/** Either family behind one face: addresses left-aligned in two longs, values looked up one by one and in bulk. */
interface TestFib {
    boolean put(long high, long low, int length, int value);

    boolean remove(long high, long low, int length);

    int get(long high, long low, int length);

    int lookup(long high, long low);

    void lookup(long[] highs, long[] lows, int[] values, int count);

    int size();

    int bits();

    long memory();

    FibBlocks blocks();

    /** A table of a family, by its number of address bits. */
    static TestFib of(final int bits, final GracePeriod grace) {
        return bits == Integer.SIZE ? new Four(new Ipv4Fib(grace)) : new Six(new Ipv6Fib(grace));
    }

    /** Fails unless all longs that are neither free nor in limbo are reachable, each once. */
    default void checkNothingIsLost() {
        blocks().reclaim();
        assertThat(reachable()).as("longs that can be reached, of those in use").isEqualTo(blocks().live());
    }

    private int reachable() {
        final int pageLongs = FibBlocks.PAGE_ENTRIES / 2;
        final int[] longs = {pageLongs};
        for (int i = 0; i < FibBlocks.PAGE_ENTRIES; i++) {
            longs[0] += blocks().entry(0, i) < 0 ? pageLongs : 0;
        }
        eachBlock(pointer -> longs[0] += blocks().size(pointer));
        return longs[0];
    }

    /** Visits the pointers to all blocks that a reader can reach. */
    default void eachBlock(final IntConsumer visitor) {
        for (int i = 0; i < FibBlocks.PAGE_ENTRIES; i++) {
            final int page = blocks().entry(0, i);
            for (int j = 0; page < 0 && j < FibBlocks.PAGE_ENTRIES; j++) {
                visit(blocks().entry(page & FibBlocks.INDEX, j), visitor);
            }
        }
    }

    private void visit(final int entry, final IntConsumer visitor) {
        if (entry < 0) {
            visitor.accept(entry);
            for (int slot = 0; FibBlocks.hasPointers(entry) && slot < 64; slot++) {
                visit(blocks().slot(entry, slot), visitor);
            }
        }
    }

    /** IPv4. */
    record Four(Ipv4Fib fib) implements TestFib {
        @Override
        public boolean put(final long high, final long low, final int length, final int value) {
            return fib.put((int) (high >>> 32), length, value);
        }

        @Override
        public boolean remove(final long high, final long low, final int length) {
            return fib.remove((int) (high >>> 32), length);
        }

        @Override
        public int get(final long high, final long low, final int length) {
            return fib.get((int) (high >>> 32), length);
        }

        @Override
        public int lookup(final long high, final long low) {
            return fib.lookup((int) (high >>> 32));
        }

        @Override
        public void lookup(final long[] highs, final long[] lows, final int[] values, final int count) {
            final long[] addresses = new long[count];
            for (int i = 0; i < count; i++) {
                addresses[i] = highs[i] >>> 32;
            }
            fib.lookup(addresses, values, 0, count);
        }

        @Override
        public int size() {
            return fib.size();
        }

        @Override
        public int bits() {
            return Integer.SIZE;
        }

        @Override
        public long memory() {
            return fib.memory();
        }

        @Override
        public FibBlocks blocks() {
            return fib.blocks();
        }
    }

    /** IPv6. */
    record Six(Ipv6Fib fib) implements TestFib {
        @Override
        public boolean put(final long high, final long low, final int length, final int value) {
            return fib.put(high, low, length, value);
        }

        @Override
        public boolean remove(final long high, final long low, final int length) {
            return fib.remove(high, low, length);
        }

        @Override
        public int get(final long high, final long low, final int length) {
            return fib.get(high, low, length);
        }

        @Override
        public int lookup(final long high, final long low) {
            return fib.lookup(high, low);
        }

        @Override
        public void lookup(final long[] highs, final long[] lows, final int[] values, final int count) {
            fib.lookup(highs, lows, values, new long[count], 0, count);
        }

        @Override
        public int size() {
            return fib.size();
        }

        @Override
        public int bits() {
            return 2 * Long.SIZE;
        }

        @Override
        public long memory() {
            return fib.memory();
        }

        @Override
        public FibBlocks blocks() {
            return fib.blocks();
        }
    }
}
