// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import java.lang.invoke.VarHandle;

/**
 * Forwarding table of IPv4: the value of the longest prefix that matches (RFC 1812 section 5.2.4.3).
 *
 * <p>A prefix tree that takes 9 + 9 bits of the address, then three times 6, flattened into one array (in the manner of
 * Poptrie, Asai and Ohara 2015): {@link FibBlocks} has the layout and what a reader sees during changes. A lookup is three
 * loads that depend on each other for most addresses, and seven at most.
 *
 * <p>One thread changes the table, any number look up at the same time without a lock; {@link GracePeriod} says what the
 * two must agree on. A change costs what it changes: one or two blocks for a prefix longer than 18 bits, one entry for each
 * 2^-18 of the address space for a shorter one, and the blocks there that show its value. Nothing allocates but growing;
 * an empty table takes some 15 KB.
 */
public final class Ipv4Fib {
    /** The value where nothing matches. */
    public static final int NO_ROUTE = 0;
    /** Routes at most. */
    public static final int MAX_ROUTES = 1 << 21;

    private static final int ROOT_SHIFT = 23;
    private static final int PAGE_SHIFT = 14;
    private static final int PAGE_MASK = FibBlocks.PAGE_ENTRIES - 1;
    private static final int FIRST_SHIFT = 8;

    private final FibTable table;
    private final FibBlocks blocks;

    /** An empty table; {@code grace} tells when no lookup sees what was taken out any more. */
    public Ipv4Fib(final GracePeriod grace) {
        this(grace, MAX_ROUTES);
    }

    Ipv4Fib(final GracePeriod grace, final int maxRoutes) {
        this.table = new FibTable(Integer.SIZE, maxRoutes, grace);
        this.blocks = table.blocks();
    }

    /**
     * Inserts a route or replaces its value. Writer only.
     *
     * @param address its bits behind the prefix do not matter
     * @param length 0 to 32
     * @param value 1 to 65,535
     * @return false if it is new and there are {@link #MAX_ROUTES} already
     * @throws IllegalArgumentException if length or value is out of range
     */
    public boolean put(final int address, final int length, final int value) {
        return table.put((long) address << Integer.SIZE, 0, length, value);
    }

    /** Removes a route; false if there is none. Writer only. */
    public boolean remove(final int address, final int length) {
        return table.remove((long) address << Integer.SIZE, 0, length);
    }

    /** The value of exactly this prefix, or {@link #NO_ROUTE}. Writer only. */
    public int get(final int address, final int length) {
        return table.get((long) address << Integer.SIZE, 0, length);
    }

    /** The value for an address, or {@link #NO_ROUTE}. */
    public int lookup(final int address) {
        final long[] longs = blocks.longs();
        int entry = FibBlocks.entry(longs, 0, address >>> ROOT_SHIFT);
        if (entry < 0) {
            VarHandle.acquireFence();
            entry = FibBlocks.entry(longs, entry & FibBlocks.INDEX, address >>> PAGE_SHIFT & PAGE_MASK);
        }
        return descend(longs, entry, address, FIRST_SHIFT);
    }

    /**
     * Looks up many addresses: first in root and page all of them, then in the blocks, so that loads of several lookups
     * are on their way at the same time.
     *
     * @param addresses each in its lower 32 bits; the upper ones mean nothing
     * @param values gets the value for each address, or {@link #NO_ROUTE}
     * @param from the first of them
     * @param to behind the last of them, at most the length of either array
     */
    public void lookup(final long[] addresses, final int[] values, final int from, final int to) {
        final long[] longs = blocks.longs();
        for (int i = from; i < to; i++) {
            final int address = (int) addresses[i];
            final int entry = FibBlocks.entry(longs, 0, address >>> ROOT_SHIFT);
            // Without a branch, which random addresses would mispredict: a value goes on in the root, to no effect.
            final int isPointer = entry >> 31;
            final int page = entry & isPointer & FibBlocks.INDEX;
            final int next = FibBlocks.entry(longs, page, address >>> PAGE_SHIFT & PAGE_MASK);
            values[i] = (next & isPointer) | (entry & ~isPointer);
        }
        VarHandle.acquireFence();
        for (int i = from; i < to; i++) {
            final int address = (int) addresses[i];
            final int entry = values[i];
            final int isPointer = entry >> 31;
            final int next = step(longs, entry & isPointer, address >>> FIRST_SHIFT);
            final int value = (next & isPointer) | (entry & ~isPointer);
            values[i] = value >= 0 ? value : descend(longs, value, address, FIRST_SHIFT - FibBuilder.STRIDE);
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

    private static int descend(final long[] longs, final int first, final int address, final int firstShift) {
        int entry = first;
        for (int shift = firstShift; entry < 0; shift -= FibBuilder.STRIDE) {
            VarHandle.acquireFence();
            // The last block takes the address's two last bits and four zeros.
            entry = step(longs, entry, shift >= 0 ? address >>> shift : address << -shift);
        }
        return entry;
    }

    private static int step(final long[] longs, final int pointer, final int slot) {
        return FibBlocks.slot(longs, pointer, pointer & FibBlocks.INDEX, slot);
    }
}
