// SPDX-License-Identifier: Apache-2.0
package io.weft.wire;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * IPv4 header (RFC 791 section 3.1).
 *
 * <pre>
 *  0 version, IHL   1 DSCP, ECN   2 total length   4 identification   6 flags, fragment offset
 *  8 TTL   9 protocol   10 header checksum   12 source   16 destination   20 options
 * </pre>
 */
public final class Ipv4 {
    /** Octets without options. */
    public static final int MIN_HEADER_LENGTH = 20;
    /** Don't fragment. */
    public static final int FLAG_DF = 0x4000;
    /** More fragments. */
    public static final int FLAG_MF = 0x2000;
    /** ICMP. */
    public static final int PROTOCOL_ICMP = 1;
    /** IPv4's minimum MTU (RFC 791 section 3.1): every link carries a packet of this many octets whole. */
    public static final int MIN_MTU = 68;
    /** TCP. */
    public static final int PROTOCOL_TCP = 6;
    /** UDP. */
    public static final int PROTOCOL_UDP = 17;

    static final int TOTAL_LENGTH_OFFSET = 2;
    /** Offset of the header checksum. */
    public static final int CHECKSUM_OFFSET = 10;
    /** Offset of the source address; the destination follows it. */
    public static final int SOURCE_OFFSET = 12;

    private Ipv4() {}

    /**
     * True if version is 4, the header with its options fits, and the total length covers the header and fits: no
     * getter then reads outside. The checksum is not looked at.
     */
    public static boolean isValid(final UnsafeBuffer buffer, final int offset, final int length) {
        if (length < MIN_HEADER_LENGTH || offset < 0 || offset + length > buffer.capacity()) {
            return false;
        }
        final int headerLength = headerLength(buffer, offset);
        final int totalLength = totalLength(buffer, offset);
        return version(buffer, offset) == 4
                && headerLength >= MIN_HEADER_LENGTH
                && headerLength <= totalLength
                && totalLength <= length;
    }

    /** 4. */
    public static int version(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u8(buffer, offset) >>> 4;
    }

    /** Octets of header and options, a multiple of 4 from 0 to 60. */
    public static int headerLength(final UnsafeBuffer buffer, final int offset) {
        return (Bytes.u8(buffer, offset) & 0xF) << 2;
    }

    /** DSCP (upper 6 bits) and ECN (lower 2). */
    public static int trafficClass(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u8(buffer, offset + 1);
    }

    /** Sets {@link #trafficClass}; the checksum is then wrong until it is written. */
    public static void trafficClass(final UnsafeBuffer buffer, final int offset, final int value) {
        Bytes.putU8(buffer, offset + 1, value);
    }

    /** Octets of header and payload. */
    public static int totalLength(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u16(buffer, offset + TOTAL_LENGTH_OFFSET);
    }

    /** Sets {@link #totalLength}; the checksum is then wrong until it is written. */
    public static void totalLength(final UnsafeBuffer buffer, final int offset, final int value) {
        Bytes.putU16(buffer, offset + TOTAL_LENGTH_OFFSET, value);
    }

    /** Identification. */
    public static int identification(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u16(buffer, offset + 4);
    }

    /** Sets {@link #identification}; the checksum is then wrong until it is written. */
    public static void identification(final UnsafeBuffer buffer, final int offset, final int value) {
        Bytes.putU16(buffer, offset + 4, value);
    }

    /** {@link #FLAG_DF}, {@link #FLAG_MF} and the offset in units of 8 octets in the lower 13 bits. */
    public static int fragment(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u16(buffer, offset + 6);
    }

    /** Sets {@link #fragment}; the checksum is then wrong until it is written. */
    public static void fragment(final UnsafeBuffer buffer, final int offset, final int value) {
        Bytes.putU16(buffer, offset + 6, value);
    }

    /** Where the payload belongs in the packet that was fragmented, in octets; 0 for the first fragment and the whole. */
    public static int fragmentOffset(final UnsafeBuffer buffer, final int offset) {
        return (fragment(buffer, offset) & 0x1FFF) << 3;
    }

    /** True for every fragment, the first included. */
    public static boolean isFragment(final UnsafeBuffer buffer, final int offset) {
        return (fragment(buffer, offset) & 0x3FFF) != 0;
    }

    /** Time to live. */
    public static int ttl(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u8(buffer, offset + 8);
    }

    /** Sets {@link #ttl}; the checksum is then wrong until it is written. */
    public static void ttl(final UnsafeBuffer buffer, final int offset, final int value) {
        Bytes.putU8(buffer, offset + 8, value);
    }

    /**
     * Takes one off {@link #ttl}, which must not be 0, and updates the checksum (RFC 1624 equation 3): a right one stays
     * right, a wrong one wrong. The result is never 0xFFFF, the one's complement zero that no header sums up to.
     */
    public static void decrementTtl(final UnsafeBuffer buffer, final int offset) {
        final int before = Bytes.u16(buffer, offset + 8);
        final int after = before - 0x100;
        Bytes.putU16(buffer, offset + 8, after);
        checksum(buffer, offset, Checksum.update(checksum(buffer, offset), before, after));
    }

    /** Protocol of the payload. */
    public static int protocol(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u8(buffer, offset + 9);
    }

    /** Header checksum as it stands in the packet. */
    public static int checksum(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u16(buffer, offset + CHECKSUM_OFFSET);
    }

    /** Sets {@link #checksum} to a value that the caller computed. */
    public static void checksum(final UnsafeBuffer buffer, final int offset, final int value) {
        Bytes.putU16(buffer, offset + CHECKSUM_OFFSET, value);
    }

    /** Source address. */
    public static int source(final UnsafeBuffer buffer, final int offset) {
        return Bytes.i32(buffer, offset + SOURCE_OFFSET);
    }

    /** Destination address. */
    public static int destination(final UnsafeBuffer buffer, final int offset) {
        return Bytes.i32(buffer, offset + 16);
    }

    /** Exchanges source and destination; every checksum over them stays right. */
    public static void swapAddresses(final UnsafeBuffer buffer, final int offset) {
        final int source = source(buffer, offset);
        Bytes.putI32(buffer, offset + SOURCE_OFFSET, destination(buffer, offset));
        Bytes.putI32(buffer, offset + 16, source);
    }

    /** Computes and writes the header checksum. */
    public static void writeChecksum(final UnsafeBuffer buffer, final int offset) {
        Bytes.putU16(buffer, offset + CHECKSUM_OFFSET, 0);
        Bytes.putU16(
                buffer,
                offset + CHECKSUM_OFFSET,
                Checksum.finish(Checksum.sum(buffer, offset, headerLength(buffer, offset))));
    }

    /** True if the header checksum is right. */
    public static boolean isChecksumValid(final UnsafeBuffer buffer, final int offset) {
        return Checksum.finish(Checksum.sum(buffer, offset, headerLength(buffer, offset))) == 0;
    }

    /** Writes a header of 20 octets with DF set, identification 0 and a right checksum. */
    public static void put(
            final UnsafeBuffer buffer,
            final int offset,
            final int totalLength,
            final int ttl,
            final int protocol,
            final int source,
            final int destination) {
        Bytes.putI32(buffer, offset, (0x4500 << 16) | totalLength);
        Bytes.putI32(buffer, offset + 4, FLAG_DF);
        Bytes.putI32(buffer, offset + 8, (ttl << 24) | (protocol << 16));
        Bytes.putI32(buffer, offset + SOURCE_OFFSET, source);
        Bytes.putI32(buffer, offset + 16, destination);
        writeChecksum(buffer, offset);
    }
}
