// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.FlowControl;
import io.weft.dataplane.RefusedException;
import io.weft.journal.JournalStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code weft node}. */
final class NodeVerbs {
    private NodeVerbs() {}

    static List<Verb> verbs() {
        return List.of(new Verb("show", "", NodeVerbs::show));
    }

    private static void show(final Call call) throws CommandException, RefusedException, IOException {
        call.words().keys();
        final Node node = call.node();
        final NodeConfig.Underlay underlay = node.config().underlay();
        final Row row = new Row()
                .word("node", node.config().name())
                .word("state", "UP")
                .pair("pid", ProcessHandle.current().pid())
                .pair("uptime", node.uptimeSeconds());
        if (underlay != null) {
            row.pair("underlay", node.machine().underlayAddress())
                    .pair("port", underlay.port())
                    .pair("mtu", node.machine().underlayMtu());
        }
        row.pair("networks", node.dataplane().networks().size())
                .pair("ports", node.dataplane().ports().size())
                .pair("vteps", node.dataplane().vteps().rows().size())
                .pair("version", Version.text());
        final List<String> alarms = new ArrayList<>(node.dataplane().routing().alarms());
        for (final FlowControl.Usage usage : node.dataplane().flows().usage()) {
            alarms.addAll(ConntrackVerbs.alarms(usage));
        }
        final JournalStatus journal = node.journal().status();
        if (journal != null && journal.alarm() != null) {
            alarms.add("journal: " + journal.alarm());
        }
        call.show(List.of(alarms(row, alarms)));
    }

    /** A line for each. */
    static Row alarms(final Row row, final List<String> alarms) {
        alarms.forEach(alarm -> row.below("alarm: " + alarm));
        return row.only("alarms", alarms);
    }
}
