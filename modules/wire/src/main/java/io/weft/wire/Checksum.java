// SPDX-License-Identifier: Apache-2.0
package io.weft.wire;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * The Internet checksum (RFC 1071) and its incremental update (RFC 1624).
 *
 * <p>A <em>sum</em> is an unfolded accumulator in the machine's own byte order; sums may be added to each other as long
 * as each covers an even number of octets but for the last. {@link #finish} folds, complements and turns the result into
 * the value of the header field. RFC 1071 section 2(B): the byte order only matters at the end.
 */
public final class Checksum {
    private static final boolean SWAP = java.nio.ByteOrder.nativeOrder() == java.nio.ByteOrder.LITTLE_ENDIAN;
    private static final long LOW_32 = 0xFFFF_FFFFL;

    private Checksum() {}

    /**
     * Sums {@code length} octets. 8-byte loads, four accumulators: 64 KB cannot overflow them.
     *
     * @return an unfolded sum
     */
    public static long sum(final UnsafeBuffer buffer, final int offset, final int length) {
        long even = 0;
        long odd = 0;
        long even2 = 0;
        long odd2 = 0;
        int index = offset;
        final int end = offset + length;
        for (; index <= end - 32; index += 32) {
            final long a = buffer.getLong(index);
            final long b = buffer.getLong(index + 8);
            final long c = buffer.getLong(index + 16);
            final long d = buffer.getLong(index + 24);
            even += (a & LOW_32) + (b & LOW_32);
            odd += (a >>> 32) + (b >>> 32);
            even2 += (c & LOW_32) + (d & LOW_32);
            odd2 += (c >>> 32) + (d >>> 32);
        }
        long sum = even + odd + even2 + odd2;
        for (; index <= end - 4; index += 4) {
            sum += buffer.getInt(index) & LOW_32;
        }
        if (index <= end - 2) {
            sum += buffer.getShort(index) & 0xFFFF;
            index += 2;
        }
        if (index < end) {
            sum += SWAP ? buffer.getByte(index) & 0xFF : (buffer.getByte(index) & 0xFF) << 8;
        }
        return sum;
    }

    /** The sum of one 16-bit value given in host terms, for example a length or a protocol number. */
    public static long sumOf(final int value) {
        return SWAP ? Short.reverseBytes((short) value) & 0xFFFF : value & 0xFFFF;
    }

    /** What takes one 16-bit value out of a sum again: the one's complement of it. */
    public static long without(final int value) {
        return sumOf(~value);
    }

    /** Pseudo-header of TCP or UDP over IPv4 (RFC 9293 section 3.1); {@code ipOffset} is where the IPv4 header starts. */
    public static long pseudoHeaderIpv4(
            final UnsafeBuffer buffer, final int ipOffset, final int protocol, final int length) {
        return sum(buffer, ipOffset + Ipv4.SOURCE_OFFSET, 8) + sumOf(protocol) + sumOf(length);
    }

    /** Pseudo-header over IPv6 (RFC 8200 section 8.1). {@code length} up to 65,575 for a super-frame. */
    public static long pseudoHeaderIpv6(
            final UnsafeBuffer buffer, final int ipOffset, final int protocol, final int length) {
        return sum(buffer, ipOffset + Ipv6.SOURCE_OFFSET, 32)
                + sumOf(protocol)
                + sumOf(length & 0xFFFF)
                + sumOf(length >>> 16);
    }

    /** Folds an unfolded sum to 16 bits in host terms, not complemented: what a partial checksum field holds. */
    public static int fold(final long sum) {
        long folded = (sum >>> 32) + (sum & LOW_32);
        folded = (folded >>> 32) + (folded & LOW_32);
        folded = (folded >>> 16) + (folded & 0xFFFF);
        folded = (folded >>> 16) + (folded & 0xFFFF);
        folded = (folded >>> 16) + (folded & 0xFFFF);
        return SWAP ? Short.reverseBytes((short) folded) & 0xFFFF : (int) folded;
    }

    /** Folds and complements: the value of a checksum field; 0 when summing data that holds its right checksum. */
    public static int finish(final long sum) {
        return ~fold(sum) & 0xFFFF;
    }

    /**
     * RFC 1624 equation 3: the checksum after a 16-bit field changed.
     *
     * @param checksum the field before, in host terms
     * @param before the 16 bits before
     * @param after the 16 bits after
     */
    public static int update(final int checksum, final int before, final int after) {
        int sum = (~checksum & 0xFFFF) + (~before & 0xFFFF) + (after & 0xFFFF);
        sum = (sum >>> 16) + (sum & 0xFFFF);
        sum = (sum >>> 16) + (sum & 0xFFFF);
        return ~sum & 0xFFFF;
    }
}
