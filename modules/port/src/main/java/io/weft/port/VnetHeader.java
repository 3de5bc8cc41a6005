// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.frame.Frame;
import io.weft.wire.Tcp;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The virtio-net header in front of each frame of a TAP or packet socket (virtio 1.2 section 5.1.6), in the machine's byte order.
 *
 * <pre>
 *  0 flags   1 GSO type   2 header length   4 segment size   6 checksum start   8 checksum offset   10 buffers
 * </pre>
 *
 * The last field is missing in the older form of 10 octets. Positions count from the Ethernet header.
 */
final class VnetHeader {
    /** Octets with the count of buffers. */
    static final int LENGTH = 12;
    /** Octets without. */
    static final int LEGACY_LENGTH = 10;

    private static final int NEEDS_CHECKSUM = 1;
    private static final int DATA_VALID = 2;
    private static final int ECN = 0x80;
    private static final int TYPE_MASK = 0x0F;
    /** From this length on the kernel asks how much it should keep in one piece. */
    private static final int LINEAR_LENGTH = 2048;

    private VnetHeader() {}

    /**
     * Fills the offload fields of {@code frame} from the header at {@code position}. The header length is a hint that may
     * be wrong and is not read; GSO bits without a meaning here are masked; ranges are for the parser to check.
     */
    static void read(final Frame frame, final int position) {
        final UnsafeBuffer buffer = frame.buffer;
        final int flags = buffer.getByte(position);
        if ((flags & NEEDS_CHECKSUM) != 0) {
            frame.checksumState = Frame.CHECKSUM_PARTIAL;
            frame.checksumStart = frame.offset + (buffer.getShort(position + 6) & 0xFFFF);
            frame.checksumOffset = buffer.getShort(position + 8) & 0xFFFF;
        } else if ((flags & DATA_VALID) != 0) {
            frame.checksumState = Frame.CHECKSUM_VERIFIED;
        }
        final int type = buffer.getByte(position + 1) & 0xFF;
        if ((type & TYPE_MASK) != Frame.GSO_NONE) {
            frame.gsoType = type & TYPE_MASK;
            frame.gsoSize = buffer.getShort(position + 4) & 0xFFFF;
            frame.gsoEcn = (type & ECN) != 0;
        }
    }

    /**
     * Writes the header for {@code frame} at {@code position}. The header length is the real one: with 0 the kernel would
     * copy a super-frame into one piece of memory.
     */
    static void write(final Frame frame, final int position, final int headerLength) {
        final UnsafeBuffer buffer = frame.buffer;
        int flags = 0;
        int start = 0;
        int offset = 0;
        int linear = frame.length > LINEAR_LENGTH ? 128 : 0;
        if (frame.checksumState == Frame.CHECKSUM_PARTIAL) {
            flags = NEEDS_CHECKSUM;
            start = frame.checksumStart - frame.offset;
            offset = frame.checksumOffset;
            linear = AbstractPort.headerLength(frame);
        } else if (frame.checksumState == Frame.CHECKSUM_VERIFIED) {
            flags = DATA_VALID;
        }
        final int ecn = frame.gsoEcn && offset == Tcp.CHECKSUM_OFFSET ? ECN : 0;
        final int type = frame.isSuperFrame() ? frame.gsoType | ecn : Frame.GSO_NONE;
        final int size = frame.isSuperFrame() ? frame.gsoSize : 0;
        buffer.putInt(position, flags | type << 8 | linear << 16);
        buffer.putInt(position + 4, size | start << 16);
        buffer.putShort(position + 8, (short) offset);
        if (headerLength == LENGTH) {
            buffer.putShort(position + 10, (short) 0);
        }
    }
}
