// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/** {@code weft drop}: reasons that happened, with {@code -s} by port of ingress too. */
final class DropVerbs {
    private static final long MONITOR_MILLIS = 1_000;
    private static final int REMOVED = -1;

    private DropVerbs() {}

    static List<Verb> verbs() {
        return List.of(
                new Verb("show", "[port PORT]", DropVerbs::show),
                new Verb("monitor", "[port PORT]", DropVerbs::monitor),
                new Verb("clear", "", DropVerbs::clear));
    }

    private static void show(final Call call) throws CommandException, IOException {
        final String port = call.words().keys("port").get("port");
        final List<Row> rows = new ArrayList<>();
        for (final DropReason reason : DropReason.values()) {
            final long[] total = new long[1];
            final List<Row> byPort = new ArrayList<>();
            each(call.node(), reason, port, (name, frames) -> {
                total[0] += frames;
                if (frames > 0) {
                    byPort.add(row(reason, name, frames));
                }
            });
            if (call.statistics() || port != null) {
                rows.addAll(byPort);
            } else if (total[0] > 0) {
                rows.add(row(reason, null, total[0]));
            }
        }
        call.show(rows);
    }

    /** Every second the reasons that went up, and by how much. */
    private static void monitor(final Call call) throws CommandException, IOException, InterruptedException {
        final String port = call.words().keys("port").get("port");
        final Baseline last = new Baseline();
        boolean first = true;
        while (true) {
            for (final DropReason reason : DropReason.values()) {
                final long[] total = new long[1];
                each(call.node(), reason, port, (name, frames) -> total[0] += frames);
                final long more = last.since(reason.label(), total[0]);
                last.set(reason.label(), total[0]);
                if (more > 0 && !first) {
                    call.stream(row(reason, port, more));
                }
            }
            first = false;
            Thread.sleep(MONITOR_MILLIS);
        }
    }

    private static void clear(final Call call) throws CommandException {
        call.words().keys();
        final Counters counters = call.node().counters();
        for (int port = 0; port < counters.maxPorts(); port++) {
            for (final DropReason reason : DropReason.values()) {
                call.node().dropBaseline().set(key(port, reason), counters.getDrop(port, reason));
            }
        }
        for (final DropReason reason : DropReason.values()) {
            call.node()
                    .dropBaseline()
                    .set(key(REMOVED, reason), call.node().dataplane().removedDrops(reason));
        }
    }

    private static void each(
            final Node node, final DropReason reason, final @Nullable String only, final ObjLongConsumer<String> sink) {
        final Counters counters = node.counters();
        for (int port = 0; port < counters.maxPorts(); port++) {
            final String name = node.dataplane().portName(port);
            if (only == null || only.equals(name)) {
                sink.accept(name, node.dropBaseline().since(key(port, reason), counters.getDrop(port, reason)));
            }
        }
        if (only == null) {
            sink.accept(
                    "removed",
                    node.dropBaseline()
                            .since(key(REMOVED, reason), node.dataplane().removedDrops(reason)));
        }
    }

    private static Row row(final DropReason reason, final @Nullable String port, final long frames) {
        return new Row()
                .word("reason", reason.label())
                .word("frames", frames)
                .pair("port", port)
                .only("id", reason.id())
                .tail("text", reason.sentence());
    }

    private static String key(final int port, final DropReason reason) {
        return port + "/" + reason.id();
    }
}
