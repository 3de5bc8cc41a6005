// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.WorkerCounter;
import io.weft.wire.Bytes;
import io.weft.wire.IpAddress;
import io.weft.wire.MacAddress;
import io.weft.wire.Ndp;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The neighbors of all networks: which MAC has an address, and whether it still answers. The state machine of RFC 4861
 * section 7.3.3 and appendix C, for ARP as well (RFC 1122 section 2.3.2).
 *
 * <p>Addresses are two longs as in {@link IpAddress}, IPv4 mapped. Time is what {@link #tick} was told last, milliseconds
 * that never go back. One worker owns it; only {@link #snapshot} allocates.
 */
public final class NeighborTable {
    /** {@link #flush}: every network. */
    public static final int ALL_NETWORKS = -1;

    /** No MAC: not known, or none in the message. */
    public static final long NO_MAC = 0;

    /** The other workers hear of a neighbor that is heard of again, and is what it was, no more often than this. */
    static final int TELL_MILLIS = 10_000;

    /** Timers that run out in one tick; the others follow in the next, so that a cycle stays short. */
    static final int TIMERS_PER_TICK = 256;

    private final FramePool pool;
    private final Counters counters;
    private final NeighborConfig config;
    private final RouterInterfaces legs;
    private final Egress egress;
    private final Unresolved unresolved;
    private final NeighborListener listener;
    private final SplittableRandom random;
    private final NeighborOutput output;
    private final NeighborStore store;
    private final HeldFrames held;

    private final int[] ports;
    private final byte[] probes;
    private final boolean[] router;
    /** The entry is resolved for a sibling only: its solicitations stay on this node. */
    private final boolean[] localOnly;
    /** MAC of the sibling that waits for an answer about the entry. */
    private final long[] askers;

    /** When the other workers were told of the entry last, or told of it. */
    private final long[] toldAt;

    private @Nullable NeighborPeers peers;
    private long now;
    private boolean full;

    /** Sets who hears of what is heard of neighbors. */
    public void peers(final NeighborPeers others) {
        peers = others;
    }

    /** Takes frames whose next hop does not answer. */
    @FunctionalInterface
    public interface Unresolved {
        /** Tells the sender and drops the frame with {@link DropReason#NEIGHBOR_UNRESOLVED}. It may send by the table. */
        void onUnresolved(Frame frame);
    }

    /**
     * An empty table.
     *
     * @param legs the networks in which neighbors can be asked for
     * @param egress where frames to neighbors and solicitations go
     */
    public NeighborTable(
            final FramePool pool,
            final NeighborConfig config,
            final RouterInterfaces legs,
            final Egress egress,
            final Unresolved unresolved,
            final NeighborListener listener) {
        this(pool, config, legs, egress, unresolved, listener, new SplittableRandom());
    }

    NeighborTable(
            final FramePool pool,
            final NeighborConfig config,
            final RouterInterfaces legs,
            final Egress egress,
            final Unresolved unresolved,
            final NeighborListener listener,
            final SplittableRandom random) {
        this.pool = pool;
        this.counters = pool.counters();
        this.config = config;
        this.legs = legs;
        this.egress = egress;
        this.unresolved = unresolved;
        this.listener = listener;
        this.random = random;
        this.output = new NeighborOutput(pool, egress);
        this.store = new NeighborStore(config.capacity(), config.sources());
        this.held = new HeldFrames(pool, config);
        this.ports = new int[config.capacity()];
        this.probes = new byte[config.capacity()];
        this.router = new boolean[config.capacity()];
        this.localOnly = new boolean[config.capacity()];
        this.askers = new long[config.capacity()];
        this.toldAt = new long[config.capacity()];
    }

    /**
     * Sends a frame to a neighbor, holds it until the neighbor is resolved, or drops it: {@link
     * DropReason#NEIGHBOR_QUEUE_FULL} if too many wait, {@link DropReason#NEIGHBOR_TABLE_FULL} if there is no room for the
     * neighbor, and by {@link Unresolved} if it does not answer.
     *
     * @param frame an Ethernet frame, complete but for the destination MAC, with {@code Frame.network} that of {@code leg};
     *     {@code Frame.vtep} still says by which tunnel it came, if by one
     * @param guess the neighbor's entry as {@link #locate} found it, or {@link NeighborStore#NONE}
     */
    void send(final Frame frame, final RouterInterface leg, final long high, final long low, final int guess) {
        final int entry = locate(guess, leg.network, high, low);
        if (entry == NeighborStore.NONE) {
            resolve(frame, leg, high, low);
            return;
        }
        use(entry);
        switch (store.state(entry, now)) {
            case REACHABLE, DELAY, PROBE, PERMANENT -> forward(frame, store.mac(entry));
            case STALE -> {
                delay(entry);
                forward(frame, store.mac(entry));
            }
            case INCOMPLETE -> hold(entry, frame, leg);
            case FAILED -> retry(entry, frame, leg);
            default -> throw new AssertionError();
        }
    }

    /** The entry of a neighbor, which {@code guess} may be already; {@link NeighborStore#NONE} if it is not known. */
    int locate(final int guess, final int network, final long high, final long low) {
        return guess != NeighborStore.NONE && store.is(guess, network, high, low)
                ? guess
                : store.find(network, high, low);
    }

    private void forward(final Frame frame, final long mac) {
        Bytes.putU48(frame.buffer, frame.offset, mac);
        frame.vtep = Frame.NONE;
        egress.add(frame);
    }

    /**
     * A neighbor is asked for only if the frame can wait for it: so who scans has no more questions on their way than
     * frames held, and does not flood the network.
     */
    private void resolve(final Frame frame, final RouterInterface leg, final long high, final long low) {
        if (!held.hasRoom(frame)) {
            pool.drop(frame, DropReason.NEIGHBOR_QUEUE_FULL);
            return;
        }
        final int entry = create(config.sourceOf(frame), frame.port, leg.network, high, low);
        if (entry == NeighborStore.NONE) {
            pool.drop(frame, DropReason.NEIGHBOR_TABLE_FULL);
            return;
        }
        held.add(entry, frame);
        solicit(entry, leg, false);
    }

    /** A solicitation that went to this node's ports only, for a sibling, is no good for a frame of ours. */
    private void hold(final int entry, final Frame frame, final RouterInterface leg) {
        held.add(entry, frame);
        if (localOnly[entry]) {
            solicit(entry, leg, false);
        }
    }

    /** RFC 1122 section 2.3.2.1: at most one request a second to one that does not answer. */
    private void retry(final int entry, final Frame frame, final RouterInterface leg) {
        if (now < store.until(entry)) {
            unresolved.onUnresolved(frame);
        } else if (!held.hasRoom(frame)) {
            pool.drop(frame, DropReason.NEIGHBOR_QUEUE_FULL);
        } else {
            held.add(entry, frame);
            solicit(entry, leg, false);
        }
    }

    /** Begins to resolve the entry. */
    private void solicit(final int entry, final RouterInterface leg, final boolean onlyLocal) {
        store.state(entry, NeighborState.INCOMPLETE);
        store.mac(entry, NO_MAC);
        localOnly[entry] = onlyLocal;
        probes[entry] = 1;
        store.arm(entry, NeighborStore.RETRANS, now + config.retransMillis());
        ask(entry, leg);
    }

    private void ask(final int entry, final RouterInterface leg) {
        output.solicit(leg, store.high(entry), store.low(entry), store.mac(entry), ports[entry], localOnly[entry]);
    }

    private void delay(final int entry) {
        store.state(entry, NeighborState.DELAY);
        store.arm(entry, NeighborStore.DELAY, now + config.delayMillis());
    }

    private void probe(final int entry, final RouterInterface leg) {
        store.state(entry, NeighborState.PROBE);
        probes[entry] = 1;
        store.arm(entry, NeighborStore.RETRANS, now + config.retransMillis());
        ask(entry, leg);
    }

    private void use(final int entry) {
        if (store.use(entry, now) && isIdle(store.state(entry))) {
            store.arm(entry, NeighborStore.IDLE, now + config.staleMillis());
        }
    }

    private static boolean isIdle(final NeighborState state) {
        return state == NeighborState.REACHABLE || state == NeighborState.STALE;
    }

    /** A new entry, put down to {@code source}; {@link NeighborStore#NONE} if there is no room for it. */
    private int create(final int source, final int port, final int network, final long high, final long low) {
        if (store.isFull() && !makeRoom(store.victim(source, now))) {
            return NeighborStore.NONE;
        }
        final int entry = store.add(network, high, low, source, now);
        ports[entry] = port;
        initialise(entry);
        return entry;
    }

    private void initialise(final int entry) {
        router[entry] = false;
        localOnly[entry] = false;
        askers[entry] = NO_MAC;
        toldAt[entry] = now - TELL_MILLIS;
        counters.set(WorkerCounter.NEIGHBORS, store.size());
    }

    private boolean makeRoom(final int victim) {
        alarm(true);
        if (victim == NeighborStore.NONE) {
            return false;
        }
        counters.add(WorkerCounter.NEIGHBOR_EVICTED, 1);
        discard(victim, DropReason.NEIGHBOR_TABLE_FULL);
        return true;
    }

    private void discard(final int entry, final DropReason reason) {
        held.drop(entry, reason);
        store.remove(entry);
        counters.set(WorkerCounter.NEIGHBORS, store.size());
        if (full && store.size() <= config.capacity() - Math.max(1, config.capacity() / 10)) {
            alarm(false);
        }
    }

    private void alarm(final boolean isFull) {
        if (full != isFull) {
            full = isFull;
            listener.onFull(isFull);
        }
    }

    /**
     * Somebody says of himself which MAC he has, without having been asked: an ARP request or announcement, the source of
     * a solicitation (RFC 4861 section 7.2.3), or an unsolicited advertisement. A permanent entry stays as it is.
     *
     * @param cause the frame that says so
     * @param mac a unicast MAC
     */
    public void learn(final Frame cause, final long high, final long low, final long mac) {
        final int source = config.sourceOf(cause);
        final boolean isNews = mac(cause.network, high, low) != mac;
        learn(source, cause.port, cause.network, high, low, mac);
        tell(isNews, NeighborPeers.UNASKED, source, cause.port, cause.network, high, low, mac);
    }

    /** Tells the other workers, unless it is no news and they were told not long ago. */
    private void tell(
            final boolean isNews,
            final int flags,
            final int source,
            final int port,
            final int network,
            final long high,
            final long low,
            final long mac) {
        final NeighborPeers others = peers;
        if (others == null) {
            return;
        }
        final int entry = store.find(network, high, low);
        if (entry != NeighborStore.NONE && (isNews || now - toldAt[entry] >= TELL_MILLIS)) {
            toldAt[entry] = now;
            others.onHeard(network, high, low, mac, flags, source, port);
        }
    }

    /** Another worker heard of a neighbor; arguments as for {@link NeighborPeers#onHeard}. */
    public void told(
            final int network,
            final long high,
            final long low,
            final long mac,
            final int flags,
            final int source,
            final int port) {
        if (flags == NeighborPeers.UNASKED) {
            learn(source, port, network, high, low, mac);
        } else {
            advertise(source, port, network, high, low, mac, flags);
        }
        final int entry = store.find(network, high, low);
        if (entry != NeighborStore.NONE) {
            toldAt[entry] = now;
        }
    }

    private void learn(
            final int source, final int port, final int network, final long high, final long low, final long mac) {
        final int entry = store.find(network, high, low);
        if (entry == NeighborStore.NONE) {
            final int created = create(source, port, network, high, low);
            if (created != NeighborStore.NONE) {
                store.mac(created, mac);
                stale(created);
            }
            return;
        }
        if (store.state(entry) == NeighborState.PERMANENT) {
            return;
        }
        heard(entry);
        if (!store.state(entry).isUsable()) {
            store.mac(entry, mac);
            stale(entry);
            resolved(entry);
        } else if (store.mac(entry) != mac) {
            store.mac(entry, mac);
            stale(entry);
        }
    }

    /**
     * A neighbor advertisement (RFC 4861 section 7.2.5) or an ARP reply, which counts as one with the override flag.
     *
     * @param cause the frame
     * @param mac the target's MAC, {@link #NO_MAC} if the advertisement has none
     * @param flags {@link Ndp#SOLICITED}: it answers us; {@link Ndp#OVERRIDE}; {@link Ndp#ROUTER}
     */
    public void advertise(final Frame cause, final long high, final long low, final long mac, final int flags) {
        final int source = config.sourceOf(cause);
        final boolean isNews = (flags & Ndp.SOLICITED) != 0 || mac(cause.network, high, low) != mac;
        advertise(source, cause.port, cause.network, high, low, mac, flags);
        tell(isNews, flags, source, cause.port, cause.network, high, low, mac);
    }

    private void advertise(
            final int source,
            final int port,
            final int network,
            final long high,
            final long low,
            final long mac,
            final int flags) {
        final int entry = store.find(network, high, low);
        if (entry == NeighborStore.NONE) {
            if (mac != NO_MAC) {
                learn(source, port, network, high, low, mac);
                router(network, high, low, (flags & Ndp.ROUTER) != 0);
            }
            return;
        }
        final NeighborState state = store.state(entry, now);
        if (state == NeighborState.PERMANENT || (mac == NO_MAC && !state.isUsable())) {
            return;
        }
        final boolean solicited = (flags & Ndp.SOLICITED) != 0;
        heard(entry);
        if (!state.isUsable()) {
            store.mac(entry, mac);
            router[entry] = (flags & Ndp.ROUTER) != 0;
            confirm(entry, solicited);
            resolved(entry);
            return;
        }
        final boolean other = mac != NO_MAC && mac != store.mac(entry);
        if (other && (flags & Ndp.OVERRIDE) == 0) {
            if (state == NeighborState.REACHABLE) {
                stale(entry);
            }
            return;
        }
        router[entry] = (flags & Ndp.ROUTER) != 0;
        if (other) {
            store.mac(entry, mac);
        }
        if (solicited || other) {
            confirm(entry, solicited);
        }
    }

    /** Notes whether a neighbor is a router (RFC 4861 sections 6.2.6 and 6.3.4), if there is an entry. */
    public void router(final int network, final long high, final long low, final boolean isRouter) {
        final int entry = store.find(network, high, low);
        if (entry != NeighborStore.NONE) {
            router[entry] = isRouter;
        }
    }

    private void heard(final int entry) {
        store.heard(entry, now);
        use(entry);
    }

    private void confirm(final int entry, final boolean solicited) {
        if (!solicited) {
            stale(entry);
            return;
        }
        final int base = config.reachableMillis();
        store.state(entry, NeighborState.REACHABLE);
        store.until(entry, now + base / 2 + random.nextInt(base + 1));
        store.arm(entry, NeighborStore.IDLE, now + config.staleMillis());
        answerAsker(entry);
    }

    private void stale(final int entry) {
        store.state(entry, NeighborState.STALE);
        store.arm(entry, NeighborStore.IDLE, now + config.staleMillis());
    }

    /** The MAC has become known: what waited for it goes. */
    private void resolved(final int entry) {
        localOnly[entry] = false;
        answerAsker(entry);
        final long mac = store.mac(entry);
        Frame frame = held.take(entry);
        while (frame != null) {
            final Frame following = frame.next;
            frame.next = null;
            forward(frame, mac);
            frame = following;
        }
    }

    /**
     * Answers another node's router, which has our address, about a neighbor behind this node's ports; once the neighbor
     * is resolved if it is not yet, and solicitations for that stay on this node.
     *
     * @param cause the frame that asks
     * @param asker its MAC
     * @param verify it wants to know whether the neighbor still answers: no answer out of a stale entry
     */
    void resolveFor(
            final RouterInterface leg,
            final Frame cause,
            final long high,
            final long low,
            final long asker,
            final boolean verify) {
        int entry = store.find(leg.network, high, low);
        if (entry == NeighborStore.NONE) {
            entry = create(config.sourceOf(cause), cause.port, leg.network, high, low);
            if (entry == NeighborStore.NONE) {
                return;
            }
            store.state(entry, NeighborState.FAILED);
        }
        askers[entry] = asker;
        switch (store.state(entry, now)) {
            case REACHABLE, PERMANENT -> answerAsker(entry);
            case STALE, DELAY -> {
                if (verify) {
                    probe(entry, leg);
                } else {
                    answerAsker(entry);
                }
            }
            case PROBE -> {
                if (!verify) {
                    answerAsker(entry);
                }
            }
            case FAILED -> {
                if (now >= store.until(entry)) {
                    solicit(entry, leg, true);
                }
            }
            case INCOMPLETE -> {}
            default -> throw new AssertionError();
        }
    }

    private void answerAsker(final int entry) {
        final RouterInterface leg = legs.get(store.network(entry));
        if (askers[entry] != NO_MAC && leg != null) {
            output.answerSibling(
                    leg, store.high(entry), store.low(entry), store.mac(entry), askers[entry], ports[entry]);
        }
        askers[entry] = NO_MAC;
    }

    /** MAC of a neighbor, {@link #NO_MAC} if it is not known. */
    public long mac(final int network, final long high, final long low) {
        final int entry = store.find(network, high, low);
        return entry == NeighborStore.NONE || !store.state(entry).isUsable() ? NO_MAC : store.mac(entry);
    }

    /** As {@link #mac}, but only if it is permanent or was heard of in the last {@code millis}. */
    long recentMac(final int network, final long high, final long low, final long millis) {
        final int entry = store.find(network, high, low);
        final boolean recent = entry != NeighborStore.NONE
                && (store.state(entry) == NeighborState.PERMANENT || now - store.heard(entry) <= millis);
        return recent && store.state(entry).isUsable() ? store.mac(entry) : NO_MAC;
    }

    /** True if the neighbor has said that it is a router. */
    boolean isRouter(final int network, final long high, final long low) {
        final int entry = store.find(network, high, low);
        return entry != NeighborStore.NONE && router[entry];
    }

    /** The MAC of a permanent entry, {@link #NO_MAC} if there is none. */
    long permanentMac(final int network, final long high, final long low) {
        final int entry = store.find(network, high, low);
        return entry != NeighborStore.NONE && store.state(entry) == NeighborState.PERMANENT ? store.mac(entry) : NO_MAC;
    }

    /**
     * Adds a permanent entry, in place of what was learned.
     *
     * @param replace whether it may take the place of a permanent one
     * @return false if it may not, {@code mac} is no unicast address, or every entry is permanent
     */
    public boolean addPermanent(
            final int network, final long high, final long low, final long mac, final boolean replace) {
        if (!MacAddress.isUnicastSource(mac)) {
            return false;
        }
        int entry = store.find(network, high, low);
        if (entry == NeighborStore.NONE) {
            if (store.isFull() && !makeRoom(store.victim())) {
                return false;
            }
            entry = store.add(network, high, low, 0, now);
            ports[entry] = 0;
            initialise(entry);
        } else if (store.state(entry) == NeighborState.PERMANENT && !replace) {
            return false;
        }
        store.keep(entry);
        store.state(entry, NeighborState.PERMANENT);
        store.mac(entry, mac);
        store.heard(entry, now);
        resolved(entry);
        return true;
    }

    /** Removes an entry, permanent or not; false if there is none. */
    public boolean remove(final int network, final long high, final long low) {
        final int entry = store.find(network, high, low);
        if (entry == NeighborStore.NONE) {
            return false;
        }
        discard(entry, DropReason.NEIGHBOR_UNRESOLVED);
        return true;
    }

    /**
     * Removes the entries of a network, or of {@link #ALL_NETWORKS}.
     *
     * @return how many
     */
    public int flush(final int network, final boolean keepPermanent) {
        int removed = 0;
        for (int entry = 0; entry < config.capacity(); entry++) {
            final int of = store.network(entry);
            if (of != NeighborStore.NONE
                    && (network == ALL_NETWORKS || of == network)
                    && !(keepPermanent && store.state(entry) == NeighborState.PERMANENT)) {
                discard(entry, DropReason.NEIGHBOR_UNRESOLVED);
                removed++;
            }
        }
        return removed;
    }

    /** Removes every entry of a network that is no more. */
    public void removeNetwork(final int network) {
        flush(network, false);
    }

    /**
     * Sets the time and does what is due, {@value #TIMERS_PER_TICK} things at most. Once per cycle, before any frame.
     *
     * @param nowMillis must not go back
     */
    public void tick(final long nowMillis) {
        now = nowMillis;
        int left = TIMERS_PER_TICK;
        for (int timer = 0; timer < NeighborStore.TIMERS; timer++) {
            int entry = store.firstOf(timer);
            while (left > 0 && entry != NeighborStore.NONE && store.due(entry) <= now) {
                expire(entry);
                left--;
                entry = store.firstOf(timer);
            }
        }
    }

    /** Milliseconds until {@link #tick} will have something to do: 0 if it has now, {@link Long#MAX_VALUE} if never. */
    public long nextTimeout(final long nowMillis) {
        long due = Long.MAX_VALUE;
        for (int timer = 0; timer < NeighborStore.TIMERS; timer++) {
            final int entry = store.firstOf(timer);
            if (entry != NeighborStore.NONE) {
                due = Math.min(due, store.due(entry));
            }
        }
        return due == Long.MAX_VALUE ? due : Math.max(0, due - nowMillis);
    }

    private void expire(final int entry) {
        final RouterInterface leg = legs.get(store.network(entry));
        switch (store.state(entry)) {
            case INCOMPLETE -> again(entry, leg, config.multicastSolicits());
            case PROBE -> again(entry, leg, config.unicastSolicits());
            case DELAY -> {
                if (leg == null) {
                    stale(entry);
                } else {
                    probe(entry, leg);
                }
            }
            default -> discard(entry, DropReason.NEIGHBOR_UNRESOLVED);
        }
    }

    /** For a sibling one question is enough: it repeats its own. */
    private void again(final int entry, final @Nullable RouterInterface leg, final int solicits) {
        if (localOnly[entry]) {
            discard(entry, DropReason.NEIGHBOR_UNRESOLVED);
        } else if (leg != null && probes[entry] < solicits) {
            probes[entry]++;
            store.arm(entry, NeighborStore.RETRANS, now + config.retransMillis());
            ask(entry, leg);
        } else {
            fail(entry);
        }
    }

    /**
     * RFC 4861 section 7.3.3: one that no longer answers probes is resolved anew by the next frame, at once; one that
     * could not be resolved, after a while.
     */
    private void fail(final int entry) {
        final boolean wasKnown = store.state(entry) == NeighborState.PROBE;
        counters.add(WorkerCounter.NEIGHBOR_FAILED, 1);
        store.state(entry, NeighborState.FAILED);
        store.mac(entry, NO_MAC);
        store.until(entry, wasKnown ? now : now + config.retransMillis());
        store.arm(entry, NeighborStore.FAILED, now + config.failedMillis());
        askers[entry] = NO_MAC;
        // What tells the senders may itself send by this table: the entry is done with before.
        Frame frame = held.take(entry);
        while (frame != null) {
            final Frame following = frame.next;
            frame.next = null;
            unresolved.onUnresolved(frame);
            frame = following;
        }
    }

    /** True from the time when an entry found no room until a tenth of the table is free again. */
    public boolean isFull() {
        return full;
    }

    /** Entries. */
    public int size() {
        return store.size();
    }

    /** The time of the last {@link #tick}. */
    long now() {
        return now;
    }

    /** All entries in no order. Worker thread; allocates. */
    public List<NeighborEntry> snapshot() {
        final List<NeighborEntry> list = new ArrayList<>(store.size());
        for (int entry = 0; entry < config.capacity(); entry++) {
            if (store.network(entry) != NeighborStore.NONE) {
                list.add(new NeighborEntry(
                        store.network(entry),
                        new IpAddress(store.high(entry), store.low(entry)),
                        store.mac(entry),
                        store.state(entry, now),
                        router[entry],
                        now - store.heard(entry),
                        held.count(entry)));
            }
        }
        return list;
    }
}
