// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.frame.Counters;
import io.weft.frame.WorkerCounter;
import io.weft.routing.NeighborPeers;
import io.weft.routing.RouterInterface;
import io.weft.switching.BridgeDomain;
import io.weft.switching.MacPeers;
import io.weft.switching.MacTable;
import org.jspecify.annotations.Nullable;

/**
 * What a worker tells the others of what it learned, and hears from them: where MACs are, and what neighbors answered. Each
 * has tables of its own, so all must know what one knows; there is a {@link GossipRing} for each ordered pair.
 *
 * <p>A full ring loses the message, counted, and nobody waits: what is still true is told again after half of its ageing
 * time, or when it is asked for. Neighbors wake the other worker, because frames may wait there for the answer; MACs do not,
 * because it looks here before it looks at the next frame.
 *
 * <p>All methods belong to the worker thread, except {@link #connect}.
 */
final class Gossip implements MacPeers, NeighborPeers {
    /** Messages of one other worker that are taken in one cycle. */
    static final int LIMIT = 256;

    private static final int MAC = 1;
    private static final int NEIGHBOR = 2;
    private static final int ROUTER_SOLICITED = 3;
    private static final int NETWORK_SHIFT = 8;
    private static final int KIND_MASK = 0xFF;

    private final int self;
    private final Pipeline pipeline;
    private final Counters counters;
    private final @Nullable GossipRing[] out;
    private final @Nullable GossipRing[] in;
    private final @Nullable Runnable[] wakers;

    private Gossip(final int self, final Pipeline pipeline, final int workers) {
        this.self = self;
        this.pipeline = pipeline;
        this.counters = pipeline.pool().counters();
        this.out = new GossipRing[workers];
        this.in = new GossipRing[workers];
        this.wakers = new Runnable[workers];
    }

    /** What wakes one worker on behalf of another; each is called by one thread only. */
    @FunctionalInterface
    interface Wakers {
        /** What {@code from} uses to wake {@code to}. */
        Runnable of(int from, int to);
    }

    /** Joins pipelines that have no networks yet; without {@code wakers} nobody has to be woken. */
    static void connect(final Pipeline[] pipelines, final @Nullable Wakers wakers) {
        final int workers = pipelines.length;
        final Gossip[] all = new Gossip[workers];
        for (int i = 0; i < workers; i++) {
            all[i] = new Gossip(i, pipelines[i], workers);
        }
        for (int from = 0; from < workers; from++) {
            for (int to = 0; to < workers; to++) {
                if (from != to) {
                    final GossipRing ring = new GossipRing();
                    all[from].out[to] = ring;
                    all[to].in[from] = ring;
                    all[from].wakers[to] = wakers == null ? null : wakers.of(from, to);
                }
            }
            pipelines[from].join(all[from], from);
        }
    }

    @Override
    public void onPlaced(final BridgeDomain domain, final long mac, final int result) {
        final boolean isNew = result == MacTable.ADDED || result == MacTable.MOVED;
        final int placed = domain.macs().telling(mac, isNew ? (int) pipeline.nowMillis() : 0);
        final long held = result == MacTable.FLAPPED ? 1L << Integer.SIZE : 0;
        final int destination = domain.macs().lookup(mac);
        final int seen = held == 0 ? domain.macs().seenSeconds(mac) : (int) (pipeline.nowMillis() / 1000);
        for (int to = 0; to < out.length; to++) {
            final GossipRing ring = out[to];
            final int at = claim(ring, MAC, domain.index());
            if (ring != null && at != GossipRing.NONE) {
                ring.words[at + 1] = mac;
                ring.words[at + 2] = held | destination;
                ring.words[at + 3] = placed;
                ring.words[at + 4] = seen;
                publish(ring, to, ring.size() > GossipRing.CAPACITY / 2);
            }
        }
    }

    @Override
    public void onHeard(
            final int network,
            final long high,
            final long low,
            final long mac,
            final int flags,
            final int source,
            final int port) {
        for (int to = 0; to < out.length; to++) {
            final GossipRing ring = out[to];
            final int at = claim(ring, NEIGHBOR, network);
            if (ring != null && at != GossipRing.NONE) {
                ring.words[at + 1] = high;
                ring.words[at + 2] = low;
                ring.words[at + 3] = mac;
                ring.words[at + 4] = flags;
                ring.words[at + 5] = source;
                ring.words[at + 6] = port;
                publish(ring, to, true);
            }
        }
    }

    /** A host asks for routers: the first worker, which advertises, hears of it. */
    void onRouterSolicited(final int network) {
        final GossipRing ring = out[0];
        if (ring != null && claim(ring, ROUTER_SOLICITED, network) != GossipRing.NONE) {
            publish(ring, 0, true);
        }
    }

    private int claim(final @Nullable GossipRing ring, final int kind, final int network) {
        if (ring == null) {
            return GossipRing.NONE;
        }
        final int at = ring.claim();
        if (at == GossipRing.NONE) {
            counters.add(WorkerCounter.UNTOLD, 1);
        } else {
            ring.words[at] = kind | (long) network << NETWORK_SHIFT;
        }
        return at;
    }

    private void publish(final GossipRing ring, final int to, final boolean wake) {
        ring.publish();
        counters.add(WorkerCounter.TOLD, 1);
        final Runnable waker = wakers[to];
        if (wake && waker != null) {
            waker.run();
        }
    }

    /** Takes what the others have told, {@value #LIMIT} messages of each at most; returns how many. */
    int hear() {
        int heard = 0;
        for (int from = 0; from < in.length; from++) {
            final GossipRing ring = in[from];
            int left = LIMIT;
            while (ring != null && left > 0 && ring.peek() != GossipRing.NONE) {
                take(ring.words, ring.peek(), from);
                ring.release();
                left--;
                heard++;
            }
        }
        if (heard > 0) {
            counters.add(WorkerCounter.HEARD, heard);
        }
        return heard;
    }

    /** Takes what was told until now and forgets it: it may be of what is no more. */
    void discard() {
        for (final GossipRing ring : in) {
            int left = ring == null ? 0 : ring.size();
            while (ring != null && left > 0) {
                ring.release();
                left--;
            }
        }
    }

    private void take(final long[] words, final int at, final int from) {
        final int network = (int) (words[at] >>> NETWORK_SHIFT);
        switch ((int) words[at] & KIND_MASK) {
            case MAC -> takeMac(words, at, from, network);
            case NEIGHBOR -> {
                if (pipeline.bridge().domain(network) != null) {
                    pipeline.router()
                            .neighbors()
                            .told(
                                    network,
                                    words[at + 1],
                                    words[at + 2],
                                    words[at + 3],
                                    (int) words[at + 4],
                                    (int) words[at + 5],
                                    (int) words[at + 6]);
                }
            }
            case ROUTER_SOLICITED -> {
                final RouterInterface leg = pipeline.legs().get(network);
                if (leg != null) {
                    pipeline.advertiser().solicited(leg);
                }
            }
            default -> throw new AssertionError();
        }
    }

    /** Of a port or VTEP that is no member nothing is taken: the other worker has not been told yet that it left. */
    private void takeMac(final long[] words, final int at, final int from, final int network) {
        final BridgeDomain domain = pipeline.bridge().domain(network);
        final int destination = (int) words[at + 2];
        if (domain != null && domain.has(destination)) {
            final boolean held = words[at + 2] >>> Integer.SIZE != 0;
            domain.macs().told(words[at + 1], destination, (int) words[at + 3], (int) words[at + 4], held, from > self);
        }
    }
}
