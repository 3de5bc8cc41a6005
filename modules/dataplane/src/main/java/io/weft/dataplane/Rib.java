// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.routing.NextHop;
import io.weft.routing.Vrf;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The routes of one VRF as they were asked for (the routing information base): for each destination all of them, by
 * metric. The one of the lowest metric stands in the forwarding table.
 */
final class Rib {
    private static final Comparator<RouteRow> ORDER = Comparator.comparing(
                    (RouteRow row) -> !row.spec().dst().address().isIpv4())
            .thenComparing(row -> row.spec().dst().address())
            .thenComparingInt(row -> row.spec().dst().length())
            .thenComparingLong(row -> row.spec().metric());

    final Vrf vrf;
    final int index;

    private final GroupNumbers numbers;
    private final Map<IpPrefix, List<Entry>> entries = new HashMap<>();
    private int size;

    /** A route with where it leads. */
    private record Entry(RouteSpec spec, List<NextHop> hops, int number) {}

    Rib(final Vrf vrf, final int index, final GroupNumbers numbers) {
        this.vrf = vrf;
        this.index = index;
        this.numbers = numbers;
    }

    int size() {
        return size;
    }

    /** The route itself, not one that covers it; null if there is none. */
    @Nullable
    RouteSpec get(final IpPrefix dst, final long metric) {
        for (final Entry entry : entries.getOrDefault(dst, List.of())) {
            if (entry.spec.metric() == metric) {
                return entry.spec;
            }
        }
        return null;
    }

    /** The route of the lowest metric to exactly {@code dst}. */
    @Nullable
    RouteSpec best(final IpPrefix dst) {
        final List<Entry> list = entries.get(dst);
        return list == null ? null : list.getFirst().spec;
    }

    /** The route that a packet to {@code address} takes. */
    @Nullable
    RouteSpec lookup(final IpAddress address) {
        for (int length = address.isIpv4() ? 32 : 128; length >= 0; length--) {
            final RouteSpec spec = best(new IpPrefix(address, length).network());
            if (spec != null) {
                return spec;
            }
        }
        return null;
    }

    /** Adds a route, in place of the one with its metric; what it was is not looked at. */
    void put(final RouteSpec spec, final List<NextHop> hops) throws RefusedException {
        final int number = numbers.take(hops);
        if (number == GroupNumbers.NONE) {
            throw new RefusedException("no more than 65535 different next hops");
        }
        final List<Entry> list = new ArrayList<>(entries.getOrDefault(spec.dst(), List.of()));
        final Entry before = take(list, spec.metric());
        list.add(new Entry(spec, hops, number));
        list.sort(Comparator.comparingLong(entry -> entry.spec.metric()));
        if (!install(spec.dst(), list.getFirst().number)) {
            numbers.give(hops);
            throw new RefusedException("the forwarding table is full");
        }
        entries.put(spec.dst(), list);
        if (before == null) {
            size++;
        } else {
            numbers.give(before.hops);
        }
    }

    /** Removes a route that is there. */
    void remove(final RouteSpec spec) {
        final List<Entry> list = new ArrayList<>(entries.getOrDefault(spec.dst(), List.of()));
        final Entry entry = take(list, spec.metric());
        if (entry == null) {
            return;
        }
        if (list.isEmpty()) {
            uninstall(spec.dst());
            entries.remove(spec.dst());
        } else {
            install(spec.dst(), list.getFirst().number);
            entries.put(spec.dst(), list);
        }
        size--;
        numbers.give(entry.hops);
    }

    /** Removes all routes of a kind; returns them. */
    List<RouteSpec> removeIf(final Predicate<RouteSpec> which) {
        final List<RouteSpec> gone = entries.values().stream()
                .flatMap(List::stream)
                .map(Entry::spec)
                .filter(which)
                .toList();
        gone.forEach(this::remove);
        return gone;
    }

    List<RouteRow> rows() {
        final List<RouteRow> rows = new ArrayList<>(size);
        for (final List<Entry> list : entries.values()) {
            for (int i = 0; i < list.size(); i++) {
                rows.add(new RouteRow(list.get(i).spec, i == 0));
            }
        }
        rows.sort(ORDER);
        return rows;
    }

    private static @Nullable Entry take(final List<Entry> list, final long metric) {
        for (int i = 0; i < list.size(); i++) {
            if (list.get(i).spec.metric() == metric) {
                return list.remove(i);
            }
        }
        return null;
    }

    private boolean install(final IpPrefix dst, final int number) {
        final IpAddress address = dst.address();
        return address.isIpv4()
                ? vrf.ipv4.put(address.ipv4(), dst.length(), number)
                : vrf.ipv6.put(address.high(), address.low(), dst.length(), number);
    }

    private void uninstall(final IpPrefix dst) {
        final IpAddress address = dst.address();
        if (address.isIpv4()) {
            vrf.ipv4.remove(address.ipv4(), dst.length());
        } else {
            vrf.ipv6.remove(address.high(), address.low(), dst.length());
        }
    }
}
