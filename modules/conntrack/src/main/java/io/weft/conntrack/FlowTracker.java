// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameVector;
import io.weft.frame.WorkerCounter;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.EpochClock;
import org.jspecify.annotations.Nullable;

/**
 * The stage that knows of flows: every IP frame that comes in is counted in its flow, and what becomes of it is noted there.
 *
 * <p>In each cycle: {@link #tick}; for each vector {@link #process}, then {@link #sent}, {@link #dropped} or {@link #consumed} for its
 * frames, and {@link #settle} when all of them have gone their way. Nothing allocates. One worker owns it.
 */
public final class FlowTracker {
    /** Scopes are 0 to this. */
    public static final int MAX_SCOPE = (1 << 23) - 1;

    /** Packets in fragments of which the ports are remembered. */
    static final int FRAGMENTED_PACKETS = 1024;

    private static final int OPENED = 2 * FrameVector.CAPACITY;
    private static final int MAX_WORKERS = 64;
    /** Entries that are looked at by one {@link #copy} at most, besides those it copies. */
    private static final int COPY_LIMIT = 16_384;

    private static final long FRAGMENT_CHECK_MILLIS = 1_000;

    private final Counters counters;
    private final FlowClock clock;
    private final FlowEntries entries;
    private final OffHeap flows;
    private final FlowEvents events;
    private final FlowTable table;
    private final FragmentTable fragments = new FragmentTable(FRAGMENTED_PACKETS);
    private final FlowReader reader = new FlowReader(fragments);
    private final FlowKey[] keys = new FlowKey[FrameVector.CAPACITY];
    /** For what is not in a vector of frames that came in. */
    private final FlowKey ownKey = new FlowKey();

    private final int[] scopes;
    private final int[] opened = new int[OPENED];
    private int openedCount;
    private long fragmentsChecked;
    private int shown;

    /**
     * Without flows.
     *
     * @param counters of the worker
     * @param maxNetworks networks have indices below this; each is a scope of its own until {@link #scope} says otherwise
     * @param worker 0 to 63
     * @param ring for events; null if nobody reads them
     * @param wall gives the time of day, in milliseconds
     * @param nanos monotonic, as {@link #tick} gets it
     */
    public FlowTracker(
            final FlowSettings settings,
            final Counters counters,
            final int maxNetworks,
            final int worker,
            final @Nullable FlowRing ring,
            final EpochClock wall,
            final long nanos) {
        if (worker < 0 || worker >= MAX_WORKERS) {
            throw new IllegalArgumentException("worker must be 0 to " + (MAX_WORKERS - 1) + ", not " + worker);
        }
        this.counters = counters;
        this.clock = new FlowClock(wall);
        clock.tick(nanos);
        this.entries = new FlowEntries(settings.maxFlows());
        this.flows = entries.memory;
        this.events = new FlowEvents(entries, clock, worker, ring);
        this.table = new FlowTable(settings, counters, clock, entries, events, worker, wall.time());
        this.scopes = new int[maxNetworks];
        for (int network = 0; network < maxNetworks; network++) {
            scopes[network] = network;
        }
        Arrays.setAll(keys, i -> new FlowKey());
        this.fragmentsChecked = nanos;
    }

    /** Frames of {@code network} are of the flows of {@code scope} from now on: networks that are routed to each other share one. */
    public void scope(final int network, final int scope) {
        if (scope < 0 || scope > MAX_SCOPE) {
            throw new IllegalArgumentException("scope must be 0 to " + MAX_SCOPE + ", not " + scope);
        }
        scopes[network] = scope;
    }

    /**
     * Counts frames that came in, each in its flow, and writes {@link Frame#flow}. They are parsed, have their network, and
     * {@link Frame#vtep} still says by which tunnel they came, if by one.
     *
     * <p>Pass by pass, so that the memory accesses of many frames are on their way together: keys; lines of the index; lines of the
     * flows; counters.
     */
    public void process(final FrameVector frames) {
        final int size = frames.size();
        for (int i = 0; i < size; i++) {
            read(keys[i], frames.get(i));
        }
        table.readAhead(keys, size);
        for (int i = 0; i < size; i++) {
            frames.get(i).flow = keys[i].isOfFlow() ? count(keys[i]) : Frame.NONE;
        }
    }

    private void read(final FlowKey key, final Frame frame) {
        final int network = frame.network;
        if (network >= 0 && network < scopes.length) {
            reader.read(key, frame, scopes[network], clock.nanos());
        } else {
            key.marks = 0;
        }
    }

    /** Counts those of the frames that the node itself has made ({@link Frame#ORIGINATED}); it came in by no port. */
    public void processOriginated(final FrameVector frames) {
        for (int i = 0; i < frames.size(); i++) {
            final Frame frame = frames.get(i);
            if (frame.flow == Frame.ORIGINATED) {
                frame.flow = Frame.NONE;
                read(ownKey, frame);
                if (ownKey.isOfFlow()) {
                    ownKey.ingress = FlowEvent.NONE;
                    table.readAhead(ownKey);
                    frame.flow = count(ownKey);
                    answered(frame.flow);
                }
            }
        }
    }

    /** What the node answers was meant for it. */
    private void answered(final int reference) {
        if (reference != Frame.NONE && FlowEntries.isReply(reference)) {
            verdict(FlowEntries.at(FlowEntries.entryOf(reference)), Verdict.LOCAL);
        }
    }

    private int count(final FlowKey key) {
        int reference = table.find(key);
        if (key.isOpening() && reference != Frame.NONE && table.canBeginAnew(reference)) {
            table.replace(reference);
            reference = Frame.NONE;
        }
        if (reference == Frame.NONE) {
            reference = table.create(key);
            if (reference == Frame.NONE) {
                return Frame.NONE;
            }
            remember(reference);
        }
        table.count(reference, key);
        return reference;
    }

    private void remember(final int reference) {
        if (openedCount == OPENED) {
            settle();
        }
        opened[openedCount++] = reference;
    }

    /** True if the frame is of a flow that has not ended since. */
    boolean isCurrent(final Frame frame) {
        return entries.isCurrent(frame.flow);
    }

    /** The frames leave by a port. */
    public void sent(final FrameVector frames, final int port) {
        for (int i = 0; i < frames.size(); i++) {
            sent(frames.get(i).flow, port);
        }
    }

    /** The frames leave by a tunnel, each to its {@link Frame#vtep}. */
    public void sentToVteps(final FrameVector frames) {
        for (int i = 0; i < frames.size(); i++) {
            sent(frames.get(i).flow, FlowEvent.VTEP + frames.get(i).vtep);
        }
    }

    private void sent(final int reference, final int way) {
        if (!entries.isCurrent(reference)) {
            return;
        }
        final int at = FlowEntries.at(FlowEntries.entryOf(reference));
        if (!FlowEntries.isReply(reference)) {
            verdict(at, Verdict.FORWARDED);
            if (flows.getShort(at + FlowEntries.EGRESS) != (short) way) {
                flows.putShort(at + FlowEntries.EGRESS, way);
            }
        } else if (flows.getByte(at + FlowEntries.VERDICT) != Verdict.LOCAL.ordinal()) {
            verdict(at, Verdict.FORWARDED);
        }
    }

    /** The frame was meant for the node itself. */
    public void consumed(final Frame frame) {
        if (entries.isCurrent(frame.flow)) {
            verdict(FlowEntries.at(FlowEntries.entryOf(frame.flow)), Verdict.LOCAL);
        }
    }

    /** The frame is lost. Readers hear of the first one for each reason. */
    public void dropped(final Frame frame, final DropReason reason) {
        if (!entries.isCurrent(frame.flow)) {
            return;
        }
        final int entry = FlowEntries.entryOf(frame.flow);
        final int at = FlowEntries.at(entry);
        verdict(at, Verdict.DROPPED);
        flows.putShort(at + FlowEntries.REASON, reason.id());
        final int drops = flows.getInt(at + FlowEntries.DROPS);
        // Unsigned; stays at its maximum.
        if (drops != -1) {
            flows.putInt(at + FlowEntries.DROPS, drops + 1);
        }
        final long seen = flows.getLong(at + FlowEntries.REASONS);
        final long bit = 1L << reason.id();
        if ((seen & bit) == 0) {
            flows.putLong(at + FlowEntries.REASONS, seen | bit);
            events.drop(entry);
        }
    }

    private void verdict(final int at, final Verdict verdict) {
        if (flows.getByte(at + FlowEntries.VERDICT) != verdict.ordinal()) {
            flows.putByte(at + FlowEntries.VERDICT, verdict.ordinal());
        }
    }

    /** The frames of all vectors since have gone their way: tells of their new flows, with what became of them. */
    public void settle() {
        for (int i = 0; i < openedCount; i++) {
            if (entries.isCurrent(opened[i])) {
                events.open(FlowEntries.entryOf(opened[i]));
            }
        }
        openedCount = 0;
    }

    /**
     * Sets the time, ends what is idle, and tells what is due; a slice of it. Once per cycle.
     *
     * @param nanos monotonic; never less than before
     */
    public void tick(final long nanos) {
        clock.tick(nanos);
        table.sweep();
        if (fragments.waiting() > 0
                && nanos - fragmentsChecked >= TimeUnit.MILLISECONDS.toNanos(FRAGMENT_CHECK_MILLIS)) {
            fragmentsChecked = nanos;
            giveUpFragments(false);
        }
        show();
    }

    private void giveUpFragments(final boolean all) {
        while (fragments.takeExpired(ownKey, all, clock.nanos())) {
            table.readAhead(ownKey);
            count(ownKey);
        }
        settle();
    }

    private void show() {
        if (shown != entries.used()) {
            shown = entries.used();
            counters.set(WorkerCounter.FLOWS, shown);
        }
        counters.set(WorkerCounter.FLOW_EVENTS, events.made());
        counters.set(WorkerCounter.FLOW_EVENTS_LOST, events.lost());
    }

    /** Milliseconds until {@link #tick} has something to do, if nothing comes in; 10 or more, {@link Long#MAX_VALUE} for never. */
    public long nextTimeoutMillis() {
        final long timeout = table.nextTimeout();
        return fragments.waiting() > 0 ? Math.min(timeout, FRAGMENT_CHECK_MILLIS) : timeout;
    }

    /**
     * Ends all flows because the node does, as many as the ring has room for.
     *
     * @return false if some are left: to be called again when the ring was read
     */
    public boolean end() {
        giveUpFragments(true);
        final boolean done = table.end();
        show();
        return done;
    }

    /**
     * Copies the next flows as they are, in the layout of {@link FlowEvent}: updates without a number. It looks at a bounded part of the
     * table, so it may copy none though there are more; flows that come or end between two calls may be missed.
     *
     * @param cursor of the caller, new for each walk
     * @param max flows at most
     * @param to has room for them
     * @return flows copied
     */
    public int copy(final FlowCursor cursor, final int max, final MutableDirectBuffer to) {
        int copied = 0;
        for (int left = COPY_LIMIT; left > 0 && copied < max && cursor.next < entries.highWater(); left--) {
            final int entry = cursor.next++;
            if (!entries.isFree(entry)) {
                events.put(entry, FlowEventType.UPDATE, CloseCause.NONE, 0, to, copied * FlowEvent.LENGTH);
                copied++;
            }
        }
        cursor.done = cursor.next >= entries.highWater();
        return copied;
    }

    /** Flows that there are. */
    public int size() {
        return entries.used();
    }

    /** True from when nine tenths of the table are used until less than three quarters are. */
    public boolean isAlarmed() {
        return table.isAlarmed();
    }

    /** Octets of memory outside the heap that a full table takes. */
    public long memory() {
        return table.length();
    }
}
