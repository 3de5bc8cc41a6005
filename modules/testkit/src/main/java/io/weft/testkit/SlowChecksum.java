// SPDX-License-Identifier: Apache-2.0
package io.weft.testkit;

/** The Internet checksum as RFC 1071 section 1 defines it, one 16-bit word after the other. */
public final class SlowChecksum {
    private SlowChecksum() {}

    /** One's complement sum of big-endian 16-bit words, not complemented; an odd last octet is padded with zero. */
    public static int sum(final byte[] octets, final int from, final int to) {
        int sum = 0;
        for (int i = from; i < to; i += 2) {
            final int high = octets[i] & 0xFF;
            final int low = i + 1 < to ? octets[i + 1] & 0xFF : 0;
            sum = add(sum, (high << 8) | low);
        }
        return sum;
    }

    /** One's complement addition of two 16-bit values: a carry comes in again at the low end. */
    public static int add(final int a, final int b) {
        final int sum = a + b;
        return sum > 0xFFFF ? sum - 0xFFFF : sum;
    }

    /** Sum of the pseudo-header: addresses, protocol, length (RFC 9293 section 3.1, RFC 8200 section 8.1). */
    public static int pseudoHeader(final byte[] addresses, final int protocol, final int length) {
        int sum = sum(addresses, 0, addresses.length);
        sum = add(sum, protocol);
        sum = add(sum, length >>> 16);
        return add(sum, length & 0xFFFF);
    }
}
