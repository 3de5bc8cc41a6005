// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.wire.Bytes;
import io.weft.wire.Ethernet;
import io.weft.wire.Ipv4;
import io.weft.wire.Ipv6;
import io.weft.wire.MacAddress;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a router must refuse before it looks at its tables: RFC 1812 sections 5.2.2 and 5.3, RFC 8200, RFC 4291. Lengths
 * were checked when the frame was parsed: a packet that failed has no {@link Frame#l3Offset}.
 */
final class PacketCheck {
    private static final int LOOSE_SOURCE_ROUTE = 131;
    private static final int STRICT_SOURCE_ROUTE = 137;
    private static final int END_OF_OPTIONS = 0;
    private static final int NO_OPERATION = 1;

    private static final int LINK_LOCAL_IPV4 = 0xA9FE;
    private static final long LINK_LOCAL_IPV6 = 0xFE80_0000_0000_0000L >>> 54;
    private static final int MULTICAST_IPV6 = 0xFF;
    private static final long LOOPBACK_IPV6 = 1;

    private PacketCheck() {}

    /** Why a parsed frame to the router's MAC is not a packet that may be routed, or null. */
    static @Nullable DropReason check(final Frame frame) {
        if (MacAddress.isGroup(Ethernet.destination(frame.buffer, frame.offset))) {
            return DropReason.LINK_BROADCAST;
        }
        if (frame.tagged) {
            return DropReason.NOT_IP;
        }
        if (frame.etherType == Ethernet.TYPE_IPV4) {
            return frame.l3Offset == Frame.NONE ? DropReason.IP_MALFORMED : ipv4(frame.buffer, frame.l3Offset);
        }
        if (frame.etherType == Ethernet.TYPE_IPV6) {
            return frame.l3Offset == Frame.NONE ? DropReason.IP_MALFORMED : ipv6(frame.buffer, frame.l3Offset);
        }
        return DropReason.NOT_IP;
    }

    private static @Nullable DropReason ipv4(final UnsafeBuffer buffer, final int ip) {
        if (!Ipv4.isChecksumValid(buffer, ip)) {
            return DropReason.IP_CHECKSUM;
        }
        final int headerLength = Ipv4.headerLength(buffer, ip);
        if (headerLength > Ipv4.MIN_HEADER_LENGTH) {
            return options(buffer, ip + Ipv4.MIN_HEADER_LENGTH, ip + headerLength);
        }
        final int source = Ipv4.source(buffer, ip);
        final int destination = Ipv4.destination(buffer, ip);
        final int from = source >>> 24;
        final int to = destination >>> 24;
        if (from == 0 || from == 127 || from >= 224) {
            return DropReason.MARTIAN_SOURCE;
        }
        if (to >= 224) {
            return to < 240
                    ? DropReason.MULTICAST_NOT_ROUTED
                    : destination == -1 ? DropReason.BROADCAST_NOT_ROUTED : DropReason.MARTIAN_DESTINATION;
        }
        if (to == 0 || to == 127) {
            return DropReason.MARTIAN_DESTINATION;
        }
        // RFC 3927 section 7: neither from nor to 169.254/16.
        return source >>> 16 == LINK_LOCAL_IPV4 || destination >>> 16 == LINK_LOCAL_IPV4
                ? DropReason.LINK_LOCAL_NOT_ROUTED
                : null;
    }

    /** RFC 7126: a packet with options is dropped; source routes have a name of their own. */
    private static DropReason options(final UnsafeBuffer buffer, final int start, final int end) {
        int position = start;
        while (position < end) {
            final int type = Bytes.u8(buffer, position);
            if (type == LOOSE_SOURCE_ROUTE || type == STRICT_SOURCE_ROUTE) {
                return DropReason.SOURCE_ROUTE;
            }
            if (type == END_OF_OPTIONS) {
                return DropReason.IP_OPTIONS;
            }
            if (type == NO_OPERATION) {
                position++;
            } else if (position + 1 < end && Bytes.u8(buffer, position + 1) >= 2) {
                position += Bytes.u8(buffer, position + 1);
            } else {
                return DropReason.IP_MALFORMED;
            }
        }
        return DropReason.IP_OPTIONS;
    }

    private static @Nullable DropReason ipv6(final UnsafeBuffer buffer, final int ip) {
        final long sourceHigh = Ipv6.sourceHigh(buffer, ip);
        final long destinationHigh = Ipv6.destinationHigh(buffer, ip);
        if ((int) (sourceHigh >>> 56) == MULTICAST_IPV6 || isReserved(sourceHigh, Ipv6.sourceLow(buffer, ip))) {
            return DropReason.MARTIAN_SOURCE;
        }
        if ((int) (destinationHigh >>> 56) == MULTICAST_IPV6) {
            return DropReason.MULTICAST_NOT_ROUTED;
        }
        return isReserved(destinationHigh, Ipv6.destinationLow(buffer, ip)) ? DropReason.MARTIAN_DESTINATION : null;
    }

    /** Unspecified, loopback, IPv4-mapped: never on a wire (RFC 4291 section 2.5). */
    private static boolean isReserved(final long high, final long low) {
        return high == 0 && (low == 0 || low == LOOPBACK_IPV6 || low >>> 32 == 0xFFFF);
    }

    /** fe80::/10. */
    static boolean isLinkLocal(final long high) {
        return high >>> 54 == LINK_LOCAL_IPV6;
    }
}
