// SPDX-License-Identifier: Apache-2.0
package io.weft.wire;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * IPv6 extension header (RFC 8200 section 4), told apart by the protocol number in front of it.
 *
 * <pre>
 *  0 next header   1 length in units of 8 octets without the first 8 (fragment header: reserved)
 *  2 fragment header only: offset in units of 8 octets, 2 bits reserved, M   4 identification
 * </pre>
 */
public final class Ipv6Extension {
    /** Octets that every extension header has at least. */
    public static final int MIN_LENGTH = 8;
    /** Hop-by-hop options. */
    public static final int HOP_BY_HOP = 0;
    /** Routing header. */
    public static final int ROUTING = 43;
    /** Fragment header. */
    public static final int FRAGMENT = 44;
    /** Nothing follows. Not an extension header itself. */
    public static final int NO_NEXT_HEADER = 59;
    /** Destination options. */
    public static final int DESTINATION_OPTIONS = 60;

    private Ipv6Extension() {}

    /** True for the extension headers that a router reads past; AH and ESP are protocols here. */
    public static boolean isExtension(final int protocol) {
        return protocol == HOP_BY_HOP || protocol == ROUTING || protocol == FRAGMENT || protocol == DESTINATION_OPTIONS;
    }

    /** True if the first 8 octets fit: no getter then reads outside. {@link #length} may be more than there is. */
    public static boolean isValid(final UnsafeBuffer buffer, final int offset, final int length) {
        return length >= MIN_LENGTH && offset >= 0 && offset + length <= buffer.capacity();
    }

    /** Protocol of what follows. */
    public static int nextHeader(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u8(buffer, offset);
    }

    /** Octets of this header, which {@code protocol} in front of it announced; 8 to 2048. */
    public static int length(final UnsafeBuffer buffer, final int offset, final int protocol) {
        return protocol == FRAGMENT ? MIN_LENGTH : (Bytes.u8(buffer, offset + 1) + 1) << 3;
    }

    /** Of a fragment header: where the payload belongs in the packet that was fragmented, in octets. */
    public static int fragmentOffset(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u16(buffer, offset + 2) & 0xFFF8;
    }
}
