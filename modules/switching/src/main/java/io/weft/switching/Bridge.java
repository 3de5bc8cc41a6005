// SPDX-License-Identifier: Apache-2.0
package io.weft.switching;

import io.weft.frame.Counters;
import io.weft.frame.Destination;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.Outputs;
import io.weft.frame.WorkerCounter;
import io.weft.wire.Ethernet;
import io.weft.wire.MacAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The switching stage: learns where frames come from and sends each where its destination was learned, or everywhere.
 *
 * <p>One per worker, used by its thread only.
 */
public final class Bridge {
    private static final int AGE_ROUND_SECONDS = 8;
    private static final int AGE_SLICE = 4096;
    private static final long NO_MAC = -1;

    private final FramePool pool;
    private final Counters counters;
    private final SwitchListener listener;
    private final @Nullable BridgeDomain[] domains;

    private final long[] sources = new long[FrameVector.CAPACITY];
    private final long[] destinations = new long[FrameVector.CAPACITY];
    private final int[] sourceHashes = new int[FrameVector.CAPACITY];
    private final int[] destinationHashes = new int[FrameVector.CAPACITY];

    /** Of the frames that {@link #forwardRouted} has in hand. */
    private final int[] routedTo = new int[FrameVector.CAPACITY];

    private final int[] active;
    private int activeCount;
    private int totalSlots;
    private @Nullable MacPeers peers;

    private int agedAt;
    private int ageDebt;
    private int ageDomain;
    private int ageLeft;

    /** A bridge for networks 0 to {@code maxNetworks} - 1, none of which is there yet. */
    public Bridge(final FramePool pool, final int maxNetworks, final SwitchListener listener) {
        this.pool = pool;
        this.counters = pool.counters();
        this.listener = listener;
        this.domains = new BridgeDomain[maxNetworks];
        this.active = new int[maxNetworks];
    }

    /** The network of that index, null if there is none. */
    public @Nullable BridgeDomain domain(final int index) {
        return index >= 0 && index < domains.length ? domains[index] : null;
    }

    /** Sets who hears of what is learned from now on; before the first network. */
    public void peers(final MacPeers others) {
        peers = others;
    }

    /** Adds a network at its index; one that was there is gone, with what it had learned. */
    public void addDomain(final BridgeDomain domain) {
        removeDomain(domain.index());
        if (peers != null) {
            domain.macs().share();
        }
        domains[domain.index()] = domain;
        active[activeCount++] = domain.index();
        totalSlots += domain.macs().slots();
    }

    /** Removes a network, if it is there: frames that still arrive for it are dropped. */
    public void removeDomain(final int index) {
        final BridgeDomain domain = domain(index);
        if (domain == null) {
            return;
        }
        domains[index] = null;
        totalSlots -= domain.macs().slots();
        int kept = 0;
        for (int i = 0; i < activeCount; i++) {
            if (active[i] != index) {
                active[kept++] = active[i];
            }
        }
        activeCount = kept;
        ageLeft = 0;
    }

    /**
     * Passes every frame of {@code in} to {@code out} or drops it, in order, and leaves {@code in} empty.
     *
     * @param in parsed frames of any networks; {@code Frame.network} and {@code Frame.vtep} say where from
     * @param nowSeconds coarse clock that never goes back
     */
    public void process(final FrameVector in, final Outputs out, final int nowSeconds) {
        readAddresses(in);
        BridgeDomain lastDomain = null;
        long lastSource = NO_MAC;
        long lastDestination = NO_MAC;
        int lastFrom = Destination.NONE;
        int to = Destination.NONE;
        for (int i = 0; i < in.size(); i++) {
            final Frame frame = in.get(i);
            final BridgeDomain domain = domain(frame.network);
            if (domain == null) {
                pool.drop(frame, DropReason.NO_NETWORK);
                continue;
            }
            if (MacAddress.isReserved(destinations[i])) {
                pool.drop(frame, DropReason.RESERVED_MAC);
                continue;
            }
            final int from = Destination.sourceOf(frame);
            // A run of frames from one place to another, as bulk traffic makes, needs one learn and one lookup.
            if (domain != lastDomain || sources[i] != lastSource || from != lastFrom) {
                final DropReason refused = learn(domain, sources[i], sourceHashes[i], from, nowSeconds);
                lastDomain = domain;
                lastDestination = NO_MAC;
                if (refused != null) {
                    lastSource = NO_MAC;
                    pool.drop(frame, refused);
                    continue;
                }
                lastSource = sources[i];
                lastFrom = from;
            }
            if (destinations[i] != lastDestination) {
                lastDestination = destinations[i];
                to = domain.macs().lookup(lastDestination, destinationHashes[i]);
            }
            forward(frame, domain, from, to, out);
        }
        in.clear();
    }

    /**
     * Passes the router's frames into their networks: to where the destination is known to be, else everywhere. Nothing is
     * learned from them. {@code Frame.vtep} names a tunnel on whose behalf a frame goes out, which is flooded as one that
     * came from there.
     */
    public void forwardRouted(final FrameVector in, final Outputs out) {
        lookUp(in);
        for (int i = 0; i < in.size(); i++) {
            final Frame frame = in.get(i);
            final BridgeDomain domain = domain(frame.network);
            if (domain == null) {
                pool.drop(frame, DropReason.NO_NETWORK);
                continue;
            }
            final int to = routedTo[i];
            final int from = frame.vtep == Frame.NONE ? Destination.ROUTER : Destination.ofVtep(frame.vtep);
            forward(frame, domain, from, to, out);
        }
        in.clear();
    }

    /**
     * Forgets MACs that have not been seen for long, a bounded slice per call: the clock makes a debt of slots to look at,
     * a round of all networks takes about {@value #AGE_ROUND_SECONDS} seconds. To be called every cycle, and by an idle
     * worker about once a second.
     */
    public void age(final int nowSeconds) {
        if (nowSeconds != agedAt) {
            final long owed = (long) totalSlots * (nowSeconds - agedAt) / AGE_ROUND_SECONDS;
            ageDebt = (int) Math.min(totalSlots, ageDebt + owed);
            agedAt = nowSeconds;
        }
        if (ageDebt == 0 || activeCount == 0) {
            return;
        }
        if (ageLeft == 0) {
            ageDomain = ageDomain + 1 < activeCount ? ageDomain + 1 : 0;
            ageLeft = domainAt(ageDomain).macs().slots();
        }
        final int slots = Math.min(Math.min(ageDebt, AGE_SLICE), ageLeft);
        final int aged = domainAt(ageDomain).macs().age(nowSeconds, slots);
        ageDebt -= slots;
        ageLeft -= slots;
        if (aged != 0) {
            counters.add(WorkerCounter.AGED, aged);
        }
    }

    private BridgeDomain domainAt(final int position) {
        return Objects.requireNonNull(domains[active[position]]);
    }

    /** Reads and hashes all addresses first: the loads of a whole vector overlap instead of waiting one by one. */
    private void readAddresses(final FrameVector in) {
        for (int i = 0; i < in.size(); i++) {
            final Frame frame = in.get(i);
            destinations[i] = Ethernet.destination(frame.buffer, frame.offset);
            sources[i] = Ethernet.source(frame.buffer, frame.offset);
        }
        for (int i = 0; i < in.size(); i++) {
            destinationHashes[i] = MacTable.hash(destinations[i]);
            sourceHashes[i] = MacTable.hash(sources[i]);
        }
    }

    /**
     * Learns where a frame came from that a stage before this one keeps for itself.
     *
     * @return false if {@link #process} would drop the frame for its source
     */
    public boolean learn(final Frame frame, final int nowSeconds) {
        final BridgeDomain domain = domain(frame.network);
        if (domain == null) {
            return false;
        }
        final long source = Ethernet.source(frame.buffer, frame.offset);
        return learn(domain, source, MacTable.hash(source), Destination.sourceOf(frame), nowSeconds) == null;
    }

    /** Where each routed frame is to go. A loop of its own, so that the lookups of different frames overlap. */
    private void lookUp(final FrameVector in) {
        for (int i = 0; i < in.size(); i++) {
            final Frame frame = in.get(i);
            final BridgeDomain domain = domain(frame.network);
            routedTo[i] = domain == null
                    ? Destination.NONE
                    : domain.macs().lookup(Ethernet.destination(frame.buffer, frame.offset));
        }
    }

    private @Nullable DropReason learn(
            final BridgeDomain domain, final long source, final int hash, final int from, final int nowSeconds) {
        if (!MacAddress.isUnicastSource(source)) {
            return DropReason.INVALID_SOURCE_MAC;
        }
        return switch (domain.macs().learn(source, hash, from, nowSeconds)) {
            case MacTable.REFRESHED -> null;
            case MacTable.ADDED -> placed(domain, source, MacTable.ADDED, WorkerCounter.LEARNED);
            case MacTable.MOVED -> placed(domain, source, MacTable.MOVED, WorkerCounter.MOVED);
            case MacTable.RENEWED -> renewed(domain, source);
            case MacTable.LIMITED -> DropReason.LEARN_LIMIT;
            case MacTable.STATIC_ELSEWHERE -> DropReason.STATIC_MAC_MOVED;
            case MacTable.FLAPPED -> flapped(domain, source, from);
            default -> DropReason.MAC_FLAPPING;
        };
    }

    private @Nullable DropReason placed(
            final BridgeDomain domain, final long mac, final int result, final WorkerCounter counter) {
        counters.add(counter, 1);
        tell(domain, mac, result);
        return null;
    }

    private @Nullable DropReason renewed(final BridgeDomain domain, final long mac) {
        tell(domain, mac, MacTable.RENEWED);
        return null;
    }

    private void tell(final BridgeDomain domain, final long mac, final int result) {
        final MacPeers others = peers;
        if (others != null) {
            others.onPlaced(domain, mac, result);
        }
    }

    private DropReason flapped(final BridgeDomain domain, final long source, final int from) {
        counters.add(WorkerCounter.FLAPPED, 1);
        tell(domain, source, MacTable.FLAPPED);
        listener.onFlap(domain.index(), source, domain.macs().lookup(source), from);
        return DropReason.MAC_FLAPPING;
    }

    private void forward(
            final Frame frame, final BridgeDomain domain, final int from, final int to, final Outputs out) {
        if (to == Destination.NONE) {
            flood(frame, domain, from, out);
        } else if (to == from) {
            pool.drop(frame, DropReason.SAME_PORT);
        } else if (Destination.isVtep(to) && Destination.isVtep(from)) {
            pool.drop(frame, DropReason.SPLIT_HORIZON);
        } else {
            out.enqueue(frame, to);
        }
    }

    /** To every other port, and from a port also to every VTEP. The last one gets the frame itself, the others copies. */
    private void flood(final Frame frame, final BridgeDomain domain, final int from, final Outputs out) {
        counters.add(WorkerCounter.FLOODED, 1);
        int last = Destination.NONE;
        for (int i = 0; i < domain.portCount(); i++) {
            final int to = Destination.ofPort(domain.port(i));
            if (to != from) {
                copyTo(frame, last, out);
                last = to;
            }
        }
        final int vteps = Destination.isVtep(from) ? 0 : domain.vtepCount();
        for (int i = 0; i < vteps; i++) {
            copyTo(frame, last, out);
            last = Destination.ofVtep(domain.vtep(i));
        }
        if (last == Destination.NONE) {
            pool.drop(frame, DropReason.NO_OUTPUT);
        } else {
            out.enqueue(frame, last);
        }
    }

    /** An empty pool has counted the copy that could not be; the other outputs still get theirs. */
    private void copyTo(final Frame frame, final int to, final Outputs out) {
        if (to != Destination.NONE) {
            final Frame copy = pool.copyOf(frame);
            if (copy != null) {
                out.enqueue(copy, to);
            }
        }
    }
}
