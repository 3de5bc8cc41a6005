// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.conntrack.FlowSettings;
import io.weft.dataplane.FlowControl;
import io.weft.dataplane.RefusedException;
import io.weft.frame.WorkerCounter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** {@code weft conntrack}: how full the flow tables are, and by what limits. What is in them {@code weft flow} shows. */
final class ConntrackVerbs {
    private ConntrackVerbs() {}

    static List<Verb> verbs() {
        return List.of(new Verb("show", "", ConntrackVerbs::show));
    }

    private static void show(final Call call) throws CommandException, RefusedException, IOException {
        call.words().keys();
        final FlowSettings settings = call.node().config().flows();
        final List<Row> rows = new ArrayList<>();
        for (final FlowControl.Usage usage : call.node().dataplane().flows().usage()) {
            rows.add(NodeVerbs.alarms(row(usage, settings), alarms(usage)));
        }
        if (!call.json()) {
            rows.add(timeouts(settings));
        }
        call.show(rows);
    }

    private static Row row(final FlowControl.Usage usage, final FlowSettings settings) {
        return new Row()
                .label("worker")
                .word("worker", usage.worker())
                .pair("flows", usage.flows())
                .pair("max", usage.max())
                .pair("per-source", "per_source", settings.perSource())
                .pair("octets", usage.octets())
                .pair("opened", usage.counters().get(WorkerCounter.FLOWS_OPENED))
                .pair("closed", usage.counters().get(WorkerCounter.FLOWS_CLOSED))
                .pair("evicted", usage.counters().get(WorkerCounter.FLOWS_EVICTED))
                .pair("untracked", usage.counters().get(WorkerCounter.FLOWS_UNTRACKED));
    }

    /** What an operator should know of a table. */
    static List<String> alarms(final FlowControl.Usage usage) {
        return usage.isAlarmed()
                ? List.of("the flow table of worker " + usage.worker() + " is nearly full: " + usage.flows() + " of "
                        + usage.max() + " flows")
                : List.of();
    }

    private static Row timeouts(final FlowSettings settings) {
        return new Row()
                .label("timeouts")
                .pair("tcp-established", settings.tcpEstablished())
                .pair("tcp-transitory", settings.tcpTransitory())
                .pair("tcp-closed", settings.tcpClosed())
                .pair("udp", settings.udp())
                .pair("icmp", settings.icmp())
                .pair("other", settings.other())
                .pair("update", settings.update());
    }
}
