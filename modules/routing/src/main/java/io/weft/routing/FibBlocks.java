// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Reader side of a forwarding table: one array of longs in which everything lies that a lookup touches.
 *
 * <p>An <b>entry</b> is 32 bits: a value, 0 to 65,535, or with {@link #POINTER} the index of the page or block where the
 * lookup goes on. Two entries lie in a long, the one with the even number in the lower half.
 *
 * <pre>
 *   root    at index 0: 512 entries, by address bits 0-8; a pointer is to a page
 *   page    512 entries, by address bits 9-17; a pointer is to a block
 *   block   for 64 slots, by the next 6 address bits:
 *             [skip]  with flag SKIP: bits 22-63 the address bits that all routes below share, 16-21 how many those are
 *                     (6 to 42), 0-15 the value for addresses that differ
 *             starts  bit i, 1 to 63: slot i has another entry than slot i - 1
 *             entries one for each run of equal slots; of 8 or 16 bits each if all are values that fit, else of 32
 * </pre>
 *
 * <p><b>One writer, any number of readers.</b> A block is written before the pointer to it, which is a release store; a
 * reader orders what it loads by an acquire fence for each pointer that it follows. Of a block that readers can reach only
 * entries and the skip's value change, each long by one release store; {@code starts}, size and flags never. So what a
 * reader finds for its address was the table's answer at some moment of the lookup. What is unlinked waits in limbo and is
 * used again only after {@link GracePeriod#await}, which is asked for when limbo has {@link #LIMBO_LIMIT} blocks or a
 * quarter of the array, or the array would grow. The array grows, and is compacted, by making another: a lookup reads the reference once, and keeps to
 * an array that nothing is changed in any more.
 */
final class FibBlocks {
    /** Entry that is the index of a page or block. */
    static final int POINTER = 1 << 31;
    /** Where a pointer to a block says how wide its entries are: 8 bits shifted left by 0, 1 or 2. */
    static final int WIDTH_SHIFT = 29;
    /** Pointer to a block with a skip. */
    static final int SKIP = 1 << 28;
    /** Index within an entry. */
    static final int INDEX = SKIP - 1;
    /** All that is not index. */
    static final int FLAGS = ~INDEX;

    /** Entries of the root, and of a page. */
    static final int PAGE_ENTRIES = 512;
    /** Longs of the largest block: skip, starts and 64 entries. */
    static final int MAX_BLOCK = 34;
    /** Where a skip has its length. */
    static final int SKIP_SHIFT = 16;
    /** Value within a skip. */
    static final int VALUE_MASK = 0xFFFF;
    /** Blocks in limbo that make the writer wait for a grace period. */
    static final int LIMBO_LIMIT = 8192;

    private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final long HALF = 0xFFFF_FFFFL;
    private static final int PAGE_LONGS = PAGE_ENTRIES / 2;
    private static final int PAGE_CLASS = MAX_BLOCK + 1;
    private static final int MIN_BLOCK = 2;
    private static final int FIRST_LONGS = 1024;
    private static final int FIRST_LIMBO = 64;
    private static final int SKIP_FLAG_SHIFT = 28;
    private static final int WIDTH_MASK = 3;
    private static final int WIDTH_OF_POINTERS = 2;
    private static final int SKIP_MASK = 0x3F;
    private static final int SLOTS = 64;

    private final GracePeriod grace;
    private final int[] free = new int[PAGE_CLASS + 1];
    private volatile long[] longs = new long[FIRST_LONGS];
    private long freeClasses;
    private int freeLongs;
    private int used = PAGE_LONGS;
    private int[] limbo = new int[FIRST_LIMBO];
    private int limboCount;
    private int limboLongs;
    private int unlinked;

    /** An empty root. */
    FibBlocks(final GracePeriod grace) {
        this.grace = grace;
    }

    /** The array; a lookup calls this once. */
    long[] longs() {
        return longs;
    }

    /** Entry {@code number} of those that begin at {@code index}. */
    static int entry(final long[] longs, final int index, final int number) {
        return (int) (longs[index + (number >>> 1)] >>> (number << 5));
    }

    /** Entry of a page, or of the root. */
    int entry(final int index, final int number) {
        return entry(longs, index, number);
    }

    /** Publishes an entry, and all that was written before. */
    void setEntry(final int index, final int number, final int entry) {
        final int at = index + (number >>> 1);
        final int shift = (number & 1) << 5;
        set(at, (longs[at] & ~(HALF << shift)) | (entry & HALF) << shift);
    }

    /** Publishes a long, and all that was written before. */
    void set(final int at, final long value) {
        LONGS.setRelease(longs, at, value);
    }

    /** Long {@code number} of a block. */
    long get(final int pointer, final int number) {
        return longs[(pointer & INDEX) + number];
    }

    /** How many address bits a block skips. */
    int skip(final int pointer) {
        return (pointer & SKIP) == 0 ? 0 : skip(get(pointer, 0));
    }

    /** The six skipped bits of a block that begin {@code offset} bits after its first. */
    int skippedSlot(final int pointer, final int offset) {
        return (int) (get(pointer, 0) << offset >>> (Long.SIZE - 6));
    }

    /** How many address bits a skip is for. */
    static int skip(final long skip) {
        return (int) skip >>> SKIP_SHIFT & SKIP_MASK;
    }

    /** Entry of the block that {@code pointer} leads to, whose {@code starts} are at an index, for the slot in the last six bits. */
    static int slot(final long[] longs, final int pointer, final int starts, final long slot) {
        final int width = pointer >>> WIDTH_SHIFT & WIDTH_MASK;
        final int number = Long.bitCount(longs[starts] << ~slot) << width;
        return (int) (longs[starts + 1 + (number >>> 3)] >>> (number << 3)) & -1 >>> -(Byte.SIZE << width);
    }

    /** What a block has for a slot. */
    int slot(final int pointer, final int slot) {
        return slot(longs, pointer, starts(pointer), slot);
    }

    /** Changes the pointer that a block has for a slot to another one. */
    void setPointer(final int pointer, final int slot, final int child) {
        final int starts = starts(pointer);
        setEntry(starts + 1, Long.bitCount(longs[starts] << ~slot), child);
    }

    /** True if a block has pointers. */
    static boolean hasPointers(final int pointer) {
        return (pointer >>> WIDTH_SHIFT & WIDTH_MASK) == WIDTH_OF_POINTERS;
    }

    /** Longs of a block. */
    int size(final int pointer) {
        final int starts = starts(pointer);
        final int octets = (Long.bitCount(longs[starts]) + 1) << (pointer >>> WIDTH_SHIFT & WIDTH_MASK);
        return starts + 1 - (pointer & INDEX) + ((octets + Long.BYTES - 1) >>> 3);
    }

    private static int starts(final int pointer) {
        return (pointer & INDEX) + (pointer >>> SKIP_FLAG_SHIFT & 1);
    }

    /** Writes a block that no reader sees yet; returns its index. */
    int write(final long[] block, final int size) {
        final int index = allocate(size, size);
        System.arraycopy(block, 0, longs, index, size);
        return index;
    }

    /** Writes a page of {@code value} that no reader sees yet; returns its index. */
    int writePage(final int value) {
        final int index = allocate(PAGE_CLASS, PAGE_LONGS);
        Arrays.fill(longs, index, index + PAGE_LONGS, (long) value << Integer.SIZE | value);
        return index;
    }

    /** Takes a block that is, or before {@link #endChange} will be, out of readers' reach. */
    void retire(final int pointer) {
        if (limboCount == limbo.length) {
            limbo = Arrays.copyOf(limbo, limbo.length * 2);
        }
        limbo[limboCount++] = pointer;
        limboLongs += pointer < 0 ? size(pointer) : PAGE_LONGS;
    }

    /** Takes a block with all that is below it. */
    void retireTree(final int pointer) {
        if (hasPointers(pointer)) {
            for (int slot = 0; slot < SLOTS; slot++) {
                final int child = slot(pointer, slot);
                if (child < 0) {
                    retireTree(child);
                }
            }
        }
        retire(pointer);
    }

    /** Takes a page. */
    void retirePage(final int index) {
        retire(index);
    }

    /** Whatever was taken is out of reach now. */
    void endChange() {
        unlinked = limboCount;
        if (unlinked >= LIMBO_LIMIT || limboLongs > Math.max(used >>> 2, FIRST_LONGS)) {
            reclaim();
        }
    }

    /**
     * Makes the array smaller if more than half of it is free. Call it between changes: it moves blocks. Since it takes as
     * many freed longs again until the next time, it costs next to nothing on average.
     */
    void compactIfSparse() {
        final int live = used - freeLongs;
        if (freeLongs > live && freeLongs > FIRST_LONGS) {
            moveTo(new long[live + (live >>> 3) + FIRST_LONGS]);
        }
    }

    /** Gives back what the array has grown by. The root must have no pointers. */
    void clear() {
        if (longs.length > FIRST_LONGS) {
            moveTo(new long[FIRST_LONGS]);
        }
    }

    /** Copies what can be reached. Free blocks and limbo stay behind with the old array, where they are not used again. */
    private void moveTo(final long[] to) {
        final long[] from = longs;
        Arrays.fill(free, 0);
        freeClasses = 0;
        freeLongs = 0;
        limboCount = 0;
        limboLongs = 0;
        unlinked = 0;
        used = PAGE_LONGS;
        for (int number = 0; number < PAGE_ENTRIES; number++) {
            final int entry = entry(from, 0, number);
            putEntry(to, 0, number, entry < 0 ? POINTER | copyPage(from, entry & INDEX, to) : entry);
        }
        longs = to;
    }

    /** Octets of the array. */
    long memory() {
        return (long) longs.length * Long.BYTES;
    }

    /** Longs that are in use, limbo included. */
    int live() {
        return used - freeLongs;
    }

    /** Octets of limbo. */
    long limboMemory() {
        return (long) limbo.length * Integer.BYTES;
    }

    /** Waits until nobody sees what is in limbo, and frees it. */
    void reclaim() {
        if (unlinked == 0) {
            return;
        }
        // The unlinking stores must be in memory before the grace period looks at where readers are.
        VarHandle.fullFence();
        grace.await();
        for (int i = 0; i < unlinked; i++) {
            final int entry = limbo[i];
            final int size = entry < 0 ? size(entry) : PAGE_LONGS;
            limboLongs -= size;
            release(entry & INDEX, entry < 0 ? size : PAGE_CLASS, size);
        }
        limboCount -= unlinked;
        System.arraycopy(limbo, unlinked, limbo, 0, limboCount);
        unlinked = 0;
    }

    private static void putEntry(final long[] longs, final int index, final int number, final int entry) {
        longs[index + (number >>> 1)] |= (entry & HALF) << (number << 5);
    }

    private int copyPage(final long[] from, final int index, final long[] to) {
        final int page = used;
        used += PAGE_LONGS;
        for (int number = 0; number < PAGE_ENTRIES; number++) {
            final int entry = entry(from, index, number);
            putEntry(to, page, number, entry < 0 ? copyTree(from, entry, to) : entry);
        }
        return page;
    }

    private int copyTree(final long[] from, final int pointer, final long[] to) {
        final int index = used;
        final int size = size(pointer);
        System.arraycopy(from, pointer & INDEX, to, index, size);
        used += size;
        if (hasPointers(pointer)) {
            final int starts = pointer >>> SKIP_FLAG_SHIFT & 1;
            final int entries = Long.bitCount(to[index + starts]) + 1;
            Arrays.fill(to, index + starts + 1, index + size, 0);
            for (int number = 0; number < entries; number++) {
                final int entry = entry(from, (pointer & INDEX) + starts + 1, number);
                putEntry(to, index + starts + 1, number, entry < 0 ? copyTree(from, entry, to) : entry);
            }
        }
        return (pointer & FLAGS) | index;
    }

    private int allocate(final int sizeClass, final int size) {
        int index = take(sizeClass, size);
        if (index < 0) {
            reclaim();
            index = take(sizeClass, size);
        }
        if (index < 0) {
            longs = Arrays.copyOf(longs, used + size + (used >>> 3));
            index = take(sizeClass, size);
        }
        return index;
    }

    /** A free block of this class, the first part of a larger one, or from what was never used; negative if there is none. */
    private int take(final int sizeClass, final int size) {
        if ((freeClasses & 1L << sizeClass) != 0) {
            return unchain(sizeClass, size);
        }
        // What remains must be a block too, and pages stay whole.
        final int larger = Long.numberOfTrailingZeros(freeClasses & -1L << (sizeClass + MIN_BLOCK));
        if (larger < PAGE_CLASS) {
            final int index = unchain(larger, larger);
            release(index + size, larger - size, larger - size);
            return index;
        }
        if (used + size > longs.length) {
            return -1;
        }
        used += size;
        return used - size;
    }

    private int unchain(final int sizeClass, final int size) {
        final int index = free[sizeClass];
        free[sizeClass] = (int) longs[index];
        if (free[sizeClass] == 0) {
            freeClasses &= ~(1L << sizeClass);
        }
        freeLongs -= size;
        return index;
    }

    private void release(final int index, final int sizeClass, final int size) {
        longs[index] = free[sizeClass];
        free[sizeClass] = index;
        freeClasses |= 1L << sizeClass;
        freeLongs += size;
    }
}
