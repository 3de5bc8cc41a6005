// SPDX-License-Identifier: Apache-2.0
package io.weft.switching;

import io.weft.frame.Destination;
import io.weft.wire.MacAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Forwarding database of one network: which MAC is behind which port or VTEP.
 *
 * <p>Open addressing with linear probing over one flat array, two longs to an entry, so that four entries share a cache
 * line:
 *
 * <pre>
 *   key    MAC; 0 (never a valid source) marks a free slot
 *   value  bits 0-15 destination, 16 static, 17 damped, 24-31 moves in the flap window, 32-63 second last seen
 * </pre>
 *
 * The time from which the flap window or the hold counts stands beside, in {@link #since}: only a move touches it.
 *
 * <p>The array is made once, for the learn limit and {@link #MAX_STATIC} static entries at a load of two thirds at most.
 * Deleting shifts the rest of the probe chain back, so there are no tombstones and lookups stay as short as the load
 * says. The hash multiplier is drawn at start-up: nobody outside can choose MACs that fall into one chain.
 *
 * <p>Several workers have a table each ({@link #share}). What one learned the others take by {@link #told}: the later
 * sighting counts; of two in one second, the MAC that was placed later. A worker tells of a MAC again when it still sees it
 * half an ageing time later, and only of what it saw itself: so an entry lives everywhere as long as the MAC is seen anywhere.
 *
 * <p>Time is a coarse second that never goes back. Not thread-safe: one worker owns it. Nothing allocates but
 * {@link #snapshot}.
 */
public final class MacTable {
    /** {@link #learn}: known there already. */
    public static final int REFRESHED = 0;
    /** {@link #learn}: new. */
    public static final int ADDED = 1;
    /** {@link #learn}: was elsewhere, is now here. */
    public static final int MOVED = 2;
    /** {@link #learn}: known there already, but the other workers were not told for half of the ageing time. */
    public static final int RENEWED = 3;
    /** {@link #learn} refused: as many MACs as there may be. This and all higher results mean that nothing was learned. */
    public static final int LIMITED = 4;
    /** {@link #learn} refused: a static entry says elsewhere. */
    public static final int STATIC_ELSEWHERE = 5;
    /** {@link #learn} refused: held elsewhere after too many moves. */
    public static final int DAMPED = 6;
    /** {@link #learn} refused: this move was one too many, the MAC is now held where it was. */
    public static final int FLAPPED = 7;

    /** Static entries at most. */
    public static final int MAX_STATIC = 1024;

    private static final long MULTIPLIER = new SplittableRandom().nextLong() | 1;
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

    private static final int NEVER = Integer.MAX_VALUE;

    private static final int DESTINATION_MASK = 0xFFFF;
    private static final long STATIC_BIT = 1L << 16;
    private static final long DAMPED_BIT = 1L << 17;
    private static final int MOVES_SHIFT = 24;
    private static final long MOVES_MASK = 0xFFL << MOVES_SHIFT;
    private static final int SEEN_SHIFT = 32;
    private static final long NOT_SEEN_MASK = 0xFFFF_FFFFL;

    private final FdbConfig config;
    private final long[] entries;
    private final int[] since;
    private final int mask;
    private final int shift;
    private int learned;
    private int statics;
    private int cursor;

    /** Seconds after which the other workers hear of a MAC again that is still seen. */
    private int tellAfter = NEVER;
    /** Second of the latest sighting that all workers know of; only in a shared table. */
    private int[] toldSeconds = {};
    /** Millisecond, modulo 2^32, in which the MAC was found to be where it is; only in a shared table. */
    private int[] placedMillis = {};

    /** An empty table. */
    public MacTable(final FdbConfig config) {
        this.config = config;
        final int wanted = (config.learnLimit() + MAX_STATIC) * 3 / 2;
        final int slots = Integer.highestOneBit(wanted - 1) << 1;
        this.entries = new long[slots * 2];
        this.since = new int[slots];
        this.mask = slots - 1;
        this.shift = Integer.SIZE - Integer.numberOfTrailingZeros(slots);
    }

    /** Several workers have such a table for the network. Before anything is learned. */
    public void share() {
        tellAfter = Math.max(1, config.ageSeconds() / 2);
        toldSeconds = new int[mask + 1];
        placedMillis = new int[mask + 1];
    }

    /**
     * The other workers are being told of a MAC.
     *
     * @param placedNow in which millisecond it was found where it is; 0: as it was
     * @return that millisecond
     */
    public int telling(final long mac, final int placedNow) {
        final int slot = probe(mac, hash(mac));
        toldSeconds[slot] = seen(entries[(slot << 1) + 1]);
        if (placedNow != 0) {
            placedMillis[slot] = placedNow;
        }
        return placedMillis[slot];
    }

    /** Second in which {@code mac} was seen last; 0 if it is not known. */
    public int seenSeconds(final long mac) {
        return seen(entries[(probe(mac, hash(mac)) << 1) + 1]);
    }

    /**
     * Takes what another worker has learned. Static entries, and what is held here, stay.
     *
     * @param placed millisecond in which it was found there
     * @param seenSeconds when it was seen there last
     * @param held whether it moved too often and is held there
     * @param winsTies whether the other's word counts against ours of the same millisecond
     */
    public void told(
            final long mac,
            final int destination,
            final int placed,
            final int seenSeconds,
            final boolean held,
            final boolean winsTies) {
        final int slot = probe(mac, hash(mac));
        final int at = (slot << 1) + 1;
        if (entries[slot << 1] == 0) {
            if (add(slot, mac, destination, seenSeconds) == LIMITED) {
                return;
            }
        } else if ((entries[at] & STATIC_BIT) != 0 || isHeld(slot, entries[at], seenSeconds)) {
            return;
        } else if (destination(entries[at]) != destination) {
            if (!isLater(slot, placed, seenSeconds, winsTies)
                    || move(slot, entries[at], destination, seenSeconds) != MOVED) {
                return;
            }
        } else if (seenSeconds - seen(entries[at]) > 0) {
            entries[at] = (entries[at] & NOT_SEEN_MASK) | ((long) seenSeconds << SEEN_SHIFT);
        }
        placedMillis[slot] = placed;
        toldSeconds[slot] = seen(entries[at]);
        if (held) {
            entries[at] |= DAMPED_BIT;
            since[slot] = seenSeconds;
        }
    }

    private boolean isLater(final int slot, final int placed, final int seenSeconds, final boolean winsTies) {
        final int seconds = seenSeconds - seen(entries[(slot << 1) + 1]);
        final int millis = placed - placedMillis[slot];
        return seconds != 0 ? seconds > 0 : millis != 0 ? millis > 0 : winsTies;
    }

    /** The hash under which every table keeps {@code mac}. */
    static int hash(final long mac) {
        final long mixed = mac * MULTIPLIER;
        return (int) (((mixed ^ mixed >>> 32) * MIX) >>> 32);
    }

    /**
     * Notes that a frame from {@code mac} came from {@code from}.
     *
     * @param mac a valid source: neither zero nor a group
     * @return {@link #REFRESHED}, {@link #ADDED}, {@link #MOVED}, {@link #RENEWED}, or why not: {@link #LIMITED} and above
     */
    public int learn(final long mac, final int from, final int nowSeconds) {
        return learn(mac, hash(mac), from, nowSeconds);
    }

    int learn(final long mac, final int hash, final int from, final int nowSeconds) {
        final int slot = probe(mac, hash);
        if (entries[slot << 1] == 0) {
            return add(slot, mac, from, nowSeconds);
        }
        final int at = (slot << 1) + 1;
        final long value = entries[at];
        if (destination(value) != from) {
            return move(slot, value, from, nowSeconds);
        }
        if (seen(value) != nowSeconds) {
            entries[at] = (value & NOT_SEEN_MASK) | ((long) nowSeconds << SEEN_SHIFT);
            if (tellAfter != NEVER && (value & STATIC_BIT) == 0 && nowSeconds - toldSeconds[slot] >= tellAfter) {
                return RENEWED;
            }
        }
        return REFRESHED;
    }

    /** Where {@code mac} is, or {@link Destination#NONE}. */
    public int lookup(final long mac) {
        return lookup(mac, hash(mac));
    }

    int lookup(final long mac, final int hash) {
        final int slot = probe(mac, hash);
        return entries[slot << 1] == 0 ? Destination.NONE : destination(entries[(slot << 1) + 1]);
    }

    /**
     * Sets a static entry, in place of what was learned.
     *
     * @return false if {@code mac} can't be a source, or there are {@link #MAX_STATIC} already
     */
    public boolean addStatic(final long mac, final int destination, final int nowSeconds) {
        if (!MacAddress.isUnicastSource(mac)) {
            return false;
        }
        final int slot = probe(mac, hash(mac));
        final boolean isNew = entries[slot << 1] == 0;
        final boolean wasStatic = !isNew && (entries[(slot << 1) + 1] & STATIC_BIT) != 0;
        if (!wasStatic && statics == MAX_STATIC) {
            return false;
        }
        if (!wasStatic) {
            statics++;
            learned -= isNew ? 0 : 1;
        }
        put(slot, mac, destination | STATIC_BIT, nowSeconds);
        return true;
    }

    /** True if {@code mac} has a static entry. */
    public boolean isStatic(final long mac) {
        final int slot = probe(mac, hash(mac));
        return entries[slot << 1] != 0 && (entries[(slot << 1) + 1] & STATIC_BIT) != 0;
    }

    /** Removes an entry, static or learned; false if there was none. */
    public boolean remove(final long mac) {
        final int slot = probe(mac, hash(mac));
        if (entries[slot << 1] == 0) {
            return false;
        }
        delete(slot);
        return true;
    }

    /** Removes what is behind a port or VTEP, static entries only if {@code withStatic}; returns how many. */
    public int flush(final int destination, final boolean withStatic) {
        int removed = 0;
        for (int slot = 0; slot <= mask; ) {
            final long value = entries[(slot << 1) + 1];
            if (entries[slot << 1] != 0
                    && destination(value) == destination
                    && (withStatic || (value & STATIC_BIT) == 0)) {
                delete(slot);
                removed++;
            } else {
                slot++;
            }
        }
        return removed;
    }

    /** Removes all learned entries; returns how many. */
    public int flushLearned() {
        final int removed = learned;
        for (int slot = 0; slot <= mask; ) {
            if (entries[slot << 1] != 0 && (entries[(slot << 1) + 1] & STATIC_BIT) == 0) {
                delete(slot);
            } else {
                slot++;
            }
        }
        return removed;
    }

    /** Removes everything. */
    public void clear() {
        Arrays.fill(entries, 0);
        learned = 0;
        statics = 0;
    }

    /**
     * Looks at the next {@code slots} slots, round and round, forgets what is too old and releases what was held long
     * enough. A damped entry does not age before its hold is over.
     *
     * @return entries forgotten
     */
    public int age(final int nowSeconds, final int slots) {
        int aged = 0;
        for (int left = Math.min(slots, mask + 1); left > 0; ) {
            final int at = (cursor << 1) + 1;
            final long value = entries[at];
            if (isHeld(cursor, value, nowSeconds) || !isOld(cursor, value, nowSeconds)) {
                if ((value & DAMPED_BIT) != 0 && !isHeld(cursor, value, nowSeconds)) {
                    entries[at] = value & ~(DAMPED_BIT | MOVES_MASK);
                }
                cursor = (cursor + 1) & mask;
                left--;
            } else {
                // Another entry may have come into this slot: it is looked at next.
                delete(cursor);
                aged++;
            }
        }
        return aged;
    }

    /** Slots, so that {@code age(now, slots())} looks at every entry. */
    public int slots() {
        return mask + 1;
    }

    /** Learned entries. */
    public int learned() {
        return learned;
    }

    /** Static entries. */
    public int statics() {
        return statics;
    }

    /** Limits of this table. */
    public FdbConfig config() {
        return config;
    }

    /** All entries in no order. Worker thread; allocates. */
    public List<FdbEntry> snapshot(final int nowSeconds) {
        final List<FdbEntry> list = new ArrayList<>(learned + statics);
        for (int slot = 0; slot <= mask; slot++) {
            final long value = entries[(slot << 1) + 1];
            if (entries[slot << 1] != 0) {
                final FdbEntry.State state = (value & STATIC_BIT) != 0
                        ? FdbEntry.State.STATIC
                        : isHeld(slot, value, nowSeconds) ? FdbEntry.State.DAMPED : FdbEntry.State.LEARNED;
                list.add(new FdbEntry(entries[slot << 1], destination(value), state, nowSeconds - seen(value)));
            }
        }
        return list;
    }

    /** The slot of {@code mac}, or the free one where it would go. There always is a free one: see the load. */
    private int probe(final long mac, final int hash) {
        int slot = hash >>> shift;
        while (true) {
            final long key = entries[slot << 1];
            if (key == mac || key == 0) {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
    }

    private int add(final int slot, final long mac, final int from, final int nowSeconds) {
        if (learned >= config.learnLimit()) {
            return LIMITED;
        }
        learned++;
        put(slot, mac, from, nowSeconds);
        return ADDED;
    }

    private int move(final int slot, final long value, final int from, final int nowSeconds) {
        if ((value & STATIC_BIT) != 0) {
            return STATIC_ELSEWHERE;
        }
        if (isHeld(slot, value, nowSeconds)) {
            return DAMPED;
        }
        final boolean fresh = (value & DAMPED_BIT) != 0
                || nowSeconds - since[slot] >= config.flapWindowSeconds()
                || moves(value) == 0;
        final int moves = fresh ? 1 : moves(value) + 1;
        final int at = (slot << 1) + 1;
        if (moves > config.flapMoves()) {
            entries[at] = value | DAMPED_BIT;
            since[slot] = nowSeconds;
            return FLAPPED;
        }
        if (fresh) {
            since[slot] = nowSeconds;
        }
        entries[at] = ((long) nowSeconds << SEEN_SHIFT) | ((long) moves << MOVES_SHIFT) | from;
        return MOVED;
    }

    private void put(final int slot, final long mac, final long destinationAndFlags, final int nowSeconds) {
        entries[slot << 1] = mac;
        entries[(slot << 1) + 1] = ((long) nowSeconds << SEEN_SHIFT) | destinationAndFlags;
        since[slot] = nowSeconds;
    }

    /** Backward shift: what follows in the chain and may stand nearer to its home slot moves into the hole. */
    private void delete(final int slot) {
        if ((entries[(slot << 1) + 1] & STATIC_BIT) != 0) {
            statics--;
        } else {
            learned--;
        }
        int hole = slot;
        for (int next = (slot + 1) & mask; entries[next << 1] != 0; next = (next + 1) & mask) {
            final int home = hash(entries[next << 1]) >>> shift;
            if (((next - home) & mask) >= ((next - hole) & mask)) {
                entries[hole << 1] = entries[next << 1];
                entries[(hole << 1) + 1] = entries[(next << 1) + 1];
                since[hole] = since[next];
                if (tellAfter != NEVER) {
                    toldSeconds[hole] = toldSeconds[next];
                    placedMillis[hole] = placedMillis[next];
                }
                hole = next;
            }
        }
        entries[hole << 1] = 0;
        entries[(hole << 1) + 1] = 0;
    }

    private boolean isHeld(final int slot, final long value, final int nowSeconds) {
        return (value & DAMPED_BIT) != 0 && nowSeconds - since[slot] < config.flapHoldSeconds();
    }

    private boolean isOld(final int slot, final long value, final int nowSeconds) {
        return entries[slot << 1] != 0 && (value & STATIC_BIT) == 0 && nowSeconds - seen(value) >= config.ageSeconds();
    }

    private static int destination(final long value) {
        return (int) value & DESTINATION_MASK;
    }

    private static int moves(final long value) {
        return (int) (value >>> MOVES_SHIFT) & 0xFF;
    }

    private static int seen(final long value) {
        return (int) (value >>> SEEN_SHIFT);
    }
}
