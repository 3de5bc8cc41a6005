// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import io.weft.frame.Frame;
import io.weft.offload.Segmenter;
import io.weft.wire.Bytes;
import io.weft.wire.Ethernet;
import io.weft.wire.Icmp;
import io.weft.wire.IpAddress;
import io.weft.wire.Ipv4;
import io.weft.wire.Ipv6;
import io.weft.wire.Ipv6Extension;
import io.weft.wire.Tcp;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Reads the keys of frames that {@code FrameParser} has parsed. Of no flow are: what is not IP, Neighbor Discovery, and what tells of
 * listeners to multicast (IGMP, MLD), which is between a host and its router.
 */
final class FlowReader {
    private static final int PROTOCOL_IGMP = 2;
    private static final int PORTS_LENGTH = 4;
    private static final int TCP_FLAGS_OFFSET = 13;
    private static final int MAX_EXTENSION_HEADERS = 8;

    private final FragmentTable fragments;

    FlowReader(final FragmentTable fragments) {
        this.fragments = fragments;
    }

    /** Reads the frame's key, which is of no flow if the frame is of none, or of one that is not known yet. */
    void read(final FlowKey key, final Frame frame, final int scope, final long now) {
        key.marks = 0;
        if (frame.l3Offset == Frame.NONE || frame.protocol == PROTOCOL_IGMP) {
            return;
        }
        key.marks = FlowKey.IS_FLOW;
        key.realm = FlowKey.realm(scope, frame.protocol);
        key.network = frame.network;
        key.ingress = FlowKey.ingress(frame);
        readAddresses(key, frame);
        final int end = ipEnd(frame);
        if (frame.isSuperFrame()) {
            countSegments(key, frame);
        } else {
            key.frames = 1;
            key.octets = (long) end - frame.l3Offset;
        }
        if (frame.l4Offset != Frame.NONE) {
            readTransport(key, frame, frame.l4Offset, end);
        } else {
            readWithoutTransport(key, frame, now);
        }
        if (key.isOfFlow()) {
            key.seal();
        }
    }

    private static void readAddresses(final FlowKey key, final Frame frame) {
        final UnsafeBuffer buffer = frame.buffer;
        final int l3 = frame.l3Offset;
        if (frame.etherType == Ethernet.TYPE_IPV4) {
            // Both at once.
            final long addresses = Bytes.i64(buffer, l3 + Ipv4.SOURCE_OFFSET);
            key.sourceHigh = 0;
            key.sourceLow = IpAddress.mappedLow((int) (addresses >>> Integer.SIZE));
            key.destinationHigh = 0;
            key.destinationLow = IpAddress.mappedLow((int) addresses);
        } else {
            key.sourceHigh = Ipv6.sourceHigh(buffer, l3);
            key.sourceLow = Ipv6.sourceLow(buffer, l3);
            key.destinationHigh = Ipv6.destinationHigh(buffer, l3);
            key.destinationLow = Ipv6.destinationLow(buffer, l3);
        }
    }

    /** What leaves by a wire: the headers once for each segment. */
    private static void countSegments(final FlowKey key, final Frame frame) {
        final int payload = Segmenter.payloadLength(frame);
        final int segments = Math.max(1, (payload + frame.gsoSize - 1) / frame.gsoSize);
        final int headers = Segmenter.headerLength(frame) - (frame.l3Offset - frame.offset);
        key.frames = segments;
        key.octets = (long) segments * headers + payload;
    }

    /** A transport header at {@code l4} of which perhaps not all lies before {@code end}: then there are no ports. */
    private static void readTransport(final FlowKey key, final Frame frame, final int l4, final int end) {
        final UnsafeBuffer buffer = frame.buffer;
        key.ports = 0;
        switch (frame.protocol) {
            case Ipv4.PROTOCOL_TCP, Ipv4.PROTOCOL_UDP -> {
                if (end - l4 >= PORTS_LENGTH) {
                    key.ports = Bytes.i32(buffer, l4);
                }
                if (frame.protocol == Ipv4.PROTOCOL_TCP && end - l4 > TCP_FLAGS_OFFSET) {
                    markTcp(key, Bytes.u8(buffer, l4 + TCP_FLAGS_OFFSET));
                }
            }
            case Ipv4.PROTOCOL_ICMP, Ipv6.PROTOCOL_ICMPV6 -> {
                if (end - l4 >= Icmp.HEADER_LENGTH) {
                    readIcmp(key, frame, l4);
                }
            }
            default -> {
                // Ports that are not understood would make flows of one end only.
            }
        }
    }

    private static void markTcp(final FlowKey key, final int flags) {
        final boolean isAnswer = (flags & (Tcp.SYN | Tcp.ACK)) == (Tcp.SYN | Tcp.ACK);
        key.marks |= flags | (isAnswer ? FlowKey.IS_ANSWER : 0);
    }

    private static void readIcmp(final FlowKey key, final Frame frame, final int l4) {
        final boolean isIpv4 = frame.protocol == Ipv4.PROTOCOL_ICMP;
        final int type = Icmp.type(frame.buffer, l4);
        final int code = Icmp.code(frame.buffer, l4);
        if (!isIpv4 && IcmpTypes.isLocal(type)) {
            key.marks = 0;
            return;
        }
        final int question = IcmpTypes.question(isIpv4, type);
        if (question == Frame.NONE) {
            key.ports = FlowKey.ports(0, (type << 8) | code);
        } else if (question == type) {
            key.ports = FlowKey.ports(Icmp.identifier(frame.buffer, l4), type << 8);
        } else {
            key.ports = FlowKey.ports(question << 8, Icmp.identifier(frame.buffer, l4));
            key.marks |= FlowKey.IS_ANSWER;
        }
    }

    /** A fragment, or a protocol without ports, or a header that is cut short. */
    private void readWithoutTransport(final FlowKey key, final Frame frame, final long now) {
        final UnsafeBuffer buffer = frame.buffer;
        final int l3 = frame.l3Offset;
        key.ports = 0;
        if (frame.etherType == Ethernet.TYPE_IPV4) {
            if (Ipv4.isFragment(buffer, l3)) {
                readFragment(
                        key,
                        frame,
                        Ipv4.fragmentOffset(buffer, l3),
                        Ipv4.identification(buffer, l3),
                        l3 + Ipv4.headerLength(buffer, l3),
                        now);
            }
        } else {
            final int header = fragmentHeader(frame);
            if (header != Frame.NONE) {
                readFragment(
                        key,
                        frame,
                        Ipv6Extension.fragmentOffset(buffer, header),
                        Bytes.i32(buffer, header + PORTS_LENGTH),
                        header + Ipv6Extension.MIN_LENGTH,
                        now);
            }
        }
    }

    /** Where the IPv6 fragment header is. */
    private static int fragmentHeader(final Frame frame) {
        final UnsafeBuffer buffer = frame.buffer;
        final int end = ipEnd(frame);
        int protocol = Ipv6.nextHeader(buffer, frame.l3Offset);
        int next = frame.l3Offset + Ipv6.HEADER_LENGTH;
        for (int headers = 0; headers < MAX_EXTENSION_HEADERS && Ipv6Extension.isExtension(protocol); headers++) {
            if (!Ipv6Extension.isValid(buffer, next, end - next)) {
                return Frame.NONE;
            }
            if (protocol == Ipv6Extension.FRAGMENT) {
                return next;
            }
            final int length = Ipv6Extension.length(buffer, next, protocol);
            protocol = Ipv6Extension.nextHeader(buffer, next);
            next += length;
        }
        return Frame.NONE;
    }

    private void readFragment(
            final FlowKey key, final Frame frame, final int offset, final int id, final int content, final long now) {
        if (offset == 0) {
            readTransport(key, frame, content, ipEnd(frame));
            if (key.isOfFlow()) {
                fragments.first(key, id, now);
            }
        } else {
            fragments.later(key, id, now);
        }
    }

    /** Behind the IP packet. */
    private static int ipEnd(final Frame frame) {
        final int l3 = frame.l3Offset;
        return frame.etherType == Ethernet.TYPE_IPV4
                ? l3 + Ipv4.totalLength(frame.buffer, l3)
                : l3 + Ipv6.HEADER_LENGTH + Ipv6.payloadLength(frame.buffer, l3);
    }
}
