// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.frame.WorkerCounter;
import io.weft.offload.SegmentList;
import io.weft.offload.Segmenter;
import io.weft.wire.Checksum;
import io.weft.wire.Ethernet;
import io.weft.wire.Icmp;
import io.weft.wire.IpAddress;
import io.weft.wire.Ipv4;
import io.weft.wire.Ipv6;
import io.weft.wire.Ipv6Extension;
import io.weft.wire.MacAddress;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Makes ICMP and ICMPv6 errors about packets (RFC 792, RFC 1812 section 4.3.2, RFC 4443 section 2.4), or doesn't where none
 * may be sent or too many were.
 *
 * <p>The packet that an error is about stays with the caller, who drops it afterwards. An error quotes it as it stands, so with
 * what forwarding has changed by then; a partial transport checksum is finished in it first, and of a super-frame the first
 * segment is quoted, because that is the packet that a sender would know.
 *
 * <p>Whether an IPv4 destination is the directed broadcast of some network is not known here: the caller does not ask for such.
 */
final class IcmpErrors {
    /** Octets of an IPv4 packet with an error at most (RFC 1812 section 4.3.2.3). */
    static final int MAX_LENGTH = 576;
    /** Octets of an IPv6 packet with an error at most (RFC 4443 section 2.4 c). */
    static final int MAX_LENGTH_V6 = Ipv6.MIN_MTU;

    private static final int HOPS = 64;
    /** Internetwork control, RFC 1812 section 4.3.2.5. */
    private static final int PRECEDENCE = 0xC0;

    private static final int REDIRECT_V6 = 137;
    private static final int FIRST_INFORMATIONAL_V6 = 128;
    /** Echo, router discovery, timestamp, information, address mask, extended echo: all that are no errors. */
    private static final long INFORMATIONAL = 1L | 1 << 8 | 1 << 9 | 1 << 10 | 0x3F << 13 | 1L << 42 | 1L << 43;

    private static final int LOOPBACK_NETWORK = 127;
    private static final int FIRST_CLASS_D = 0xE;
    private static final int MULTICAST_V6 = 0xFF;

    private final FramePool pool;
    private final Counters counters;
    private final IcmpLimiter limiter;
    private final ExtensionChain chain = new ExtensionChain();
    private final SegmentList segments = new SegmentList();
    private int identification;

    /** Errors are frames of {@code pool}; {@code limiter} is told the time by the caller. */
    IcmpErrors(final FramePool pool, final IcmpLimiter limiter) {
        this.pool = pool;
        this.counters = pool.counters();
        this.limiter = limiter;
    }

    /**
     * Makes the error of the same family. Its Ethernet header has no addresses yet and its network is not set; everything else
     * is as the parser would say.
     *
     * @param offending parsed, with an {@code l3Offset}; only its partial checksum may be changed
     * @param type {@link Icmp#UNREACHABLE} or other, for IPv6 {@link Icmp#UNREACHABLE_V6} or other
     * @param info the next hop's MTU for fragmentation needed and packet too big, the distance of the octet for parameter
     *     problems, else ignored
     * @param sourceHigh our address (RFC 1812 section 4.3.2.4), IPv4 mapped
     * @return null if none may be sent, if the rate says no, or if the pool is empty
     */
    @Nullable
    Frame build(
            final Frame offending,
            final int type,
            final int code,
            final int info,
            final long sourceHigh,
            final long sourceLow) {
        if (!isErrorAllowed(offending, type, code)) {
            return null;
        }
        if (!takeToken(offending)) {
            counters.add(WorkerCounter.ICMP_LIMITED, 1);
            return null;
        }
        final Frame error = pool.create(offending.port);
        if (error == null) {
            return null;
        }
        if (isIpv4(offending)) {
            writeIpv4(error, offending, type, code, info, (int) sourceLow);
        } else {
            writeIpv6(error, offending, type, code, info, sourceHigh, sourceLow);
        }
        FrameParser.parse(error);
        error.flow = Frame.ORIGINATED;
        counters.add(WorkerCounter.ICMP_ERRORS, 1);
        return error;
    }

    /**
     * Makes the answer to a packet to the router's own address that nothing here serves, from that address: port unreachable to
     * TCP and UDP, so that a traceroute to the gateway ends; else protocol unreachable (RFC 1812 section 5.2.7.1), for IPv6
     * unknown next header (RFC 8200 section 4). ICMP that is not served gets no answer.
     *
     * @param offending as in {@link #build}
     * @return null as in {@link #build}
     */
    @Nullable
    Frame buildNotServed(final Frame offending) {
        final UnsafeBuffer buffer = offending.buffer;
        final int ip = offending.l3Offset;
        if (ip == Frame.NONE) {
            return null;
        }
        if (isIpv4(offending)) {
            // About ICMP no error is due here, not even about a query.
            final int protocol = Ipv4.protocol(buffer, ip);
            final int code = hasPorts(protocol) ? Icmp.CODE_PORT : Icmp.CODE_PROTOCOL;
            final long own = IpAddress.mappedLow(Ipv4.destination(buffer, ip));
            return protocol == Ipv4.PROTOCOL_ICMP ? null : build(offending, Icmp.UNREACHABLE, code, 0, 0, own);
        }
        if (!chain.follow(offending)
                || chain.isLaterFragment
                || chain.protocol == Ipv6.PROTOCOL_ICMPV6
                || chain.protocol == Ipv6Extension.NO_NEXT_HEADER) {
            return null;
        }
        final long high = Ipv6.destinationHigh(buffer, ip);
        final long low = Ipv6.destinationLow(buffer, ip);
        return hasPorts(chain.protocol)
                ? build(offending, Icmp.UNREACHABLE_V6, Icmp.CODE_PORT_V6, 0, high, low)
                : build(offending, Icmp.PARAMETER_PROBLEM_V6, Icmp.CODE_NEXT_HEADER_V6, chain.namedAt - ip, high, low);
    }

    /** False if RFC 1812 section 4.3.2.7 or RFC 4443 section 2.4 (e) says that no such error may be sent about the frame. */
    boolean isErrorAllowed(final Frame offending, final int type, final int code) {
        if (offending.l3Offset == Frame.NONE || (offending.isSuperFrame() && !Segmenter.isSegmentable(offending))) {
            return false;
        }
        final boolean isGroupFrame = MacAddress.isGroup(Ethernet.destination(offending.buffer, offending.offset));
        return isIpv4(offending)
                ? !isGroupFrame && isErrorAllowedIpv4(offending)
                : isErrorAllowedIpv6(offending, isGroupFrame, type, code);
    }

    private static boolean isErrorAllowedIpv4(final Frame offending) {
        final UnsafeBuffer buffer = offending.buffer;
        final int ip = offending.l3Offset;
        return isHostIpv4(Ipv4.source(buffer, ip))
                && isHostIpv4(Ipv4.destination(buffer, ip))
                && Ipv4.fragmentOffset(buffer, ip) == 0
                && Ipv4.isChecksumValid(buffer, ip)
                && !(Ipv4.protocol(buffer, ip) == Ipv4.PROTOCOL_ICMP && isErrorIpv4(buffer, ip));
    }

    /** What has no type, or one that nobody knows, counts as an error. */
    private static boolean isErrorIpv4(final UnsafeBuffer buffer, final int ip) {
        final int headerLength = Ipv4.headerLength(buffer, ip);
        if (Ipv4.totalLength(buffer, ip) == headerLength) {
            return true;
        }
        final int type = Icmp.type(buffer, ip + headerLength);
        return type >= Long.SIZE || (INFORMATIONAL >>> type & 1) == 0;
    }

    /** Neither 0/8 nor loopback, multicast, class E or limited broadcast. */
    private static boolean isHostIpv4(final int address) {
        final int network = address >>> 24;
        return network != 0 && network != LOOPBACK_NETWORK && address >>> 28 < FIRST_CLASS_D;
    }

    private boolean isErrorAllowedIpv6(
            final Frame offending, final boolean isGroupFrame, final int type, final int code) {
        final UnsafeBuffer buffer = offending.buffer;
        final int ip = offending.l3Offset;
        final boolean isGroup = isGroupFrame || isMulticastIpv6(Ipv6.destinationHigh(buffer, ip));
        final boolean isDueToGroups =
                type == Icmp.PACKET_TOO_BIG || (type == Icmp.PARAMETER_PROBLEM_V6 && code == Icmp.CODE_OPTION_V6);
        return (!isGroup || isDueToGroups)
                && isHostIpv6(Ipv6.sourceHigh(buffer, ip), Ipv6.sourceLow(buffer, ip))
                && chain.follow(offending)
                && !mayBeErrorIpv6(offending);
    }

    /** A later fragment shows no type: it may be part of an error if it may be ICMPv6. */
    private boolean mayBeErrorIpv6(final Frame offending) {
        if (chain.isLaterFragment) {
            return chain.protocol == Ipv6.PROTOCOL_ICMPV6 || chain.isUnfinished();
        }
        if (chain.protocol != Ipv6.PROTOCOL_ICMPV6) {
            return false;
        }
        final UnsafeBuffer buffer = offending.buffer;
        if (chain.payload == ipEnd(offending)) {
            return true;
        }
        final int type = Icmp.type(buffer, chain.payload);
        return type < FIRST_INFORMATIONAL_V6 || type == REDIRECT_V6;
    }

    /** Neither unspecified nor loopback, multicast or an IPv4-mapped address, which no packet may carry. */
    private static boolean isHostIpv6(final long high, final long low) {
        return !isMulticastIpv6(high) && (high != 0 || (low >>> 1 != 0 && low >>> 32 != 0xFFFF));
    }

    private static boolean isMulticastIpv6(final long high) {
        return high >>> 56 == MULTICAST_V6;
    }

    private static boolean hasPorts(final int protocol) {
        return protocol == Ipv4.PROTOCOL_TCP || protocol == Ipv4.PROTOCOL_UDP;
    }

    private boolean takeToken(final Frame offending) {
        final UnsafeBuffer buffer = offending.buffer;
        final int ip = offending.l3Offset;
        return isIpv4(offending)
                ? limiter.take(0, IpAddress.mappedLow(Ipv4.source(buffer, ip)))
                : limiter.take(Ipv6.sourceHigh(buffer, ip), Ipv6.sourceLow(buffer, ip));
    }

    private void writeIpv4(
            final Frame error,
            final Frame offending,
            final int type,
            final int code,
            final int info,
            final int source) {
        final UnsafeBuffer buffer = error.buffer;
        final int ip = error.offset + Ethernet.HEADER_LENGTH;
        final int icmp = ip + Ipv4.MIN_HEADER_LENGTH;
        final int quoted =
                quote(offending, buffer, icmp + Icmp.HEADER_LENGTH, MAX_LENGTH + ip - icmp - Icmp.HEADER_LENGTH);
        final int length = Icmp.HEADER_LENGTH + quoted;
        final int destination = Ipv4.source(offending.buffer, offending.l3Offset);
        Ethernet.put(buffer, error.offset, 0, 0, Ethernet.TYPE_IPV4);
        Ipv4.put(buffer, ip, Ipv4.MIN_HEADER_LENGTH + length, HOPS, Ipv4.PROTOCOL_ICMP, source, destination);
        // May be fragmented on its way, and so needs an identification of its own (RFC 6864 section 4.1).
        Ipv4.fragment(buffer, ip, 0);
        Ipv4.identification(buffer, ip, identification++);
        Ipv4.trafficClass(buffer, ip, PRECEDENCE);
        Ipv4.writeChecksum(buffer, ip);
        Icmp.put(buffer, icmp, type, code, restIpv4(type, code, info));
        Icmp.checksum(buffer, icmp, Checksum.finish(Checksum.sum(buffer, icmp, length)));
        error.length = icmp + length - error.offset;
    }

    /** The MTU, RFC 1191 section 4: never 0; or the pointer, RFC 792. */
    private static int restIpv4(final int type, final int code, final int info) {
        if (type == Icmp.UNREACHABLE && code == Icmp.CODE_FRAGMENTATION_NEEDED) {
            return Math.clamp(info, Ipv4.MIN_MTU, 0xFFFF);
        }
        return type == Icmp.PARAMETER_PROBLEM ? info << 24 : 0;
    }

    private void writeIpv6(
            final Frame error,
            final Frame offending,
            final int type,
            final int code,
            final int info,
            final long sourceHigh,
            final long sourceLow) {
        final UnsafeBuffer buffer = error.buffer;
        final int ip = error.offset + Ethernet.HEADER_LENGTH;
        final int icmp = ip + Ipv6.HEADER_LENGTH;
        final int quoted =
                quote(offending, buffer, icmp + Icmp.HEADER_LENGTH, MAX_LENGTH_V6 + ip - icmp - Icmp.HEADER_LENGTH);
        final int length = Icmp.HEADER_LENGTH + quoted;
        final long high = Ipv6.sourceHigh(offending.buffer, offending.l3Offset);
        final long low = Ipv6.sourceLow(offending.buffer, offending.l3Offset);
        Ethernet.put(buffer, error.offset, 0, 0, Ethernet.TYPE_IPV6);
        Ipv6.put(buffer, ip, length, Ipv6.PROTOCOL_ICMPV6, HOPS, sourceHigh, sourceLow, high, low);
        Icmp.put(buffer, icmp, type, code, restIpv6(type, info));
        final long pseudoHeader = Checksum.pseudoHeaderIpv6(buffer, ip, Ipv6.PROTOCOL_ICMPV6, length);
        Icmp.checksum(buffer, icmp, Checksum.finish(pseudoHeader + Checksum.sum(buffer, icmp, length)));
        error.length = icmp + length - error.offset;
    }

    /** The MTU, RFC 8200 section 5: never less than every link has; or the pointer, RFC 4443 section 3.4. */
    private static int restIpv6(final int type, final int info) {
        if (type == Icmp.PACKET_TOO_BIG) {
            return Math.max(info, Ipv6.MIN_MTU);
        }
        return type == Icmp.PARAMETER_PROBLEM_V6 ? info : 0;
    }

    /** Copies the beginning of the offending packet to {@code at}; returns its length, at most {@code most}. */
    private int quote(final Frame offending, final UnsafeBuffer to, final int at, final int most) {
        if (offending.isSuperFrame()) {
            return quoteSegment(offending, to, at, most);
        }
        Segmenter.completeChecksum(offending);
        final int length = Math.min(ipEnd(offending) - offending.l3Offset, most);
        to.putBytes(at, offending.buffer, offending.l3Offset, length);
        return length;
    }

    /** Headers of a segment are shorter than any quote: {@link SegmentList#MAX_HEADER_LENGTH}. */
    private int quoteSegment(final Frame offending, final UnsafeBuffer to, final int at, final int most) {
        Segmenter.segment(offending, 0, 1, Integer.MAX_VALUE, segments);
        final int front = offending.l3Offset - offending.offset;
        final int headers = segments.headerLength - front;
        final int payload = Math.min(segments.payloadLength[0], most - headers);
        to.putBytes(at, segments.headers, front, headers);
        to.putBytes(at + headers, offending.buffer, segments.payloadOffset[0], payload);
        return headers + payload;
    }

    private static int ipEnd(final Frame frame) {
        final UnsafeBuffer buffer = frame.buffer;
        final int ip = frame.l3Offset;
        return isIpv4(frame)
                ? ip + Ipv4.totalLength(buffer, ip)
                : ip + Ipv6.HEADER_LENGTH + Ipv6.payloadLength(buffer, ip);
    }

    private static boolean isIpv4(final Frame frame) {
        return frame.etherType == Ethernet.TYPE_IPV4;
    }
}
