// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * One file of a journal by its name: {@code SESSION/CYCLE.cq4}. Both are times, of the beginning of the session and about that of the
 * file, and sort as they were written.
 *
 * @param path of the file
 * @param session seconds since 1970
 * @param cycle seconds since 1970
 */
record JournalFile(Path path, long session, long cycle) implements Comparable<JournalFile> {
    /** How times stand in names, in UTC. */
    static final String PATTERN = "yyyyMMdd-HHmmss";

    static final String SUFFIX = ".cq4";

    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern(PATTERN).withZone(ZoneOffset.UTC);
    private static final Comparator<JournalFile> ORDER =
            Comparator.comparingLong(JournalFile::session).thenComparingLong(JournalFile::cycle);

    @Override
    public int compareTo(final JournalFile other) {
        return ORDER.compare(this, other);
    }

    /** As in messages: without the journal's directory. */
    String label() {
        return name(session) + "/" + name(cycle) + SUFFIX;
    }

    static String name(final long seconds) {
        return FORMAT.format(Instant.ofEpochSecond(seconds));
    }

    static JournalFile of(final Path dir, final long session, final long cycle) {
        return new JournalFile(dir.resolve(name(session)).resolve(name(cycle) + SUFFIX), session, cycle);
    }

    /** All files of a journal, in order; what has another name is not the journal's. */
    static List<JournalFile> list(final Path dir) throws IOException {
        final List<JournalFile> files = new ArrayList<>();
        for (final long session : sessions(dir)) {
            for (final Path path : children(dir.resolve(name(session)))) {
                final String file = String.valueOf(path.getFileName());
                if (file.endsWith(SUFFIX)) {
                    final long cycle = seconds(file.substring(0, file.length() - SUFFIX.length()));
                    if (cycle >= 0) {
                        files.add(new JournalFile(path, session, cycle));
                    }
                }
            }
        }
        files.sort(ORDER);
        return files;
    }

    /** All sessions that have a directory, in order. */
    static List<Long> sessions(final Path dir) throws IOException {
        final List<Long> sessions = new ArrayList<>();
        for (final Path path : children(dir)) {
            final long session = seconds(String.valueOf(path.getFileName()));
            if (session >= 0 && Files.isDirectory(path)) {
                sessions.add(session);
            }
        }
        sessions.sort(null);
        return sessions;
    }

    private static List<Path> children(final Path dir) throws IOException {
        final List<Path> paths = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(dir)) {
            entries.forEach(paths::add);
        } catch (final NoSuchFileException e) {
            return List.of();
        }
        return paths;
    }

    /** The time that a name stands for; -1 if it is no such name. */
    private static long seconds(final String name) {
        if (name.length() != PATTERN.length()) {
            return -1;
        }
        try {
            return FORMAT.parse(name, Instant::from).getEpochSecond();
        } catch (final DateTimeException e) {
            return -1;
        }
    }
}
