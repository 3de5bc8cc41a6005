// SPDX-License-Identifier: Apache-2.0
package io.weft.wire;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * ARP for IPv4 over Ethernet (RFC 826).
 *
 * <pre>
 *  0 hardware type  2 protocol type  4 hlen  5 plen  6 operation
 *  8 sender MAC (6) 14 sender IP (4) 18 target MAC (6) 24 target IP (4)
 * </pre>
 */
public final class Arp {
    /** Octets. */
    public static final int LENGTH = 28;
    /** Request. */
    public static final int REQUEST = 1;
    /** Reply. */
    public static final int REPLY = 2;

    private static final int FIXED_LENGTH = 8;
    private static final long ETHERNET_IPV4 = 0x0001_0800_0604L;

    private Arp() {}

    /** True if the packet fits and is of the one kind that is understood: IPv4 over Ethernet. */
    public static boolean isValid(final UnsafeBuffer buffer, final int offset, final int length) {
        return length >= LENGTH
                && offset >= 0
                && offset + length <= buffer.capacity()
                && Bytes.u48(buffer, offset) == ETHERNET_IPV4;
    }

    /** True if the fixed part fits and says another hardware or protocol than IPv4 over Ethernet. */
    public static boolean isOtherKind(final UnsafeBuffer buffer, final int offset, final int length) {
        return length >= FIXED_LENGTH
                && offset >= 0
                && offset + length <= buffer.capacity()
                && Bytes.u48(buffer, offset) != ETHERNET_IPV4;
    }

    /** {@link #REQUEST}, {@link #REPLY} or another value of RFC 5494. */
    public static int operation(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u16(buffer, offset + 6);
    }

    /** Sender hardware address. */
    public static long senderMac(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u48(buffer, offset + 8);
    }

    /** Sender protocol address. */
    public static int senderIp(final UnsafeBuffer buffer, final int offset) {
        return Bytes.i32(buffer, offset + 14);
    }

    /** Target hardware address. */
    public static long targetMac(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u48(buffer, offset + 18);
    }

    /** Target protocol address. */
    public static int targetIp(final UnsafeBuffer buffer, final int offset) {
        return Bytes.i32(buffer, offset + 24);
    }

    /** Writes a whole packet. */
    public static void put(
            final UnsafeBuffer buffer,
            final int offset,
            final int operation,
            final long senderMac,
            final int senderIp,
            final long targetMac,
            final int targetIp) {
        Bytes.putU48(buffer, offset, ETHERNET_IPV4);
        Bytes.putU16(buffer, offset + 6, operation);
        Bytes.putU48(buffer, offset + 8, senderMac);
        Bytes.putI32(buffer, offset + 14, senderIp);
        Bytes.putU48(buffer, offset + 18, targetMac);
        Bytes.putI32(buffer, offset + 24, targetIp);
    }
}
