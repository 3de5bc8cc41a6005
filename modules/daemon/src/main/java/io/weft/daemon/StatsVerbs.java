// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.Ledger;
import io.weft.dataplane.RefusedException;
import io.weft.frame.WorkerCounter;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * {@code weft stats}: the conservation line and the workers' counters. The ledger is read by each worker between two of its
 * cycles, so that the line must balance; an imbalance is a fault of the program and is shown.
 */
final class StatsVerbs {
    private static final long MONITOR_MILLIS = 1_000;
    private static final Set<WorkerCounter> LEDGER = EnumSet.of(
            WorkerCounter.RECEIVED,
            WorkerCounter.CREATED,
            WorkerCounter.TRANSMITTED,
            WorkerCounter.CONSUMED,
            WorkerCounter.DROPPED,
            WorkerCounter.HELD);

    private static final int LABEL_WIDTH = Arrays.stream(WorkerCounter.values())
            .mapToInt(counter -> counter.label().length())
            .max()
            .orElse(0);

    private StatsVerbs() {}

    static List<Verb> verbs() {
        return List.of(
                new Verb("show", "[prometheus]", StatsVerbs::show),
                new Verb("monitor", "", StatsVerbs::monitor),
                new Verb("clear", "", StatsVerbs::clear));
    }

    private static void show(final Call call) throws CommandException, RefusedException, IOException {
        final Words words = call.words();
        if (words.peek().equals("prometheus") || words.peek().equals("--prometheus")) {
            words.next("prometheus");
            words.keys();
            for (final String line : new PrometheusText(call.node()).lines()) {
                call.reply().line(line);
            }
            return;
        }
        words.keys();
        final Ledger ledger = sinceClear(call.node());
        if (call.json()) {
            final Row row = ledgerRow(ledger);
            for (final WorkerCounter counter : EnumSet.complementOf(EnumSet.copyOf(LEDGER))) {
                row.only(counter.label().replace('-', '_'), value(call.node(), counter));
            }
            row.only("allocated", call.node().dataplane().allocatedBytes()).only("collections", collections());
            call.show(List.of(row));
            return;
        }
        call.reply().line(line(ledger));
        call.reply().line("  of which created " + ledger.created());
        for (final WorkerCounter counter : EnumSet.complementOf(EnumSet.copyOf(LEDGER))) {
            call.reply().line(line(counter.label(), value(call.node(), counter), counter.sentence()));
        }
        call.reply()
                .line(line(
                        "allocated",
                        call.node().dataplane().allocatedBytes(),
                        "Octets that the workers' threads have allocated; frames need none."));
        call.reply().line(line("collections", collections(), "Garbage collections of this process."));
    }

    private static String line(final String label, final long value, final String sentence) {
        return String.format("%-" + LABEL_WIDTH + "s %14d  %s", label, value, sentence);
    }

    private static long collections() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream()
                .mapToLong(GarbageCollectorMXBean::getCollectionCount)
                .sum();
    }

    private static void monitor(final Call call)
            throws CommandException, RefusedException, IOException, InterruptedException {
        call.words().keys();
        while (true) {
            final Ledger ledger = sinceClear(call.node());
            if (call.json()) {
                call.stream(ledgerRow(ledger));
            } else {
                call.reply().line(line(ledger));
                call.reply().flush();
            }
            Thread.sleep(MONITOR_MILLIS);
        }
    }

    /** What is held at the time counts as received from then on, so that the line goes on to balance. */
    private static void clear(final Call call) throws CommandException, RefusedException {
        call.words().keys();
        final Baseline base = call.node().statsBaseline();
        final Ledger now = call.node().dataplane().ledger();
        base.set(WorkerCounter.RECEIVED.label(), now.received() - now.held());
        base.set(WorkerCounter.CREATED.label(), now.created());
        base.set(WorkerCounter.TRANSMITTED.label(), now.transmitted());
        base.set(WorkerCounter.CONSUMED.label(), now.consumed());
        base.set(WorkerCounter.DROPPED.label(), now.dropped());
        for (final WorkerCounter counter : EnumSet.complementOf(EnumSet.copyOf(LEDGER))) {
            base.set(counter.label(), call.node().counters().get(counter));
        }
    }

    private static Ledger sinceClear(final Node node) throws RefusedException {
        final Ledger now = node.dataplane().ledger();
        final Baseline base = node.statsBaseline();
        return new Ledger(
                base.since(WorkerCounter.RECEIVED.label(), now.received()),
                base.since(WorkerCounter.CREATED.label(), now.created()),
                base.since(WorkerCounter.TRANSMITTED.label(), now.transmitted()),
                base.since(WorkerCounter.CONSUMED.label(), now.consumed()),
                base.since(WorkerCounter.DROPPED.label(), now.dropped()),
                now.held());
    }

    private static long value(final Node node, final WorkerCounter counter) {
        return node.statsBaseline().since(counter.label(), node.counters().get(counter));
    }

    static String line(final Ledger ledger) {
        return "received " + ledger.received() + " = transmitted " + ledger.transmitted() + " + consumed "
                + ledger.consumed() + " + dropped " + ledger.dropped() + " + held " + ledger.held()
                + (ledger.imbalance() == 0 ? "" : "  IMBALANCE " + ledger.imbalance());
    }

    private static Row ledgerRow(final Ledger ledger) {
        return new Row()
                .only("received", ledger.received())
                .only("created", ledger.created())
                .only("transmitted", ledger.transmitted())
                .only("consumed", ledger.consumed())
                .only("dropped", ledger.dropped())
                .only("held", ledger.held())
                .only("imbalance", ledger.imbalance());
    }
}
