// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.conntrack.FlowEvent;
import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Writes the records of one session, and begins its files. One thread only. */
final class SessionWriter implements Closeable {
    /** Events in a record at most. */
    static final int BATCH = 64;

    private static final long NANOS_PER_MILLI = 1_000_000;

    private final JournalSettings settings;
    private final Supplier<FlowNames> names;
    private final WorkerNumbers numbers;
    private final Retention retention;
    private final Appender appender;
    private SessionRecord begin;
    private @Nullable FlowNames named;
    private long fileBegan;

    /**
     * Begins.
     *
     * @param session seconds since 1970
     * @param begin its first record
     * @param numbers of events, as they are taken
     */
    SessionWriter(
            final JournalSettings settings,
            final long session,
            final SessionRecord begin,
            final WorkerNumbers numbers,
            final Supplier<FlowNames> names,
            final Retention retention)
            throws IOException {
        this.settings = settings;
        this.names = names;
        this.numbers = numbers;
        this.retention = retention;
        this.begin = begin;
        appender = new Appender(settings.dir(), session, settings.freeOctets());
        try {
            fileBegan = now();
            appender.append(RecordKind.SESSION, begin.encode(), fileBegan);
            writeNames();
            retention.apply(appender.current(), fileBegan);
        } catch (final IOException | RuntimeException | Error e) {
            appender.abandon();
            throw e;
        }
    }

    /** Nanoseconds since 1970. */
    static long now() {
        return System.currentTimeMillis() * NANOS_PER_MILLI;
    }

    /** The file that is being written. */
    JournalFile file() {
        return appender.current();
    }

    /** When it began, in seconds since 1970. */
    long began() {
        return TimeUnit.NANOSECONDS.toSeconds(fileBegan);
    }

    /** Octets of it that are on the disk. */
    long octets() {
        return appender.reserved();
    }

    /** What has to be in front of the next events: another file, other names. Before events are put. */
    void prepare() throws IOException {
        final long now = now();
        if (appender.position() >= settings.fileOctets()
                || now - fileBegan >= settings.fileAge().toNanos()) {
            final JournalFile ended = appender.current();
            final SessionRecord next =
                    new SessionRecord(begin.node(), begin.file() + 1, numbers.next(), begin.before(), begin.missing());
            retention.ended(ended, appender.roll(next.encode(), now), began());
            begin = next;
            fileBegan = now;
            named = null;
            retention.apply(appender.current(), now);
        }
        writeNames();
    }

    // The same object is the same names, and to compare all of them a thousand times a second would cost more than the
    // events.
    @SuppressWarnings("ReferenceEquality")
    private void writeNames() throws IOException {
        final FlowNames now = names.get();
        if (now != named) {
            if (!now.equals(named)) {
                appender.append(RecordKind.NAMES, NamesText.encode(now), now());
            }
            named = now;
        }
    }

    /** Puts an event into the record that is appended next, as number {@code index} of less than {@link #BATCH}. */
    void put(final FlowEvent event, final int index) {
        event.copyTo(appender.body(BATCH * FlowEvent.LENGTH), RecordHeader.LENGTH + index * FlowEvent.LENGTH);
    }

    /** Appends the {@code count} events that were put, of which the last is of this time. */
    void append(final int count, final long time) throws IOException {
        appender.append(RecordKind.EVENTS, count, count * FlowEvent.LENGTH, Math.max(now(), time));
    }

    /** Tells what was lost, if there is room to; else it is still to be told. */
    void append(final Losses losses) throws IOException {
        for (final LossRecord loss : losses.list()) {
            appender.append(RecordKind.LOSS, loss.encode(), now());
            losses.told(loss);
        }
    }

    /** Throws if there is no room for more. */
    void probe() throws IOException {
        appender.probe();
    }

    /** Ends in order. */
    void end() throws IOException {
        appender.append(RecordKind.END, new EndRecord(numbers.next()).encode(), now());
    }

    /** What was written is on the disk. */
    @Override
    public void close() throws IOException {
        appender.close();
    }

    /** Leaves what is there as it is. */
    void abandon() throws IOException {
        retention.ended(appender.current(), appender.reserved(), began());
        appender.abandon();
    }
}
