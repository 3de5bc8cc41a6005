// SPDX-License-Identifier: Apache-2.0
package io.weft.wire;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * 802.1Q tag, as it follows the two MAC addresses' TPID (IEEE 802.1Q-2018 clause 9).
 *
 * <pre>
 *  0  PCP (3 bits) DEI (1) VID (12)   2  EtherType of what follows
 * </pre>
 */
public final class Vlan {
    /** Octets that a tag adds to a frame. */
    public static final int HEADER_LENGTH = 4;

    private Vlan() {}

    /** True if a tag control field and the inner EtherType fit. */
    public static boolean isValid(final UnsafeBuffer buffer, final int offset, final int length) {
        return length >= HEADER_LENGTH && offset >= 0 && offset + length <= buffer.capacity();
    }

    /** VLAN identifier, 0 to 4095. */
    public static int id(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u16(buffer, offset) & 0xFFF;
    }

    /** Priority code point, 0 to 7. */
    public static int priority(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u8(buffer, offset) >>> 5;
    }

    /** EtherType of what follows the tag. */
    public static int type(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u16(buffer, offset + 2);
    }

    /** Writes tag control information and the inner EtherType. */
    public static void put(
            final UnsafeBuffer buffer, final int offset, final int priority, final int id, final int type) {
        Bytes.putU16(buffer, offset, (priority << 13) | (id & 0xFFF));
        Bytes.putU16(buffer, offset + 2, type);
    }
}
