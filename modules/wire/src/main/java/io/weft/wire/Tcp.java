// SPDX-License-Identifier: Apache-2.0
package io.weft.wire;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * TCP header (RFC 9293 section 3.1).
 *
 * <pre>
 *  0 source port   2 destination port   4 sequence   8 acknowledgment   12 data offset   13 flags
 * 14 window   16 checksum   18 urgent pointer   20 options
 * </pre>
 */
public final class Tcp {
    /** Octets without options. */
    public static final int MIN_HEADER_LENGTH = 20;
    /** Offset of the checksum. */
    public static final int CHECKSUM_OFFSET = 16;
    /** FIN. */
    public static final int FIN = 0x01;
    /** SYN. */
    public static final int SYN = 0x02;
    /** RST. */
    public static final int RST = 0x04;
    /** PSH. */
    public static final int PSH = 0x08;
    /** ACK. */
    public static final int ACK = 0x10;
    /** URG. */
    public static final int URG = 0x20;
    /** ECE. */
    public static final int ECE = 0x40;
    /** CWR. */
    public static final int CWR = 0x80;

    private Tcp() {}

    /** True if the header with its options fits. */
    public static boolean isValid(final UnsafeBuffer buffer, final int offset, final int length) {
        if (length < MIN_HEADER_LENGTH || offset < 0 || offset + length > buffer.capacity()) {
            return false;
        }
        final int headerLength = headerLength(buffer, offset);
        return headerLength >= MIN_HEADER_LENGTH && headerLength <= length;
    }

    /** Source port. */
    public static int sourcePort(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u16(buffer, offset);
    }

    /** Destination port. */
    public static int destinationPort(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u16(buffer, offset + 2);
    }

    /** Sequence number. */
    public static int sequence(final UnsafeBuffer buffer, final int offset) {
        return Bytes.i32(buffer, offset + 4);
    }

    /** Sets {@link #sequence}. */
    public static void sequence(final UnsafeBuffer buffer, final int offset, final int value) {
        Bytes.putI32(buffer, offset + 4, value);
    }

    /** Acknowledgment number. */
    public static int acknowledgment(final UnsafeBuffer buffer, final int offset) {
        return Bytes.i32(buffer, offset + 8);
    }

    /** Octets of header and options, a multiple of 4 from 0 to 60. */
    public static int headerLength(final UnsafeBuffer buffer, final int offset) {
        return (Bytes.u8(buffer, offset + 12) >>> 4) << 2;
    }

    /** The eight flags FIN to CWR. */
    public static int flags(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u8(buffer, offset + 13);
    }

    /** Sets {@link #flags}. */
    public static void flags(final UnsafeBuffer buffer, final int offset, final int value) {
        Bytes.putU8(buffer, offset + 13, value);
    }

    /** Window, unscaled. */
    public static int window(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u16(buffer, offset + 14);
    }

    /** Checksum as it stands in the packet. */
    public static int checksum(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u16(buffer, offset + CHECKSUM_OFFSET);
    }

    /** Sets {@link #checksum}. */
    public static void checksum(final UnsafeBuffer buffer, final int offset, final int value) {
        Bytes.putU16(buffer, offset + CHECKSUM_OFFSET, value);
    }

    /** Writes a header of 20 octets without a checksum. */
    public static void put(
            final UnsafeBuffer buffer,
            final int offset,
            final int sourcePort,
            final int destinationPort,
            final int sequence,
            final int acknowledgment,
            final int flags,
            final int window) {
        Bytes.putI32(buffer, offset, (sourcePort << 16) | destinationPort);
        Bytes.putI32(buffer, offset + 4, sequence);
        Bytes.putI32(buffer, offset + 8, acknowledgment);
        Bytes.putI32(buffer, offset + 12, (5 << 28) | (flags << 16) | window);
        Bytes.putI32(buffer, offset + CHECKSUM_OFFSET, 0);
    }
}
