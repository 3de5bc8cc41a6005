// SPDX-License-Identifier: Apache-2.0
package io.weft.wire;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * ICMP (RFC 792) and ICMPv6 (RFC 4443) header; the two share their layout.
 *
 * <pre>
 *  0 type   1 code   2 checksum   4 identifier, sequence (echo) or MTU and others
 * </pre>
 */
public final class Icmp {
    /** Octets. */
    public static final int HEADER_LENGTH = 8;
    /** Offset of the checksum. */
    public static final int CHECKSUM_OFFSET = 2;
    /** ICMP echo request. */
    public static final int ECHO_REQUEST = 8;
    /** ICMP echo reply. */
    public static final int ECHO_REPLY = 0;
    /** ICMPv6 echo request. */
    public static final int ECHO_REQUEST_V6 = 128;
    /** ICMPv6 echo reply. */
    public static final int ECHO_REPLY_V6 = 129;
    /** Neighbor Discovery (RFC 4861 section 4); {@link Ndp} reads these five. */
    public static final int ROUTER_SOLICITATION = 133;
    /** Neighbor Discovery. */
    public static final int ROUTER_ADVERTISEMENT = 134;
    /** Neighbor Discovery. */
    public static final int NEIGHBOR_SOLICITATION = 135;
    /** Neighbor Discovery. */
    public static final int NEIGHBOR_ADVERTISEMENT = 136;
    /** Neighbor Discovery: ICMPv6 redirect. */
    public static final int REDIRECT_V6 = 137;

    private Icmp() {}

    /** True if a header fits. */
    public static boolean isValid(final UnsafeBuffer buffer, final int offset, final int length) {
        return length >= HEADER_LENGTH && offset >= 0 && offset + length <= buffer.capacity();
    }

    /** Type. */
    public static int type(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u8(buffer, offset);
    }

    /** Code. */
    public static int code(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u8(buffer, offset + 1);
    }

    /** Checksum as it stands in the packet. */
    public static int checksum(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u16(buffer, offset + CHECKSUM_OFFSET);
    }

    /** Sets {@link #checksum}. */
    public static void checksum(final UnsafeBuffer buffer, final int offset, final int value) {
        Bytes.putU16(buffer, offset + CHECKSUM_OFFSET, value);
    }

    /** Identifier of an echo. */
    public static int identifier(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u16(buffer, offset + 4);
    }

    /** Sequence number of an echo. */
    public static int sequence(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u16(buffer, offset + 6);
    }

    /** Writes a header without a checksum. */
    public static void put(
            final UnsafeBuffer buffer, final int offset, final int type, final int code, final int rest) {
        Bytes.putI32(buffer, offset, (type << 24) | (code << 16));
        Bytes.putI32(buffer, offset + 4, rest);
    }
}
