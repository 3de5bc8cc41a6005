// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The control side of the router: routes and neighbors. All methods may be called by any thread. */
public final class RoutingControl {
    RoutingControl() {}

    /**
     * Adds a route.
     *
     * @param replace true: takes the place of the same route, if there is one
     * @throws RefusedException if there is one already, a next hop is not reachable, of the wrong family, or the router's
     *     own, the destination has host bits, or a table is full; nothing is changed then
     */
    public void addRoute(final RouteSpec route, final boolean replace) throws RefusedException {
        throw new UnsupportedOperationException("contract");
    }

    /**
     * Removes a route.
     *
     * @param metric null: the route of the lowest metric
     * @throws RefusedException if there is none, or it is one of the router's own (protocol kernel)
     */
    public void removeRoute(final String vrf, final IpPrefix dst, final @Nullable Long metric) throws RefusedException {
        throw new UnsupportedOperationException("contract");
    }

    /**
     * Removes all routes but those of protocol kernel.
     *
     * @param protocol only those; null: all
     * @return how many
     */
    public int flushRoutes(final String vrf, final @Nullable RouteProtocol protocol) throws RefusedException {
        throw new UnsupportedOperationException("contract");
    }

    /** All routes of a VRF, or of all; by VRF, family, destination, metric. */
    public List<RouteRow> routes(final @Nullable String vrf) throws RefusedException {
        throw new UnsupportedOperationException("contract");
    }

    /** The route that a packet to {@code address} takes; null if there is none. */
    public @Nullable RouteRow lookup(final String vrf, final IpAddress address) throws RefusedException {
        throw new UnsupportedOperationException("contract");
    }

    /** All neighbors of a network, or of all. */
    public List<NeighborRow> neighbors(final @Nullable String network) throws RefusedException {
        throw new UnsupportedOperationException("contract");
    }

    /** Adds a permanent neighbor; {@code replace} says whether it may take the place of a permanent one. */
    public void addNeighbor(final String network, final IpAddress address, final long mac, final boolean replace)
            throws RefusedException {
        throw new UnsupportedOperationException("contract");
    }

    /** Removes a neighbor, permanent or learned. */
    public void removeNeighbor(final String network, final IpAddress address) throws RefusedException {
        throw new UnsupportedOperationException("contract");
    }

    /** Forgets the learned neighbors of a network, or of all; returns how many. */
    public int flushNeighbors(final @Nullable String network) throws RefusedException {
        throw new UnsupportedOperationException("contract");
    }

    /**
     * Gives the remote prefix of a network in mode overlay to a VTEP.
     *
     * @param mac the MAC of the remote's router; 0: what a Weft node at this address has
     */
    public void addRemotePrefix(
            final String network, final IpAddress vtep, final int udpPort, final IpPrefix prefix, final long mac)
            throws RefusedException {
        throw new UnsupportedOperationException("contract");
    }

    /** What is wrong and lasts, in words: a neighbor table that is full. Empty if all is well. */
    public List<String> alarms() {
        throw new UnsupportedOperationException("contract");
    }

    /** MAC of the node's router in a network; 0 if it has no leg there. */
    public long routerMac(final String network) throws RefusedException {
        throw new UnsupportedOperationException("contract");
    }

    /** Where a frame would go that came in by a port, stage by stage. Nothing is sent, learned or counted. */
    public List<TraceStep> trace(final String port, final byte[] frame) throws RefusedException {
        throw new UnsupportedOperationException("contract");
    }
}
