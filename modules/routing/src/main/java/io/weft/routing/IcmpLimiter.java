// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Token buckets for ICMP errors: one for all, and one for each address that errors go to.
 *
 * <p>A bucket is one number, the microsecond at which it is full again (the generic cell rate algorithm): taking a token
 * moves it one interval on, and a token may be taken while it lies no more than the burst ahead.
 *
 * <p>The addresses' buckets are a table of fixed size in sets of {@link #WAYS}, three longs to an entry: address upper half,
 * lower half, time of being full. A new address takes the place of the fullest bucket of its set, because that one knows
 * least. So whoever draws many source addresses can make the router forget, and gets no more than the bucket for all has.
 *
 * <p>Time is told by {@link #time} and never goes back. Not thread-safe: one worker owns it.
 */
final class IcmpLimiter {
    /** Entries of a set. */
    static final int WAYS = 4;
    /** Sets; a power of two. */
    static final int SETS = 1024;

    private static final int ENTRY = 3;
    private static final long MICROS_PER_SECOND = 1_000_000;
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

    private final long multiplier = new SplittableRandom().nextLong() | 1;
    private final long[] entries = new long[SETS * WAYS * ENTRY];
    private final long interval;
    private final long depth;
    private final long sourceInterval;
    private final long sourceDepth;
    private long fullAt = Long.MIN_VALUE;
    private long now;

    /** Full buckets. */
    IcmpLimiter(final IcmpLimits limits) {
        this.interval = MICROS_PER_SECOND / limits.rate();
        this.depth = interval * (limits.burst() - 1);
        this.sourceInterval = MICROS_PER_SECOND / limits.sourceRate();
        this.sourceDepth = sourceInterval * (limits.sourceBurst() - 1);
        Arrays.fill(entries, Long.MIN_VALUE);
    }

    /** Sets the time, once a cycle. */
    void time(final long nowMillis) {
        now = nowMillis * 1000;
    }

    /** Takes a token for an error to this address, IPv4 mapped; false, and nothing is taken, if either bucket has none. */
    boolean take(final long high, final long low) {
        final long from = Math.max(now, fullAt);
        if (from - now > depth) {
            return false;
        }
        final int entry = entryOf(high, low);
        final boolean isKnown = entries[entry] == high && entries[entry + 1] == low;
        final long sourceFrom = isKnown ? Math.max(now, entries[entry + 2]) : now;
        if (sourceFrom - now > sourceDepth) {
            return false;
        }
        fullAt = from + interval;
        entries[entry] = high;
        entries[entry + 1] = low;
        entries[entry + 2] = sourceFrom + sourceInterval;
        return true;
    }

    /** Where the address is, or else the fullest entry of its set. */
    private int entryOf(final long high, final long low) {
        final int first = set(high, low) * WAYS * ENTRY;
        int fullest = first;
        for (int entry = first; entry < first + WAYS * ENTRY; entry += ENTRY) {
            if (entries[entry] == high && entries[entry + 1] == low) {
                return entry;
            }
            if (entries[entry + 2] < entries[fullest + 2]) {
                fullest = entry;
            }
        }
        return fullest;
    }

    /** The multiplier is drawn at start-up: nobody outside can choose addresses that fall into one set. */
    private int set(final long high, final long low) {
        final long mixed = (high * MIX ^ low) * multiplier;
        return (int) (((mixed ^ mixed >>> 32) * MIX) >>> 32) & (SETS - 1);
    }
}
