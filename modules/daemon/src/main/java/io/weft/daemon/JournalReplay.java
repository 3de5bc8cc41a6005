// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.journal.FlowQuery;
import io.weft.journal.JournalReader;
import io.weft.journal.RecordedFlow;
import io.weft.journal.RecordedFlows;
import io.weft.journal.ReplayReport;
import io.weft.journal.SocketReplay;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** {@code weft journal replay}: recorded flows as load, for the stages alone or for the pods of the nodes on this machine. */
final class JournalReplay {
    static final String USAGE = "--to lab|memory [--speed N] [--since T] [--until T] [FILTER] [--dir DIR]";

    private static final double MAX_SPEED = 1e6;
    private static final int CONCURRENCY = 256;

    private JournalReplay() {}

    static int run(final Main main, final List<String> typed, final boolean json)
            throws CommandException, IOException, InterruptedException {
        final LocalWords words = new LocalWords(typed);
        final String target = words.value("--to");
        final double speed = speed(words.value("--speed"));
        final String dir = words.value("--dir");
        final FlowQuery query = LocalWords.parsed(() -> FlowQuery.parse(words.rest(), FlowVerbs.now()));
        if (target == null || !List.of("lab", "memory").contains(target)) {
            throw new CommandException("say where to: --to lab, or --to memory");
        }
        final RecordedFlows recorded = new RecordedFlows(query, RecordedFlows.DEFAULT_LIMIT);
        try (JournalReader reader = FlowVerbs.open(main, dir)) {
            FlowVerbs.seek(reader, query.readFrom());
            query.feed(reader, recorded);
        }
        if (recorded.left() > 0) {
            main.err().println(recorded.left() + " flows are left out: no more than " + RecordedFlows.DEFAULT_LIMIT);
        }
        final List<RecordedFlow> flows = recorded.flows();
        final Row row = target.equals("memory") ? memory(flows, speed) : lab(main, flows, speed);
        main.out().println(json ? Row.array(List.of(row)) : row.text(new int[0]));
        return 0;
    }

    private static double speed(final @Nullable String text) throws CommandException {
        try {
            final double speed = text == null ? 1 : Double.parseDouble(text);
            if (speed > 0 && speed <= MAX_SPEED) {
                return speed;
            }
        } catch (final NumberFormatException e) {
            // Refused below.
        }
        throw new CommandException("--speed must be a number above 0 and not above 1000000, not '" + text + "'");
    }

    private static Row memory(final List<RecordedFlow> flows, final double speed) throws InterruptedException {
        final MemoryReplay replay = new MemoryReplay();
        replay.run(flows, speed);
        return replay.report().only("recorded", flows.size());
    }

    private static Row lab(final Main main, final List<RecordedFlow> flows, final double speed)
            throws CommandException, IOException, InterruptedException {
        final ReplayReport report = new SocketReplay(LabSockets.of(main), speed, CONCURRENCY).run(flows);
        return new Row()
                .pair("flows", report.flows())
                .pair("failed", report.failed())
                .pair("other-protocol", "other_protocol", report.otherProtocol())
                .pair("outside", report.outside())
                .pair("recorded", "recorded_octets", report.recordedOctets())
                .pair("payload", "payload_octets", report.payloadOctets())
                .pair("sent", "sent_octets", report.sentOctets())
                .pair("received", "received_octets", report.receivedOctets())
                .pair("late-p50", "late_p50_ms", millis(report.latenessP50()))
                .pair("late-p99", "late_p99_ms", millis(report.latenessP99()))
                .pair("reason", report.reason());
    }

    private static String millis(final long nanos) {
        return String.format(Locale.ROOT, "%.1f", (double) nanos / TimeUnit.MILLISECONDS.toNanos(1));
    }
}
