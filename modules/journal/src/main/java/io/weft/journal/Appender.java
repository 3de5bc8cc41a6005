// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.bytes.PointerBytesStore;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.RollCycle;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.wire.DocumentContext;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The one place that writes by Chronicle Queue: one session, which is a queue of its own in a directory of its own. So Chronicle never
 * looks at what another session has left, which may be unfinished or damaged. One thread only.
 *
 * <p>Chronicle names and changes files by the clock; here its clock stands, and goes on only when a file is to be closed.
 */
final class Appender implements Closeable {
    static {
        // Before the first use of any class of it: no thread that looks after disks, nothing sent to anyone.
        System.setProperty("chronicle.disk.monitor.disable", "true");
        System.setProperty("chronicle.analytics.disable", "true");
        System.setProperty("chronicle.announcer.disable", "true");
    }

    /** Octets that Chronicle maps at a time. */
    private static final long BLOCK = 64 << 20;

    private static final int CYCLE_SECONDS = 2;
    private static final long NANOS = 1_000_000_000;

    private final Path dir;
    private final long session;
    private final long freeOctets;
    private final ChronicleQueue queue;
    private final ExcerptAppender appender;
    private final PointerBytesStore source = new PointerBytesStore();
    private final RecordHeader seal = new RecordHeader();
    private ByteBuffer octets = ByteBuffer.allocateDirect(64 << 10);
    private UnsafeBuffer buffer = new UnsafeBuffer(octets);
    private SpaceAhead space;
    private JournalFile file;
    private long cycle;
    private long position;
    private long names;
    private long written;

    /** Begins a session in {@code dir}, which must not have it yet; the first record to append is its own. */
    Appender(final Path dir, final long session, final long freeOctets) throws IOException {
        this.dir = dir;
        this.session = session;
        this.freeOctets = freeOctets;
        cycle = session / CYCLE_SECONDS;
        file = file(cycle);
        final Path own = dir.resolve(JournalFile.name(session));
        SpaceAhead.checkFree(dir, freeOctets);
        Files.createDirectory(own);
        queue = SingleChronicleQueueBuilder.binary(own)
                .rollCycle(new Cycles())
                .timeProvider(() -> cycle * CYCLE_SECONDS * 1_000)
                .blockSize(BLOCK)
                .build();
        try {
            appender = queue.createAppender();
            // Made by one thread and then used by another one, as the session is.
            appender.singleThreadedCheckDisabled(true);
            space = new SpaceAhead(file.path(), freeOctets);
        } catch (final IOException | RuntimeException | Error e) {
            queue.close();
            throw e;
        }
    }

    private JournalFile file(final long of) {
        return JournalFile.of(dir, session, of * CYCLE_SECONDS);
    }

    JournalFile current() {
        return file;
    }

    long session() {
        return session;
    }

    /** Where a record's body is to be put, {@link RecordHeader#LENGTH} octets from its beginning; has room for {@code length} octets of it. */
    UnsafeBuffer body(final int length) {
        if (RecordHeader.LENGTH + length > octets.capacity()) {
            octets = ByteBuffer.allocateDirect(RecordHeader.LENGTH + length);
            buffer = new UnsafeBuffer(octets);
        }
        return buffer;
    }

    /**
     * Appends a record whose body is in {@link #body}.
     *
     * @param now nanoseconds since 1970: no event of it is later; never before the record in front of it
     */
    void append(final RecordKind kind, final int count, final int body, final long now) throws IOException {
        final int length = RecordHeader.LENGTH + body;
        space.ensure(position, length);
        written = Math.max(written, now);
        RecordHeader.put(buffer, kind, count, body, written, session, names);
        seal.seal(buffer, octets, body);
        source.set(buffer.addressOffset(), length);
        try (DocumentContext document = appender.writingDocument()) {
            final Bytes<?> bytes = document.wire().bytes();
            final long at = bytes.writePosition() - RecordFile.WORD;
            bytes.write(source, 0, (long) length);
            for (int pad = length & 3; pad != 0 && pad < 4; pad++) {
                bytes.writeByte((byte) 0);
            }
            position = bytes.writePosition();
            if (kind == RecordKind.NAMES) {
                names = at;
            }
        }
    }

    /** Appends a record of text. */
    void append(final RecordKind kind, final byte[] text, final long now) throws IOException {
        body(text.length).putBytes(RecordHeader.LENGTH, text);
        append(kind, 0, text.length, now);
    }

    /** Octets of the file that were written. */
    long position() {
        return position;
    }

    /** Octets of the file that are on the disk. */
    long reserved() {
        return space.reserved();
    }

    /**
     * Ends the file and begins another one with a record of text. Leaves all as it was if there is no room for it.
     *
     * @param now nanoseconds since 1970, after which the file is named
     * @return octets of the file that was ended
     */
    long roll(final byte[] text, final long now) throws IOException {
        final long next = Math.max(cycle + 1, now / NANOS / CYCLE_SECONDS);
        final SpaceAhead begun = new SpaceAhead(file(next).path(), freeOctets);
        try (SpaceAhead ended = space) {
            // Chronicle marks the end of a file when it begins the next one.
            final long end = position + RecordFile.WORD;
            space = begun;
            cycle = next;
            file = file(next);
            position = 0;
            names = 0;
            append(RecordKind.SESSION, text, now);
            ended.trim(end);
            return end;
        }
    }

    /** Throws if there is no room for one more record of events. */
    void probe() throws IOException {
        space.ensure(position, octets.capacity());
    }

    /** Cuts the file to what was written. */
    @Override
    public void close() throws IOException {
        queue.close();
        try (SpaceAhead ended = space) {
            ended.trim(position + RecordFile.WORD);
            ended.force();
        }
    }

    /** Lets go of what it has, of which nothing is sure any more. */
    void abandon() throws IOException {
        try {
            queue.close();
        } finally {
            space.close();
        }
    }

    /** Two seconds a cycle, which is what names of files tell apart; 64 million records at most, each 64th of them in the index. */
    static final class Cycles implements RollCycle {
        private static final int INDEXES = 1 << 10;
        private static final int SPACING = 64;

        @Override
        public String format() {
            return JournalFile.PATTERN;
        }

        @Override
        public int lengthInMillis() {
            return CYCLE_SECONDS * 1_000;
        }

        @Override
        public int defaultIndexCount() {
            return INDEXES;
        }

        @Override
        public int defaultIndexSpacing() {
            return SPACING;
        }

        @Override
        public long toIndex(final int cycle, final long sequence) {
            return ((long) cycle << Integer.SIZE) + (sequence & 0xFFFF_FFFFL);
        }

        @Override
        public long toSequenceNumber(final long index) {
            return index & 0xFFFF_FFFFL;
        }

        @Override
        public int toCycle(final long index) {
            return (int) (index >> Integer.SIZE);
        }

        @Override
        public long maxMessagesPerCycle() {
            return (long) INDEXES * INDEXES * SPACING;
        }
    }
}
