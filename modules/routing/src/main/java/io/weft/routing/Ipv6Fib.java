// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import java.lang.invoke.VarHandle;

/**
 * Forwarding table of IPv6: the value of the longest prefix that matches. Addresses are two longs.
 *
 * <p>As {@link Ipv4Fib}, with blocks at up to 19 depths, of which a lookup visits few: where a single route goes on, blocks
 * are skipped.
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
    private static final int WINDOW_BITS = FibBuilder.SECOND_WINDOW - FibBuilder.FIRST_DEPTH;

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
     * Looks up many addresses: first in root and page all of them, then in the blocks, so that loads of several lookups
     * are on their way at the same time.
     *
     * @param values gets the value for each address, or {@link #NO_ROUTE}
     * @param count how many, at most the length of each array
     */
    public void lookup(final long[] highs, final long[] lows, final int[] values, final int count) {
        final long[] longs = blocks.longs();
        for (int i = 0; i < count; i++) {
            values[i] = first(longs, highs[i]);
        }
        for (int i = 0; i < count; i++) {
            values[i] = descend(longs, values[i], highs[i], lows[i]);
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

    private static int descend(final long[] longs, final int first, final long high, final long low) {
        int entry = first;
        // The address's next bits, left-aligned, and how many of them there are before the second window.
        long window = AddressBits.from(high, low, FibBuilder.FIRST_DEPTH);
        int left = WINDOW_BITS;
        while (entry < 0) {
            VarHandle.acquireFence();
            if (left == 0) {
                window = AddressBits.from(high, low, FibBuilder.SECOND_WINDOW);
            }
            int index = entry & FibBlocks.INDEX;
            if ((entry & FibBlocks.SKIP) != 0) {
                final long skip = longs[index];
                final int bits = FibBlocks.skip(skip);
                if ((window ^ skip) >>> -bits != 0) {
                    return (int) skip & FibBlocks.VALUE_MASK;
                }
                window <<= bits;
                left -= bits;
                index++;
            }
            entry = FibBlocks.slot(longs, entry, index, window >>> SLOT_SHIFT);
            window <<= FibBuilder.STRIDE;
            left -= FibBuilder.STRIDE;
        }
        return entry;
    }
}
