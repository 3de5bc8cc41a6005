// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.frame.WorkerCounter;
import io.weft.wire.Arp;
import io.weft.wire.Checksum;
import io.weft.wire.Ethernet;
import io.weft.wire.Icmp;
import io.weft.wire.IpAddress;
import io.weft.wire.Ipv6;
import io.weft.wire.MacAddress;
import io.weft.wire.Ndp;
import org.jspecify.annotations.Nullable;

/**
 * Makes ARP packets and Neighbor Discovery messages and sends them by the {@link Egress}. If the pool is empty nothing is
 * sent, which the pool has counted; solicitations are repeated anyway.
 */
final class NeighborOutput {
    private static final int HOP_LIMIT = 255;
    private static final int ARP_FRAME_LENGTH = Ethernet.HEADER_LENGTH + Arp.LENGTH;
    private static final int ICMP_OFFSET = Ethernet.HEADER_LENGTH + Ipv6.HEADER_LENGTH;

    private final FramePool pool;
    private final Egress egress;

    NeighborOutput(final FramePool pool, final Egress egress) {
        this.pool = pool;
        this.egress = egress;
    }

    /**
     * Asks for an address: everybody, or if {@code mac} is known the neighbor itself.
     *
     * @param port whose frame is the cause, for the counters
     * @param onlyLocal the question must not leave this node
     */
    void solicit(
            final RouterInterface leg,
            final long high,
            final long low,
            final long mac,
            final int port,
            final boolean onlyLocal) {
        pool.counters().add(WorkerCounter.NEIGHBOR_SOLICITED, 1);
        if (isIpv4(high, low)) {
            final long to = mac == NeighborTable.NO_MAC ? MacAddress.BROADCAST : mac;
            arp(Arp.REQUEST, leg.network, port, leg.mac, leg.ipv4, to, mac, (int) low, onlyLocal);
            return;
        }
        final boolean multicast = mac == NeighborTable.NO_MAC;
        final long group = Ndp.solicitedNodeLow(low);
        final Frame frame = discovery(
                leg.network,
                port,
                multicast ? Ndp.multicastMac(group) : mac,
                leg.mac,
                RouterInterface.linkLocalHigh(),
                leg.linkLocalLow,
                multicast ? Ndp.MULTICAST_HIGH : high,
                multicast ? group : low,
                Ndp.NEIGHBOR_LENGTH);
        if (frame != null) {
            Ndp.putNeighborSolicitation(frame.buffer, frame.offset + ICMP_OFFSET, high, low, leg.mac);
            finish(frame, onlyLocal);
        }
    }

    /** Says to another node's router, in the name of a neighbor here, which MAC the neighbor has. */
    void answerSibling(
            final RouterInterface leg,
            final long high,
            final long low,
            final long mac,
            final long sibling,
            final int port) {
        if (isIpv4(high, low)) {
            arpReply(leg.network, port, mac, (int) low, sibling, leg.ipv4);
        } else {
            advertise(leg.network, port, mac, high, low, sibling, leg.ipv6High, leg.ipv6Low, Ndp.SOLICITED, false);
        }
    }

    /** Says to one asker that {@code mac} has {@code ip}. */
    void arpReply(final int network, final int port, final long mac, final int ip, final long toMac, final int toIp) {
        arp(Arp.REPLY, network, port, mac, ip, toMac, toMac, toIp, false);
    }

    /** Tells everybody on this node which MAC the leg's IPv4 address has (RFC 5227 section 3). */
    void announceArp(final RouterInterface leg) {
        arp(Arp.REQUEST, leg.network, 0, leg.mac, leg.ipv4, MacAddress.BROADCAST, 0, leg.ipv4, true);
    }

    /** Tells everybody on this node which MAC an IPv6 address of the leg has (RFC 4861 section 7.2.6). */
    void announceNd(final RouterInterface leg, final long high, final long low) {
        advertise(
                leg.network,
                0,
                leg.mac,
                high,
                low,
                Ndp.multicastMac(Ndp.ALL_NODES_LOW),
                Ndp.MULTICAST_HIGH,
                Ndp.ALL_NODES_LOW,
                Ndp.ROUTER | Ndp.OVERRIDE,
                true);
    }

    private void arp(
            final int operation,
            final int network,
            final int port,
            final long mac,
            final int ip,
            final long destination,
            final long targetMac,
            final int targetIp,
            final boolean onlyLocal) {
        final Frame frame = frame(network, port, ARP_FRAME_LENGTH);
        if (frame != null) {
            Ethernet.put(frame.buffer, frame.offset, destination, mac, Ethernet.TYPE_ARP);
            Arp.put(frame.buffer, frame.offset + Ethernet.HEADER_LENGTH, operation, mac, ip, targetMac, targetIp);
            send(frame, onlyLocal);
        }
    }

    /** Says that {@code mac} has the target address. */
    void advertise(
            final int network,
            final int port,
            final long mac,
            final long targetHigh,
            final long targetLow,
            final long toMac,
            final long toHigh,
            final long toLow,
            final int flags,
            final boolean onlyLocal) {
        final Frame frame =
                discovery(network, port, toMac, mac, targetHigh, targetLow, toHigh, toLow, Ndp.NEIGHBOR_LENGTH);
        if (frame != null) {
            Ndp.putNeighborAdvertisement(frame.buffer, frame.offset + ICMP_OFFSET, flags, targetHigh, targetLow, mac);
            finish(frame, onlyLocal);
        }
    }

    /** A frame with Ethernet and IPv6 headers, for {@code length} octets of ICMPv6 that the caller writes. */
    @Nullable
    Frame discovery(
            final int network,
            final int port,
            final long destination,
            final long source,
            final long sourceHigh,
            final long sourceLow,
            final long destinationHigh,
            final long destinationLow,
            final int length) {
        final Frame frame = frame(network, port, ICMP_OFFSET + length);
        if (frame != null) {
            Ethernet.put(frame.buffer, frame.offset, destination, source, Ethernet.TYPE_IPV6);
            Ipv6.put(
                    frame.buffer,
                    frame.offset + Ethernet.HEADER_LENGTH,
                    length,
                    Ipv6.PROTOCOL_ICMPV6,
                    HOP_LIMIT,
                    sourceHigh,
                    sourceLow,
                    destinationHigh,
                    destinationLow);
        }
        return frame;
    }

    /** Says that the leg is a router: RFC 4861 section 4.2, with MAC, MTU and the leg's prefix. */
    void advertiseRouter(
            final RouterInterface leg,
            final int port,
            final long toMac,
            final long toHigh,
            final long toLow,
            final int hopLimit,
            final int lifetime,
            final int prefixSeconds,
            final boolean onlyLocal) {
        final Frame frame = discovery(
                leg.network,
                port,
                toMac,
                leg.mac,
                RouterInterface.linkLocalHigh(),
                leg.linkLocalLow,
                toHigh,
                toLow,
                Ndp.ROUTER_ADVERTISEMENT_LENGTH);
        if (frame != null) {
            Ndp.putRouterAdvertisement(
                    frame.buffer,
                    frame.offset + ICMP_OFFSET,
                    hopLimit,
                    lifetime,
                    leg.mac,
                    leg.mtu,
                    leg.ipv6High & mask(leg.ipv6Length),
                    leg.ipv6Low & mask(leg.ipv6Length - 64),
                    leg.ipv6Length,
                    prefixSeconds);
            finish(frame, onlyLocal);
        }
    }

    private static long mask(final int bits) {
        return bits <= 0 ? 0 : bits >= 64 ? -1L : -1L << (64 - bits);
    }

    /** Writes the checksum of a frame from {@link #discovery} and sends it. */
    private void finish(final Frame frame, final boolean onlyLocal) {
        final int ip = frame.offset + Ethernet.HEADER_LENGTH;
        final int message = frame.offset + ICMP_OFFSET;
        final int length = frame.end() - message;
        Icmp.checksum(
                frame.buffer,
                message,
                Checksum.finish(Checksum.pseudoHeaderIpv6(frame.buffer, ip, Ipv6.PROTOCOL_ICMPV6, length)
                        + Checksum.sum(frame.buffer, message, length)));
        send(frame, onlyLocal);
    }

    private @Nullable Frame frame(final int network, final int port, final int length) {
        final Frame frame = pool.create(port);
        if (frame != null) {
            frame.network = network;
            frame.length = length;
        }
        return frame;
    }

    /** Of our own making, so it parses. */
    private void send(final Frame frame, final boolean onlyLocal) {
        FrameParser.parse(frame);
        if (onlyLocal) {
            egress.addLocal(frame);
        } else {
            egress.add(frame);
        }
    }

    static boolean isIpv4(final long high, final long low) {
        return high == 0 && low >>> 32 == 0xFFFF;
    }

    /** The lower half under which an IPv4 address is kept. */
    static long low(final int ipv4) {
        return IpAddress.mappedLow(ipv4);
    }
}
