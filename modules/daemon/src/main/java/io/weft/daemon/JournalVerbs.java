// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.conntrack.FlowEvent;
import io.weft.dataplane.RefusedException;
import io.weft.journal.FlowQuery;
import io.weft.journal.FlowTime;
import io.weft.journal.IpfixExporter;
import io.weft.journal.IpfixExporter.Directions;
import io.weft.journal.IpfixExporter.Settings;
import io.weft.journal.JournalException;
import io.weft.journal.JournalReader;
import io.weft.journal.JournalStatus;
import io.weft.journal.JournalVerifier;
import io.weft.journal.Verification;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code weft journal}: {@code show} asks the node, all else reads the files. */
final class JournalVerbs {
    private static final int MAX_DOMAIN = Integer.MAX_VALUE;
    private static final int MAX_RATE = 1_000_000;
    private static final long POLL_MILLIS = 100;

    private JournalVerbs() {}

    static List<Verb> verbs() {
        return List.of(new Verb("show", "", JournalVerbs::show));
    }

    static List<LocalVerb> local() {
        return List.of(
                new LocalVerb("verify", "[--dir DIR]", JournalVerbs::verify),
                new LocalVerb(
                        "export",
                        "--ipfix HOST:PORT [--follow] [--apart] [--domain N] [--rate N] [--since T] [--until T] [FILTER] [--dir DIR]",
                        JournalVerbs::export),
                new LocalVerb("replay", JournalReplay.USAGE, JournalReplay::run));
    }

    private static void show(final Call call) throws CommandException, RefusedException, IOException {
        call.words().keys();
        final NodeConfig.JournalEntry entry = call.node().config().journal();
        final JournalStatus status = call.node().journal().status();
        if (entry == null || status == null) {
            throw new RefusedException("node " + call.node().config().name()
                    + " keeps no journal: its file has no 'journal: { dir: DIR }'");
        }
        final Row row = new Row()
                .word("dir", entry.dir())
                .word("state", status.state().label())
                .pair("events", status.appended())
                .pair("lost", status.ringLost() + status.lost())
                .pair("octets", status.octets())
                .pair("retain", entry.retainOctets())
                .pair("files", status.files())
                .pair("from", status.files() == 0 ? null : FlowTime.micros(status.oldest()))
                .pair("to", status.newest() == 0 ? null : FlowTime.micros(status.newest()))
                .only("run", call.node().directory().base().toAbsolutePath());
        call.show(List.of(NodeVerbs.alarms(row, status.alarm() == null ? List.of() : List.of(status.alarm()))));
    }

    private static int verify(final Main main, final List<String> typed, final boolean json)
            throws CommandException, IOException {
        final LocalWords words = new LocalWords(typed);
        final String dir = words.value("--dir");
        words.end();
        final Verification found = verified(JournalPlace.find(main, dir));
        if (json) {
            main.out().println(Row.array(List.of(row(found))));
        } else {
            found.lines().forEach(main.out()::println);
        }
        return found.sound() ? 0 : 2;
    }

    private static Verification verified(final Path dir) throws CommandException {
        try {
            return JournalVerifier.verify(dir);
        } catch (final JournalException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
    }

    private static Row row(final Verification found) {
        final List<Row> sessions = found.sessions().stream()
                .map(session -> new Row()
                        .only("session", FlowTime.micros(TimeUnit.SECONDS.toNanos(session.session())))
                        .only("node", session.node())
                        .only("events", session.events())
                        .only("files", session.files())
                        .only("missing_files", session.missingFiles())
                        .only("end", session.ended() ? "ended" : session.live() ? "live" : "killed")
                        .only("lost", session.allLost())
                        .only("missing", session.allMissing())
                        .only("unwritten", session.unwritten() < 0 ? null : session.unwritten()))
                .toList();
        final List<Row> damaged = found.damaged().stream()
                .map(place -> new Row()
                        .only("file", place.file())
                        .only("position", place.position())
                        .only("reason", place.reason()))
                .toList();
        return new Row()
                .only("dir", found.dir())
                .only("sound", found.sound())
                .below("sessions", sessions)
                .below("damaged", damaged);
    }

    private static int export(final Main main, final List<String> typed, final boolean json)
            throws CommandException, IOException, InterruptedException {
        final LocalWords words = new LocalWords(typed);
        final String collector = words.value("--ipfix");
        final boolean follow = words.flag("--follow");
        final Directions directions = words.flag("--apart") ? Directions.APART : Directions.TOGETHER;
        final String domain = words.value("--domain");
        final String rate = words.value("--rate");
        final String dir = words.value("--dir");
        final FlowQuery asked = LocalWords.parsed(() -> FlowQuery.parse(words.rest(), FlowVerbs.now()));
        if (collector == null) {
            throw new CommandException("say where to: --ipfix HOST:PORT");
        }
        final FlowQuery query =
                follow && asked.since() == Long.MIN_VALUE ? asked.within(FlowVerbs.now(), asked.until()) : asked;
        final Settings settings = new Settings(
                domain == null ? 1 : Words.integer("--domain", domain, 0, MAX_DOMAIN),
                directions,
                rate == null ? Settings.DEFAULT_RATE : Words.integer("--rate", rate, 1, MAX_RATE));
        try (JournalReader reader = FlowVerbs.open(main, dir);
                IpfixExporter exporter = LocalWords.parsed(() -> new IpfixExporter(
                        query,
                        collector,
                        settings,
                        reason -> main.err().println("weft: " + reason + "; trying again until it answers")));
                Interruption end = new Interruption()) {
            end.begin();
            FlowVerbs.seek(reader, query.readFrom());
            if (follow) {
                follow(reader, query, exporter);
            } else {
                exporter.export(reader);
            }
            report(main, exporter.status(), json);
        }
        return 0;
    }

    /** Until it is told to end: the collector is waited for and never holds up the node, which knows nothing of it. */
    private static void follow(final JournalReader reader, final FlowQuery query, final IpfixExporter exporter)
            throws InterruptedException {
        try {
            while (!query.isPast(FlowVerbs.now())) {
                final FlowEvent event = reader.next();
                if (event == null) {
                    exporter.idle();
                    Thread.sleep(POLL_MILLIS);
                } else {
                    exporter.event(event, reader.names());
                }
            }
        } catch (final InterruptedException e) {
            // What was gathered is sent all the same.
        }
        exporter.finish();
    }

    private static void report(final Main main, final IpfixExporter.Status status, final boolean json) {
        final Row row = new Row()
                .pair("records", status.records())
                .pair("messages", status.messages())
                .pair("templates", status.templates())
                .pair("octets", status.octets())
                .pair("failures", status.failures())
                .tail("reason", status.reason());
        main.err().println(json ? row.json() : row.text(new int[0]));
    }
}
