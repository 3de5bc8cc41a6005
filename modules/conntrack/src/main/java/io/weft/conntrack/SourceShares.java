// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import java.util.SplittableRandom;

/**
 * How many flows each source address has begun: two rows of counters by two hashes, the smaller counts (a count-min sketch). Never too
 * few; too many only for one who shares both counters with others, and then by what they have: the hashes are drawn at start-up.
 */
final class SourceShares {
    private static final int ROW_SHIFT = 12;
    private static final int ROW = 1 << ROW_SHIFT;
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;
    private static final long FIRST = new SplittableRandom().nextLong() | 1;
    private static final long SECOND = new SplittableRandom().nextLong() | 1;

    private final int[] counts = new int[2 * ROW];

    /** Flows of a source, or a few more. */
    int of(final long high, final long low) {
        return Math.min(counts[slot(high, low, FIRST)], counts[ROW + slot(high, low, SECOND)]);
    }

    /** One more, or with -1 one less. */
    void add(final long high, final long low, final int amount) {
        counts[slot(high, low, FIRST)] += amount;
        counts[ROW + slot(high, low, SECOND)] += amount;
    }

    private static int slot(final long high, final long low, final long multiplier) {
        final long mixed = (high * MIX ^ low) * multiplier;
        return (int) (((mixed ^ mixed >>> 32) * MIX) >>> (Long.SIZE - ROW_SHIFT));
    }
}
