// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.routing.GracePeriod;
import io.weft.routing.NextHop;
import io.weft.routing.NextHopGroup;
import io.weft.routing.NextHopTable;
import io.weft.routing.RouterInterface;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Numbers for next-hop groups: routes that lead to the same place share one. A number that nothing names any more is used
 * again only when no worker can still have it from a lookup.
 */
final class GroupNumbers {
    /** No number is left. */
    static final int NONE = 0;

    private final List<NextHopTable> tables;
    private final LegOf legOf;
    private final GracePeriod grace;
    private final Map<Key, Group> groups = new HashMap<>();
    private final Deque<Integer> retired = new ArrayDeque<>();
    private final Deque<Integer> free = new ArrayDeque<>();
    private int next = 1;

    /** The leg of a worker that stands for the first worker's; each worker has objects of its own. */
    @FunctionalInterface
    interface LegOf {
        @Nullable
        RouterInterface leg(@Nullable RouterInterface first, int worker);
    }

    /** One path, by value. */
    private record HopKey(int kind, @Nullable RouterInterface leg, long high, long low) {}

    private record Key(List<HopKey> hops) {}

    /** A number and the routes that use it. */
    private static final class Group {
        final int number;
        int users;

        Group(final int number) {
            this.number = number;
        }
    }

    /** Numbers of the same groups in the tables of all workers. */
    GroupNumbers(final List<NextHopTable> tables, final LegOf legOf, final GracePeriod grace) {
        this.tables = tables;
        this.legOf = legOf;
        this.grace = grace;
    }

    /** The number of a group of these paths, with one user more; {@link #NONE} if there is none left. */
    int take(final List<NextHop> paths) {
        final Key key = key(paths);
        Group group = groups.get(key);
        if (group == null) {
            final int number = number();
            if (number == NONE) {
                return NONE;
            }
            group = new Group(number);
            for (int worker = 0; worker < tables.size(); worker++) {
                tables.get(worker).put(number, group(paths, worker));
            }
            groups.put(key, group);
        }
        group.users++;
        return group.number;
    }

    /** One user less, who has taken the number out of every forwarding table. */
    void give(final List<NextHop> paths) {
        final Key key = key(paths);
        final Group group = groups.get(key);
        if (group == null) {
            throw new IllegalStateException("no such next-hop group");
        }
        if (--group.users == 0) {
            groups.remove(key);
            retired.add(group.number);
        }
    }

    private NextHopGroup group(final List<NextHop> paths, final int worker) {
        return new NextHopGroup(paths.stream()
                .map(hop -> worker == 0 ? hop : hop.of(legOf.leg(hop.leg, worker)))
                .toArray(NextHop[]::new));
    }

    private int number() {
        if (free.isEmpty() && next <= NextHopTable.MAX_GROUPS) {
            return next++;
        }
        if (free.isEmpty() && !retired.isEmpty()) {
            grace.await();
            tables.forEach(table -> retired.forEach(table::remove));
            free.addAll(retired);
            retired.clear();
        }
        return free.isEmpty() ? NONE : free.poll();
    }

    private static Key key(final List<NextHop> paths) {
        return new Key(paths.stream()
                .map(hop -> new HopKey(hop.kind, hop.leg, hop.gatewayHigh, hop.gatewayLow))
                .toList());
    }
}
