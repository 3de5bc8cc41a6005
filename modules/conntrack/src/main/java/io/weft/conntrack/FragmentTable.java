// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import io.weft.frame.Frame;
import java.util.concurrent.TimeUnit;

/**
 * Which ports the packets have that come in fragments: only the first fragment tells. What a packet's later fragments add to their flow
 * waits here if they come before the first; if that never comes, it goes to a flow without ports.
 *
 * <p>Sets of four places, found by hash; nothing moves. Where a set is full of packets that are still young, the fragments of one more
 * count in a flow without ports: so nobody can make it grow, and who fills it harms the precision of this, not the frames.
 *
 * <p>A packet is remembered for as long as reassembly may take: 30 s of IPv4 (RFC 791 section 3.2), 60 s of IPv6 (RFC 8200 section 4.5).
 * If a sender uses an identification again within that time, fragments that overtake the new first one are taken for the old packet's.
 */
final class FragmentTable {
    static final int WAYS = 4;
    static final long IPV4_NANOS = TimeUnit.SECONDS.toNanos(30);
    static final long IPV6_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final int mask;
    private final boolean[] used;
    private final long[] sourceHigh;
    private final long[] sourceLow;
    private final long[] destinationHigh;
    private final long[] destinationLow;
    private final int[] realms;
    private final int[] ids;
    private final long[] expiry;
    /** The first fragment came: ports and mark are what it told. */
    private final boolean[] known;

    private final int[] ports;
    private final int[] answer;
    private final int[] networks;
    private final int[] ingress;
    private final long[] frames;
    private final long[] octets;
    private int waiting;
    private int cursor;

    /** {@code places}: packets, a power of two. */
    FragmentTable(final int places) {
        mask = places - 1;
        used = new boolean[places];
        sourceHigh = new long[places];
        sourceLow = new long[places];
        destinationHigh = new long[places];
        destinationLow = new long[places];
        realms = new int[places];
        ids = new int[places];
        expiry = new long[places];
        known = new boolean[places];
        ports = new int[places];
        answer = new int[places];
        networks = new int[places];
        ingress = new int[places];
        frames = new long[places];
        octets = new long[places];
    }

    /** A first fragment, with its key: remembers its ports, and adds what has waited for it. */
    void first(final FlowKey key, final int id, final long now) {
        final int place = place(key, id, now);
        if (place == Frame.NONE) {
            return;
        }
        known[place] = true;
        ports[place] = key.ports;
        answer[place] = key.marks & FlowKey.IS_ANSWER;
        expiry[place] = now + lifetime(key);
        if (frames[place] != 0) {
            key.frames += frames[place];
            key.octets += octets[place];
            forgetCounts(place);
        }
    }

    /** A later fragment: completes its key, or makes it none of a flow until the first one comes. */
    void later(final FlowKey key, final int id, final long now) {
        final int place = place(key, id, now);
        if (place == Frame.NONE) {
            return;
        }
        if (known[place]) {
            key.ports = ports[place];
            key.marks |= answer[place];
            return;
        }
        if (frames[place] == 0) {
            waiting++;
            networks[place] = key.network;
            ingress[place] = key.ingress;
        }
        frames[place] += key.frames;
        octets[place] += key.octets;
        key.marks = 0;
    }

    /** Packets of which something waits. */
    int waiting() {
        return waiting;
    }

    /**
     * Takes out what has waited in vain: makes {@code key} one without ports.
     *
     * @param all also what still may wait
     * @return false if there is none
     */
    boolean takeExpired(final FlowKey key, final boolean all, final long now) {
        for (int looked = 0; waiting > 0 && looked <= mask; looked++) {
            final int place = cursor;
            cursor = (cursor + 1) & mask;
            if (frames[place] != 0 && (all || now - expiry[place] >= 0)) {
                take(place, key);
                return true;
            }
        }
        return false;
    }

    private void take(final int place, final FlowKey key) {
        key.sourceHigh = sourceHigh[place];
        key.sourceLow = sourceLow[place];
        key.destinationHigh = destinationHigh[place];
        key.destinationLow = destinationLow[place];
        key.realm = realms[place];
        key.ports = 0;
        key.network = networks[place];
        key.ingress = ingress[place];
        key.frames = frames[place];
        key.octets = octets[place];
        key.marks = FlowKey.IS_FLOW;
        key.seal();
        forgetCounts(place);
        used[place] = false;
    }

    private void forgetCounts(final int place) {
        frames[place] = 0;
        octets[place] = 0;
        waiting--;
    }

    /** Where the packet is, or from now on will be; {@link Frame#NONE} if there is no room. */
    private int place(final FlowKey key, final int id, final long now) {
        final int set = set(key, id);
        int free = Frame.NONE;
        for (int place = set; place < set + WAYS; place++) {
            if (!used[place] || (frames[place] == 0 && now - expiry[place] >= 0)) {
                free = place;
            } else if (is(place, key, id)) {
                return place;
            }
        }
        if (free != Frame.NONE) {
            begin(free, key, id, now);
        }
        return free;
    }

    private int set(final FlowKey key, final int id) {
        final int hash =
                FlowKey.hash(key.sourceHigh, key.sourceLow, key.destinationHigh, key.destinationLow, id, key.realm);
        return hash & mask & -WAYS;
    }

    private boolean is(final int place, final FlowKey key, final int id) {
        return ids[place] == id
                && realms[place] == key.realm
                && sourceLow[place] == key.sourceLow
                && destinationLow[place] == key.destinationLow
                && sourceHigh[place] == key.sourceHigh
                && destinationHigh[place] == key.destinationHigh;
    }

    private void begin(final int place, final FlowKey key, final int id, final long now) {
        used[place] = true;
        known[place] = false;
        sourceHigh[place] = key.sourceHigh;
        sourceLow[place] = key.sourceLow;
        destinationHigh[place] = key.destinationHigh;
        destinationLow[place] = key.destinationLow;
        realms[place] = key.realm;
        ids[place] = id;
        expiry[place] = now + lifetime(key);
    }

    private static long lifetime(final FlowKey key) {
        return key.sourceHigh == 0 && key.sourceLow >>> 32 == 0xFFFF ? IPV4_NANOS : IPV6_NANOS;
    }
}
