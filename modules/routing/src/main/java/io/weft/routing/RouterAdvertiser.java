// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.wire.Ethernet;
import io.weft.wire.Ndp;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells hosts of the router: router advertisements (RFC 4861 section 6.2) on every leg that has a global IPv6 address, and
 * announcements of the leg's addresses when it appears.
 *
 * <p>What is sent to everybody stays on this node: behind tunnels are other nodes' pods, whose router is another. A host
 * behind a tunnel that asks is answered alone.
 *
 * <p>One worker owns it; nothing is allocated after construction.
 */
public final class RouterAdvertiser {
    private static final long NEVER = Long.MAX_VALUE;
    private static final long LONG_AGO = -1_000_000;

    private static final int HOP_LIMIT = 64;
    private static final int LIFETIME_SECONDS = 1800;
    private static final int PREFIX_SECONDS = 2_592_000;
    private static final int MIN_INTERVAL_MILLIS = 200_000;
    private static final int MAX_INTERVAL_MILLIS = 600_000;
    private static final int INITIAL_INTERVAL_MILLIS = 16_000;
    private static final int INITIAL_ADVERTISEMENTS = 3;
    private static final int MIN_DELAY_BETWEEN_MILLIS = 3000;
    private static final int MAX_DELAY_MILLIS = 500;

    private final RouterInterfaces legs;
    private final NeighborOutput output;
    private final SplittableRandom random = new SplittableRandom();
    private final long[] dueAt;
    private final long[] sentAt;
    private final long[] answeredAt;
    private final int[] initial;
    private long earliest = NEVER;
    private long now;
    private @Nullable IntConsumer relay;

    /** Without legs yet. */
    public RouterAdvertiser(final FramePool pool, final RouterInterfaces legs, final Egress egress) {
        this.legs = legs;
        this.output = new NeighborOutput(pool, egress);
        this.dueAt = new long[legs.capacity()];
        this.sentAt = new long[legs.capacity()];
        this.answeredAt = new long[legs.capacity()];
        this.initial = new int[legs.capacity()];
        Arrays.fill(dueAt, NEVER);
    }

    /**
     * Another worker advertises, and is told the networks in which a host asks. Only hosts behind tunnels are answered here,
     * one in 3 s.
     */
    public void relayTo(final IntConsumer advertising) {
        relay = advertising;
    }

    /** The leg has been put among the legs: announces its addresses and begins to advertise. */
    public void start(final RouterInterface leg) {
        answeredAt[leg.network] = LONG_AGO;
        if (relay != null) {
            return;
        }
        announce(leg);
        sentAt[leg.network] = LONG_AGO;
        initial[leg.network] = INITIAL_ADVERTISEMENTS;
        dueAt[leg.network] = NEVER;
        if (leg.hasAddress(false)) {
            schedule(leg.network, now);
        }
    }

    /** The leg is about to be taken away: says that this router is none any more (RFC 4861 section 6.2.5). */
    public void stop(final RouterInterface leg) {
        dueAt[leg.network] = NEVER;
        if (leg.hasAddress(false) && relay == null) {
            toAll(leg, 0);
        }
    }

    /** Says on this node which MAC the leg's addresses have: gratuitous ARP and unsolicited neighbor advertisements. */
    public void announce(final RouterInterface leg) {
        if (leg.hasAddress(true)) {
            output.announceArp(leg);
        }
        if (leg.hasAddress(false)) {
            output.announceNd(leg, leg.ipv6High, leg.ipv6Low);
            output.announceNd(leg, RouterInterface.linkLocalHigh(), leg.linkLocalLow);
        }
    }

    /** Somebody on this node asks: everybody is told soon, though not more often than every 3 s (section 6.2.6). */
    public void solicited(final RouterInterface leg) {
        final IntConsumer advertising = relay;
        if (advertising != null) {
            advertising.accept(leg.network);
            return;
        }
        final long soon = now + random.nextInt(MAX_DELAY_MILLIS + 1);
        schedule(leg.network, Math.max(soon, sentAt[leg.network] + MIN_DELAY_BETWEEN_MILLIS));
    }

    /** Somebody behind a tunnel asks: he alone is told, one in 3 s. */
    void answer(final RouterInterface leg, final Frame cause, final long high, final long low) {
        if (now - answeredAt[leg.network] >= MIN_DELAY_BETWEEN_MILLIS) {
            answeredAt[leg.network] = now;
            final long mac = Ethernet.source(cause.buffer, cause.offset);
            output.advertiseRouter(leg, cause.port, mac, high, low, HOP_LIMIT, LIFETIME_SECONDS, PREFIX_SECONDS, false);
        }
    }

    /** Sets the time and sends what is due. Once per cycle. */
    public void tick(final long nowMillis) {
        now = nowMillis;
        if (now < earliest) {
            return;
        }
        earliest = NEVER;
        for (int network = 0; network < dueAt.length; network++) {
            if (dueAt[network] <= now) {
                advertise(network);
            }
            earliest = Math.min(earliest, dueAt[network]);
        }
    }

    /** Milliseconds until {@link #tick} will have something to do: 0 if it has now, {@link Long#MAX_VALUE} if never. */
    public long nextTimeout(final long nowMillis) {
        return earliest == NEVER ? NEVER : Math.max(0, earliest - nowMillis);
    }

    private void schedule(final int network, final long at) {
        dueAt[network] = Math.min(dueAt[network], at);
        earliest = Math.min(earliest, dueAt[network]);
    }

    private void advertise(final int network) {
        final RouterInterface leg = legs.get(network);
        dueAt[network] = NEVER;
        if (leg == null) {
            return;
        }
        toAll(leg, LIFETIME_SECONDS);
        sentAt[network] = now;
        int interval = MIN_INTERVAL_MILLIS + random.nextInt(MAX_INTERVAL_MILLIS - MIN_INTERVAL_MILLIS + 1);
        if (initial[network] > 1) {
            initial[network]--;
            interval = INITIAL_INTERVAL_MILLIS;
        }
        dueAt[network] = now + interval;
    }

    private void toAll(final RouterInterface leg, final int lifetime) {
        output.advertiseRouter(
                leg,
                0,
                Ndp.multicastMac(Ndp.ALL_NODES_LOW),
                Ndp.MULTICAST_HIGH,
                Ndp.ALL_NODES_LOW,
                HOP_LIMIT,
                lifetime,
                PREFIX_SECONDS,
                true);
    }
}
