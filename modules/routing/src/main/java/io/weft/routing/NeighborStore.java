// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * The entries of a {@link NeighborTable}: found by (network, address), ordered by use within their owner, and queued by
 * the time at which something is to be done. What the states mean is the table's business.
 *
 * <p>An entry is a number below the capacity and keeps it for life. Its fields are words of one array, a cache line each:
 *
 * <pre>
 *   0 address, upper half   1 lower half   2 network, -1: free   3 MAC, 0: not known
 *   4 REACHABLE: until when; FAILED: when it may be tried again   5 last use (to a second)   6 last heard of   7 timer
 * </pre>
 *
 * The index is open addressing with linear probing over entry numbers, at a load of a half at most; deleting shifts the
 * rest of the chain back. Timers are one queue per interval: what is armed later is due later, so that only the heads are
 * looked at.
 */
final class NeighborStore {
    static final int NONE = LinkedLists.NONE;

    /** Timer queue: the next solicitation. */
    static final int RETRANS = 0;
    /** Timer queue: the first probe. */
    static final int DELAY = 1;
    /** Timer queue: the end of a failed entry. */
    static final int FAILED = 2;
    /** Timer queue: the end of an unused entry. */
    static final int IDLE = 3;
    /** Queues that have timers. */
    static final int TIMERS = 4;

    private static final int NO_TIMER = 4;

    private static final int STRIDE_SHIFT = 3;
    private static final int HIGH = 0;
    private static final int LOW = 1;
    private static final int NETWORK = 2;
    private static final int MAC = 3;
    private static final int UNTIL = 4;
    private static final int USED = 5;
    private static final int HEARD = 6;
    private static final int DUE = 7;

    private static final int USE_RESOLUTION_MILLIS = 1000;
    private static final int VICTIM_SEARCH = 16;
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

    private final long multiplier = new SplittableRandom().nextLong() | 1;
    private final int capacity;
    private final int sources;
    private final long[] words;
    private final NeighborState[] states;
    private final int[] owners;
    private final int[] hashes;
    private final int[] slots;
    private final int mask;
    private final LinkedLists byUse;
    private final LinkedLists timers;
    private final Shares shares;
    private int size;

    /** An empty store for owners 0 to {@code sources} - 1. */
    NeighborStore(final int capacity, final int sources) {
        this.capacity = capacity;
        this.sources = sources;
        this.words = new long[capacity << STRIDE_SHIFT];
        this.states = new NeighborState[capacity];
        this.owners = new int[capacity];
        this.hashes = new int[capacity];
        this.slots = new int[Integer.highestOneBit(capacity) << 2];
        this.mask = slots.length - 1;
        this.byUse = new LinkedLists(capacity, sources + 2);
        this.timers = new LinkedLists(capacity, TIMERS + 1);
        this.shares = new Shares(sources, capacity);
        Arrays.fill(slots, NONE);
        Arrays.fill(states, NeighborState.FAILED);
        for (int entry = 0; entry < capacity; entry++) {
            words[at(entry, NETWORK)] = NONE;
            byUse.addLast(free(), entry);
        }
    }

    /** List of entries in use that never make room. */
    private int kept() {
        return sources;
    }

    private int free() {
        return sources + 1;
    }

    private static int at(final int entry, final int word) {
        return (entry << STRIDE_SHIFT) + word;
    }

    /** Entries in use. */
    int size() {
        return size;
    }

    /** True if {@link #add} would fail. */
    boolean isFull() {
        return size == capacity;
    }

    /** True if {@code entry} is in use and that of the address. */
    boolean is(final int entry, final int network, final long high, final long low) {
        return words[at(entry, LOW)] == low && words[at(entry, NETWORK)] == network && words[at(entry, HIGH)] == high;
    }

    /** The entry of an address, or {@link #NONE}. */
    int find(final int network, final long high, final long low) {
        return slots[probe(hash(network, high, low), network, high, low)];
    }

    /** A new entry without MAC and timer. The store must not be full, nor have the address. */
    int add(final int network, final long high, final long low, final int owner, final long now) {
        final int entry = byUse.first(free());
        final int hash = hash(network, high, low);
        slots[probe(hash, network, high, low)] = entry;
        hashes[entry] = hash;
        final int start = at(entry, 0);
        words[start + HIGH] = high;
        words[start + LOW] = low;
        words[start + NETWORK] = network;
        words[start + MAC] = 0;
        words[start + UNTIL] = 0;
        words[start + USED] = now;
        words[start + HEARD] = now;
        owners[entry] = owner;
        byUse.moveLast(owner, entry);
        timers.addLast(NO_TIMER, entry);
        shares.add(owner);
        size++;
        return entry;
    }

    /** Frees an entry. */
    void remove(final int entry) {
        if (owners[entry] != kept()) {
            shares.remove(owners[entry]);
        }
        unindex(entry);
        words[at(entry, NETWORK)] = NONE;
        byUse.moveLast(free(), entry);
        timers.remove(entry);
        size--;
    }

    /** Takes an entry from its owner: it never makes room for another, and has no timer. */
    void keep(final int entry) {
        if (owners[entry] != kept()) {
            shares.remove(owners[entry]);
            owners[entry] = kept();
            byUse.moveLast(kept(), entry);
        }
        timers.moveLast(NO_TIMER, entry);
    }

    /**
     * Who makes room for a new entry of {@code owner}: the least recently used one of who has most. If that is
     * {@code owner} itself, only what is failed or stale among the first {@value #VICTIM_SEARCH}.
     *
     * @return {@link #NONE} if {@code owner} has as much as may be
     */
    int victim(final int owner, final long now) {
        final int largest = shares.largestOwner();
        if (shares.of(owner) < shares.of(largest)) {
            return byUse.first(largest);
        }
        int entry = byUse.first(owner);
        for (int i = 0; i < VICTIM_SEARCH && entry != NONE; i++) {
            final NeighborState state = state(entry, now);
            if (state == NeighborState.FAILED || state == NeighborState.STALE) {
                return entry;
            }
            entry = byUse.after(entry);
        }
        return NONE;
    }

    /** The least recently used entry of who has most, or {@link #NONE}. */
    int victim() {
        return byUse.first(shares.largestOwner());
    }

    /** Notes that the entry is of use now; true if its last use was noted a second ago or more. */
    boolean use(final int entry, final long now) {
        if (now - words[at(entry, USED)] < USE_RESOLUTION_MILLIS) {
            return false;
        }
        words[at(entry, USED)] = now;
        byUse.moveLast(owners[entry], entry);
        return true;
    }

    /** Sets the entry's timer, in place of another; {@code due} must not be before that of others in the queue. */
    void arm(final int entry, final int timer, final long due) {
        words[at(entry, DUE)] = due;
        timers.moveLast(timer, entry);
    }

    /** The first entry of a queue, or {@link #NONE}. */
    int firstOf(final int timer) {
        return timers.first(timer);
    }

    /** When the entry's timer is due. */
    long due(final int entry) {
        return words[at(entry, DUE)];
    }

    /** State as last set. */
    NeighborState state(final int entry) {
        return states[entry];
    }

    /** State at {@code now}: a confirmation that has run out makes a stale entry. */
    NeighborState state(final int entry, final long now) {
        final NeighborState state = states[entry];
        return state == NeighborState.REACHABLE && now >= until(entry) ? NeighborState.STALE : state;
    }

    void state(final int entry, final NeighborState state) {
        states[entry] = state;
    }

    long high(final int entry) {
        return words[at(entry, HIGH)];
    }

    long low(final int entry) {
        return words[at(entry, LOW)];
    }

    /** {@link #NONE} if the entry is free. */
    int network(final int entry) {
        return (int) words[at(entry, NETWORK)];
    }

    long mac(final int entry) {
        return words[at(entry, MAC)];
    }

    void mac(final int entry, final long mac) {
        words[at(entry, MAC)] = mac;
    }

    long until(final int entry) {
        return words[at(entry, UNTIL)];
    }

    void until(final int entry, final long time) {
        words[at(entry, UNTIL)] = time;
    }

    long heard(final int entry) {
        return words[at(entry, HEARD)];
    }

    void heard(final int entry, final long time) {
        words[at(entry, HEARD)] = time;
    }

    private int hash(final int network, final long high, final long low) {
        long mixed = (low ^ high * MIX ^ network) * multiplier;
        mixed = (mixed ^ mixed >>> 32) * MIX;
        return (int) (mixed >>> 32);
    }

    /** The slot of an address, or the free one where it would go. */
    private int probe(final int hash, final int network, final long high, final long low) {
        int slot = hash & mask;
        while (slots[slot] != NONE && !is(slots[slot], network, high, low)) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private void unindex(final int entry) {
        int hole = hashes[entry] & mask;
        while (slots[hole] != entry) {
            hole = (hole + 1) & mask;
        }
        for (int next = (hole + 1) & mask; slots[next] != NONE; next = (next + 1) & mask) {
            final int home = hashes[slots[next]] & mask;
            if (((next - home) & mask) >= ((next - hole) & mask)) {
                slots[hole] = slots[next];
                hole = next;
            }
        }
        slots[hole] = NONE;
    }
}
