// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.conntrack.FlowEvent;
import io.weft.journal.Verification.DamagedPlace;
import io.weft.journal.Verification.SessionReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** Reads all of a journal, and says what is there, what is missing, and what is damaged. */
public final class JournalVerifier {
    private final Path dir;
    private final FlowEvent event = new FlowEvent(new UnsafeBuffer(0, 0), 0);
    private final List<SessionReport> sessions = new ArrayList<>();
    private final List<DamagedPlace> damaged = new ArrayList<>();
    private @Nullable Tally tally;

    /** What was found of a session so far. */
    private static final class Tally {
        final long session;
        final TreeMap<Integer, Long> missing = new TreeMap<>();
        final TreeMap<Integer, Long> counted = new TreeMap<>();
        final WorkerNumbers numbers = new WorkerNumbers();
        String node = "";
        long events;
        long files;
        long firstFile = -1;
        long lastFile = -1;
        long missingFiles;
        boolean ended;
        boolean live;

        Tally(final long session) {
            this.session = session;
        }

        /** The journal should have had {@code next} as this worker's next event. */
        void expect(final int worker, final long next) {
            final long gap = next - numbers.next(worker);
            if (worker < numbers.workers() && gap > 0 && firstFile >= 0) {
                missing.merge(worker, gap, Long::sum);
            }
            numbers.begin(worker, next);
        }

        SessionReport report() {
            final List<Long> lost = new ArrayList<>();
            final List<Long> gone = new ArrayList<>();
            for (int worker = 0; worker < numbers.workers(); worker++) {
                final long known = counted.getOrDefault(worker, 0L);
                lost.add(known);
                gone.add(Math.max(0, missing.getOrDefault(worker, 0L) - known));
            }
            return new SessionReport(session, node, events, files, missingFiles, ended, live, lost, gone, -1);
        }
    }

    private JournalVerifier(final Path dir) {
        this.dir = dir;
    }

    /** Reads all. @throws JournalException if there is no journal, or it can't be read */
    public static Verification verify(final Path dir) {
        if (!Files.isDirectory(dir)) {
            throw new JournalException("no journal in " + dir);
        }
        try {
            return new JournalVerifier(dir).all();
        } catch (final IOException e) {
            throw new JournalException("journal " + dir + ": " + Reasons.of(e), e);
        }
    }

    private Verification all() throws IOException {
        final List<JournalFile> files = JournalFile.list(dir);
        for (int i = 0; i < files.size(); i++) {
            verify(files.get(i), i == files.size() - 1);
        }
        finish();
        return new Verification(dir, List.copyOf(sessions), List.copyOf(damaged));
    }

    private void finish() {
        if (tally != null) {
            sessions.add(tally.report());
            tally = null;
        }
    }

    private Tally tally(final long session) {
        Tally of = tally;
        if (of == null || of.session != session) {
            finish();
            of = new Tally(session);
            tally = of;
        }
        return of;
    }

    private void verify(final JournalFile of, final boolean isLast) throws IOException {
        final Tally into = tally(of.session());
        try (RecordFile file = new RecordFile(of)) {
            into.files++;
            into.ended = false;
            final RecordWalk walk = new RecordWalk(file, this::damaged);
            while (walk.advance(false)) {
                try {
                    take(file, into);
                } catch (final IllegalArgumentException e) {
                    damaged(of, file.position(), Reasons.of(e));
                }
            }
            into.live = isLast && !into.ended && JournalLock.isHeld(dir);
        } catch (final NoSuchFileException e) {
            // Retention was faster; it takes the oldest only.
            into.files = 0;
        }
    }

    private void damaged(final JournalFile file, final long position, final String reason) {
        damaged.add(new DamagedPlace(file.label(), position, reason));
    }

    private void take(final RecordFile file, final Tally into) {
        switch (Objects.requireNonNull(RecordKind.of(RecordHeader.kind(file.buffer(), file.record())))) {
            case SESSION -> begin(SessionRecord.decode(RecordBody.octets(file)), into);
            case EVENTS -> takeEvents(file, into);
            case LOSS -> {
                final LossRecord loss = LossRecord.decode(RecordBody.octets(file));
                into.counted.merge(loss.worker(), loss.count(), Long::sum);
            }
            case END -> {
                final List<Long> made =
                        EndRecord.decode(RecordBody.octets(file)).made();
                for (int worker = 0; worker < made.size(); worker++) {
                    into.expect(worker, made.get(worker));
                }
                into.ended = true;
            }
            case NAMES -> NamesText.decode(RecordBody.octets(file));
            default -> throw new IllegalArgumentException("a record of no kind");
        }
    }

    private void begin(final SessionRecord record, final Tally into) {
        into.node = record.node();
        for (int worker = 0; worker < record.next().size(); worker++) {
            into.expect(worker, record.next().get(worker));
        }
        if (into.lastFile >= 0) {
            into.missingFiles += record.file() - into.lastFile - 1;
        } else {
            into.firstFile = record.file();
            tellOfBefore(record);
        }
        into.lastFile = record.file();
    }

    /** A session tells how many events the one before, which was killed, had made and not written. */
    private void tellOfBefore(final SessionRecord record) {
        if (record.file() == 0
                && record.before() == SessionRecord.Before.KILLED
                && !sessions.isEmpty()
                && !record.missing().isEmpty()
                && record.missing().stream().allMatch(count -> count >= 0)) {
            final long unwritten =
                    record.missing().stream().mapToLong(Long::longValue).sum();
            sessions.set(sessions.size() - 1, sessions.getLast().withUnwritten(unwritten));
        }
    }

    private void takeEvents(final RecordFile file, final Tally into) {
        final int count = RecordHeader.count(file.buffer(), file.record());
        if (count * FlowEvent.LENGTH > RecordHeader.body(file.buffer(), file.record())) {
            throw new IllegalArgumentException("more events than fit");
        }
        for (int i = 0; i < count; i++) {
            event.wrap(file.buffer(), file.body() + i * FlowEvent.LENGTH);
            if (event.version() != FlowEvent.VERSION) {
                throw new IllegalArgumentException(
                        "events of layout " + event.version() + ", this program knows " + FlowEvent.VERSION);
            }
            final long gap = into.numbers.take(event.worker(), event.number());
            if (gap > 0) {
                into.missing.merge(event.worker(), gap, Long::sum);
            }
            into.events++;
        }
    }
}
