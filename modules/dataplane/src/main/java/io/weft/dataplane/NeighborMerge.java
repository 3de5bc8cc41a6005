// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.routing.NeighborEntry;
import io.weft.routing.NeighborState;
import io.weft.wire.IpAddress;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The neighbor tables of several workers as one: the best state of each neighbor, and all the frames that wait for it. */
final class NeighborMerge {
    /** The best first. */
    private static final List<NeighborState> ORDER = List.of(
            NeighborState.PERMANENT,
            NeighborState.REACHABLE,
            NeighborState.PROBE,
            NeighborState.DELAY,
            NeighborState.STALE,
            NeighborState.INCOMPLETE,
            NeighborState.FAILED);

    private NeighborMerge() {}

    private record Key(int network, IpAddress address) {}

    static Collection<NeighborEntry> of(final List<List<NeighborEntry>> tables) {
        final Map<Key, NeighborEntry> merged = new LinkedHashMap<>();
        for (final List<NeighborEntry> table : tables) {
            for (final NeighborEntry entry : table) {
                merged.merge(new Key(entry.network(), entry.address()), entry, NeighborMerge::merge);
            }
        }
        return merged.values();
    }

    private static NeighborEntry merge(final NeighborEntry one, final NeighborEntry other) {
        final int rank = ORDER.indexOf(one.state()) - ORDER.indexOf(other.state());
        final boolean first = rank != 0 ? rank < 0 : one.ageMillis() <= other.ageMillis();
        final NeighborEntry best = first ? one : other;
        return new NeighborEntry(
                best.network(),
                best.address(),
                best.mac(),
                best.state(),
                best.router(),
                Math.min(one.ageMillis(), other.ageMillis()),
                one.held() + other.held());
    }
}
