// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.conntrack.FlowEvent;
import io.weft.dataplane.RefusedException;
import io.weft.journal.FlowFormat;
import io.weft.journal.FlowMatrix;
import io.weft.journal.FlowNames;
import io.weft.journal.FlowPrinter;
import io.weft.journal.FlowQuery;
import io.weft.journal.FlowSource;
import io.weft.journal.FlowTime;
import io.weft.journal.FlowTop;
import io.weft.journal.FlowsAt;
import io.weft.journal.JournalException;
import io.weft.journal.JournalReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * {@code weft flow}: {@code show} asks the node for its live table; everything else reads the journal, in the program that was called, so
 * that whatever is asked of ten gigabytes costs the node nothing.
 */
final class FlowVerbs {
    private static final String FILTER = "[--pod P] [--network N] [--verdict V] [--drop-reason R] [--port N]"
            + " [--protocol tcp|udp|icmp|N] [--address A|PREFIX]";
    private static final String RANGE = " [--since T] [--until T] [--dir DIR]";
    private static final long POLL_MILLIS = 100;
    private static final int ROWS = 20;

    private FlowVerbs() {}

    static List<Verb> verbs() {
        return List.of(new Verb("show", FILTER + " [-o compact|json|jsonl|csv]", FlowVerbs::show));
    }

    static List<LocalVerb> local() {
        return List.of(
                new LocalVerb(
                        "observe", "[--follow] " + FILTER + " [-o compact|json|jsonl|csv]" + RANGE, FlowVerbs::observe),
                new LocalVerb(
                        "top",
                        "[--by bytes|frames|flows] [--group pod|pair|port] [-n N] " + FILTER + RANGE,
                        FlowVerbs::top),
                new LocalVerb("at", "TIME " + FILTER + " [-o compact|json|jsonl|csv] [--dir DIR]", FlowVerbs::at),
                new LocalVerb("matrix", FILTER + RANGE, FlowVerbs::matrix));
    }

    /** Nanoseconds since 1970. */
    static long now() {
        final Instant now = Instant.now();
        return TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano();
    }

    private static void show(final Call call) throws CommandException, RefusedException, IOException {
        final LocalWords words = new LocalWords(call.words().rest());
        final FlowFormat format = format(words, call.json());
        final FlowQuery query = query(words);
        final FlowNames names = call.node().journal().names();
        final List<FlowEvent> flows = new ArrayList<>();
        call.node().dataplane().flows().forEach(flow -> {
            if (query.selects(flow, names)) {
                flows.add(flow.copy());
            }
        });
        final FlowPrinter printer = new FlowPrinter(format, call.reply()::line);
        printer.begin();
        for (final FlowEvent flow : flows) {
            printer.event(flow, names);
        }
        printer.end();
    }

    private static FlowFormat format(final LocalWords words, final boolean json) throws CommandException {
        final String named = words.value("-o");
        final FlowFormat usual = json ? FlowFormat.JSON : FlowFormat.COMPACT;
        return named == null ? usual : LocalWords.parsed(() -> FlowFormat.parse(named));
    }

    private static FlowQuery query(final LocalWords words) throws CommandException {
        return LocalWords.parsed(() -> FlowQuery.parse(words.rest(), now()));
    }

    private static int observe(final Main main, final List<String> typed, final boolean json)
            throws CommandException, IOException, InterruptedException {
        final LocalWords words = new LocalWords(typed);
        final boolean follow = words.flag("--follow");
        final FlowFormat format = format(words, json);
        final String dir = words.value("--dir");
        final FlowQuery asked = query(words);
        // Who follows without a word about the past wants to see what comes.
        final boolean fromNow = follow && asked.since() == Long.MIN_VALUE;
        final FlowQuery query = fromNow ? asked.within(now(), asked.until()) : asked;
        try (JournalReader reader = open(main, dir)) {
            final LineOutput out = new LineOutput(main.out());
            final FlowPrinter printer = new FlowPrinter(format, out);
            printer.begin();
            seek(reader, query.since());
            observe(reader, query, follow, printer, out);
            printer.end();
            out.flush();
        }
        return 0;
    }

    private static void observe(
            final FlowSource source,
            final FlowQuery query,
            final boolean follow,
            final FlowPrinter printer,
            final LineOutput out)
            throws IOException, InterruptedException {
        while (true) {
            final FlowEvent event = source.next();
            if (event == null) {
                // Who has read enough needs no more.
                if (!out.flush() || !follow || query.isPast(now())) {
                    return;
                }
                Thread.sleep(POLL_MILLIS);
            } else if (query.isPast(event.time())) {
                return;
            } else if (query.matches(event, source.names())) {
                printer.event(event, source.names());
            }
        }
    }

    private static int top(final Main main, final List<String> typed, final boolean json)
            throws CommandException, IOException {
        final LocalWords words = new LocalWords(typed);
        final String by = words.value("--by");
        final String group = words.value("--group");
        final String count = words.value("-n");
        final String dir = words.value("--dir");
        final int rows = count == null ? ROWS : Words.integer("-n", count, 1, Integer.MAX_VALUE);
        final FlowTop.Measure measure = LocalWords.parsed(() -> FlowTop.Measure.parse(by == null ? "bytes" : by));
        final FlowTop.Group groups = LocalWords.parsed(() -> FlowTop.Group.parse(group == null ? "pair" : group));
        final FlowQuery query = query(words);
        final FlowTop top = new FlowTop(query, groups);
        try (JournalReader reader = open(main, dir)) {
            seek(reader, query.readFrom());
            query.feed(reader, top);
        }
        print(main, json ? List.of(top.json(measure, rows)) : top.lines(measure, rows), top.notes());
        return 0;
    }

    private static int matrix(final Main main, final List<String> typed, final boolean json)
            throws CommandException, IOException {
        final LocalWords words = new LocalWords(typed);
        final String dir = words.value("--dir");
        final FlowQuery query = query(words);
        final FlowMatrix matrix = new FlowMatrix(query);
        try (JournalReader reader = open(main, dir)) {
            seek(reader, query.readFrom());
            query.feed(reader, matrix);
        }
        print(main, json ? List.of(matrix.json()) : matrix.lines(), matrix.notes());
        return 0;
    }

    private static int at(final Main main, final List<String> typed, final boolean json)
            throws CommandException, IOException {
        final LocalWords words = new LocalWords(typed);
        final FlowFormat format = format(words, json);
        final String dir = words.value("--dir");
        final String when = words.next("TIME");
        final long time = LocalWords.parsed(() -> FlowTime.parse(when, now()));
        final FlowsAt flows = new FlowsAt(query(words), time, FlowQuery.UPDATE_INTERVAL);
        try (JournalReader reader = open(main, dir)) {
            seek(reader, flows.query().since());
            flows.query().feed(reader, flows);
        }
        final LineOutput out = new LineOutput(main.out());
        final FlowPrinter printer = new FlowPrinter(format, out);
        printer.begin();
        for (final FlowsAt.Open flow : flows.flows()) {
            printer.event(flow.event(), flow.names());
        }
        printer.end();
        out.flush();
        print(main, List.of(), flows.notes());
        return 0;
    }

    /** The node's journal, or that in {@code dir}; what is skipped is said on the standard error. */
    static JournalReader open(final Main main, final @Nullable String dir) throws CommandException, IOException {
        final Path place = JournalPlace.find(main, dir);
        try {
            return JournalReader.open(place, message -> main.err().println(message));
        } catch (final JournalException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
    }

    static void seek(final JournalReader reader, final long time) {
        if (time != Long.MIN_VALUE) {
            reader.seek(time);
        }
    }

    private static void print(final Main main, final List<String> lines, final List<String> notes) {
        lines.forEach(main.out()::println);
        notes.forEach(main.err()::println);
    }
}
