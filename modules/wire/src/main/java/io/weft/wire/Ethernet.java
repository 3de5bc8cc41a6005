// SPDX-License-Identifier: Apache-2.0
package io.weft.wire;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Ethernet II header (IEEE 802.3 clause 3).
 *
 * <pre>
 *  0  destination (6)   6  source (6)   12  EtherType or length (2)
 * </pre>
 */
public final class Ethernet {
    /** Octets. */
    public static final int HEADER_LENGTH = 14;

    /** IPv4. */
    public static final int TYPE_IPV4 = 0x0800;
    /** ARP. */
    public static final int TYPE_ARP = 0x0806;
    /** IPv6. */
    public static final int TYPE_IPV6 = 0x86DD;
    /** 802.1Q customer tag. */
    public static final int TYPE_VLAN = 0x8100;
    /** 802.1ad service tag. */
    public static final int TYPE_QINQ = 0x88A8;

    private static final int DESTINATION_OFFSET = 0;
    private static final int SOURCE_OFFSET = 6;
    private static final int TYPE_OFFSET = 12;

    private Ethernet() {}

    /** True if a header fits: no getter then reads outside {@code [offset, offset + length)}. */
    public static boolean isValid(final UnsafeBuffer buffer, final int offset, final int length) {
        return length >= HEADER_LENGTH && offset >= 0 && offset + length <= buffer.capacity();
    }

    /** Destination MAC address. */
    public static long destination(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u48(buffer, offset + DESTINATION_OFFSET);
    }

    /** Source MAC address. */
    public static long source(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u48(buffer, offset + SOURCE_OFFSET);
    }

    /** Sets the destination MAC. */
    public static void destination(final UnsafeBuffer buffer, final int offset, final long mac) {
        Bytes.putU48(buffer, offset + DESTINATION_OFFSET, mac);
    }

    /** Sets the source MAC. */
    public static void source(final UnsafeBuffer buffer, final int offset, final long mac) {
        Bytes.putU48(buffer, offset + SOURCE_OFFSET, mac);
    }

    /** EtherType, or the length of an 802.3 frame if below 0x0600. */
    public static int type(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u16(buffer, offset + TYPE_OFFSET);
    }

    /** Writes a whole header. */
    public static void put(
            final UnsafeBuffer buffer, final int offset, final long destination, final long source, final int type) {
        Bytes.putU48(buffer, offset + DESTINATION_OFFSET, destination);
        Bytes.putU48(buffer, offset + SOURCE_OFFSET, source);
        Bytes.putU16(buffer, offset + TYPE_OFFSET, type);
    }
}
