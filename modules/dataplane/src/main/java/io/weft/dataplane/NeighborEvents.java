// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.frame.Frame;
import io.weft.overlay.Vtep;
import io.weft.routing.NeighborListener;
import io.weft.switching.BridgeDomain;
import io.weft.wire.IpAddress;
import io.weft.wire.MacAddress;

/**
 * What neighbor discovery finds worth an operator's notice, in words. Called on the worker thread: must not take the
 * dataplane's lock, whose holder may be waiting for the worker.
 */
final class NeighborEvents implements NeighborListener {
    private final Dataplane dataplane;
    private final int worker;

    NeighborEvents(final Dataplane dataplane, final int worker) {
        this.dataplane = dataplane;
        this.worker = worker;
    }

    @Override
    public void onDuplicate(
            final int network, final long high, final long low, final long mac, final int port, final int vtep) {
        final BridgeDomain domain = dataplane.pipeline(worker).bridge().domain(network);
        final Vtep from =
                vtep == Frame.NONE ? null : dataplane.pipeline(worker).vteps().get(vtep);
        dataplane.event(
                "neigh",
                MacAddress.format(mac) + " claims " + new IpAddress(high, low) + " of network "
                        + (domain == null ? network : domain.name()) + ", which somebody else has; it is at "
                        + (from == null ? "port " + dataplane.portName(port) : "VTEP " + from.address()));
    }

    @Override
    public void onFull(final boolean full) {
        dataplane.event(
                "neigh",
                full ? "the neighbor table is full: new neighbors are refused" : "the neighbor table has room again");
    }
}
