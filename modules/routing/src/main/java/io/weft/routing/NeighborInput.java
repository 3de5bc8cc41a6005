// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.wire.Ethernet;
import io.weft.wire.Icmp;
import io.weft.wire.Ipv6;
import io.weft.wire.Ndp;

/**
 * The stage in front of the bridge that takes part in ARP and Neighbor Discovery: learns neighbors, answers for the
 * router's own addresses and for neighbors behind tunnels, and stops what must not reach the pods. Everything else passes,
 * at the price of two comparisons.
 *
 * <p>Tagged frames pass: the router has no legs in VLANs. Fragmented Neighbor Discovery is not looked at (RFC 6980).
 */
public final class NeighborInput {
    private static final int MICROS_PER_SECOND = 1_000_000;

    private final FramePool pool;
    private final NeighborConfig config;
    private final NeighborTable table;
    private final Links links;
    private final RateLimiter limiter;
    private final ArpInput arp;
    private final NdpInput ndp;

    /**
     * A stage.
     *
     * @param config the table's
     * @param egress where answers go
     */
    public NeighborInput(
            final FramePool pool,
            final NeighborConfig config,
            final RouterInterfaces legs,
            final Egress egress,
            final NeighborTable table,
            final RouterAdvertiser advertiser,
            final Links links,
            final NeighborListener listener) {
        this.pool = pool;
        this.config = config;
        this.table = table;
        this.links = links;
        this.limiter = new RateLimiter(config.sources(), MICROS_PER_SECOND / config.rate(), config.burst());
        final NeighborOutput output = new NeighborOutput(pool, egress);
        final NeighborClaims claims = new NeighborClaims(pool, config, table, links, listener);
        this.arp = new ArpInput(pool, legs, table, output, claims);
        this.ndp = new NdpInput(pool, legs, table, output, claims, advertiser);
    }

    /**
     * Handles ARP and Neighbor Discovery; what the bridge is to see stays in the vector, in order.
     *
     * @param frames parsed, of any networks; {@code Frame.network} and {@code Frame.vtep} say where from
     */
    public void process(final FrameVector frames) {
        final int size = frames.size();
        int kept = 0;
        for (int i = 0; i < size; i++) {
            final Frame frame = frames.get(i);
            if ((frame.etherType != Ethernet.TYPE_ARP && frame.protocol != Ipv6.PROTOCOL_ICMPV6) || passes(frame)) {
                frames.set(kept++, frame);
            }
        }
        frames.truncate(kept);
    }

    private boolean passes(final Frame frame) {
        final boolean isArp = frame.etherType == Ethernet.TYPE_ARP;
        if (frame.tagged || frame.network == Frame.NONE || !(isArp || isDiscovery(frame))) {
            return true;
        }
        if (!limiter.take(config.sourceOf(frame), table.now())) {
            pool.drop(frame, DropReason.NEIGHBOR_RATE);
            return false;
        }
        return !links.learn(frame) || (isArp ? arp.process(frame) : ndp.process(frame));
    }

    private static boolean isDiscovery(final Frame frame) {
        return frame.etherType == Ethernet.TYPE_IPV6
                && frame.l4Offset != Frame.NONE
                && Ndp.isType(Icmp.type(frame.buffer, frame.l4Offset));
    }
}
