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
    private final boolean[] isIpv4 = new boolean[CAPACITY];
    private final int[] ipv4 = new int[CAPACITY];
    private final long[] high = new long[CAPACITY];
    private final long[] low = new long[CAPACITY];
    private final int[] values = new int[CAPACITY];

    private final int[] runIpv4 = new int[CAPACITY];
    private final long[] runHigh = new long[CAPACITY];
    private final long[] runLow = new long[CAPACITY];
    private final long[] scratch = new long[CAPACITY];
    private final int[] runValues = new int[CAPACITY];
    private int count;

    void clear() {
        count = 0;
    }

    void addIpv4(final Vrf vrf, final int address) {
        vrfs[count] = vrf;
        isIpv4[count] = true;
        ipv4[count++] = address;
    }

    void addIpv6(final Vrf vrf, final long addressHigh, final long addressLow) {
        vrfs[count] = vrf;
        isIpv4[count] = false;
        high[count] = addressHigh;
        low[count++] = addressLow;
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
            int end = start + 1;
            while (end < count && vrfs[end] == vrfs[start] && isIpv4[end] == isIpv4[start]) {
                end++;
            }
            run(start, end - start);
            start = end;
        }
    }

    private void run(final int start, final int length) {
        final Vrf vrf = vrfs[start];
        if (isIpv4[start]) {
            System.arraycopy(ipv4, start, runIpv4, 0, length);
            vrf.ipv4.lookup(runIpv4, runValues, length);
        } else {
            System.arraycopy(high, start, runHigh, 0, length);
            System.arraycopy(low, start, runLow, 0, length);
            vrf.ipv6.lookup(runHigh, runLow, runValues, scratch, length);
        }
        System.arraycopy(runValues, 0, values, start, length);
    }
}
