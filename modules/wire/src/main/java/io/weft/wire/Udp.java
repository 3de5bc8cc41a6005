// SPDX-License-Identifier: Apache-2.0
package io.weft.wire;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * UDP header (RFC 768).
 *
 * <pre>
 *  0 source port   2 destination port   4 length   6 checksum
 * </pre>
 */
public final class Udp {
    /** Octets. */
    public static final int HEADER_LENGTH = 8;
    /** Offset of the checksum. */
    public static final int CHECKSUM_OFFSET = 6;

    private Udp() {}

    /** True if the header fits and its length field covers the header and fits. */
    public static boolean isValid(final UnsafeBuffer buffer, final int offset, final int length) {
        if (length < HEADER_LENGTH || offset < 0 || offset + length > buffer.capacity()) {
            return false;
        }
        final int claimed = length(buffer, offset);
        return claimed >= HEADER_LENGTH && claimed <= length;
    }

    /** Source port. */
    public static int sourcePort(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u16(buffer, offset);
    }

    /** Destination port. */
    public static int destinationPort(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u16(buffer, offset + 2);
    }

    /** Octets of header and payload. */
    public static int length(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u16(buffer, offset + 4);
    }

    /** Sets {@link #length}. */
    public static void length(final UnsafeBuffer buffer, final int offset, final int value) {
        Bytes.putU16(buffer, offset + 4, value);
    }

    /** Checksum as it stands in the packet; 0 means that there is none. */
    public static int checksum(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u16(buffer, offset + CHECKSUM_OFFSET);
    }

    /** Sets {@link #checksum}. */
    public static void checksum(final UnsafeBuffer buffer, final int offset, final int value) {
        Bytes.putU16(buffer, offset + CHECKSUM_OFFSET, value);
    }

    /** Writes a header without a checksum. */
    public static void put(
            final UnsafeBuffer buffer,
            final int offset,
            final int sourcePort,
            final int destinationPort,
            final int length) {
        Bytes.putI32(buffer, offset, (sourcePort << 16) | destinationPort);
        Bytes.putI32(buffer, offset + 4, length << 16);
    }
}
