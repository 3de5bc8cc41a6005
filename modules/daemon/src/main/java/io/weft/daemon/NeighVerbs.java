// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.NeighborRow;
import io.weft.dataplane.NetworkSpec;
import io.weft.dataplane.NetworkStatus;
import io.weft.dataplane.RefusedException;
import io.weft.dataplane.RoutingControl;
import io.weft.wire.IpAddress;
import io.weft.wire.MacAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** {@code weft neigh}, in the words of {@code ip neigh}. */
final class NeighVerbs {
    private static final List<String> STATES =
            List.of("incomplete", "reachable", "stale", "delay", "probe", "failed", "permanent");

    private NeighVerbs() {}

    static List<Verb> verbs() {
        return List.of(
                new Verb("show", "[ADDRESS] [network NETWORK] [nud STATE]", NeighVerbs::show),
                new Verb("add", "ADDRESS lladdr MAC [network NETWORK]", call -> put(call, false)),
                new Verb("replace", "ADDRESS lladdr MAC [network NETWORK]", call -> put(call, true)),
                new Verb("del", "ADDRESS [network NETWORK]", NeighVerbs::delete),
                new Verb("flush", "[network NETWORK]", NeighVerbs::flush),
                new Verb("monitor", "", Monitors.of("neigh")));
    }

    private static void show(final Call call) throws CommandException, RefusedException, IOException {
        final Words words = call.words();
        final boolean named = words.peek().indexOf('.') >= 0 || words.peek().indexOf(':') >= 0;
        final IpAddress only = named ? Words.address(words.next("ADDRESS")) : null;
        final String state = state(words.keys("network|dev", "nud").get("nud"));
        final List<Row> rows = new ArrayList<>();
        for (final NeighborRow neighbor : routing(call).neighbors(words.get("network"))) {
            if ((only == null || only.equals(neighbor.address()))
                    && (state == null || state.equals(neighbor.state()))) {
                rows.add(row(neighbor));
            }
        }
        call.show(rows);
    }

    /** A state as {@link NeighborRow} spells it; null for {@code all}. */
    static @Nullable String state(final @Nullable String typed) throws CommandException {
        if (typed == null || typed.equals("all")) {
            return null;
        }
        final String state = typed.toLowerCase(Locale.ROOT);
        if (!STATES.contains(state)) {
            throw new CommandException("nud must be one of " + String.join(" ", STATES) + " all, not '" + typed + "'");
        }
        return state.toUpperCase(Locale.ROOT);
    }

    /** As ip-neighbour(8) shows it. */
    static Row row(final NeighborRow neighbor) {
        return new Row()
                .word("dst", neighbor.address())
                .pair("dev", neighbor.network())
                .pair("lladdr", neighbor.mac() == 0 ? null : MacAddress.format(neighbor.mac()))
                .pair("age", neighbor.ageSeconds())
                .note(neighbor.held() == 0 ? "" : "held " + neighbor.held())
                .only("held", neighbor.held())
                .note(neighbor.state())
                .only("state", List.of(neighbor.state()));
    }

    private static void put(final Call call, final boolean replace) throws CommandException, RefusedException {
        final Words words = call.words();
        final IpAddress address = Words.address(words.next("ADDRESS"));
        final long mac = Words.unicastMac(words.keys("lladdr", "network|dev").require("lladdr"));
        routing(call).addNeighbor(network(call, address), address, mac, replace);
    }

    private static void delete(final Call call) throws CommandException, RefusedException {
        final IpAddress address = Words.address(call.words().next("ADDRESS"));
        call.words().keys("network|dev");
        routing(call).removeNeighbor(network(call, address), address);
    }

    private static void flush(final Call call) throws CommandException, RefusedException, IOException {
        final int flushed =
                routing(call).flushNeighbors(call.words().keys("network|dev").get("network"));
        call.show(List.of(new Row().pair("flushed", flushed)));
    }

    /** The network that a command means: named, or the only one that has the address on link. */
    private static String network(final Call call, final IpAddress address) throws CommandException, RefusedException {
        final String named = call.words().get("network");
        if (named != null) {
            return named;
        }
        final List<String> found = call.node().dataplane().networks().stream()
                .map(NetworkStatus::spec)
                .filter(spec -> spec.gateways().stream().anyMatch(gateway -> gateway.contains(address)))
                .map(NetworkSpec::name)
                .toList();
        if (found.size() != 1) {
            throw new CommandException(
                    "'network' is missing" + (found.isEmpty() ? "" : ": one of " + Names.join(found)));
        }
        return found.get(0);
    }

    private static RoutingControl routing(final Call call) {
        return call.node().dataplane().routing();
    }
}
