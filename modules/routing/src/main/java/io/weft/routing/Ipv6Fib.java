// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import java.lang.invoke.VarHandle;

/**
 * Forwarding table of IPv6: the value of the longest prefix that matches. Addresses are two longs.
 *
 * <p>As {@link Ipv4Fib}, with blocks at up to 19 depths, of which a lookup visits few: where a single route goes on, blocks
 * are skipped.
 *
 * <p>A bulk lookup goes level by level: one pass takes all addresses through root and page, and each further pass takes
 * those that are not done yet one block down, until all are. So the loads of one address, each of which waits for the one
 * before, overlap with those of the others; and within a pass the branches (done or not, skip or not) mostly go one way,
 * which they don't within one address. Branches, not masks: what they leave out is half of a step.
 *
 * <p>What an address still has to go is its <b>window</b>: the next bits, left-aligned, and behind them a mark, one bit that
 * is set. The first window has bits 18 to 77. When only the mark is left, at the top, the second begins, with bits 78 to 127
 * and then zeros; its mark never gets to the top.
 */
public final class Ipv6Fib {
    /** The value where nothing matches. */
    public static final int NO_ROUTE = 0;
    /** Routes at most. */
    public static final int MAX_ROUTES = 1 << 20;

    private static final int ROOT_SHIFT = 55;
    private static final int PAGE_SHIFT = 46;
    private static final int PAGE_MASK = FibBlocks.PAGE_ENTRIES - 1;
    private static final int SLOT_SHIFT = Long.SIZE - FibBuilder.STRIDE;
    /** In the first window, behind the bits before {@link FibBuilder#SECOND_WINDOW}. */
    private static final long MARK = 1L << (Long.SIZE - 1 - FibBuilder.SECOND_WINDOW + FibBuilder.FIRST_DEPTH);
    /** The first window when all its bits are used up. */
    private static final long USED_UP = Long.MIN_VALUE;

    private final FibTable table;
    private final FibBlocks blocks;

    /** An empty table; {@code grace} tells when no lookup sees what was taken out any more. */
    public Ipv6Fib(final GracePeriod grace) {
        this(grace, MAX_ROUTES);
    }

    Ipv6Fib(final GracePeriod grace, final int maxRoutes) {
        this.table = new FibTable(2 * Long.SIZE, maxRoutes, grace);
        this.blocks = table.blocks();
    }

    /**
     * Inserts a route or replaces its value. Writer only.
     *
     * @param high upper half of the address; bits behind the prefix do not matter
     * @param low lower half
     * @param length 0 to 128
     * @param value 1 to 65,535
     * @return false if it is new and there are {@link #MAX_ROUTES} already
     * @throws IllegalArgumentException if length or value is out of range
     */
    public boolean put(final long high, final long low, final int length, final int value) {
        return table.put(high, low, length, value);
    }

    /** Removes a route; false if there is none. Writer only. */
    public boolean remove(final long high, final long low, final int length) {
        return table.remove(high, low, length);
    }

    /** The value of exactly this prefix, or {@link #NO_ROUTE}. Writer only. */
    public int get(final long high, final long low, final int length) {
        return table.get(high, low, length);
    }

    /** The value for an address, or {@link #NO_ROUTE}. */
    public int lookup(final long high, final long low) {
        final long[] longs = blocks.longs();
        return descend(longs, first(longs, high), high, low);
    }

    /**
     * Looks up many addresses.
     *
     * @param values gets the value for each address, or {@link #NO_ROUTE}
     * @param scratch for the lookup's own use; what is in it before and after means nothing
     * @param from the first of them
     * @param to behind the last of them, at most the length of each array
     */
    public void lookup(
            final long[] highs,
            final long[] lows,
            final int[] values,
            final long[] scratch,
            final int from,
            final int to) {
        final long[] longs = blocks.longs();
        for (int i = from; i < to; i++) {
            values[i] = first(longs, highs[i]);
            scratch[i] = firstWindow(highs[i], lows[i]);
        }
        while (step(longs, lows, values, scratch, from, to)) {
            // All addresses are one block further.
        }
    }

    /** Routes. Writer only. */
    public int size() {
        return table.size();
    }

    /** Octets that lookups read. */
    public long memory() {
        return blocks.memory();
    }

    /** Octets that only changes need. */
    public long ribMemory() {
        return table.ribMemory();
    }

    FibBlocks blocks() {
        return blocks;
    }

    /** What root and page have. */
    private static int first(final long[] longs, final long high) {
        final int entry = FibBlocks.entry(longs, 0, (int) (high >>> ROOT_SHIFT));
        if (entry >= 0) {
            return entry;
        }
        VarHandle.acquireFence();
        return FibBlocks.entry(longs, entry & FibBlocks.INDEX, (int) (high >>> PAGE_SHIFT) & PAGE_MASK);
    }

    private static long firstWindow(final long high, final long low) {
        return (AddressBits.from(high, low, FibBuilder.FIRST_DEPTH) & -MARK) | MARK;
    }

    private static long secondWindow(final long low) {
        return AddressBits.from(0, low, FibBuilder.SECOND_WINDOW) | 1;
    }

    private static int descend(final long[] longs, final int first, final long high, final long low) {
        int entry = first;
        long window = firstWindow(high, low);
        while (entry < 0) {
            VarHandle.acquireFence();
            if (window == USED_UP) {
                window = secondWindow(low);
            }
            int index = entry & FibBlocks.INDEX;
            if ((entry & FibBlocks.SKIP) != 0) {
                final long skip = longs[index];
                final int bits = FibBlocks.skip(skip);
                if ((window ^ skip) >>> -bits != 0) {
                    return (int) skip & FibBlocks.VALUE_MASK;
                }
                window <<= bits;
                index++;
            }
            entry = FibBlocks.slot(longs, entry, index, window >>> SLOT_SHIFT);
            window <<= FibBuilder.STRIDE;
        }
        return entry;
    }

    /** Takes all addresses that are not done yet, those whose value is a pointer, one block down; false if none is left. */
    private static boolean step(
            final long[] longs,
            final long[] lows,
            final int[] values,
            final long[] windows,
            final int from,
            final int to) {
        VarHandle.acquireFence();
        int any = 0;
        for (int i = from; i < to; i++) {
            final int pointer = values[i];
            if (pointer >= 0) {
                continue;
            }
            long window = windows[i];
            if (window == USED_UP) {
                window = secondWindow(lows[i]);
            }
            int index = pointer & FibBlocks.INDEX;
            if ((pointer & FibBlocks.SKIP) != 0) {
                final long skip = longs[index];
                final int bits = FibBlocks.skip(skip);
                if ((window ^ skip) >>> -bits != 0) {
                    values[i] = (int) skip & FibBlocks.VALUE_MASK;
                    continue;
                }
                window <<= bits;
                index++;
            }
            final int entry = FibBlocks.slot(longs, pointer, index, window >>> SLOT_SHIFT);
            values[i] = entry;
            windows[i] = window << FibBuilder.STRIDE;
            any |= entry;
        }
        return any < 0;
    }
}
