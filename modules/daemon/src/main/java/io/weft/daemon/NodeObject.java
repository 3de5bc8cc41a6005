// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.util.List;
import java.util.Locale;

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
            case TRACE -> TraceVerbs.verbs();
            case CAPTURE -> CaptureVerbs.verbs();
        };
    }

    /** One line for each verb. */
    String usage() {
        final StringBuilder text = new StringBuilder();
        for (final Verb verb : verbs()) {
            text.append(text.isEmpty() ? "Usage: weft " : "       weft ")
                    .append((label() + " " + verb.name()).strip())
                    .append(verb.usage().isEmpty() ? "" : " " + verb.usage())
                    .append('\n');
        }
        return text.toString();
    }
}
