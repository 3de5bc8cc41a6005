// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

/** Bits of addresses of up to 128 bits, left-aligned in two longs. Bit 0 is the first on the wire. */
final class AddressBits {
    private static final int STRIDE = 6;

    private AddressBits() {}

    /** Bit {@code index}, 0 to 127. */
    static int bit(final long high, final long low, final int index) {
        return (int) ((index < Long.SIZE ? high : low) >>> ~index) & 1;
    }

    /** The 64 bits from {@code index} on, 1 to 127; behind the address there are zeros. */
    static long from(final long high, final long low, final int index) {
        return index < Long.SIZE ? high << index | low >>> -index : low << index;
    }

    /** The six bits from {@code index} on, 1 to 127. */
    static int slot(final long high, final long low, final int index) {
        return (int) (from(high, low, index) >>> (Long.SIZE - STRIDE));
    }

    /** How many first bits two addresses share. */
    static int common(final long high, final long low, final long otherHigh, final long otherLow) {
        final long difference = high ^ otherHigh;
        return difference != 0
                ? Long.numberOfLeadingZeros(difference)
                : Long.SIZE + Long.numberOfLeadingZeros(low ^ otherLow);
    }

    /** The first {@code length} bits, 0 to 64, as a mask. */
    static long mask(final int length) {
        return length == 0 ? 0 : -1L << -length;
    }

    /** The upper half without what lies behind the first {@code length} bits. */
    static long prefixHigh(final long high, final int length) {
        return high & mask(Math.min(length, Long.SIZE));
    }

    /** The lower half without what lies behind the first {@code length} bits. */
    static long prefixLow(final long low, final int length) {
        return low & mask(Math.max(length - Long.SIZE, 0));
    }
}
