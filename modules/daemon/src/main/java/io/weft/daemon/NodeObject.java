// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What commands of a node are about, and what may be done to each. The one list that client and node share; {@code
 * scripts/weft-client} has the names once more, and a test that compares them.
 */
enum NodeObject {
    NODE("one node: run it, see its state"),
    PORT("ports: TAP interfaces and the underlay"),
    NETWORK("networks: a subnet stretched over nodes, or a prefix per node"),
    ROUTE("routing tables: which next hop for which destination"),
    NEIGH("neighbor table: which MAC for which address (ARP, Neighbor Discovery)"),
    FDB("forwarding database: which MAC is where"),
    VTEP("tunnel end points of the other nodes"),
    DROP("frames lost, by reason"),
    STATS("counters of the worker, the conservation line"),
    FLOW("flows: who talks to whom, now and in the journal"),
    CONNTRACK("the tables of flows: how full, by what limits"),
    JOURNAL("the journal of flows: its state, its files, what is made of them"),
    TRACE("the way of frames through the node, stage by stage"),
    CAPTURE("frames as pcapng, for Wireshark");

    private final String sentence;

    NodeObject(final String sentence) {
        this.sentence = sentence;
    }

    /** As typed. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    String sentence() {
        return sentence;
    }

    /** The first one is the default. */
    List<Verb> verbs() {
        return switch (this) {
            case NODE -> NodeVerbs.verbs();
            case PORT -> PortVerbs.verbs();
            case NETWORK -> NetworkVerbs.verbs();
            case ROUTE -> RouteVerbs.verbs();
            case NEIGH -> NeighVerbs.verbs();
            case FDB -> FdbVerbs.verbs();
            case VTEP -> VtepVerbs.verbs();
            case DROP -> DropVerbs.verbs();
            case STATS -> StatsVerbs.verbs();
            case FLOW -> FlowVerbs.verbs();
            case CONNTRACK -> ConntrackVerbs.verbs();
            case JOURNAL -> JournalVerbs.verbs();
            case TRACE -> TraceVerbs.verbs();
            case CAPTURE -> CaptureVerbs.verbs();
        };
    }

    /** Those that need no node. */
    List<LocalVerb> localVerbs() {
        return switch (this) {
            case FLOW -> FlowVerbs.local();
            case JOURNAL -> JournalVerbs.local();
            default -> List.of();
        };
    }

    /** The one that {@code word} is, or is the beginning of; null if it is none, or may be one of the node's. */
    @Nullable
    LocalVerb localVerb(final String word) {
        final List<LocalVerb> found = localVerbs().stream()
                .filter(verb -> verb.name().startsWith(word))
                .toList();
        final boolean isNodes = verbs().stream().anyMatch(verb -> verb.name().startsWith(word));
        return found.size() == 1 && !isNodes && !word.isEmpty() ? found.getFirst() : null;
    }

    /** One line for each verb. */
    String usage() {
        final StringBuilder text = new StringBuilder();
        verbs().forEach(verb -> line(text, verb.name(), verb.usage()));
        localVerbs().forEach(verb -> line(text, verb.name(), verb.usage()));
        return text.toString();
    }

    private void line(final StringBuilder text, final String verb, final String usage) {
        text.append(text.isEmpty() ? "Usage: weft " : "       weft ")
                .append((label() + " " + verb).strip())
                .append(usage.isEmpty() ? "" : " " + usage)
                .append('\n');
    }
}
