// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import java.util.Arrays;

/**
 * Makes the blocks for routes longer than {@link #FIRST_DEPTH} bits. What blocks there are follows from the prefixes alone,
 * never from the order of changes: a block stands at each depth of 18 + 6 k bits at which a route ends within the next 6
 * bits or routes part, and one that has a single route below it skips to where that is.
 *
 * <p>A change walks down to the block where its prefix ends and rewrites that one, the blocks below it that show the value
 * of the route behind, and those above it whose children come or go. All others stay, as do those where it is enough to
 * change entries.
 *
 * <p>A <b>cover</b> is the route behind: length (bits 16-23) and value (0-15) of the longest one known so far.
 */
final class FibBuilder {
    /** Address bits that root and page resolve. */
    static final int FIRST_DEPTH = 18;
    /** Address bits that a block resolves. */
    static final int STRIDE = 6;
    /**
     * A reader holds the address bits from {@link #FIRST_DEPTH} on that ten strides take, and loads the rest when it comes
     * here. No skip crosses this.
     */
    static final int SECOND_WINDOW = FIRST_DEPTH + 10 * STRIDE;

    private static final int SLOTS = 1 << STRIDE;
    private static final int MAX_SKIP = 7 * STRIDE;
    private static final int COVER_SHIFT = 16;

    private final PrefixTrie trie;
    private final FibBlocks blocks;
    private final int maxSkip;
    private final int[] covers;
    private final int[] tops;
    private final int[] entries;
    private final long[] block = new long[FibBlocks.MAX_BLOCK];
    private long changeHigh;
    private long changeLow;
    private int changeLength;

    /** For addresses of 32 or 128 bits. */
    FibBuilder(final int addressBits, final PrefixTrie trie, final FibBlocks blocks) {
        this.trie = trie;
        this.blocks = blocks;
        // Below 18 bits IPv4 has three strides: to look for skips costs more than it saves.
        this.maxSkip = addressBits == Integer.SIZE ? 0 : MAX_SKIP;
        final int levels = (addressBits - FIRST_DEPTH + STRIDE - 1) / STRIDE;
        this.covers = new int[levels * SLOTS];
        this.tops = new int[levels * SLOTS];
        this.entries = new int[levels * SLOTS];
    }

    /** The route behind, for one with this length and value. */
    static int cover(final int length, final int value) {
        return length << COVER_SHIFT | value;
    }

    /** The prefix whose value is another one than when the blocks were made. */
    void begin(final long high, final long low, final int length) {
        changeHigh = high;
        changeLow = low;
        changeLength = length;
    }

    /**
     * Brings the blocks of one trie up to date.
     *
     * @param top root of the trie
     * @param entry what is there now
     * @return what is to be there instead, may be the same; all old blocks that it does not lead to are retired
     */
    int rebuild(final int top, final int cover, final int entry) {
        return build(FIRST_DEPTH, top, cover, entry, FIRST_DEPTH);
    }

    /**
     * The entry for what is below {@code depth}.
     *
     * @param top the first node: longer than {@code depth}, or just as long if routes part there; or none
     * @param old pointer to the block that stood here, or whose skip led past here, or a value if there was none
     * @param oldDepth where the skip of {@code old} begins
     */
    private int build(final int depth, final int top, final int cover, final int old, final int oldDepth) {
        if (top == PrefixTrie.NONE) {
            if (old < 0) {
                blocks.retireTree(old);
            }
            return cover & FibBlocks.VALUE_MASK;
        }
        final int at = blockDepth(depth, top);
        int near = old;
        int nearDepth = oldDepth;
        int nearAt = nearDepth + (near < 0 ? blocks.skip(near) : 0);
        while (near < 0 && nearAt < at) {
            near = leave(near, AddressBits.slot(trie.high(top), trie.low(top), nearAt));
            nearDepth = nearAt + STRIDE;
            nearAt = nearDepth + (near < 0 ? blocks.skip(near) : 0);
        }
        final long changed = changedSlots(at, top);
        if (near < 0 && nearAt == at && nearDepth == depth && changed != 0 && changeLength > at + STRIDE) {
            return pass(depth, at, top, cover, near);
        }
        return paint(depth, at, top, cover, near, nearDepth, changed);
    }

    /** Depth of the block that is to stand below {@code depth}: where the first route ends, or routes part. */
    private int blockDepth(final int depth, final int top) {
        final int length = trie.length(top);
        final int last = trie.value(top) != 0 && length > depth ? length - 1 : length;
        final int limit = depth < SECOND_WINDOW ? SECOND_WINDOW - STRIDE : Integer.MAX_VALUE;
        return Math.min(depth + Math.min((last - depth) / STRIDE * STRIDE, maxSkip), limit);
    }

    /** Retires a block and all below it but what is in {@code slot}; returns that. */
    private int leave(final int pointer, final int slot) {
        final int kept = blocks.slot(pointer, slot);
        for (int other = 0; other < SLOTS; other++) {
            final int child = blocks.slot(pointer, other);
            if (child < 0 && child != kept) {
                blocks.retireTree(child);
            }
        }
        blocks.retire(pointer);
        return kept;
    }

    /** Slots of the block at this depth that the changed prefix covers or lies in. */
    private long changedSlots(final int at, final int top) {
        final int common = AddressBits.common(trie.high(top), trie.low(top), changeHigh, changeLow);
        if (common < Math.min(at, changeLength)) {
            return 0;
        }
        if (changeLength <= at) {
            return -1;
        }
        final int count = changeLength >= at + STRIDE ? 1 : 1 << (at + STRIDE - changeLength);
        return -1L >>> (Long.SIZE - count) << AddressBits.slot(changeHigh, changeLow, at);
    }

    /** The change is below one slot of this block, all else stays. */
    private int pass(final int depth, final int at, final int top, final int cover, final int old) {
        int node = top;
        int behind = cover;
        while (node != PrefixTrie.NONE && trie.length(node) < at + STRIDE && trie.covers(node, changeHigh, changeLow)) {
            if (trie.value(node) != 0) {
                behind = cover(trie.length(node), trie.value(node));
            }
            node = trie.child(node, AddressBits.bit(changeHigh, changeLow, trie.length(node)));
        }
        if (node != PrefixTrie.NONE
                && AddressBits.common(trie.high(node), trie.low(node), changeHigh, changeLow) < at + STRIDE) {
            node = PrefixTrie.NONE;
        }
        if (node != PrefixTrie.NONE && trie.length(node) == at + STRIDE) {
            behind = trie.value(node) != 0 ? cover(at + STRIDE, trie.value(node)) : behind;
            node = trie.below(node);
        }
        final int slot = AddressBits.slot(changeHigh, changeLow, at);
        final int before = blocks.slot(old, slot);
        final int after = build(at + STRIDE, node, behind, before, at + STRIDE);
        if (after == before) {
            return old;
        }
        if (after < 0 && before < 0) {
            blocks.setPointer(old, slot, after);
            return old;
        }
        final int base = base(at);
        for (int i = 0; i < SLOTS; i++) {
            entries[base + i] = i == slot ? after : blocks.slot(old, i);
        }
        return publish(depth, at, top, cover, old);
    }

    /** Makes a block from the prefixes; takes over children that can stay. */
    private int paint(
            final int depth,
            final int at,
            final int top,
            final int cover,
            final int old,
            final int oldDepth,
            final long changed) {
        final int base = base(at);
        Arrays.fill(covers, base, base + SLOTS, cover);
        final long children = paint(base, at, top, cover);
        for (int i = base; i < base + SLOTS; i++) {
            entries[i] = covers[i] & FibBlocks.VALUE_MASK;
        }
        final int oldAt = oldDepth + (old < 0 ? blocks.skip(old) : 0);
        final boolean isHere = old < 0 && oldAt == at;
        // An old block further down is below one slot of this one.
        final int oldSlot = old < 0 && !isHere ? blocks.skippedSlot(old, at - oldDepth) : -1;
        for (long left = children; left != 0; left &= left - 1) {
            final int slot = Long.numberOfTrailingZeros(left);
            final int before = isHere ? blocks.slot(old, slot) : slot == oldSlot ? old : 0;
            final boolean stays = isHere
                    && before < 0
                    && ((changed & 1L << slot) == 0
                            || (changeLength <= at + STRIDE && covers[base + slot] >>> COVER_SHIFT > changeLength));
            entries[base + slot] = stays
                    ? before
                    : build(
                            at + STRIDE,
                            tops[base + slot],
                            covers[base + slot],
                            before,
                            isHere ? at + STRIDE : oldDepth);
        }
        retireVanished(at, old, isHere, oldSlot, children, changed);
        if (isHere && oldDepth == depth) {
            return publish(depth, at, top, cover, old);
        }
        if (isHere) {
            blocks.retire(old);
        }
        return publish(depth, at, top, cover, 0);
    }

    /** Retires the old block that has no place in the new one: there was one route there, which is removed. */
    private void retireVanished(
            final int at,
            final int old,
            final boolean isHere,
            final int oldSlot,
            final long children,
            final long changed) {
        if (oldSlot >= 0 && (children & 1L << oldSlot) == 0) {
            blocks.retireTree(old);
        } else if (isHere && changeLength > at + STRIDE && (changed & ~children) != 0) {
            final int vanished = blocks.slot(old, Long.numberOfTrailingZeros(changed));
            if (vanished < 0) {
                blocks.retireTree(vanished);
            }
        }
    }

    /** Notes each slot's cover and, where longer prefixes are below it, their first node; returns the slots that have such. */
    private long paint(final int base, final int at, final int node, final int cover) {
        final int slot = AddressBits.slot(trie.high(node), trie.low(node), at);
        final int length = trie.length(node);
        if (length > at + STRIDE) {
            return note(base, slot, node);
        }
        int behind = cover;
        if (trie.value(node) != 0) {
            behind = cover(length, trie.value(node));
            Arrays.fill(covers, base + slot, base + slot + (1 << (at + STRIDE - length)), behind);
        }
        if (length == at + STRIDE) {
            return note(base, slot, trie.below(node));
        }
        final int zero = trie.child(node, 0);
        final int one = trie.child(node, 1);
        return (zero == PrefixTrie.NONE ? 0 : paint(base, at, zero, behind))
                | (one == PrefixTrie.NONE ? 0 : paint(base, at, one, behind));
    }

    private long note(final int base, final int slot, final int top) {
        tops[base + slot] = top;
        return top == PrefixTrie.NONE ? 0 : 1L << slot;
    }

    /** Changes the block that stands here, or if that won't do puts another one in its place. */
    private int publish(final int depth, final int at, final int top, final int cover, final int old) {
        final int size = compress(depth, at, top, cover);
        final int flags =
                FibBlocks.POINTER | (at > depth ? FibBlocks.SKIP : 0) | width(base(at)) << FibBlocks.WIDTH_SHIFT;
        final int starts = at > depth ? 1 : 0;
        if (old < 0) {
            if ((old & FibBlocks.FLAGS) == flags && blocks.get(old, starts) == block[starts]) {
                for (int i = 0; i < size; i++) {
                    if (blocks.get(old, i) != block[i]) {
                        blocks.set((old & FibBlocks.INDEX) + i, block[i]);
                    }
                }
                return old;
            }
            blocks.retire(old);
        }
        return flags | blocks.write(block, size);
    }

    /** Writes the block for {@link #entries} to {@link #block}; returns its size. */
    private int compress(final int depth, final int at, final int top, final int cover) {
        final int base = base(at);
        final int starts = at > depth ? 1 : 0;
        if (at > depth) {
            final long shared = AddressBits.from(trie.high(top), trie.low(top), depth) & AddressBits.mask(at - depth);
            block[0] = shared | (long) (at - depth) << FibBlocks.SKIP_SHIFT | (cover & FibBlocks.VALUE_MASK);
        }
        Arrays.fill(block, starts, block.length, 0);
        final int width = Byte.SIZE << width(base);
        long bits = 0;
        int offset = -width;
        for (int i = 0; i < SLOTS; i++) {
            final int entry = entries[base + i];
            if (i == 0 || entry != entries[base + i - 1]) {
                bits |= i == 0 ? 0 : 1L << i;
                offset += width;
                block[starts + 1 + (offset >>> 6)] |= (entry & 0xFFFF_FFFFL) << offset;
            }
        }
        block[starts] = bits;
        return starts + 1 + ((offset + width + Long.SIZE - 1) >>> 6);
    }

    /** The least width that fits all {@link #entries}: 0 for 8 bits, 1 for 16, 2 for 32. */
    private int width(final int base) {
        int any = 0;
        for (int i = 0; i < SLOTS; i++) {
            any |= entries[base + i];
        }
        return any < 0 ? 2 : any >>> Byte.SIZE != 0 ? 1 : 0;
    }

    private static int base(final int at) {
        return (at - FIRST_DEPTH) / STRIDE * SLOTS;
    }
}
