// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FrameVector;
import io.weft.frame.WorkerCounter;
import io.weft.wire.Ipv4;
import io.weft.wire.Tcp;
import java.util.concurrent.TimeUnit;

/**
 * All flows of a worker: finds, begins, counts and ends them. What is told of a flow is in its entry; who reads and writes frames is
 * {@link FlowTracker}.
 *
 * <p>A new flow needs room. While a sixteenth of the table is free there is; after that, each new one takes the place of the least
 * valuable of a few, which the next new flow finds one further on. What has been answered is never evicted, closed TCP aside; nor is
 * anything of others for a source that has more than its share. If nothing there may go, the new flow takes a free place; without one,
 * or with more than its share, its frames go on untracked.
 */
final class FlowTable {
    /** Entries that are compared when one must go. */
    static final int SAMPLES = 8;
    /** One of so many entries is kept free by evicting. */
    static final int RESERVE = 16;

    private static final int COUNT_BITS = 16;
    private static final int WORKER_SHIFT = 58;
    private static final int NOT_EVICTABLE = 3;

    private final FlowSettings settings;
    private final Counters counters;
    private final FlowClock clock;
    private final FlowTimeouts timeouts;
    private final FlowEntries entries;
    private final OffHeap flows;
    private final FlowIndex index;
    private final FlowSweep sweep;
    private final FlowEvents events;
    private final SourceShares shares = new SourceShares();
    private final long[] tags = new long[FrameVector.CAPACITY];
    private final int updateMillis;

    /** What was read ahead. Nobody wants it, but the compiler must not know. */
    long touched;

    private long nextFlow;
    private int hand;
    private int closing;
    private boolean alarmed;

    /**
     * An empty table.
     *
     * @param firstFlow milliseconds since 1970: no earlier table had so many flows that its numbers come that far
     */
    FlowTable(
            final FlowSettings settings,
            final Counters counters,
            final FlowClock clock,
            final FlowEntries entries,
            final FlowEvents events,
            final int worker,
            final long firstFlow) {
        this.settings = settings;
        this.counters = counters;
        this.clock = clock;
        this.timeouts = new FlowTimeouts(settings);
        this.entries = entries;
        this.flows = entries.memory;
        this.index = new FlowIndex(settings.maxFlows());
        this.sweep = new FlowSweep(settings.maxFlows(), clock);
        this.events = events;
        this.updateMillis = (int) TimeUnit.SECONDS.toMillis(settings.update());
        this.nextFlow = ((long) worker << WORKER_SHIFT) | (firstFlow << COUNT_BITS);
    }

    /** Has the cache lines of the flows of all keys on their way, in loops so short that many are at the same time. */
    void readAhead(final FlowKey[] keys, final int size) {
        for (int i = 0; i < size; i++) {
            tags[i] = index.tags(index.home(keys[i].hash));
        }
        for (int i = 0; i < size; i++) {
            keys[i].candidate = candidate(keys[i].hash, tags[i]);
        }
        long sum = 0;
        for (int i = 0; i < size; i++) {
            final int at = FlowEntries.at(Math.max(0, keys[i].candidate));
            sum += flows.getLong(at) + flows.getLong(at + FlowEntries.FRAMES);
        }
        touched = sum;
    }

    /** The same for one key. */
    void readAhead(final FlowKey key) {
        key.candidate = candidate(key.hash, index.tags(index.home(key.hash)));
    }

    private int candidate(final int hash, final long homeTags) {
        final long matches = FlowIndex.matches(homeTags, hash);
        return matches == 0 ? Frame.NONE : index.entry(index.home(hash), FlowIndex.slot(matches));
    }

    /** Reference of a key's flow as its frame has it; {@link Frame#NONE} if there is none. The candidate is looked at first. */
    int find(final FlowKey key) {
        final int reference = key.candidate == Frame.NONE ? Frame.NONE : match(key.candidate, key);
        return reference == Frame.NONE ? search(key) : reference;
    }

    private int search(final FlowKey key) {
        final int home = index.home(key.hash);
        int bucket = home;
        do {
            for (long matches = FlowIndex.matches(index.tags(bucket), key.hash); matches != 0; matches &= matches - 1) {
                final int reference = match(index.entry(bucket, FlowIndex.slot(matches)), key);
                if (reference != Frame.NONE) {
                    return reference;
                }
            }
            if (!index.isPassed(bucket)) {
                return Frame.NONE;
            }
            bucket = index.next(bucket);
        } while (bucket != home);
        return Frame.NONE;
    }

    /** Without a branch for each field: they differ together, or not at all. */
    private int match(final int entry, final FlowKey key) {
        final int at = FlowEntries.at(entry);
        final int realm = flows.getInt(at + FlowEntries.REALM) ^ key.realm;
        final int ports = flows.getInt(at + FlowEntries.PORTS);
        final long sourceHigh = flows.getLong(at + FlowEntries.SOURCE_HIGH);
        final long sourceLow = flows.getLong(at + FlowEntries.SOURCE_LOW);
        final long destinationHigh = flows.getLong(at + FlowEntries.DESTINATION_HIGH);
        final long destinationLow = flows.getLong(at + FlowEntries.DESTINATION_LOW);
        if ((realm
                        | (ports ^ key.ports)
                        | (sourceLow ^ key.sourceLow)
                        | (destinationLow ^ key.destinationLow)
                        | (sourceHigh ^ key.sourceHigh)
                        | (destinationHigh ^ key.destinationHigh))
                == 0) {
            return entries.reference(entry, false);
        }
        return (realm
                                | (FlowKey.swapped(ports) ^ key.ports)
                                | (sourceLow ^ key.destinationLow)
                                | (destinationLow ^ key.sourceLow)
                                | (sourceHigh ^ key.destinationHigh)
                                | (destinationHigh ^ key.sourceHigh))
                        == 0
                ? entries.reference(entry, true)
                : Frame.NONE;
    }

    /** True if an opening frame of the flow is of another connection than the flow was. */
    boolean canBeginAnew(final int reference) {
        return TcpStates.canBeginAnew(entries.state(FlowEntries.entryOf(reference)));
    }

    /** Ends a flow for a new one with the same key. */
    void replace(final int reference) {
        final int entry = FlowEntries.entryOf(reference);
        close(entry, causeOr(entry, CloseCause.REUSED));
    }

    /** Begins a flow of which there is none yet, and counts nothing; {@link Frame#NONE} if there is no room for it. */
    int create(final FlowKey key) {
        final boolean isAnswer = key.isAnswer();
        final long high = isAnswer ? key.destinationHigh : key.sourceHigh;
        final long low = isAnswer ? key.destinationLow : key.sourceLow;
        if (!makeRoom(high, low)) {
            counters.add(WorkerCounter.FLOWS_UNTRACKED, 1);
            return Frame.NONE;
        }
        final int entry = entries.take();
        final int at = FlowEntries.at(entry);
        flows.putLong(at + FlowEntries.SOURCE_HIGH, high);
        flows.putLong(at + FlowEntries.SOURCE_LOW, low);
        flows.putLong(at + FlowEntries.DESTINATION_HIGH, isAnswer ? key.sourceHigh : key.destinationHigh);
        flows.putLong(at + FlowEntries.DESTINATION_LOW, isAnswer ? key.sourceLow : key.destinationLow);
        flows.putInt(at + FlowEntries.PORTS, isAnswer ? FlowKey.swapped(key.ports) : key.ports);
        flows.putInt(at + FlowEntries.REALM, key.realm);
        flows.putByte(at + FlowEntries.PROTOCOL, key.realm);
        flows.putShort(at + FlowEntries.NETWORK, key.network);
        flows.putShort(at + FlowEntries.INGRESS, (isAnswer ? FlowEvent.NONE : key.ingress));
        clear(at);
        begin(entry, key.hash, high, low);
        return entries.reference(entry, isAnswer);
    }

    private void clear(final int at) {
        flows.putByte(at + FlowEntries.STATE, FlowState.NEW.ordinal());
        flows.putShort(at + FlowEntries.FLAGS, 0);
        flows.putByte(at + FlowEntries.VERDICT, Verdict.NONE.ordinal());
        flows.putByte(at + FlowEntries.MARKS, 0);
        flows.putShort(at + FlowEntries.EGRESS, FlowEvent.NONE);
        flows.putLong(at + FlowEntries.FRAMES, 0);
        flows.putLong(at + FlowEntries.OCTETS, 0);
        flows.putLong(at + FlowEntries.OTHER_COUNTERS + FlowEntries.FRAMES, 0);
        flows.putLong(at + FlowEntries.OTHER_COUNTERS + FlowEntries.OCTETS, 0);
        flows.putLong(at + FlowEntries.REASONS, 0);
        flows.putInt(at + FlowEntries.DROPS, 0);
        flows.putShort(at + FlowEntries.REASON, FlowEvent.NONE);
    }

    private void begin(final int entry, final int hash, final long high, final long low) {
        final int at = FlowEntries.at(entry);
        flows.putLong(at + FlowEntries.FLOW, nextFlow++);
        flows.putLong(at + FlowEntries.FIRST, clock.wallAt(clock.nanos()));
        flows.putLong(at + FlowEntries.LAST, clock.nanos());
        flows.putInt(at + FlowEntries.NEXT_UPDATE, clock.millis() + updateMillis);
        index.add(hash, entry);
        shares.add(high, low, 1);
        sweep.set(entry, clock.millis() + Math.min(updateMillis, timeout(at)));
        counters.add(WorkerCounter.FLOWS_OPENED, 1);
        if (!alarmed && entries.used() * 10L >= settings.maxFlows() * 9L) {
            alarm(true);
        }
    }

    private int timeout(final int at) {
        return timeouts.millis(flows.getByte(at + FlowEntries.PROTOCOL) & 0xFF, flows.getByte(at + FlowEntries.STATE));
    }

    /** Adds what a frame with this key adds to its flow. */
    void count(final int reference, final FlowKey key) {
        final int at = FlowEntries.at(FlowEntries.entryOf(reference));
        final boolean isReply = FlowEntries.isReply(reference);
        final int side = isReply ? at + FlowEntries.OTHER_COUNTERS : at;
        final long before = flows.getLong(side + FlowEntries.FRAMES);
        flows.putLong(side + FlowEntries.FRAMES, before + key.frames);
        flows.putLong(side + FlowEntries.OCTETS, flows.getLong(side + FlowEntries.OCTETS) + key.octets);
        flows.putLong(at + FlowEntries.LAST, clock.nanos());
        if (!isReply && flows.getShort(at + FlowEntries.INGRESS) != (short) key.ingress) {
            flows.putShort(at + FlowEntries.INGRESS, key.ingress);
        }
        final int flags = key.flags();
        final int flagsAt = at + FlowEntries.FLAGS + (isReply ? 1 : 0);
        final int seen = flows.getByte(flagsAt);
        if ((flags & ~seen) != 0) {
            flows.putByte(flagsAt, seen | flags);
        }
        final int state = flows.getByte(at + FlowEntries.STATE);
        if (before == 0 || !TcpStates.isPlain(flags) || state == FlowState.SYN_RECEIVED.ordinal()) {
            changeState(reference, at, FlowState.of(state), flags);
        }
    }

    private void changeState(final int reference, final int at, final FlowState state, final int flags) {
        final boolean bothSeen = flows.getLong(at + FlowEntries.FRAMES) != 0
                && flows.getLong(at + FlowEntries.OTHER_COUNTERS + FlowEntries.FRAMES) != 0;
        FlowState next = bothSeen ? FlowState.REPLIED : FlowState.NEW;
        if (flows.getByte(at + FlowEntries.PROTOCOL) == Ipv4.PROTOCOL_TCP) {
            final boolean bothFinished =
                    (flows.getByte(at + FlowEntries.FLAGS) & flows.getByte(at + FlowEntries.FLAGS + 1) & Tcp.FIN) != 0;
            next = TcpStates.next(state, FlowEntries.isReply(reference), flags, bothSeen, bothFinished);
        }
        if (next != state) {
            final int entry = FlowEntries.entryOf(reference);
            flows.putByte(at + FlowEntries.STATE, next.ordinal());
            if (next == FlowState.CLOSED && (flags & Tcp.RST) != 0) {
                entries.mark(entry, FlowEntries.RESET);
            }
            sweep.advance(entry, clock.millis() + timeout(at));
        }
    }

    /** False if a new flow of this source must stay untracked. */
    private boolean makeRoom(final long high, final long low) {
        final boolean isGreedy = shares.of(high, low) >= settings.perSource();
        if (!isGreedy && entries.free() > settings.maxFlows() / RESERVE) {
            return true;
        }
        final int victim = victim(isGreedy, high, low);
        if (victim == Frame.NONE) {
            return !isGreedy && entries.free() > 0;
        }
        close(victim, causeOr(victim, CloseCause.EVICTED));
        return true;
    }

    /** The least valuable of some entries, spread over the table because alike lie together; of two, the one that is idle longer. */
    private int victim(final boolean isGreedy, final long high, final long low) {
        final int step = entries.highWater() / SAMPLES;
        hand = hand + 1 < entries.highWater() ? hand + 1 : 0;
        int victim = Frame.NONE;
        int least = NOT_EVICTABLE;
        for (int looked = 0, entry = hand; looked < SAMPLES; looked++, entry += step) {
            entry -= entry < entries.highWater() ? 0 : entries.highWater();
            final int at = FlowEntries.at(entry);
            if (entries.isFree(entry) || (isGreedy && !isOf(at, high, low))) {
                continue;
            }
            final int value = value(entries.state(entry));
            if (value < least || (value == least && victim != Frame.NONE && isIdler(at, FlowEntries.at(victim)))) {
                victim = entry;
                least = value;
            }
        }
        return victim;
    }

    private boolean isOf(final int at, final long high, final long low) {
        return flows.getLong(at + FlowEntries.SOURCE_LOW) == low && flows.getLong(at + FlowEntries.SOURCE_HIGH) == high;
    }

    private boolean isIdler(final int at, final int other) {
        return flows.getLong(at + FlowEntries.LAST) - flows.getLong(other + FlowEntries.LAST) < 0;
    }

    private static int value(final FlowState state) {
        return switch (state) {
            case CLOSED -> 0;
            case NEW, SYN_SENT -> 1;
            case SYN_RECEIVED -> 2;
            case REPLIED, ESTABLISHED, FIN_WAIT -> NOT_EVICTABLE;
        };
    }

    /** Why a closed TCP connection was; {@code other} of all else. */
    private CloseCause causeOr(final int entry, final CloseCause other) {
        if (entries.state(entry) != FlowState.CLOSED) {
            return other;
        }
        return entries.hasMark(entry, FlowEntries.RESET) ? CloseCause.RST : CloseCause.FIN;
    }

    private void close(final int entry, final CloseCause cause) {
        events.close(entry, cause);
        final int at = FlowEntries.at(entry);
        final long high = flows.getLong(at + FlowEntries.SOURCE_HIGH);
        final long low = flows.getLong(at + FlowEntries.SOURCE_LOW);
        final int hash = FlowKey.hash(
                high,
                low,
                flows.getLong(at + FlowEntries.DESTINATION_HIGH),
                flows.getLong(at + FlowEntries.DESTINATION_LOW),
                flows.getInt(at + FlowEntries.PORTS),
                flows.getInt(at + FlowEntries.REALM));
        index.remove(hash, entry);
        shares.add(high, low, -1);
        entries.give(entry);
        counters.add(WorkerCounter.FLOWS_CLOSED, 1);
        if (cause == CloseCause.EVICTED) {
            counters.add(WorkerCounter.FLOWS_EVICTED, 1);
        }
        if (alarmed && entries.used() * 4L < settings.maxFlows() * 3L) {
            alarm(false);
        }
    }

    private void alarm(final boolean isNearlyFull) {
        alarmed = isNearlyFull;
        counters.set(WorkerCounter.FLOWS_ALARM, isNearlyFull ? 1 : 0);
    }

    /** Ends flows that are idle and tells of others, a slice of them. */
    void sweep() {
        sweep.run(this, clock, entries.highWater());
    }

    /** Does what is due for an entry; returns in how many milliseconds to look again. */
    int look(final int entry) {
        if (entries.isFree(entry)) {
            return FlowSweep.FAR_MILLIS;
        }
        final int at = FlowEntries.at(entry);
        final long idle = TimeUnit.NANOSECONDS.toMillis(clock.nanos() - flows.getLong(at + FlowEntries.LAST));
        final long left = timeout(at) - idle;
        if (left <= 0) {
            close(entry, causeOr(entry, CloseCause.IDLE));
            return FlowSweep.FAR_MILLIS;
        }
        int update = flows.getInt(at + FlowEntries.NEXT_UPDATE) - clock.millis();
        if (update <= 0) {
            events.update(entry);
            update = updateMillis;
            flows.putInt(at + FlowEntries.NEXT_UPDATE, clock.millis() + updateMillis);
        }
        return (int) Math.min(left, update);
    }

    /** Milliseconds until {@link #sweep} has something to do; {@link Long#MAX_VALUE} while there are no flows. */
    long nextTimeout() {
        return entries.used() == 0 ? Long.MAX_VALUE : sweep.nextTimeout(clock);
    }

    /** Ends all flows, as many as their events have room for; false if some are left. */
    boolean end() {
        while (closing < entries.highWater()) {
            if (!entries.isFree(closing)) {
                if (!events.hasRoom(2)) {
                    return false;
                }
                close(closing, causeOr(closing, CloseCause.ENDED));
            }
            closing++;
        }
        closing = 0;
        return true;
    }

    /** True from when nine tenths of the table were used until three quarters are. */
    boolean isAlarmed() {
        return alarmed;
    }

    /** Octets of memory that a full table takes. */
    long length() {
        return (long) entries.length() + index.length() + sweep.length();
    }
}
