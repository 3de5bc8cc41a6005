// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * An array of {@code struct mmsghdr} for packet sockets, each with one iovec and room for control data, laid out once and
 * used for every call.
 *
 * <pre>
 *  all headers (64 each): {@link Message}'s msghdr (56), octets received or sent (4)
 *  all iovecs (16 each): address, length
 *  all control data (64 each): length (8), level (4), type (4), struct tpacket_auxdata (20)
 * </pre>
 */
final class MessageBatch {
    private static final int HEADER_LENGTH = 64;
    private static final int IOVEC_LENGTH = 16;
    private static final int CONTROL_LENGTH = 64;

    private static final int CONTROL_SIZE_OFFSET = 40;
    private static final int FLAGS_OFFSET = 48;
    private static final int LENGTH_OFFSET = 56;

    private static final int PACKET_AUXDATA = 8;
    private static final int AUXDATA_END = 36;
    private static final int STATUS_OFFSET = 16;
    private static final int TCI_OFFSET = 32;
    private static final int TPID_OFFSET = 34;
    private static final int STATUS_VLAN_VALID = 1 << 4;
    private static final int STATUS_VLAN_TPID_VALID = 1 << 6;
    private static final int DEFAULT_TPID = 0x8100;

    private final UnsafeBuffer buffer;
    private final int iovecs;
    private final int controls;

    MessageBatch(final int capacity) {
        iovecs = capacity * HEADER_LENGTH;
        controls = iovecs + capacity * IOVEC_LENGTH;
        buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(controls + capacity * CONTROL_LENGTH, 64));
        for (int i = 0; i < capacity; i++) {
            buffer.putLong(i * HEADER_LENGTH + 16, buffer.addressOffset() + iovecs + (long) i * IOVEC_LENGTH);
            buffer.putLong(i * HEADER_LENGTH + 24, 1);
        }
    }

    /** Of message {@code i} and those behind it, for sendmmsg(2) and recvmmsg(2). */
    long address(final int i) {
        return buffer.addressOffset() + (long) i * HEADER_LENGTH;
    }

    /** Message {@code i} is to be sent from this memory. */
    void put(final int i, final long base, final int length) {
        buffer.putLong(iovecs + i * IOVEC_LENGTH, base);
        buffer.putLong(iovecs + i * IOVEC_LENGTH + Long.BYTES, length);
    }

    /** Message {@code i} is to be received into this memory. */
    void expect(final int i, final long base, final int length) {
        put(i, base, length);
        final int header = i * HEADER_LENGTH;
        buffer.putLong(header + 32, buffer.addressOffset() + controls + (long) i * CONTROL_LENGTH);
        buffer.putLong(header + CONTROL_SIZE_OFFSET, CONTROL_LENGTH);
        buffer.putInt(header + FLAGS_OFFSET, 0);
    }

    /** Octets received as message {@code i}. */
    int length(final int i) {
        return buffer.getInt(i * HEADER_LENGTH + LENGTH_OFFSET);
    }

    /**
     * The tag that the kernel took off message {@code i}, as it stood in the frame: TPID in the upper 16 bits, control
     * information in the lower; 0 if there was none.
     */
    int tag(final int i) {
        final int control = controls + i * CONTROL_LENGTH;
        if (buffer.getLong(i * HEADER_LENGTH + CONTROL_SIZE_OFFSET) < AUXDATA_END
                || buffer.getInt(control + 8) != PacketSocket.SOL_PACKET
                || buffer.getInt(control + 12) != PACKET_AUXDATA) {
            return 0;
        }
        final int status = buffer.getInt(control + STATUS_OFFSET);
        if ((status & STATUS_VLAN_VALID) == 0) {
            return 0;
        }
        final int tpid =
                (status & STATUS_VLAN_TPID_VALID) == 0 ? DEFAULT_TPID : buffer.getShort(control + TPID_OFFSET) & 0xFFFF;
        return tpid << 16 | (buffer.getShort(control + TCI_OFFSET) & 0xFFFF);
    }
}
