// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.WorkerCounter;
import io.weft.offload.Segmenter;
import io.weft.wire.Ethernet;
import io.weft.wire.IpAddress;
import io.weft.wire.Ipv4;
import io.weft.wire.Ipv6;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The routing stage: takes frames to the router's MACs, and sends each on to its next hop, answers it, or drops it.
 *
 * <p>A vector is checked first, then looked up as a whole so that the table's loads overlap, then forwarded frame by frame.
 * Super-frames pass whole: what counts against an MTU is the longest segment.
 *
 * <p>One per worker, used by its thread only.
 */
public final class Router implements NeighborTable.Unresolved {
    private final FramePool pool;
    private final Counters counters;
    private final RouterInterfaces legs;
    private final NextHopTable groups;
    private final NeighborTable neighbors;
    private final Egress egress;
    private final IcmpErrors errors;
    private final IcmpLimiter errorLimiter;
    private final IcmpEcho echo;
    private final Fragmenter fragmenter;
    private final Fragmenter.Output fragments;
    private final @Nullable Vrf[] vrfs;

    private final Lookups lookups = new Lookups();
    private final @Nullable NextHop[] hops = new NextHop[FrameVector.CAPACITY];
    private final int[] entries = new int[FrameVector.CAPACITY];

    /** Where the fragments of the packet that is being cut go. */
    private @Nullable NextHop fragmentHop;

    private long fragmentHigh;
    private long fragmentLow;

    /** What a router works with; all of it belongs to the same worker, but for the next hops that control writes. */
    public Router(
            final FramePool pool,
            final RouterInterfaces legs,
            final NextHopTable groups,
            final NeighborConfig neighborConfig,
            final NeighborListener listener,
            final Egress egress,
            final int maxVrfs) {
        this(pool, legs, groups, neighborConfig, IcmpLimits.DEFAULT, listener, egress, maxVrfs);
    }

    /** The same with other limits for ICMP errors. */
    public Router(
            final FramePool pool,
            final RouterInterfaces legs,
            final NextHopTable groups,
            final NeighborConfig neighborConfig,
            final IcmpLimits errorLimits,
            final NeighborListener listener,
            final Egress egress,
            final int maxVrfs) {
        this.pool = pool;
        this.counters = pool.counters();
        this.legs = legs;
        this.groups = groups;
        this.egress = egress;
        this.neighbors = new NeighborTable(pool, neighborConfig, legs, egress, this, listener);
        this.errorLimiter = new IcmpLimiter(errorLimits);
        this.errors = new IcmpErrors(pool, errorLimiter);
        this.echo = new IcmpEcho(counters);
        this.fragmenter = new Fragmenter(pool);
        this.fragments = this::sendFragment;
        this.vrfs = new Vrf[maxVrfs];
    }

    /** The neighbors. */
    public NeighborTable neighbors() {
        return neighbors;
    }

    /** Sets the time and does what timers ask for. Once per cycle, before any frame. */
    public void tick(final long nowMillis) {
        errorLimiter.time(nowMillis);
        neighbors.tick(nowMillis);
    }

    /** Puts a VRF at its index. */
    public void vrf(final int index, final @Nullable Vrf vrf) {
        vrfs[index] = vrf;
    }

    /** The VRF at {@code index}. */
    public @Nullable Vrf vrf(final int index) {
        return vrfs[index];
    }

    /** Why a parsed frame to the router's MAC would be dropped before a route is looked up, or null. Changes nothing. */
    public @Nullable DropReason check(final Frame frame) {
        lookups.clear();
        return accept(frame);
    }

    /** The next hops of a frame that passed {@link #check}; null if there is no route. Changes nothing. */
    public @Nullable NextHopGroup groupOf(final Frame frame) {
        lookups.clear();
        if (accept(frame) != null) {
            return null;
        }
        lookups.run();
        return groups.get(lookups.value(0));
    }

    /** Takes every frame of {@code in}: forwarded by way of the egress, held for a neighbor, answered or dropped. */
    public void process(final FrameVector in) {
        final int size = in.size();
        int kept = 0;
        lookups.clear();
        for (int i = 0; i < size; i++) {
            final Frame frame = in.get(i);
            final DropReason reason = accept(frame);
            if (reason == null) {
                in.set(kept++, frame);
            } else {
                pool.drop(frame, reason);
            }
        }
        lookups.run();
        findNextHops(in, kept);
        for (int i = 0; i < kept; i++) {
            route(in.get(i), hops[i], entries[i], lookups.vrf(i));
        }
        in.clear();
    }

    /** Passes of their own over next hops and neighbors, so that the loads of different frames overlap. */
    private void findNextHops(final FrameVector in, final int count) {
        for (int i = 0; i < count; i++) {
            final NextHopGroup group = groups.get(lookups.value(i));
            hops[i] = group == null ? null : group.select(in.get(i).flowHash);
        }
        int before = NeighborStore.NONE;
        for (int i = 0; i < count; i++) {
            final NextHop hop = hops[i];
            final RouterInterface leg = hop == null ? null : hop.leg;
            if (hop == null || leg == null) {
                entries[i] = NeighborStore.NONE;
            } else if (hop.kind == NextHop.GATEWAY) {
                entries[i] = neighbors.locate(hop.neighbor, leg.network, hop.gatewayHigh, hop.gatewayLow);
                hop.neighbor = entries[i];
            } else {
                before = neighbors.locate(before, leg.network, lookups.high(i), lookups.low(i));
                entries[i] = before;
            }
        }
    }

    /** Checks a frame and notes what to look up for it. */
    private @Nullable DropReason accept(final Frame frame) {
        final RouterInterface leg = legs.get(frame.network);
        final Vrf vrf = leg == null ? null : vrfs[leg.vrf];
        if (leg == null || vrf == null) {
            return DropReason.NO_NETWORK;
        }
        final DropReason reason = PacketCheck.check(frame);
        if (reason != null) {
            return reason;
        }
        final UnsafeBuffer buffer = frame.buffer;
        final int ip = frame.l3Offset;
        if (frame.etherType == Ethernet.TYPE_IPV4) {
            if (isOwn(vrf, leg, 0, IpAddress.mappedLow(Ipv4.source(buffer, ip)))) {
                return DropReason.SPOOFED_LOCAL;
            }
            lookups.add(vrf, 0, IpAddress.mappedLow(Ipv4.destination(buffer, ip)));
            return null;
        }
        if (isOwn(vrf, leg, Ipv6.sourceHigh(buffer, ip), Ipv6.sourceLow(buffer, ip))) {
            return DropReason.SPOOFED_LOCAL;
        }
        lookups.add(vrf, Ipv6.destinationHigh(buffer, ip), Ipv6.destinationLow(buffer, ip));
        return null;
    }

    private boolean isOwn(final Vrf vrf, final RouterInterface leg, final long high, final long low) {
        if (PacketCheck.isLinkLocal(high)) {
            return leg.isOwn(high, low);
        }
        if (!vrf.mayBeOwn(high, low)) {
            return false;
        }
        final NextHopGroup group = groups.get(vrf.lookup(high, low));
        return group != null && group.path(0).kind == NextHop.LOCAL;
    }

    private void route(final Frame frame, final @Nullable NextHop hop, final int neighbor, final Vrf vrf) {
        final boolean ipv4 = frame.etherType == Ethernet.TYPE_IPV4;
        if (!ipv4 && isLinkLocalPacket(frame)) {
            linkLocal(frame, vrf);
            return;
        }
        if (hop == null) {
            fail(frame, vrf, Unreachable.NO_ROUTE);
            return;
        }
        switch (hop.kind) {
            case NextHop.CONNECTED, NextHop.GATEWAY -> forward(frame, vrf, hop, neighbor);
            case NextHop.LOCAL -> deliver(frame, vrf);
            case NextHop.BROADCAST -> pool.drop(frame, DropReason.BROADCAST_NOT_ROUTED);
            case NextHop.BLACKHOLE -> pool.drop(frame, DropReason.BLACKHOLE_ROUTE);
            case NextHop.UNREACHABLE -> fail(frame, vrf, Unreachable.ROUTE);
            default -> fail(frame, vrf, Unreachable.PROHIBITED);
        }
    }

    private static boolean isLinkLocalPacket(final Frame frame) {
        return PacketCheck.isLinkLocal(Ipv6.destinationHigh(frame.buffer, frame.l3Offset))
                || PacketCheck.isLinkLocal(Ipv6.sourceHigh(frame.buffer, frame.l3Offset));
    }

    /** To our own address it is delivered; beyond the link it never goes (RFC 4291 section 2.5.6). */
    private void linkLocal(final Frame frame, final Vrf vrf) {
        final RouterInterface leg = legs.get(frame.network);
        final UnsafeBuffer buffer = frame.buffer;
        final long high = Ipv6.destinationHigh(buffer, frame.l3Offset);
        final long low = Ipv6.destinationLow(buffer, frame.l3Offset);
        if (leg != null && (leg.isOwn(high, low) || isOwn(vrf, leg, high, low))) {
            deliver(frame, vrf);
        } else if (PacketCheck.isLinkLocal(high)) {
            pool.drop(frame, DropReason.LINK_LOCAL_NOT_ROUTED);
        } else {
            fail(frame, vrf, Unreachable.SCOPE);
        }
    }

    private void forward(final Frame frame, final Vrf vrf, final NextHop hop, final int neighbor) {
        final RouterInterface leg = hop.leg;
        final UnsafeBuffer buffer = frame.buffer;
        final int ip = frame.l3Offset;
        final boolean ipv4 = frame.etherType == Ethernet.TYPE_IPV4;
        if (leg == null) {
            pool.drop(frame, DropReason.NO_ROUTE);
            return;
        }
        if ((ipv4 ? Ipv4.ttl(buffer, ip) : Ipv6.hopLimit(buffer, ip)) <= 1) {
            fail(frame, vrf, Unreachable.TTL);
            return;
        }
        final int mtu = Math.min(leg.mtu, hop.mtu);
        if (packetLength(frame) > mtu) {
            tooLong(frame, vrf, hop, mtu);
            return;
        }
        if (ipv4) {
            Ipv4.decrementTtl(buffer, ip);
            send(frame, leg, hop, 0, IpAddress.mappedLow(Ipv4.destination(buffer, ip)), neighbor);
        } else {
            Ipv6.hopLimit(buffer, ip, Ipv6.hopLimit(buffer, ip) - 1);
            send(frame, leg, hop, Ipv6.destinationHigh(buffer, ip), Ipv6.destinationLow(buffer, ip), neighbor);
        }
        counters.add(WorkerCounter.ROUTED, 1);
    }

    /** To the neighbor: the gateway, or the destination itself. */
    private void send(
            final Frame frame, final RouterInterface leg, final NextHop hop, final long high, final long low) {
        send(frame, leg, hop, high, low, hop.neighbor);
    }

    /** {@code neighbor}: a guess at its entry. */
    private void send(
            final Frame frame,
            final RouterInterface leg,
            final NextHop hop,
            final long high,
            final long low,
            final int neighbor) {
        Ethernet.source(frame.buffer, frame.offset, leg.mac);
        frame.network = leg.network;
        if (hop.kind == NextHop.GATEWAY) {
            neighbors.send(frame, leg, hop.gatewayHigh, hop.gatewayLow, neighbor);
        } else {
            neighbors.send(frame, leg, high, low, neighbor);
        }
    }

    /** Octets of the longest IP packet for which a frame stands. */
    public static int packetLength(final Frame frame) {
        final int ip = frame.l3Offset;
        final int length = frame.etherType == Ethernet.TYPE_IPV4
                ? Ipv4.totalLength(frame.buffer, ip)
                : Ipv6.HEADER_LENGTH + Ipv6.payloadLength(frame.buffer, ip);
        // What stands behind the packet, Ethernet's padding, is none of it.
        return Math.min(length, frame.offset + Segmenter.longestSegment(frame) - ip);
    }

    /** RFC 1812 section 4.2.2.7: fragmented if that is allowed, else the sender is told the MTU (RFC 1191, RFC 8201). */
    private void tooLong(final Frame frame, final Vrf vrf, final NextHop hop, final int mtu) {
        final int ip = frame.l3Offset;
        final boolean ipv4 = frame.etherType == Ethernet.TYPE_IPV4;
        if (!ipv4 || (Ipv4.fragment(frame.buffer, ip) & Ipv4.FLAG_DF) != 0) {
            error(frame, vrf, Unreachable.TOO_LONG, mtu);
            pool.drop(frame, DropReason.FRAGMENTATION_NEEDED);
            return;
        }
        Ipv4.decrementTtl(frame.buffer, ip);
        fragmentHop = hop;
        fragmentHigh = 0;
        fragmentLow = IpAddress.mappedLow(Ipv4.destination(frame.buffer, ip));
        counters.add(WorkerCounter.ROUTED, 1);
        fragmenter.fragment(frame, mtu, fragments);
    }

    private void sendFragment(final Frame fragment) {
        final NextHop hop = fragmentHop;
        if (hop == null || hop.leg == null) {
            pool.drop(fragment, DropReason.NO_ROUTE);
            return;
        }
        send(fragment, hop.leg, hop, fragmentHigh, fragmentLow);
    }

    /** A packet for the router itself. */
    private void deliver(final Frame frame, final Vrf vrf) {
        final DropReason reason = echo.reply(frame);
        if (reason == null) {
            originate(frame, vrf);
            return;
        }
        if (reason == DropReason.NOT_SERVED) {
            final Frame error = errors.buildNotServed(frame);
            if (error != null) {
                error.network = frame.network;
                originate(error, vrf);
            }
        }
        pool.drop(frame, reason);
    }

    /** The sender is told, and the packet dropped. */
    private void fail(final Frame frame, final Vrf vrf, final Unreachable why) {
        error(frame, vrf, why, 0);
        pool.drop(frame, why.reason);
    }

    @Override
    public void onUnresolved(final Frame frame) {
        final RouterInterface leg = legs.get(frame.network);
        final Vrf vrf = leg == null ? null : vrfs[leg.vrf];
        if (vrf != null) {
            error(frame, vrf, Unreachable.NEIGHBOR, 0);
        }
        pool.drop(frame, DropReason.NEIGHBOR_UNRESOLVED);
    }

    private void error(final Frame frame, final Vrf vrf, final Unreachable why, final int info) {
        final boolean ipv4 = frame.etherType == Ethernet.TYPE_IPV4;
        error(frame, vrf, ipv4 ? why.type : why.typeV6, ipv4 ? why.code : why.codeV6, info);
    }

    /** Sends an ICMP error to the source of {@code frame}, which the caller drops. */
    private void error(final Frame frame, final Vrf vrf, final int type, final int code, final int info) {
        final UnsafeBuffer buffer = frame.buffer;
        final int ip = frame.l3Offset;
        final boolean ipv4 = frame.etherType == Ethernet.TYPE_IPV4;
        final long high = ipv4 ? 0 : Ipv6.sourceHigh(buffer, ip);
        final long low = ipv4 ? IpAddress.mappedLow(Ipv4.source(buffer, ip)) : Ipv6.sourceLow(buffer, ip);
        final NextHop back = wayTo(vrf, frame.network, high, low, frame.flowHash);
        final RouterInterface leg = back == null ? null : back.leg;
        if (back == null || leg == null || !leg.hasAddress(ipv4)) {
            return;
        }
        final Frame error = ipv4
                ? errors.build(frame, type, code, info, 0, IpAddress.mappedLow(leg.ipv4))
                : errors.build(frame, type, code, info, leg.ipv6High, leg.ipv6Low);
        if (error != null) {
            send(error, leg, back, high, low);
        }
    }

    /** Sends a packet of the router's own: no TTL to count down, no error about it. */
    private void originate(final Frame frame, final Vrf vrf) {
        final UnsafeBuffer buffer = frame.buffer;
        final int ip = frame.l3Offset;
        final boolean ipv4 = frame.etherType == Ethernet.TYPE_IPV4;
        final long high = ipv4 ? 0 : Ipv6.destinationHigh(buffer, ip);
        final long low = ipv4 ? IpAddress.mappedLow(Ipv4.destination(buffer, ip)) : Ipv6.destinationLow(buffer, ip);
        final NextHop hop = wayTo(vrf, frame.network, high, low, frame.flowHash);
        if (hop == null || hop.leg == null) {
            pool.drop(frame, DropReason.NO_ROUTE);
        } else {
            send(frame, hop.leg, hop, high, low);
        }
    }

    /** The path that leads to a host; null if none does. A link-local host is where its packet came from. */
    private @Nullable NextHop wayTo(
            final Vrf vrf, final int network, final long high, final long low, final int flowHash) {
        if (PacketCheck.isLinkLocal(high)) {
            return linkOf(network);
        }
        final NextHopGroup group = groups.get(vrf.lookup(high, low));
        final NextHop hop = group == null ? null : group.select(flowHash);
        return hop != null && (hop.kind == NextHop.CONNECTED || hop.kind == NextHop.GATEWAY) ? hop : null;
    }

    private @Nullable NextHop linkOf(final int network) {
        final RouterInterface leg = legs.get(network);
        return leg == null ? null : leg.onLink;
    }

    /**
     * A frame on its way into a tunnel is longer than the tunnel takes: its sender is told, so that no connection waits for
     * what never arrives. The caller drops the frame.
     */
    public void tooLongForTunnel(final Frame frame, final int mtu) {
        if (frame.l3Offset == Frame.NONE || frame.tagged || egress.isFull()) {
            return;
        }
        final boolean ipv4 = frame.etherType == Ethernet.TYPE_IPV4;
        if (ipv4 && (Ipv4.fragment(frame.buffer, frame.l3Offset) & Ipv4.FLAG_DF) == 0) {
            return;
        }
        final RouterInterface leg = legs.get(frame.network);
        final Vrf vrf = leg == null ? null : vrfs[leg.vrf];
        if (leg != null && vrf != null && Ethernet.source(frame.buffer, frame.offset) == leg.mac) {
            error(frame, vrf, Unreachable.TOO_LONG, mtu);
        } else {
            tooLongOnLink(frame, ipv4, mtu);
        }
    }

    /** Between two pods of a network: the answer comes as if from the other pod, which is where the path is too narrow. */
    private void tooLongOnLink(final Frame frame, final boolean ipv4, final int mtu) {
        final UnsafeBuffer buffer = frame.buffer;
        final int ip = frame.l3Offset;
        final Unreachable why = Unreachable.TOO_LONG;
        final Frame error = ipv4
                ? errors.build(frame, why.type, why.code, mtu, 0, IpAddress.mappedLow(Ipv4.destination(buffer, ip)))
                : errors.build(
                        frame,
                        why.typeV6,
                        why.codeV6,
                        mtu,
                        Ipv6.destinationHigh(buffer, ip),
                        Ipv6.destinationLow(buffer, ip));
        if (error == null) {
            return;
        }
        Ethernet.destination(error.buffer, error.offset, Ethernet.source(buffer, frame.offset));
        Ethernet.source(error.buffer, error.offset, Ethernet.destination(buffer, frame.offset));
        error.network = frame.network;
        egress.add(error);
    }
}
