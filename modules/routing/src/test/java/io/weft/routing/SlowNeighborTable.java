// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import io.weft.wire.IpAddress;
import io.weft.wire.Ndp;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** What {@link NeighborTable} should do, said with maps. What it sends and loses are lines of text. */
final class SlowNeighborTable {
    /** A frame that waits. */
    private record Held(int number, int source) {}

    private record Key(int network, IpAddress address) {}

    private static final class Entry {
        final Key key;
        int owner;
        NeighborState state = NeighborState.INCOMPLETE;
        long mac;
        long until;
        long used;
        long useOrder;
        long heard;
        int probes;
        boolean router;
        /** 0 to 3 as in the store, 4: none. */
        int timer = 4;

        long due;
        long timerOrder;
        final Deque<Held> queue = new ArrayDeque<>();

        Entry(final Key key) {
            this.key = key;
        }
    }

    final List<String> sent = new ArrayList<>();
    final List<String> lost = new ArrayList<>();
    private final NeighborConfig config;
    private final SplittableRandom random;
    private final Map<Key, Entry> entries = new LinkedHashMap<>();
    private final int[] counts;
    private final long[] countSince;
    private final int[] heldBy;
    private int held;
    private long order;
    private long now;

    SlowNeighborTable(final NeighborConfig config, final SplittableRandom random) {
        this.config = config;
        this.random = random;
        this.counts = new int[config.sources()];
        this.countSince = new long[config.sources()];
        this.heldBy = new int[config.sources()];
    }

    void send(final int number, final int network, final IpAddress address, final int source) {
        final Entry entry = entries.get(new Key(network, address));
        if (entry == null) {
            if (!hasRoom(source)) {
                lost.add("drop " + number + " neighbor-queue-full");
                return;
            }
            final Entry created = create(network, address, source);
            if (created == null) {
                lost.add("drop " + number + " neighbor-table-full");
            } else {
                hold(created, number, source);
                solicit(created);
            }
            return;
        }
        use(entry);
        switch (state(entry)) {
            case REACHABLE, DELAY, PROBE, PERMANENT -> forward(number, entry);
            case STALE -> {
                entry.state = NeighborState.DELAY;
                arm(entry, 1, config.delayMillis());
                forward(number, entry);
            }
            case INCOMPLETE -> hold(entry, number, source);
            case FAILED -> {
                if (now < entry.until) {
                    lost.add("refuse " + number);
                } else if (!hasRoom(source)) {
                    lost.add("drop " + number + " neighbor-queue-full");
                } else {
                    hold(entry, number, source);
                    solicit(entry);
                }
            }
            default -> throw new AssertionError();
        }
    }

    void learn(final int network, final IpAddress address, final long mac, final int source) {
        final Entry entry = entries.get(new Key(network, address));
        if (entry == null) {
            final Entry created = create(network, address, source);
            if (created != null) {
                created.mac = mac;
                stale(created);
            }
            return;
        }
        if (entry.state == NeighborState.PERMANENT) {
            return;
        }
        entry.heard = now;
        use(entry);
        final boolean unknown = !entry.state.isUsable();
        if (unknown || entry.mac != mac) {
            entry.mac = mac;
            stale(entry);
        }
        if (unknown) {
            release(entry);
        }
    }

    void advertise(final int network, final IpAddress address, final long mac, final int flags, final int source) {
        final Entry entry = entries.get(new Key(network, address));
        final boolean isRouter = (flags & Ndp.ROUTER) != 0;
        final boolean solicited = (flags & Ndp.SOLICITED) != 0;
        if (entry == null) {
            if (mac != 0) {
                learn(network, address, mac, source);
                final Entry created = entries.get(new Key(network, address));
                if (created != null) {
                    created.router = isRouter;
                }
            }
            return;
        }
        final NeighborState state = state(entry);
        if (state == NeighborState.PERMANENT || (mac == 0 && !state.isUsable())) {
            return;
        }
        entry.heard = now;
        use(entry);
        if (!state.isUsable()) {
            entry.mac = mac;
            entry.router = isRouter;
            confirm(entry, solicited);
            release(entry);
        } else if (mac != 0 && mac != entry.mac && (flags & Ndp.OVERRIDE) == 0) {
            if (state == NeighborState.REACHABLE) {
                stale(entry);
            }
        } else {
            final boolean other = mac != 0 && mac != entry.mac;
            entry.router = isRouter;
            entry.mac = other ? mac : entry.mac;
            if (solicited) {
                confirm(entry, true);
            } else if (other) {
                stale(entry);
            }
        }
    }

    boolean addPermanent(final int network, final IpAddress address, final long mac, final boolean replace) {
        Entry entry = entries.get(new Key(network, address));
        if (entry == null) {
            if (entries.size() == config.capacity()) {
                final Entry victim = leastUsedOf(largest());
                if (victim == null) {
                    return false;
                }
                discard(victim, "neighbor-table-full");
            }
            entry = add(new Key(network, address), 0);
        } else if (entry.state == NeighborState.PERMANENT && !replace) {
            return false;
        }
        if (entry.state != NeighborState.PERMANENT) {
            count(entry.owner, -1);
        }
        entry.state = NeighborState.PERMANENT;
        entry.timer = 4;
        entry.mac = mac;
        entry.heard = now;
        release(entry);
        return true;
    }

    boolean remove(final int network, final IpAddress address) {
        final Entry entry = entries.get(new Key(network, address));
        if (entry == null) {
            return false;
        }
        discard(entry, "neighbor-unresolved");
        return true;
    }

    int flush(final int network, final boolean keepPermanent) {
        final List<Entry> all = entries.values().stream()
                .filter(entry -> network < 0 || entry.key.network == network)
                .filter(entry -> !keepPermanent || entry.state != NeighborState.PERMANENT)
                .toList();
        all.forEach(entry -> discard(entry, "neighbor-unresolved"));
        return all.size();
    }

    void tick(final long nowMillis) {
        now = nowMillis;
        for (int timer = 0; timer < 4; timer++) {
            for (Entry entry = next(timer); entry != null && entry.due <= now; entry = next(timer)) {
                expire(entry);
            }
        }
    }

    long nextTimeout() {
        final long due = entries.values().stream()
                .filter(entry -> entry.timer < 4)
                .mapToLong(entry -> entry.due)
                .min()
                .orElse(Long.MAX_VALUE);
        return due == Long.MAX_VALUE ? due : Math.max(0, due - now);
    }

    List<NeighborEntry> snapshot() {
        return entries.values().stream()
                .map(entry -> new NeighborEntry(
                        entry.key.network,
                        entry.key.address,
                        entry.mac,
                        state(entry),
                        entry.router,
                        now - entry.heard,
                        entry.queue.size()))
                .toList();
    }

    private NeighborState state(final Entry entry) {
        return entry.state == NeighborState.REACHABLE && now >= entry.until ? NeighborState.STALE : entry.state;
    }

    private @Nullable Entry next(final int timer) {
        return entries.values().stream()
                .filter(entry -> entry.timer == timer)
                .min(Comparator.comparingLong(entry -> entry.timerOrder))
                .orElse(null);
    }

    private void expire(final Entry entry) {
        switch (entry.state) {
            case INCOMPLETE -> again(entry, config.multicastSolicits());
            case PROBE -> again(entry, config.unicastSolicits());
            case DELAY -> {
                entry.state = NeighborState.PROBE;
                entry.probes = 1;
                arm(entry, 0, config.retransMillis());
                ask(entry);
            }
            default -> discard(entry, "neighbor-unresolved");
        }
    }

    private void again(final Entry entry, final int limit) {
        if (entry.probes < limit) {
            entry.probes++;
            arm(entry, 0, config.retransMillis());
            ask(entry);
            return;
        }
        entry.until = entry.state == NeighborState.PROBE ? now : now + config.retransMillis();
        entry.state = NeighborState.FAILED;
        entry.mac = 0;
        arm(entry, 2, config.failedMillis());
        while (!entry.queue.isEmpty()) {
            lost.add("refuse " + take(entry).number);
        }
    }

    private void solicit(final Entry entry) {
        entry.state = NeighborState.INCOMPLETE;
        entry.mac = 0;
        entry.probes = 1;
        arm(entry, 0, config.retransMillis());
        ask(entry);
    }

    private void ask(final Entry entry) {
        sent.add("ask " + entry.key.network + " " + entry.key.address + " " + entry.mac);
    }

    private void forward(final int number, final Entry entry) {
        sent.add("send " + number + " " + entry.mac);
    }

    private void release(final Entry entry) {
        while (!entry.queue.isEmpty()) {
            forward(take(entry).number, entry);
        }
    }

    private boolean hasRoom(final int source) {
        return heldBy[source] < config.held() - held;
    }

    private void hold(final Entry entry, final int number, final int source) {
        if (entry.queue.size() == config.heldPerNeighbor() || !hasRoom(source)) {
            lost.add("drop " + (entry.queue.isEmpty() ? number : take(entry).number) + " neighbor-queue-full");
            if (lost.getLast().startsWith("drop " + number + " ")) {
                return;
            }
        }
        entry.queue.add(new Held(number, source));
        heldBy[source]++;
        held++;
    }

    private Held take(final Entry entry) {
        final Held first = entry.queue.remove();
        heldBy[first.source]--;
        held--;
        return first;
    }

    private void confirm(final Entry entry, final boolean solicited) {
        stale(entry);
        if (solicited) {
            entry.state = NeighborState.REACHABLE;
            entry.until = now + config.reachableMillis() / 2 + random.nextInt(config.reachableMillis() + 1);
        }
    }

    private void stale(final Entry entry) {
        entry.state = NeighborState.STALE;
        arm(entry, 3, config.staleMillis());
    }

    private void arm(final Entry entry, final int timer, final long interval) {
        entry.timer = timer;
        entry.due = now + interval;
        entry.timerOrder = ++order;
    }

    private void use(final Entry entry) {
        if (now - entry.used >= 1000) {
            entry.used = now;
            entry.useOrder = ++order;
            if (entry.state == NeighborState.REACHABLE || entry.state == NeighborState.STALE) {
                arm(entry, 3, config.staleMillis());
            }
        }
    }

    private @Nullable Entry create(final int network, final IpAddress address, final int source) {
        if (entries.size() == config.capacity()) {
            final Entry victim = victim(source);
            if (victim == null) {
                return null;
            }
            discard(victim, "neighbor-table-full");
        }
        return add(new Key(network, address), source);
    }

    private Entry add(final Key key, final int owner) {
        final Entry entry = new Entry(key);
        entry.owner = owner;
        entry.used = now;
        entry.heard = now;
        entry.useOrder = ++order;
        entries.put(key, entry);
        count(owner, 1);
        return entry;
    }

    private void count(final int owner, final int difference) {
        counts[owner] += difference;
        countSince[owner] = ++order;
    }

    private int largest() {
        int largest = 0;
        for (int owner = 1; owner < counts.length; owner++) {
            if (counts[owner] > counts[largest]
                    || (counts[owner] == counts[largest] && countSince[owner] < countSince[largest])) {
                largest = owner;
            }
        }
        return largest;
    }

    private List<Entry> byUse(final int owner) {
        return entries.values().stream()
                .filter(entry -> entry.owner == owner && entry.state != NeighborState.PERMANENT)
                .sorted(Comparator.comparingLong(entry -> entry.useOrder))
                .toList();
    }

    private @Nullable Entry leastUsedOf(final int owner) {
        final List<Entry> all = byUse(owner);
        return all.isEmpty() ? null : all.getFirst();
    }

    private @Nullable Entry victim(final int source) {
        final int largest = largest();
        if (counts[source] < counts[largest]) {
            return leastUsedOf(largest);
        }
        return byUse(source).stream()
                .limit(16)
                .filter(entry -> state(entry) == NeighborState.FAILED || state(entry) == NeighborState.STALE)
                .findFirst()
                .orElse(null);
    }

    private void discard(final Entry entry, final String reason) {
        while (!entry.queue.isEmpty()) {
            lost.add("drop " + take(entry).number + " " + reason);
        }
        entries.remove(entry.key);
        if (entry.state != NeighborState.PERMANENT) {
            count(entry.owner, -1);
        }
    }
}
