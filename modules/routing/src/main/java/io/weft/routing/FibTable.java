// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import java.util.Arrays;

/**
 * Writer side of a forwarding table, both families: addresses and prefixes are left-aligned in two longs.
 *
 * <p>Routes of up to 18 bits are kept in heaps of values, whose node 1 is the shortest prefix and 2 n and 2 n + 1 are the
 * two that are one bit longer than node n: one heap for lengths 0 to 9, and one for lengths 10 to 18 for each page that
 * there is. Longer ones are in a {@link PrefixTrie} for each 18 bits. What readers see follows from these: {@link FibBlocks}
 * says how it lies there, {@link FibBuilder} makes it. There is a page exactly where there are routes longer than 9 bits.
 *
 * <p>Nothing allocates but growing. One thread at a time.
 */
final class FibTable {
    private static final int ROOT_BITS = 9;
    private static final int SLOTS = FibBlocks.PAGE_ENTRIES;
    private static final int HEAP = 2 * SLOTS;
    private static final int MAX_VALUE = 65_535;
    /** Pages that an empty table keeps room for. */
    private static final int FEW_PAGES = 4;

    private final int addressBits;
    private final int maxRoutes;
    private final FibBlocks blocks;
    private final PrefixTrie trie;
    private final FibBuilder builder;
    private final char[] rootHeap = new char[HEAP];
    /** By root slot: number of the page, 0 if there is none. */
    private final char[] pages = new char[SLOTS];

    private final char[] freePages = new char[SLOTS];
    private int freePageCount;
    private int usedPages;
    private char[] heaps = {};
    private int[] tops = {};
    private int[] routes = {};
    private int size;

    /** An empty table for addresses of 32 or 128 bits. */
    FibTable(final int addressBits, final int maxRoutes, final GracePeriod grace) {
        this.addressBits = addressBits;
        this.maxRoutes = maxRoutes;
        this.blocks = new FibBlocks(grace);
        this.trie = new PrefixTrie(addressBits);
        this.builder = new FibBuilder(addressBits, trie, blocks);
    }

    /** What lookups read. */
    FibBlocks blocks() {
        return blocks;
    }

    /** Inserts a route or replaces its value; false if there are as many routes as there may be. */
    boolean put(final long addressHigh, final long addressLow, final int length, final int value) {
        if (value < 1 || value > MAX_VALUE) {
            throw new IllegalArgumentException("value " + value + " is not in 1 to " + MAX_VALUE);
        }
        final int before = get(addressHigh, addressLow, length);
        if (before == 0 && size == maxRoutes) {
            return false;
        }
        if (before != value) {
            change(addressHigh, addressLow, length, value, before == 0 ? 1 : 0);
        }
        return true;
    }

    /** Removes a route; false if there is none. */
    boolean remove(final long addressHigh, final long addressLow, final int length) {
        if (get(addressHigh, addressLow, length) == 0) {
            return false;
        }
        change(addressHigh, addressLow, length, 0, -1);
        if (size == 0) {
            clear();
        }
        return true;
    }

    /** Gives back what an empty table does not need. */
    private void clear() {
        blocks.clear();
        trie.clear();
        usedPages = 0;
        freePageCount = 0;
        if (routes.length > FEW_PAGES) {
            heaps = new char[0];
            tops = new int[0];
            routes = new int[0];
        }
    }

    /** The value of exactly this prefix, 0 if there is none. */
    int get(final long addressHigh, final long addressLow, final int length) {
        if (length < 0 || length > addressBits) {
            throw new IllegalArgumentException("prefix length " + length + " is not in 0 to " + addressBits);
        }
        if (length <= ROOT_BITS) {
            return rootHeap[heapNode(addressHigh, 0, length)];
        }
        final int page = pages[rootSlot(addressHigh)];
        if (page == 0) {
            return 0;
        }
        if (length <= FibBuilder.FIRST_DEPTH) {
            return heaps[page * HEAP + heapNode(addressHigh, ROOT_BITS, length)];
        }
        return trie.get(
                tops[page * SLOTS + pageSlot(addressHigh)],
                AddressBits.prefixHigh(addressHigh, length),
                AddressBits.prefixLow(addressLow, length),
                length);
    }

    /** Routes. */
    int size() {
        return size;
    }

    /** Octets of all that only the writer uses. */
    long ribMemory() {
        return trie.memory()
                + blocks.limboMemory()
                + (long) Character.BYTES * (rootHeap.length + pages.length + freePages.length + heaps.length)
                + (long) Integer.BYTES * (tops.length + routes.length);
    }

    private void change(
            final long addressHigh, final long addressLow, final int length, final int value, final int added) {
        final long high = AddressBits.prefixHigh(addressHigh, length);
        final long low = AddressBits.prefixLow(addressLow, length);
        blocks.compactIfSparse();
        builder.begin(high, low, length);
        size += added;
        if (length <= ROOT_BITS) {
            changeRoot(heapNode(high, 0, length), length, value);
        } else {
            changePage(high, low, length, value, added);
        }
    }

    private void changeRoot(final int node, final int length, final int value) {
        rootHeap[node] = (char) value;
        spreadRoot(node, value != 0 ? FibBuilder.cover(length, value) : rootCover(node));
    }

    private void changePage(final long high, final long low, final int length, final int value, final int added) {
        final int rootSlot = rootSlot(high);
        final int page = pages[rootSlot] != 0 ? pages[rootSlot] : addPage(rootSlot);
        routes[page] += added;
        if (length <= FibBuilder.FIRST_DEPTH) {
            final int node = heapNode(high, ROOT_BITS, length);
            heaps[page * HEAP + node] = (char) value;
            spread(rootSlot, node, value != 0 ? FibBuilder.cover(length, value) : cover(rootSlot, node));
        } else {
            final int slot = pageSlot(high);
            final int top = tops[page * SLOTS + slot];
            tops[page * SLOTS + slot] =
                    value != 0 ? trie.put(top, high, low, length, value) : trie.remove(top, high, low, length);
            publish(rootSlot, slot, cover(rootSlot, SLOTS + slot));
        }
        if (routes[page] == 0) {
            removePage(rootSlot);
        }
    }

    private int addPage(final int rootSlot) {
        final int page = freePageCount > 0 ? freePages[--freePageCount] : ++usedPages;
        if (page >= routes.length) {
            final int capacity = page + 1 + (page >>> 1);
            heaps = Arrays.copyOf(heaps, capacity * HEAP);
            tops = Arrays.copyOf(tops, capacity * SLOTS);
            routes = Arrays.copyOf(routes, capacity);
        }
        pages[rootSlot] = (char) page;
        blocks.setEntry(0, rootSlot, FibBlocks.POINTER | blocks.writePage(blocks.entry(0, rootSlot)));
        return page;
    }

    /** The page's heap is all 0 and its tries are empty. */
    private void removePage(final int rootSlot) {
        freePages[freePageCount++] = pages[rootSlot];
        pages[rootSlot] = 0;
        blocks.retirePage(blocks.entry(0, rootSlot) & FibBlocks.INDEX);
        blocks.setEntry(0, rootSlot, rootCover(SLOTS + rootSlot) & FibBlocks.VALUE_MASK);
        blocks.endChange();
    }

    /** Gives {@code cover} to all below a node of the root's heap that has no longer prefix of its own. */
    private void spreadRoot(final int node, final int cover) {
        if (node >= SLOTS) {
            final int rootSlot = node - SLOTS;
            if (pages[rootSlot] != 0) {
                spread(rootSlot, 1, cover);
            } else {
                blocks.setEntry(0, rootSlot, cover & FibBlocks.VALUE_MASK);
            }
            return;
        }
        for (int child = 2 * node; child <= 2 * node + 1; child++) {
            if (rootHeap[child] == 0) {
                spreadRoot(child, cover);
            }
        }
    }

    /** The same for a page's heap. */
    private void spread(final int rootSlot, final int node, final int cover) {
        if (node >= SLOTS) {
            publish(rootSlot, node - SLOTS, cover);
            return;
        }
        for (int child = 2 * node; child <= 2 * node + 1; child++) {
            if (heaps[pages[rootSlot] * HEAP + child] == 0) {
                spread(rootSlot, child, cover);
            }
        }
    }

    /** Brings one entry of a page and the blocks below it up to date. */
    private void publish(final int rootSlot, final int slot, final int cover) {
        final int page = blocks.entry(0, rootSlot) & FibBlocks.INDEX;
        final int before = blocks.entry(page, slot);
        final int after = builder.rebuild(tops[pages[rootSlot] * SLOTS + slot], cover, before);
        if (after != before) {
            blocks.setEntry(page, slot, after);
        }
        blocks.endChange();
    }

    /** The route that covers a node of a page's heap, the node's own included. */
    private int cover(final int rootSlot, final int node) {
        final int heap = pages[rootSlot] * HEAP;
        for (int i = node; i > 1; i >>>= 1) {
            if (heaps[heap + i] != 0) {
                return FibBuilder.cover(ROOT_BITS + length(i), heaps[heap + i]);
            }
        }
        return rootCover(SLOTS + rootSlot);
    }

    private int rootCover(final int node) {
        for (int i = node; i > 0; i >>>= 1) {
            if (rootHeap[i] != 0) {
                return FibBuilder.cover(length(i), rootHeap[i]);
            }
        }
        return 0;
    }

    /** How much longer a heap's node is than its first. */
    private static int length(final int node) {
        return Integer.SIZE - 1 - Integer.numberOfLeadingZeros(node);
    }

    /** Node of a prefix in a heap that begins at {@code from}. */
    private static int heapNode(final long high, final int from, final int length) {
        final int bits = length - from;
        return 1 << bits | (int) (high << from >>> 1 >>> (Long.SIZE - 1 - bits));
    }

    private static int rootSlot(final long high) {
        return (int) (high >>> (Long.SIZE - ROOT_BITS));
    }

    private static int pageSlot(final long high) {
        return (int) (high >>> (Long.SIZE - FibBuilder.FIRST_DEPTH)) & (SLOTS - 1);
    }
}
