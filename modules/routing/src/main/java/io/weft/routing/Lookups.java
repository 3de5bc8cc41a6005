// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import io.weft.frame.FrameVector;

/**
 * The destinations of a vector's packets, looked up together: runs of one VRF and family are one bulk lookup, so that the
 * loads of different packets overlap.
 */
final class Lookups {
    private static final int CAPACITY = FrameVector.CAPACITY;

    private final Vrf[] vrfs = new Vrf[CAPACITY];
    private final long[] high = new long[CAPACITY];
    private final long[] low = new long[CAPACITY];
    private final int[] values = new int[CAPACITY];
    private final long[] scratch = new long[CAPACITY];
    private int count;

    void clear() {
        count = 0;
    }

    /** The next packet's destination, IPv4 mapped. */
    void add(final Vrf vrf, final long addressHigh, final long addressLow) {
        vrfs[count] = vrf;
        high[count] = addressHigh;
        low[count++] = addressLow;
    }

    /** Destination of packet {@code i}, upper half. */
    long high(final int i) {
        return high[i];
    }

    /** Lower half. */
    long low(final int i) {
        return low[i];
    }

    /** Number of the next-hop group of packet {@code i}, after {@link #run}. */
    int value(final int i) {
        return values[i];
    }

    Vrf vrf(final int i) {
        return vrfs[i];
    }

    void run() {
        int start = 0;
        while (start < count) {
            final boolean ipv4 = isIpv4(start);
            int end = start + 1;
            while (end < count && vrfs[end] == vrfs[start] && isIpv4(end) == ipv4) {
                end++;
            }
            if (ipv4) {
                vrfs[start].ipv4.lookup(low, values, start, end);
            } else {
                vrfs[start].ipv6.lookup(high, low, values, scratch, start, end);
            }
            start = end;
        }
    }

    private boolean isIpv4(final int i) {
        return high[i] == 0 && low[i] >>> 32 == 0xFFFF;
    }
}
