// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.WorkerCounter;
import io.weft.wire.Ethernet;
import io.weft.wire.MacAddress;
import org.jspecify.annotations.Nullable;

/**
 * What ARP and Neighbor Discovery have in common: who may say what of an address, and what is answered for others.
 *
 * <p>Several nodes may have the same router address on one network, each with a MAC of its own. Such a <em>sibling</em>
 * speaks through a tunnel, and what it says of the shared address is true on its own node only: it ends here. The same
 * claim from a port of this node is a duplicate.
 */
final class NeighborClaims {
    /** For how long after it was last heard of a neighbor is answered for. */
    static final long SUPPRESS_MILLIS = 60_000;

    private static final long REPORT_INTERVAL_MICROS = 10_000_000;

    private final FramePool pool;
    private final NeighborConfig config;
    private final NeighborTable table;
    private final Links links;
    private final NeighborListener listener;
    private final RateLimiter reports;

    NeighborClaims(
            final FramePool pool,
            final NeighborConfig config,
            final NeighborTable table,
            final Links links,
            final NeighborListener listener) {
        this.pool = pool;
        this.config = config;
        this.table = table;
        this.links = links;
        this.listener = listener;
        this.reports = new RateLimiter(config.sources(), REPORT_INTERVAL_MICROS, 1);
    }

    /** Drops the frame as a claim of {@code mac} to an address that somebody else has, and reports it. */
    void dropDuplicate(final Frame frame, final long high, final long low, final long mac) {
        pool.counters().add(WorkerCounter.NEIGHBOR_DUPLICATES, 1);
        if (reports.take(config.sourceOf(frame), table.now())) {
            listener.onDuplicate(frame.network, high, low, mac, frame.port, frame.vtep);
        }
        pool.drop(frame, DropReason.DUPLICATE_ADDRESS);
    }

    /** True if a permanent entry gives the address another MAC than {@code mac}. */
    boolean contradictsPermanent(final Frame frame, final long high, final long low, final long mac) {
        final long permanent = table.permanentMac(frame.network, high, low);
        return permanent != NeighborTable.NO_MAC && permanent != mac;
    }

    /** True if {@code mac} may become a neighbor's: it sent the frame itself, is unicast, and not our own. */
    static boolean isCredible(final Frame frame, final @Nullable RouterInterface leg, final long mac) {
        return MacAddress.isUnicastSource(mac)
                && mac == Ethernet.source(frame.buffer, frame.offset)
                && (leg == null || mac != leg.mac);
    }

    /** True if the frame came by a tunnel. */
    static boolean isFromTunnel(final Frame frame) {
        return frame.vtep != Frame.NONE;
    }

    /** True if the frame is for us alone. */
    static boolean isToUs(final Frame frame, final @Nullable RouterInterface leg) {
        return leg != null && Ethernet.destination(frame.buffer, frame.offset) == leg.mac;
    }

    /** Answers a sibling's question for a neighbor that is on this node, or finds out; the frame is the caller's. */
    void answerSibling(final RouterInterface leg, final Frame frame, final long high, final long low) {
        final long mac = table.mac(frame.network, high, low);
        if (leg.isOwn(high, low) || (mac != NeighborTable.NO_MAC && links.isRemote(frame.network, mac))) {
            return;
        }
        final boolean unicast = !MacAddress.isGroup(Ethernet.destination(frame.buffer, frame.offset));
        table.resolveFor(leg, frame, high, low, Ethernet.source(frame.buffer, frame.offset), unicast);
    }

    /**
     * The MAC to say to somebody on this node who asks everybody for an address behind a tunnel;
     * {@link NeighborTable#NO_MAC} if the question must go its way.
     */
    long suppressedMac(final Frame frame, final long high, final long low, final long askerMac) {
        if (isFromTunnel(frame) || !MacAddress.isGroup(Ethernet.destination(frame.buffer, frame.offset))) {
            return NeighborTable.NO_MAC;
        }
        final long mac = table.recentMac(frame.network, high, low, SUPPRESS_MILLIS);
        return mac != NeighborTable.NO_MAC && mac != askerMac && links.isRemote(frame.network, mac)
                ? mac
                : NeighborTable.NO_MAC;
    }

    /** The frame has been answered. */
    void answered(final Frame frame, final WorkerCounter counter) {
        pool.counters().add(counter, 1);
        pool.consumed(frame);
    }
}
