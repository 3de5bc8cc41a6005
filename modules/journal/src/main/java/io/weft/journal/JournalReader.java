// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.conntrack.FlowEvent;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a journal, from the first event that it has or from a time on, while it is written, by whatever process, or later. It needs no
 * right but to read the files. What can't be read is skipped with a message; a file that was deleted before its turn is, too.
 *
 * <p>{@link #next} gives null at the end, and goes on when asked again after more was written. One thread at a time.
 */
public final class JournalReader implements FlowSource, Closeable {
    private final Path dir;
    private final Consumer<String> messages;
    private final FlowEvent event;
    private @Nullable OpenFile open;
    private @Nullable JournalFile last;
    private long since = Long.MIN_VALUE;
    private int index;
    private int count;
    private long reads;
    private FlowNames names = FlowNames.NONE;
    private @Nullable JournalFile namesOf;
    private long namesAt;
    private long loadedAt;

    /** A file, and another way into it for names, which leaves the event where it is. */
    private static final class OpenFile implements Closeable {
        final RecordFile records;
        final RecordFile names;
        final RecordWalk walk;
        boolean live = true;
        boolean versionTold;

        OpenFile(final JournalFile file, final RecordWalk.Damage damage) throws IOException {
            records = new RecordFile(file);
            try {
                names = new RecordFile(file);
            } catch (final IOException e) {
                records.close();
                throw e;
            }
            walk = new RecordWalk(records, damage);
        }

        @Override
        public void close() throws IOException {
            try (names) {
                records.close();
            }
        }
    }

    private JournalReader(final Path dir, final Consumer<String> messages) {
        this.dir = dir;
        this.messages = messages;
        event = new FlowEvent(new org.agrona.concurrent.UnsafeBuffer(0, 0), 0);
    }

    /**
     * Opens a journal; the first event is the oldest one.
     *
     * @param messages told, in one line each, of what is skipped
     * @throws JournalException if there is no such directory, or it can't be read
     */
    public static JournalReader open(final Path dir, final Consumer<String> messages) {
        if (!Files.isDirectory(dir)) {
            throw new JournalException("no journal in " + dir);
        }
        final JournalReader reader = new JournalReader(dir, messages);
        reader.files();
        return reader;
    }

    private List<JournalFile> files() {
        try {
            return JournalFile.list(dir);
        } catch (final IOException e) {
            throw new JournalException("journal " + dir + ": " + Reasons.of(e), e);
        }
    }

    /**
     * Goes to the first event at or behind a time, without reading what is in front of it. Where the clock was set back while events
     * were written, to some place around.
     *
     * @param time nanoseconds since 1970
     */
    public void seek(final long time) {
        closeFile();
        last = null;
        since = time;
        final List<JournalFile> files = files();
        int low = 0;
        int high = files.size() - 1;
        while (low < high) {
            final int middle = (low + high + 1) >>> 1;
            if (start(files.get(middle)) < time) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        if (!files.isEmpty() && enter(files.get(low))) {
            final OpenFile in = open;
            if (in != null) {
                try {
                    RecordIndex.seek(in.records, time);
                } catch (final IOException e) {
                    unreadable(in.records.file(), e);
                }
            }
        }
    }

    /** When the file was begun: as its first record says, or its name. */
    private long start(final JournalFile file) {
        try (RecordFile records = new RecordFile(file)) {
            final boolean there = records.look() == RecordFile.Found.RECORD;
            reads += records.reads();
            if (there) {
                return RecordHeader.written(records.buffer(), records.record());
            }
        } catch (final IOException e) {
            // Its name will do; when it is this one's turn, its reader tells.
            reads++;
        }
        return file.cycle() * 1_000_000_000;
    }

    /** How often files were read since the reader was opened: what a search costs. */
    long reads() {
        final OpenFile in = open;
        return reads + (in == null ? 0 : in.records.reads() + in.names.reads());
    }

    @Override
    public @Nullable FlowEvent next() {
        while (true) {
            final OpenFile in = open;
            while (in != null && index < count) {
                event.wrap(in.records.buffer(), in.records.body() + index++ * FlowEvent.LENGTH);
                if (isKnown(in) && event.time() >= since) {
                    since = Long.MIN_VALUE;
                    return event;
                }
            }
            if (!advance()) {
                return null;
            }
        }
    }

    private boolean isKnown(final OpenFile in) {
        if (event.version() == FlowEvent.VERSION) {
            return true;
        }
        if (!in.versionTold) {
            in.versionTold = true;
            messages.accept(in.records.file().label() + ": events of layout " + event.version()
                    + ", this program knows " + FlowEvent.VERSION + "; they are left out");
        }
        return false;
    }

    /** Goes to the next record of events; false if there is none at present. */
    private boolean advance() {
        index = 0;
        count = 0;
        while (true) {
            final OpenFile in = open;
            if (in == null) {
                final JournalFile later = later();
                if (later == null) {
                    return false;
                }
                enter(later);
                continue;
            }
            try {
                if (in.walk.advance(in.live)) {
                    if (take(in.records)) {
                        return true;
                    }
                } else if (!in.live) {
                    closeFile();
                } else if (later() == null) {
                    return false;
                } else {
                    // It may have been written once more before the later one was begun.
                    in.live = false;
                    in.records.refresh();
                }
            } catch (final IOException e) {
                unreadable(in.records.file(), e);
            }
        }
    }

    private boolean take(final RecordFile records) {
        if (RecordHeader.kind(records.buffer(), records.record()) != RecordKind.EVENTS.ordinal()) {
            return false;
        }
        count = Math.min(
                RecordHeader.count(records.buffer(), records.record()),
                RecordHeader.body(records.buffer(), records.record()) / FlowEvent.LENGTH);
        namesAt = RecordHeader.names(records.buffer(), records.record());
        return count > 0;
    }

    /** The file behind the last one that was entered; null if there is none. */
    private @Nullable JournalFile later() {
        for (final JournalFile file : files()) {
            if (last == null || file.compareTo(last) > 0) {
                return file;
            }
        }
        return null;
    }

    private boolean enter(final JournalFile file) {
        last = file;
        try {
            open = new OpenFile(
                    file,
                    (of, position, reason) ->
                            messages.accept(of.label() + " at " + position + ": " + reason + "; it is left out"));
            return true;
        } catch (final NoSuchFileException e) {
            messages.accept(file.label() + ": deleted before it was read");
        } catch (final IOException e) {
            messages.accept(file.label() + ": " + Reasons.of(e) + "; it is left out");
        }
        return false;
    }

    private void unreadable(final JournalFile file, final IOException e) {
        messages.accept(file.label() + ": " + Reasons.of(e) + "; the rest is left out");
        closeFile();
    }

    @Override
    public FlowNames names() {
        final OpenFile in = open;
        if (in == null || namesAt == 0) {
            return names;
        }
        final JournalFile file = in.records.file();
        if (namesAt(file)) {
            return names;
        }
        namesOf = file;
        loadedAt = namesAt;
        names = FlowNames.NONE;
        try {
            in.names.position(namesAt);
            if (in.names.look() == RecordFile.Found.RECORD
                    && RecordHeader.kind(in.names.buffer(), in.names.record()) == RecordKind.NAMES.ordinal()) {
                names = NamesText.decode(RecordBody.octets(in.names));
            } else {
                messages.accept(
                        file.label() + " at " + namesAt + ": names can't be read; numbers stand in their place");
            }
        } catch (final IOException | IllegalArgumentException e) {
            messages.accept(file.label() + " at " + namesAt + ": " + Reasons.of(e) + "; numbers stand in their place");
        }
        return names;
    }

    private boolean namesAt(final JournalFile file) {
        return file.equals(namesOf) && loadedAt == namesAt;
    }

    private void closeFile() {
        final OpenFile in = open;
        if (in == null) {
            return;
        }
        reads = reads();
        open = null;
        index = 0;
        count = 0;
        try {
            in.close();
        } catch (final IOException e) {
            messages.accept(in.records.file().label() + ": " + Reasons.of(e));
        }
    }

    @Override
    public void close() {
        closeFile();
    }
}
