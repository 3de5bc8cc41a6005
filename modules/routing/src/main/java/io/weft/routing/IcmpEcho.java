// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.WorkerCounter;
import io.weft.offload.Segmenter;
import io.weft.wire.Checksum;
import io.weft.wire.Ethernet;
import io.weft.wire.Icmp;
import io.weft.wire.Ipv4;
import io.weft.wire.Ipv6;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Answers echo requests to the router's own addresses in place (RFC 1812 section 4.3.3.6, RFC 4443 section 4.2): all data is
 * returned, from the address that was asked. There is no reassembly, so that fragments of requests are not served.
 */
final class IcmpEcho {
    private static final int HOPS = 64;

    private final Counters counters;
    private final ExtensionChain chain = new ExtensionChain();
    private int identification;

    /** Replies are counted in {@code counters}. */
    IcmpEcho(final Counters counters) {
        this.counters = counters;
    }

    /**
     * Turns an echo request into its reply. The caller routes it: MACs, network and VTEP are still those of the request, all
     * other fields are right.
     *
     * @param request parsed, IP, to an address of ours, from a single host, with a right IPv4 header checksum
     * @return null if it is the reply now; else why it can't be, and nothing but a partial checksum was changed:
     *     {@link DropReason#ICMP_MALFORMED} or {@link DropReason#NOT_SERVED}
     */
    @Nullable
    DropReason reply(final Frame request) {
        final boolean four = request.etherType == Ethernet.TYPE_IPV4;
        if (request.l3Offset == Frame.NONE || request.protocol != (four ? Ipv4.PROTOCOL_ICMP : Ipv6.PROTOCOL_ICMPV6)) {
            return DropReason.NOT_SERVED;
        }
        if (request.l4Offset == Frame.NONE) {
            return isFragment(request) ? DropReason.NOT_SERVED : DropReason.ICMP_MALFORMED;
        }
        // What the sender's kernel left to us is trusted no more than a complete checksum.
        Segmenter.completeChecksum(request);
        if (request.checksumState != Frame.CHECKSUM_VERIFIED && Checksum.finish(sum(request)) != 0) {
            return DropReason.ICMP_MALFORMED;
        }
        final int type = Icmp.type(request.buffer, request.l4Offset);
        // A source route would have to be reversed, a record route completed: no packet with options is answered.
        if (type != (four ? Icmp.ECHO_REQUEST : Icmp.ECHO_REQUEST_V6) || (four && hasOptions(request))) {
            return DropReason.NOT_SERVED;
        }
        if (four) {
            replyIpv4(request);
        } else {
            replyIpv6(request);
        }
        FrameParser.parse(request);
        request.flow = Frame.ORIGINATED;
        counters.add(WorkerCounter.ICMP_ECHO, 1);
        return null;
    }

    private void replyIpv4(final Frame frame) {
        final UnsafeBuffer buffer = frame.buffer;
        final int ip = frame.l3Offset;
        Ipv4.swapAddresses(buffer, ip);
        Ipv4.ttl(buffer, ip, HOPS);
        // May be fragmented on its way, and so needs an identification of its own (RFC 6864 section 4.1).
        Ipv4.fragment(buffer, ip, 0);
        Ipv4.identification(buffer, ip, identification++);
        Ipv4.writeChecksum(buffer, ip);
        writeReply(frame, Icmp.ECHO_REPLY);
    }

    private static void replyIpv6(final Frame frame) {
        dropExtensionHeaders(frame);
        final UnsafeBuffer buffer = frame.buffer;
        final int ip = frame.l3Offset;
        Ipv6.swapAddresses(buffer, ip);
        Ipv6.hopLimit(buffer, ip, HOPS);
        Ipv6.flowLabel(buffer, ip, 0);
        writeReply(frame, Icmp.ECHO_REPLY_V6);
    }

    /** They were for the way here. The headers in front move up to the echo. */
    private static void dropExtensionHeaders(final Frame frame) {
        final UnsafeBuffer buffer = frame.buffer;
        final int octets = frame.l4Offset - frame.l3Offset - Ipv6.HEADER_LENGTH;
        if (octets == 0) {
            return;
        }
        buffer.putBytes(frame.offset + octets, buffer, frame.offset, frame.l4Offset - octets - frame.offset);
        frame.pop(octets);
        frame.l3Offset += octets;
        Ipv6.nextHeader(buffer, frame.l3Offset, Ipv6.PROTOCOL_ICMPV6);
        Ipv6.payloadLength(buffer, frame.l3Offset, Ipv6.payloadLength(buffer, frame.l3Offset) - octets);
    }

    /** The sum is taken anew: an update (RFC 1624) can't tell the two zeros of a reply that is all zeros. */
    private static void writeReply(final Frame frame, final int type) {
        final UnsafeBuffer buffer = frame.buffer;
        final int icmp = frame.l4Offset;
        Icmp.put(buffer, icmp, type, 0, Icmp.identifier(buffer, icmp) << 16 | Icmp.sequence(buffer, icmp));
        Icmp.checksum(buffer, icmp, Checksum.finish(sum(frame)));
        frame.checksumState = Frame.CHECKSUM_COMPLETE;
    }

    /** Sum of the ICMP message, for IPv6 with its pseudo-header. */
    private static long sum(final Frame frame) {
        final UnsafeBuffer buffer = frame.buffer;
        final int ip = frame.l3Offset;
        final int icmp = frame.l4Offset;
        if (frame.etherType == Ethernet.TYPE_IPV4) {
            return Checksum.sum(buffer, icmp, ip + Ipv4.totalLength(buffer, ip) - icmp);
        }
        final int length = ip + Ipv6.HEADER_LENGTH + Ipv6.payloadLength(buffer, ip) - icmp;
        return Checksum.pseudoHeaderIpv6(buffer, ip, Ipv6.PROTOCOL_ICMPV6, length) + Checksum.sum(buffer, icmp, length);
    }

    private static boolean hasOptions(final Frame frame) {
        return Ipv4.headerLength(frame.buffer, frame.l3Offset) > Ipv4.MIN_HEADER_LENGTH;
    }

    private boolean isFragment(final Frame frame) {
        return frame.etherType == Ethernet.TYPE_IPV4
                ? Ipv4.isFragment(frame.buffer, frame.l3Offset)
                : chain.follow(frame) && chain.isFragment;
    }
}
