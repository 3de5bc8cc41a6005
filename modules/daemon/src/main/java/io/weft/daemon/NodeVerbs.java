// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.RefusedException;
import java.io.IOException;
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
        call.show(List.of(alarms(row, node.dataplane().routing().alarms())));
    }

    /** A line for each. */
    static Row alarms(final Row row, final List<String> alarms) {
        alarms.forEach(alarm -> row.below("alarm: " + alarm));
        return row.only("alarms", alarms);
    }
}
