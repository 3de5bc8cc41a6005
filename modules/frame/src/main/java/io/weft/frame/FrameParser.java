// SPDX-License-Identifier: Apache-2.0
package io.weft.frame;

import io.weft.wire.Bytes;
import io.weft.wire.Ethernet;
import io.weft.wire.Icmp;
import io.weft.wire.Ipv4;
import io.weft.wire.Ipv6;
import io.weft.wire.Ipv6Extension;
import io.weft.wire.Tcp;
import io.weft.wire.Udp;
import io.weft.wire.Vlan;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a frame's headers once and leaves their positions in the frame's fields.
 *
 * <p>A switch forwards what it does not understand: a malformed IP header makes a frame without {@link Frame#l3Offset},
 * not a drop. Only what no stage could handle safely is refused: a frame shorter than its Ethernet header and tags, and
 * offload fields that point outside.
 */
public final class FrameParser {
    private static final int MAX_TAGS = 2;
    private static final int MAX_EXTENSION_HEADERS = 8;
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

    private FrameParser() {}

    /** Fills the fields; returns null, or why the frame must be dropped. */
    public static @Nullable DropReason parse(final Frame frame) {
        final UnsafeBuffer buffer = frame.buffer;
        if (!Ethernet.isValid(buffer, frame.offset, frame.length)) {
            return DropReason.TOO_SHORT;
        }
        int type = Ethernet.type(buffer, frame.offset);
        int position = frame.offset + Ethernet.HEADER_LENGTH;
        frame.tagged = false;
        for (int tags = 0; tags < MAX_TAGS && (type == Ethernet.TYPE_VLAN || type == Ethernet.TYPE_QINQ); tags++) {
            if (!Vlan.isValid(buffer, position, frame.end() - position)) {
                return DropReason.MALFORMED_TAG;
            }
            type = Vlan.type(buffer, position);
            position += Vlan.HEADER_LENGTH;
            frame.tagged = true;
        }
        frame.etherType = type;
        frame.l3Offset = Frame.NONE;
        frame.l4Offset = Frame.NONE;
        frame.protocol = 0;
        if (type == Ethernet.TYPE_IPV4) {
            parseIpv4(frame, position);
        } else if (type == Ethernet.TYPE_IPV6) {
            parseIpv6(frame, position);
        }
        frame.flowHash = flowHash(frame);
        return hasSoundOffloads(frame, position + ipHeaderLength(frame)) ? null : DropReason.BAD_OFFLOAD;
    }

    private static void parseIpv4(final Frame frame, final int position) {
        final UnsafeBuffer buffer = frame.buffer;
        if (!Ipv4.isValid(buffer, position, frame.end() - position)) {
            return;
        }
        frame.l3Offset = position;
        frame.protocol = Ipv4.protocol(buffer, position);
        if (!Ipv4.isFragment(buffer, position)) {
            final int headerLength = Ipv4.headerLength(buffer, position);
            setTransport(frame, position + headerLength, Ipv4.totalLength(buffer, position) - headerLength);
        }
    }

    private static void parseIpv6(final Frame frame, final int position) {
        final UnsafeBuffer buffer = frame.buffer;
        if (!Ipv6.isValid(buffer, position, frame.end() - position)) {
            return;
        }
        frame.l3Offset = position;
        final int end = position + Ipv6.HEADER_LENGTH + Ipv6.payloadLength(buffer, position);
        int protocol = Ipv6.nextHeader(buffer, position);
        int next = position + Ipv6.HEADER_LENGTH;
        for (int headers = 0; headers < MAX_EXTENSION_HEADERS && Ipv6Extension.isExtension(protocol); headers++) {
            if (!Ipv6Extension.isValid(buffer, next, end - next)) {
                frame.protocol = protocol;
                return;
            }
            if (protocol == Ipv6Extension.FRAGMENT) {
                frame.protocol = Ipv6Extension.nextHeader(buffer, next);
                return;
            }
            final int length = Ipv6Extension.length(buffer, next, protocol);
            protocol = Ipv6Extension.nextHeader(buffer, next);
            next += length;
        }
        frame.protocol = protocol;
        setTransport(frame, next, end - next);
    }

    private static void setTransport(final Frame frame, final int position, final int length) {
        final boolean fits = switch (frame.protocol) {
            case Ipv4.PROTOCOL_TCP -> Tcp.isValid(frame.buffer, position, length);
            case Ipv4.PROTOCOL_UDP -> Udp.isValid(frame.buffer, position, length);
            case Ipv4.PROTOCOL_ICMP, Ipv6.PROTOCOL_ICMPV6 -> Icmp.isValid(frame.buffer, position, length);
            default -> false;
        };
        if (fits) {
            frame.l4Offset = position;
        }
    }

    /**
     * Equal for all frames of a flow in one direction: over addresses, protocol and, but for fragments, ports. A later
     * fragment has no ports, so no fragment's ports are used. Without IP: over the MACs and the EtherType.
     */
    private static int flowHash(final Frame frame) {
        final UnsafeBuffer buffer = frame.buffer;
        final int l3 = frame.l3Offset;
        long hash;
        if (l3 == Frame.NONE) {
            hash = Ethernet.destination(buffer, frame.offset) * MIX ^ Ethernet.source(buffer, frame.offset);
            hash = (hash ^ frame.etherType) * MIX;
        } else {
            if (frame.etherType == Ethernet.TYPE_IPV4) {
                hash = Bytes.i64(buffer, l3 + Ipv4.SOURCE_OFFSET) * MIX;
            } else {
                hash = Ipv6.sourceHigh(buffer, l3) * MIX ^ Ipv6.sourceLow(buffer, l3);
                hash = hash * MIX ^ Ipv6.destinationHigh(buffer, l3);
                hash = hash * MIX ^ Ipv6.destinationLow(buffer, l3);
            }
            hash = (hash ^ frame.protocol) * MIX;
            if (frame.l4Offset != Frame.NONE
                    && (frame.protocol == Ipv4.PROTOCOL_TCP || frame.protocol == Ipv4.PROTOCOL_UDP)) {
                hash = (hash ^ Bytes.i32(buffer, frame.l4Offset)) * MIX;
            }
        }
        hash = (hash ^ hash >>> 32) * MIX;
        return (int) (hash >>> 32);
    }

    /** Completing a checksum inside the IP header would change lengths that have been checked: none may start there. */
    private static int ipHeaderLength(final Frame frame) {
        if (frame.l3Offset == Frame.NONE) {
            return 0;
        }
        return frame.etherType == Ethernet.TYPE_IPV4
                ? Ipv4.headerLength(frame.buffer, frame.l3Offset)
                : Ipv6.HEADER_LENGTH;
    }

    private static boolean hasSoundOffloads(final Frame frame, final int payload) {
        if (frame.checksumState == Frame.CHECKSUM_PARTIAL
                && (frame.checksumStart < payload
                        || frame.checksumOffset < 0
                        || frame.checksumStart + frame.checksumOffset + 2 > frame.end())) {
            return false;
        }
        if (frame.gsoType == Frame.GSO_NONE) {
            return true;
        }
        if (frame.gsoSize <= 0
                || frame.l4Offset == Frame.NONE
                || frame.checksumState != Frame.CHECKSUM_PARTIAL
                || frame.checksumStart != frame.l4Offset) {
            return false;
        }
        final boolean ipv4 = frame.etherType == Ethernet.TYPE_IPV4;
        return switch (frame.gsoType) {
            case Frame.GSO_TCPV4 ->
                ipv4 && frame.protocol == Ipv4.PROTOCOL_TCP && frame.checksumOffset == Tcp.CHECKSUM_OFFSET;
            case Frame.GSO_TCPV6 ->
                !ipv4 && frame.protocol == Ipv4.PROTOCOL_TCP && frame.checksumOffset == Tcp.CHECKSUM_OFFSET;
            case Frame.GSO_UDP -> frame.protocol == Ipv4.PROTOCOL_UDP && frame.checksumOffset == Udp.CHECKSUM_OFFSET;
            default -> false;
        };
    }
}
