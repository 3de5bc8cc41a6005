// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.wire.Arp;
import io.weft.wire.Checksum;
import io.weft.wire.Ethernet;
import io.weft.wire.Icmp;
import io.weft.wire.Ipv4;
import io.weft.wire.Ipv6;
import io.weft.wire.Ndp;
import io.weft.wire.Tcp;
import io.weft.wire.Udp;
import org.agrona.concurrent.UnsafeBuffer;

/** Frames of each kind that a node reads, numbered from 0, and how the codecs read what stands behind Ethernet. */
public enum Sample {
    /** An ARP request. */
    ARP {
        @Override
        int put(final UnsafeBuffer buffer, final int at, final int number) {
            Ethernet.put(buffer, at, Templates.mac(number + 1), Templates.mac(number), Ethernet.TYPE_ARP);
            Arp.put(buffer, at + L3, Arp.REQUEST, Templates.mac(number), IPV4 + number, 0, IPV4);
            return L3 + Arp.LENGTH;
        }

        @Override
        long read(final UnsafeBuffer buffer, final int at, final int length) {
            if (!Arp.isValid(buffer, at, length)) {
                return INVALID;
            }
            return Arp.operation(buffer, at)
                    + Arp.senderMac(buffer, at)
                    + Arp.senderIp(buffer, at)
                    + Arp.targetMac(buffer, at)
                    + Arp.targetIp(buffer, at);
        }

        @Override
        long sum(final int number) {
            return Arp.REQUEST + Templates.mac(number) + (IPV4 + number) + IPV4;
        }
    },
    /** An echo request over IPv4. */
    ICMP {
        @Override
        int put(final UnsafeBuffer buffer, final int at, final int number) {
            final int length = putIpv4(buffer, at, number, Ipv4.PROTOCOL_ICMP, Icmp.HEADER_LENGTH);
            Icmp.put(buffer, at + L4_IPV4, Icmp.ECHO_REQUEST, 0, 7 << 16 | number);
            return length;
        }

        @Override
        long read(final UnsafeBuffer buffer, final int at, final int length) {
            final int icmp = at + Ipv4.MIN_HEADER_LENGTH;
            if (!Icmp.isValid(buffer, icmp, length - Ipv4.MIN_HEADER_LENGTH)) {
                return INVALID;
            }
            return readIpv4(buffer, at, length)
                    + Icmp.type(buffer, icmp)
                    + Icmp.code(buffer, icmp)
                    + Icmp.identifier(buffer, icmp)
                    + Icmp.sequence(buffer, icmp);
        }

        @Override
        long sum(final int number) {
            return sumIpv4(number, Ipv4.PROTOCOL_ICMP, Icmp.HEADER_LENGTH) + Icmp.ECHO_REQUEST + 7 + number;
        }
    },
    /** An empty UDP datagram over IPv4. */
    UDP_IPV4 {
        @Override
        int put(final UnsafeBuffer buffer, final int at, final int number) {
            final int length = putIpv4(buffer, at, number, Ipv4.PROTOCOL_UDP, Udp.HEADER_LENGTH);
            Udp.put(buffer, at + L4_IPV4, PORT + number, PORT, Udp.HEADER_LENGTH);
            return length;
        }

        @Override
        long read(final UnsafeBuffer buffer, final int at, final int length) {
            final int udp = at + Ipv4.MIN_HEADER_LENGTH;
            if (!Udp.isValid(buffer, udp, length - Ipv4.MIN_HEADER_LENGTH)) {
                return INVALID;
            }
            return readIpv4(buffer, at, length)
                    + Udp.sourcePort(buffer, udp)
                    + Udp.destinationPort(buffer, udp)
                    + Udp.length(buffer, udp);
        }

        @Override
        long sum(final int number) {
            return sumIpv4(number, Ipv4.PROTOCOL_UDP, Udp.HEADER_LENGTH) + 2L * PORT + number + Udp.HEADER_LENGTH;
        }
    },
    /** A TCP acknowledgment over IPv6. */
    TCP_IPV6 {
        @Override
        int put(final UnsafeBuffer buffer, final int at, final int number) {
            final int length = putIpv6(buffer, at, number, Ipv4.PROTOCOL_TCP, Tcp.MIN_HEADER_LENGTH);
            Tcp.put(buffer, at + L4_IPV6, PORT + number, PORT, number, 1, Tcp.ACK, 512);
            return length;
        }

        @Override
        long read(final UnsafeBuffer buffer, final int at, final int length) {
            final int tcp = at + Ipv6.HEADER_LENGTH;
            if (!Tcp.isValid(buffer, tcp, length - Ipv6.HEADER_LENGTH)) {
                return INVALID;
            }
            return readIpv6(buffer, at, length)
                    + Tcp.sourcePort(buffer, tcp)
                    + Tcp.destinationPort(buffer, tcp)
                    + Tcp.sequence(buffer, tcp)
                    + Tcp.acknowledgment(buffer, tcp)
                    + Tcp.flags(buffer, tcp)
                    + Tcp.window(buffer, tcp);
        }

        @Override
        long sum(final int number) {
            final long tcp = 2L * PORT + number + number + 1 + Tcp.ACK + 512;
            return sumIpv6(number, Ipv4.PROTOCOL_TCP, Tcp.MIN_HEADER_LENGTH) + tcp;
        }
    },
    /** A neighbor solicitation with its sender's MAC. */
    NEIGHBOR_DISCOVERY {
        @Override
        int put(final UnsafeBuffer buffer, final int at, final int number) {
            final int length = putIpv6(buffer, at, number, Ipv6.PROTOCOL_ICMPV6, Ndp.NEIGHBOR_LENGTH);
            Ndp.putNeighborSolicitation(buffer, at + L4_IPV6, IPV6, number, Templates.mac(number));
            return length;
        }

        @Override
        long read(final UnsafeBuffer buffer, final int at, final int length) {
            final int ndp = at + Ipv6.HEADER_LENGTH;
            final int octets = length - Ipv6.HEADER_LENGTH;
            if (!Ndp.isValid(buffer, ndp, octets)) {
                return INVALID;
            }
            return readIpv6(buffer, at, length)
                    + Ndp.targetHigh(buffer, ndp)
                    + Ndp.targetLow(buffer, ndp)
                    + Ndp.linkLayerAddress(buffer, ndp, octets, Ndp.SOURCE_ADDRESS);
        }

        @Override
        long sum(final int number) {
            final long ndp = IPV6 + number + Templates.mac(number);
            return sumIpv6(number, Ipv6.PROTOCOL_ICMPV6, Ndp.NEIGHBOR_LENGTH) + ndp;
        }
    };

    /** Octets from one sample to the next. No sample is longer. */
    static final int STRIDE = 128;
    /** What {@link #read} answers for a header that is none; no sum comes near it. */
    static final long INVALID = Long.MIN_VALUE >> 1;

    private static final int L3 = Ethernet.HEADER_LENGTH;
    private static final int L4_IPV4 = L3 + Ipv4.MIN_HEADER_LENGTH;
    private static final int L4_IPV6 = L3 + Ipv6.HEADER_LENGTH;
    private static final int PORT = 20_000;
    private static final int TTL = 64;
    private static final int IPV4 = 0x0A00_0000;
    private static final long IPV6 = 0x0D00_0000_0000_0000L;

    /** Writes sample {@code number}, 0 to 65535, from its Ethernet header on; returns its octets. */
    abstract int put(UnsafeBuffer buffer, int at, int number);

    /** Checks and reads every field of the headers behind Ethernet, at {@code at}; returns the sum of their values. */
    abstract long read(UnsafeBuffer buffer, int at, int length);

    /** What {@link #read} has to answer for sample {@code number}. */
    abstract long sum(int number);

    private static int putIpv4(
            final UnsafeBuffer buffer, final int at, final int number, final int protocol, final int payload) {
        Ethernet.put(buffer, at, Templates.mac(number + 1), Templates.mac(number), Ethernet.TYPE_IPV4);
        Ipv4.put(buffer, at + L3, Ipv4.MIN_HEADER_LENGTH + payload, TTL, protocol, IPV4 + number, IPV4);
        return L4_IPV4 + payload;
    }

    private static long readIpv4(final UnsafeBuffer buffer, final int at, final int length) {
        if (!Ipv4.isValid(buffer, at, length)
                || Checksum.finish(Checksum.sum(buffer, at, Ipv4.headerLength(buffer, at))) != 0) {
            return INVALID;
        }
        return Ipv4.totalLength(buffer, at)
                + Ipv4.ttl(buffer, at)
                + Ipv4.protocol(buffer, at)
                + (long) Ipv4.source(buffer, at)
                + Ipv4.destination(buffer, at);
    }

    private static long sumIpv4(final int number, final int protocol, final int payload) {
        return Ipv4.MIN_HEADER_LENGTH + payload + TTL + protocol + 2L * IPV4 + number;
    }

    private static int putIpv6(
            final UnsafeBuffer buffer, final int at, final int number, final int protocol, final int payload) {
        Ethernet.put(buffer, at, Templates.mac(number + 1), Templates.mac(number), Ethernet.TYPE_IPV6);
        Ipv6.put(buffer, at + L3, payload, protocol, TTL, IPV6, number, IPV6, 1);
        return L4_IPV6 + payload;
    }

    private static long readIpv6(final UnsafeBuffer buffer, final int at, final int length) {
        if (!Ipv6.isValid(buffer, at, length)) {
            return INVALID;
        }
        return Ipv6.payloadLength(buffer, at)
                + Ipv6.nextHeader(buffer, at)
                + Ipv6.hopLimit(buffer, at)
                + Ipv6.flowLabel(buffer, at)
                + Ipv6.sourceHigh(buffer, at)
                + Ipv6.sourceLow(buffer, at)
                + Ipv6.destinationHigh(buffer, at)
                + Ipv6.destinationLow(buffer, at);
    }

    private static long sumIpv6(final int number, final int protocol, final int payload) {
        return payload + protocol + TTL + 2 * IPV6 + number + 1;
    }
}
