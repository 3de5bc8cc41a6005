// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A {@code struct msghdr} with its iovecs, address and control data, laid out once and used for every call.
 *
 * <pre>
 *   0 name   8 name length   16 iovecs   24 iovec count   32 control   40 control length   48 flags
 *  64 control data (64)   128 address (64)   192 iovecs (16 each: address, length)
 * </pre>
 *
 * A control message is {@code length (8), level (4), type (4), data}, padded to 8.
 */
final class Message {
    static final int TRUNCATED = 0x20;
    static final int DONT_WAIT = 0x40;
    static final int NO_SIGNAL = 0x4000;

    private static final int CONTROL = 64;
    private static final int CONTROL_LENGTH = 64;
    private static final int CONTROL_HEADER_LENGTH = 16;
    private static final int NAME = 128;
    private static final int IOVECS = 192;
    private static final int IOVEC_LENGTH = 16;

    final UnsafeBuffer buffer;
    private final long address;

    Message(final int maxIovecs) {
        buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(IOVECS + maxIovecs * IOVEC_LENGTH, 64));
        address = buffer.addressOffset();
        buffer.putLong(16, address + IOVECS);
    }

    /** For sendmsg(2) and recvmsg(2). */
    long address() {
        return address;
    }

    /** The first {@code count} iovecs from {@code first} on are meant. */
    void iovecs(final int first, final int count) {
        buffer.putLong(16, address + IOVECS + (long) first * IOVEC_LENGTH);
        buffer.putLong(24, count);
    }

    void iovec(final int i, final long base, final int length) {
        buffer.putLong(IOVECS + i * IOVEC_LENGTH, base);
        buffer.putLong(IOVECS + i * IOVEC_LENGTH + Long.BYTES, length);
    }

    /** Where to send: an address kept elsewhere. */
    void name(final long sockaddr, final int length) {
        buffer.putLong(0, sockaddr);
        buffer.putInt(8, length);
    }

    void noControl() {
        buffer.putLong(32, 0);
        buffer.putLong(40, 0);
    }

    /** Asks for UDP_SEGMENT: the kernel cuts the data into datagrams of {@code segmentSize}. */
    void segmentSize(final int segmentSize) {
        buffer.putLong(32, address + CONTROL);
        buffer.putLong(40, CONTROL_HEADER_LENGTH + Long.BYTES);
        buffer.putLong(CONTROL, CONTROL_HEADER_LENGTH + Short.BYTES);
        buffer.putInt(CONTROL + 8, UdpSockets.SOL_UDP);
        buffer.putInt(CONTROL + 12, UdpSockets.UDP_SEGMENT);
        buffer.putShort(CONTROL + CONTROL_HEADER_LENGTH, (short) segmentSize);
    }

    /** Gets ready for one recvmsg(2) into one piece of memory. */
    void expect(final long base, final int length) {
        iovecs(0, 1);
        iovec(0, base, length);
        name(address + NAME, SocketAddress.LENGTH);
        buffer.putLong(32, address + CONTROL);
        buffer.putLong(40, CONTROL_LENGTH);
        buffer.putInt(48, 0);
    }

    /** True if the datagram was longer than the memory. */
    boolean isTruncated() {
        return (buffer.getInt(48) & TRUNCATED) != 0;
    }

    long senderHigh() {
        return SocketAddress.high(buffer, NAME);
    }

    long senderLow() {
        return SocketAddress.low(buffer, NAME);
    }

    /** What UDP_GRO says of a datagram train: octets of each datagram but the last; 0 if it is none. */
    int trainSegmentSize() {
        final int end = CONTROL + (int) buffer.getLong(40);
        int position = CONTROL;
        while (position + CONTROL_HEADER_LENGTH + Integer.BYTES <= end) {
            final int length = (int) buffer.getLong(position);
            if (buffer.getInt(position + 8) == UdpSockets.SOL_UDP
                    && buffer.getInt(position + 12) == UdpSockets.UDP_GRO) {
                return buffer.getInt(position + CONTROL_HEADER_LENGTH);
            }
            position += Math.max(CONTROL_HEADER_LENGTH, (length + 7) & -8);
        }
        return 0;
    }
}
