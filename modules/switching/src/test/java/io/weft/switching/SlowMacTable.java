// SPDX-License-Identifier: Apache-2.0
package io.weft.switching;

import io.weft.frame.Destination;
import io.weft.switching.FdbEntry.State;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What {@link MacTable} should do, said with a map. */
final class SlowMacTable {
    private static final class Entry {
        int destination;
        boolean isStatic;
        int seen;
        int moves;
        int windowStart;
        boolean damped;
        int dampedAt;
    }

    private final FdbConfig config;
    private final Map<Long, Entry> entries = new LinkedHashMap<>();

    SlowMacTable(final FdbConfig config) {
        this.config = config;
    }

    int learn(final long mac, final int from, final int now) {
        final Entry entry = entries.get(mac);
        if (entry == null) {
            if (learned() == config.learnLimit()) {
                return MacTable.LIMITED;
            }
            final Entry added = new Entry();
            added.destination = from;
            added.seen = now;
            entries.put(mac, added);
            return MacTable.ADDED;
        }
        if (entry.destination == from) {
            entry.seen = now;
            return MacTable.REFRESHED;
        }
        if (entry.isStatic) {
            return MacTable.STATIC_ELSEWHERE;
        }
        if (isHeld(entry, now)) {
            return MacTable.DAMPED;
        }
        if (entry.damped) {
            entry.damped = false;
            entry.moves = 0;
        }
        if (entry.moves == 0 || now - entry.windowStart >= config.flapWindowSeconds()) {
            entry.moves = 0;
            entry.windowStart = now;
        }
        entry.moves++;
        if (entry.moves > config.flapMoves()) {
            entry.damped = true;
            entry.dampedAt = now;
            return MacTable.FLAPPED;
        }
        entry.destination = from;
        entry.seen = now;
        return MacTable.MOVED;
    }

    int lookup(final long mac) {
        final Entry entry = entries.get(mac);
        return entry == null ? Destination.NONE : entry.destination;
    }

    boolean addStatic(final long mac, final int destination, final int now) {
        final Entry before = entries.get(mac);
        if ((before == null || !before.isStatic) && statics() == MacTable.MAX_STATIC) {
            return false;
        }
        final Entry entry = new Entry();
        entry.destination = destination;
        entry.isStatic = true;
        entry.seen = now;
        entries.put(mac, entry);
        return true;
    }

    boolean remove(final long mac) {
        return entries.remove(mac) != null;
    }

    int flush(final int destination, final boolean withStatic) {
        final int before = entries.size();
        entries.values().removeIf(entry -> entry.destination == destination && (withStatic || !entry.isStatic));
        return before - entries.size();
    }

    int flushLearned() {
        final int before = entries.size();
        entries.values().removeIf(entry -> !entry.isStatic);
        return before - entries.size();
    }

    int age(final int now) {
        final int before = entries.size();
        entries.values()
                .removeIf(entry -> !entry.isStatic && !isHeld(entry, now) && now - entry.seen >= config.ageSeconds());
        for (final Entry entry : entries.values()) {
            if (entry.damped && !isHeld(entry, now)) {
                entry.damped = false;
                entry.moves = 0;
            }
        }
        return before - entries.size();
    }

    int learned() {
        return (int) entries.values().stream().filter(entry -> !entry.isStatic).count();
    }

    int statics() {
        return entries.size() - learned();
    }

    List<FdbEntry> snapshot(final int now) {
        final List<FdbEntry> list = new ArrayList<>();
        entries.forEach((mac, entry) -> {
            final State state = entry.isStatic ? State.STATIC : isHeld(entry, now) ? State.DAMPED : State.LEARNED;
            list.add(new FdbEntry(mac, entry.destination, state, now - entry.seen));
        });
        return list;
    }

    private boolean isHeld(final Entry entry, final int now) {
        return entry.damped && now - entry.dampedAt < config.flapHoldSeconds();
    }
}
