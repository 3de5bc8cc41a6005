// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import io.weft.wire.Arp;
import io.weft.wire.Bytes;
import io.weft.wire.Ethernet;
import io.weft.wire.Icmp;
import io.weft.wire.IpAddress;
import io.weft.wire.Ipv4;
import io.weft.wire.Ipv6;
import io.weft.wire.MacAddress;
import io.weft.wire.Tcp;
import io.weft.wire.Udp;
import io.weft.wire.Vlan;
import java.util.HexFormat;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What a frame is, in one line. The frame may be cut short anywhere: what isn't there isn't told.
 *
 * @param key equal wherever one frame is seen: made only of what neither bridge, router nor segmentation change
 * @param text addresses, protocol, ports
 * @param source MAC address; empty if it is cut
 * @param destination MAC address
 * @param ttl TTL or hop limit; -1 without IP
 */
record FrameLine(String key, String text, String source, String destination, int ttl) {
    private static final int MAX_TAGS = 2;
    private static final int MAX_EXTENSION_HEADERS = 8;
    /** Octets that tell one frame without IP from another. */
    private static final int KEY_LENGTH = 64;

    private static final int IPV6_FRAGMENT = 44;
    /** Hop-by-hop options, routing, fragment, destination options: they share their first two fields. */
    private static final Set<Integer> IPV6_EXTENSIONS = Set.of(0, 43, IPV6_FRAGMENT, 60);

    /** Reads the frame of {@code length} octets at {@code offset}. */
    static FrameLine of(final UnsafeBuffer octets, final int offset, final int length) {
        if (!Ethernet.isValid(octets, offset, length)) {
            final String text = "frame of " + length + " octets";
            return new FrameLine(text, text, "", "", -1);
        }
        return new Reader(octets, offset, offset + length).read();
    }

    /** Position and what was found so far. */
    private static final class Reader {
        private final UnsafeBuffer octets;
        private final int start;
        private final int end;
        private final StringBuilder text = new StringBuilder(128);
        private int position;
        private int ttl = -1;

        Reader(final UnsafeBuffer octets, final int start, final int end) {
            this.octets = octets;
            this.start = start;
            this.end = end;
        }

        FrameLine read() {
            final String key = network(etherType());
            return new FrameLine(
                    key,
                    text.toString(),
                    MacAddress.format(Ethernet.source(octets, start)),
                    MacAddress.format(Ethernet.destination(octets, start)),
                    ttl);
        }

        private int etherType() {
            int type = Ethernet.type(octets, start);
            position = start + Ethernet.HEADER_LENGTH;
            for (int tags = 0; tags < MAX_TAGS && isTag(type); tags++) {
                if (!Vlan.isValid(octets, position, end - position)) {
                    return type;
                }
                text.append("vlan ").append(Vlan.id(octets, position)).append(' ');
                type = Vlan.type(octets, position);
                position += Vlan.HEADER_LENGTH;
            }
            return type;
        }

        private static boolean isTag(final int type) {
            return type == Ethernet.TYPE_VLAN || type == Ethernet.TYPE_QINQ;
        }

        /** Appends to the text, returns the key. */
        private String network(final int type) {
            if (type == Ethernet.TYPE_IPV4 && has(Ipv4.MIN_HEADER_LENGTH)) {
                return ipv4();
            }
            if (type == Ethernet.TYPE_IPV6 && has(Ipv6.HEADER_LENGTH)) {
                return ipv6();
            }
            if (type == Ethernet.TYPE_ARP && Arp.isValid(octets, position, end - position)) {
                arp();
            } else {
                text.append(String.format("ethertype 0x%04x", type));
            }
            final byte[] head = new byte[Math.min(end - start, KEY_LENGTH)];
            octets.getBytes(start, head);
            return HexFormat.of().formatHex(head);
        }

        private boolean has(final int length) {
            return end - position >= length;
        }

        private void arp() {
            final IpAddress sender = IpAddress.ofIpv4(Arp.senderIp(octets, position));
            final IpAddress target = IpAddress.ofIpv4(Arp.targetIp(octets, position));
            switch (Arp.operation(octets, position)) {
                case Arp.REQUEST ->
                    text.append("arp who-has ").append(target).append(" tell ").append(sender);
                case Arp.REPLY ->
                    text.append("arp reply ")
                            .append(sender)
                            .append(" is-at ")
                            .append(MacAddress.format(Arp.senderMac(octets, position)));
                default -> text.append("arp operation ").append(Arp.operation(octets, position));
            }
        }

        /** What the router may cut is known by its identification alone: fragments have no ports. */
        private String ipv4() {
            final int header = position;
            final int protocol = Ipv4.protocol(octets, header);
            final int fragment = Ipv4.fragment(octets, header);
            final int id = Ipv4.identification(octets, header);
            ttl = Ipv4.ttl(octets, header);
            text.append(IpAddress.ofIpv4(Ipv4.source(octets, header)))
                    .append(" > ")
                    .append(IpAddress.ofIpv4(Ipv4.destination(octets, header)));
            final String datagram = text + " " + protocol + " " + id;
            position += Math.max(Ipv4.headerLength(octets, header), Ipv4.MIN_HEADER_LENGTH);
            final int at = (fragment & 0x1FFF) << 3;
            transport(protocol, at == 0);
            if (Ipv4.isFragment(octets, header)) {
                text.append(" fragment at ").append(at);
            }
            if (id != 0) {
                text.append(" id ").append(id);
            }
            return id != 0 && (fragment & Ipv4.FLAG_DF) == 0 ? datagram : text.toString();
        }

        private String ipv6() {
            final int header = position;
            ttl = Ipv6.hopLimit(octets, header);
            text.append(new IpAddress(Ipv6.sourceHigh(octets, header), Ipv6.sourceLow(octets, header)))
                    .append(" > ")
                    .append(new IpAddress(Ipv6.destinationHigh(octets, header), Ipv6.destinationLow(octets, header)));
            int protocol = Ipv6.nextHeader(octets, header);
            position += Ipv6.HEADER_LENGTH;
            String fragment = "";
            int at = 0;
            for (int headers = 0;
                    headers < MAX_EXTENSION_HEADERS && IPV6_EXTENSIONS.contains(protocol) && has(8);
                    headers++) {
                final boolean isFragment = protocol == IPV6_FRAGMENT;
                if (isFragment) {
                    at = Bytes.u16(octets, position + 2) & ~7;
                    fragment = " fragment at " + at + " id " + Bytes.u32(octets, position + 4);
                }
                protocol = Bytes.u8(octets, position);
                position += isFragment ? 8 : (Bytes.u8(octets, position + 1) + 1) << 3;
            }
            transport(protocol, at == 0);
            return text.append(fragment).toString();
        }

        private void transport(final int protocol, final boolean isFirst) {
            switch (protocol) {
                case Ipv4.PROTOCOL_TCP -> {
                    text.append(" tcp");
                    if (isFirst && has(Tcp.MIN_HEADER_LENGTH)) {
                        tcp();
                    }
                }
                case Ipv4.PROTOCOL_UDP -> {
                    text.append(" udp");
                    if (isFirst && has(Udp.HEADER_LENGTH)) {
                        ports();
                    }
                }
                case Ipv4.PROTOCOL_ICMP -> {
                    text.append(" icmp");
                    if (isFirst && has(Icmp.HEADER_LENGTH)) {
                        icmp();
                    }
                }
                case Ipv6.PROTOCOL_ICMPV6 -> {
                    text.append(" icmp6");
                    if (isFirst && has(Icmp.HEADER_LENGTH)) {
                        icmp6();
                    }
                }
                default -> text.append(" protocol ").append(protocol);
            }
        }

        /** TCP and UDP ports stand at the same place. */
        private void ports() {
            text.append(' ')
                    .append(Udp.sourcePort(octets, position))
                    .append(" > ")
                    .append(Udp.destinationPort(octets, position));
        }

        /** No flags that a super-frame's segments do not share. */
        private void tcp() {
            ports();
            final int flags = Tcp.flags(octets, position);
            text.append((flags & Tcp.SYN) == 0 ? "" : " syn").append((flags & Tcp.RST) == 0 ? "" : " rst");
            text.append(" seq ").append(Integer.toUnsignedString(Tcp.sequence(octets, position)));
        }

        /** Types of RFC 792. */
        private void icmp() {
            final int type = Icmp.type(octets, position);
            switch (type) {
                case Icmp.ECHO_REQUEST -> echo(" echo-request");
                case Icmp.ECHO_REPLY -> echo(" echo-reply");
                case 3 -> coded(" unreachable");
                case 11 -> coded(" time-exceeded");
                default -> coded(" type " + type);
            }
        }

        /** Types of RFC 4443 and RFC 4861. */
        private void icmp6() {
            final int type = Icmp.type(octets, position);
            switch (type) {
                case Icmp.ECHO_REQUEST_V6 -> echo(" echo-request");
                case Icmp.ECHO_REPLY_V6 -> echo(" echo-reply");
                case 1 -> coded(" unreachable");
                case 2 -> coded(" packet-too-big");
                case 3 -> coded(" time-exceeded");
                case 133 -> text.append(" router-solicitation");
                case 134 -> text.append(" router-advertisement");
                case 135 -> target(" neighbor-solicitation");
                case 136 -> target(" neighbor-advertisement");
                default -> coded(" type " + type);
            }
        }

        private void echo(final String name) {
            text.append(name)
                    .append(" id ")
                    .append(Icmp.identifier(octets, position))
                    .append(" seq ")
                    .append(Icmp.sequence(octets, position));
        }

        private void coded(final String name) {
            text.append(name).append(" code ").append(Icmp.code(octets, position));
        }

        private void target(final String name) {
            text.append(name);
            if (has(24)) {
                text.append(' ')
                        .append(new IpAddress(Bytes.i64(octets, position + 8), Bytes.i64(octets, position + 16)));
            }
        }
    }
}
