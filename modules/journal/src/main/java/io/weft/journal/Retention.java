// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Deletes the oldest files. What may come of the current one is part of what may stay, so there is never more. */
final class Retention {
    /** {@code began}: seconds since 1970. A name may be ahead of that: no two files have the same, however soon one follows another. */
    private record Kept(JournalFile file, long octets, long began) {}

    private final JournalSettings settings;
    private final Consumer<String> events;
    private final ArrayDeque<Kept> files = new ArrayDeque<>();
    private long octets;

    Retention(final JournalSettings settings, final Consumer<String> events) throws IOException {
        this.settings = settings;
        this.events = events;
        for (final JournalFile file : JournalFile.list(settings.dir())) {
            final long lastWritten = Files.getLastModifiedTime(file.path()).to(TimeUnit.SECONDS);
            ended(file, Files.size(file.path()), Math.min(file.cycle(), lastWritten));
        }
    }

    /** A file that began then, seconds since 1970, is done with. */
    void ended(final JournalFile file, final long size, final long began) {
        files.add(new Kept(file, size, began));
        octets += size;
    }

    /** Of all files but the current one. */
    long octets() {
        return octets;
    }

    int files() {
        return files.size();
    }

    /** Seconds since 1970 at which the oldest file began; {@code current} if there is none. */
    long oldest(final long current) {
        return files.isEmpty() ? current : files.getFirst().began();
    }

    /**
     * Deletes what is too much or too old.
     *
     * @param current the file that is being written
     * @param now nanoseconds since 1970
     */
    void apply(final JournalFile current, final long now) {
        while (!files.isEmpty() && (octets + settings.fileOctets() > settings.retainOctets() || isOld(current, now))) {
            final Kept oldest = files.removeFirst();
            octets -= oldest.octets();
            try {
                Files.deleteIfExists(oldest.file().path());
                if (files.isEmpty()
                        || files.getFirst().file().session() != oldest.file().session()) {
                    deleteSession(oldest.file().session(), current.session());
                }
            } catch (final IOException e) {
                events.accept("journal: " + oldest.file().label() + " is not deleted: " + e.getMessage());
            }
        }
    }

    private boolean isOld(final JournalFile current, final long now) {
        final Duration age = settings.retainAge();
        if (age.isZero()) {
            return false;
        }
        final Kept oldest = files.removeFirst();
        final long end = oldest(current.cycle());
        files.addFirst(oldest);
        return end < now / 1_000_000_000 - age.toSeconds();
    }

    /** Directories of sessions that have no file any more, the current one excepted. */
    void sweep(final long current) throws IOException {
        for (final long session : JournalFile.sessions(settings.dir())) {
            if (files.stream().noneMatch(kept -> kept.file().session() == session)) {
                deleteSession(session, current);
            }
        }
    }

    private void deleteSession(final long session, final long current) throws IOException {
        if (session != current) {
            final Path dir = settings.dir().resolve(JournalFile.name(session));
            try (DirectoryStream<Path> rest = Files.newDirectoryStream(dir)) {
                for (final Path path : rest) {
                    Files.delete(path);
                }
            } catch (final UncheckedIOException e) {
                throw e.getCause();
            }
            Files.delete(dir);
        }
    }
}
