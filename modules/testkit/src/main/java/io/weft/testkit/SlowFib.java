// SPDX-License-Identifier: Apache-2.0
package io.weft.testkit;

import java.util.Arrays;

/**
 * Longest-prefix match by looking at every route. Addresses are left-aligned in two longs: bit 0 is the highest of the upper
 * one, whatever the family.
 */
public final class SlowFib {
    private long[] highs = new long[16];
    private long[] lows = new long[16];
    private int[] lengths = new int[16];
    private int[] values = new int[16];
    private int size;

    /** Inserts a route or replaces its value. */
    public void put(final long high, final long low, final int length, final int value) {
        int index = find(high, low, length);
        if (index < 0) {
            index = size++;
            if (index == highs.length) {
                highs = Arrays.copyOf(highs, 2 * size);
                lows = Arrays.copyOf(lows, 2 * size);
                lengths = Arrays.copyOf(lengths, 2 * size);
                values = Arrays.copyOf(values, 2 * size);
            }
        }
        highs[index] = high;
        lows[index] = low;
        lengths[index] = length;
        values[index] = value;
    }

    /** Removes a route; false if there is none. */
    public boolean remove(final long high, final long low, final int length) {
        final int index = find(high, low, length);
        if (index < 0) {
            return false;
        }
        size--;
        highs[index] = highs[size];
        lows[index] = lows[size];
        lengths[index] = lengths[size];
        values[index] = values[size];
        return true;
    }

    /** The value of exactly this prefix, 0 if there is none. */
    public int get(final long high, final long low, final int length) {
        final int index = find(high, low, length);
        return index < 0 ? 0 : values[index];
    }

    /** The value for an address, 0 if nothing matches. */
    public int lookup(final long high, final long low) {
        int longest = -1;
        int value = 0;
        for (int i = 0; i < size; i++) {
            if (lengths[i] > longest && isEqual(highs[i], lows[i], high, low, lengths[i])) {
                longest = lengths[i];
                value = values[i];
            }
        }
        return value;
    }

    /** Routes. */
    public int size() {
        return size;
    }

    /** Upper half of the address of route {@code index}, 0 to {@link #size} - 1. */
    public long high(final int index) {
        return highs[index];
    }

    /** Lower half. */
    public long low(final int index) {
        return lows[index];
    }

    /** Prefix length of a route. */
    public int length(final int index) {
        return lengths[index];
    }

    private int find(final long high, final long low, final int length) {
        for (int i = 0; i < size; i++) {
            if (lengths[i] == length && isEqual(highs[i], lows[i], high, low, length)) {
                return i;
            }
        }
        return -1;
    }

    private static boolean isEqual(
            final long highA, final long lowA, final long highB, final long lowB, final int length) {
        if (length <= 64) {
            return length == 0 || (highA ^ highB) >>> (64 - length) == 0;
        }
        return highA == highB && (lowA ^ lowB) >>> (128 - length) == 0;
    }
}
