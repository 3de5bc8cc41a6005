// SPDX-License-Identifier: Apache-2.0
package io.weft.wire;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * VXLAN header (RFC 7348 section 5).
 *
 * <pre>
 *  0  flags: R R R R I R R R   1  reserved (24 bits)   4  VNI (24 bits)   7  reserved (8 bits)
 * </pre>
 */
public final class Vxlan {
    /** Octets. */
    public static final int HEADER_LENGTH = 8;
    /** IANA's UDP port. */
    public static final int PORT = 4789;
    /** Largest VNI, 2^24 - 1. */
    public static final int MAX_VNI = 0xFF_FFFF;

    private static final int FLAG_I = 0x08;

    private Vxlan() {}

    /** True if a header fits. Says nothing about the I flag: see {@link #hasVni}. */
    public static boolean isValid(final UnsafeBuffer buffer, final int offset, final int length) {
        return length >= HEADER_LENGTH && offset >= 0 && offset + length <= buffer.capacity();
    }

    /** True if the I flag is set, without which the VNI means nothing. Reserved bits are ignored, as required. */
    public static boolean hasVni(final UnsafeBuffer buffer, final int offset) {
        return (buffer.getByte(offset) & FLAG_I) != 0;
    }

    /** VXLAN network identifier. */
    public static int vni(final UnsafeBuffer buffer, final int offset) {
        return Bytes.i32(buffer, offset + 4) >>> 8;
    }

    /** Writes a header with the I flag, all reserved bits zero. */
    public static void put(final UnsafeBuffer buffer, final int offset, final int vni) {
        Bytes.putI32(buffer, offset, FLAG_I << 24);
        Bytes.putI32(buffer, offset + 4, vni << 8);
    }
}
