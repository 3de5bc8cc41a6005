// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** What commands of a node are about, and what may be done to each. The one list that client and node share. */
enum NodeObject {
    NODE("one node: run it, see its state", NodeVerbs::verbs),
    PORT("ports: TAP interfaces and the underlay", PortVerbs::verbs),
    NETWORK("networks: one subnet stretched over nodes", NetworkVerbs::verbs),
    FDB("forwarding database: which MAC is where", FdbVerbs::verbs),
    VTEP("tunnel end points of the other nodes", VtepVerbs::verbs),
    DROP("frames lost, by reason", DropVerbs::verbs),
    STATS("counters of the worker, the conservation line", StatsVerbs::verbs),
    CAPTURE("frames as pcapng, for Wireshark", CaptureVerbs::verbs);

    private final String sentence;
    private final Supplier<List<Verb>> verbs;

    NodeObject(final String sentence, final Supplier<List<Verb>> verbs) {
        this.sentence = sentence;
        this.verbs = verbs;
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
        return verbs.get();
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
