// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import org.jspecify.annotations.Nullable;

/** Where a route leads: one path of a {@link NextHopGroup}. Immutable but for the path's MTU. */
public final class NextHop {
    /** {@link #kind}: the packet is for the router itself. */
    public static final int LOCAL = 0;
    /** {@link #kind}: the destination is on link; it is the neighbor. */
    public static final int CONNECTED = 1;
    /** {@link #kind}: the gateway is the neighbor. */
    public static final int GATEWAY = 2;
    /** {@link #kind}: a directed broadcast, which is not forwarded (RFC 2644). */
    public static final int BROADCAST = 3;
    /** {@link #kind}: dropped silently. */
    public static final int BLACKHOLE = 4;
    /** {@link #kind}: dropped, host unreachable. */
    public static final int UNREACHABLE = 5;
    /** {@link #kind}: dropped, administratively prohibited. */
    public static final int PROHIBIT = 6;

    /** The MTU of the leg is all that counts. */
    public static final int NO_MTU = 0xFFFF;

    /** One of the constants above. */
    public final int kind;
    /** By which leg; null where the packet goes no further. */
    public final @Nullable RouterInterface leg;
    /** Address of the neighbor if {@link #kind} is {@link #GATEWAY}, upper half; IPv4 mapped. */
    public final long gatewayHigh;
    /** Lower half. */
    public final long gatewayLow;
    /** Index of the VTEP behind which the gateway is, -1 if none. */
    public final int vtep;
    /** Longest IP packet that this path takes, if less than the leg's. Written by the worker between vectors. */
    public int mtu = NO_MTU;

    /** The gateway's entry in the neighbor table when it was used last: a guess. Written by the worker. */
    int neighbor = NeighborStore.NONE;

    private NextHop(
            final int kind,
            final @Nullable RouterInterface leg,
            final long gatewayHigh,
            final long gatewayLow,
            final int vtep) {
        this.kind = kind;
        this.leg = leg;
        this.gatewayHigh = gatewayHigh;
        this.gatewayLow = gatewayLow;
        this.vtep = vtep;
    }

    /** To whoever has the destination address on the leg's network. */
    public static NextHop connected(final RouterInterface leg) {
        return new NextHop(CONNECTED, leg, 0, 0, -1);
    }

    /** To a router on the leg's network. */
    public static NextHop gateway(final RouterInterface leg, final long high, final long low) {
        return new NextHop(GATEWAY, leg, high, low, -1);
    }

    /** To the router of another node, whose VTEP stands for its address on the leg's network. */
    public static NextHop tunnel(
            final RouterInterface leg, final long high, final long low, final int vtep, final int mtu) {
        final NextHop hop = new NextHop(GATEWAY, leg, high, low, vtep);
        hop.mtu = mtu;
        return hop;
    }

    /** The router itself, by an address of that leg. */
    public static NextHop local(final RouterInterface leg) {
        return new NextHop(LOCAL, leg, 0, 0, -1);
    }

    /** Nowhere: {@link #BROADCAST}, {@link #BLACKHOLE}, {@link #UNREACHABLE} or {@link #PROHIBIT}. */
    public static NextHop nowhere(final int kind) {
        return new NextHop(kind, null, 0, 0, -1);
    }

    /**
     * The same way for another worker, which keeps a guess and an MTU of its own.
     *
     * @param other that worker's leg in the same network; null if this way has none
     */
    public NextHop of(final @Nullable RouterInterface other) {
        if (kind == CONNECTED && other != null) {
            return other.onLink;
        }
        final NextHop hop = new NextHop(kind, other, gatewayHigh, gatewayLow, vtep);
        hop.mtu = mtu;
        return hop;
    }
}
