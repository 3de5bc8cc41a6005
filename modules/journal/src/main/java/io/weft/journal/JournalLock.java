// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** One writer per journal. The lock goes with its process, however that ends. */
final class JournalLock implements Closeable {
    private static final String NAME = "lock";

    /** Of this process: to open and close the file once more would give its lock back (POSIX). */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path dir;
    private final FileChannel channel;

    private JournalLock(final Path dir, final FileChannel channel) {
        this.dir = dir;
        this.channel = channel;
    }

    /** Takes it. Throws JournalException if another one has it. */
    static JournalLock take(final Path journal) throws IOException {
        final Path dir = journal.toRealPath();
        if (HELD.add(dir)) {
            @Nullable FileChannel channel = null;
            try {
                channel = FileChannel.open(dir.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                if (channel.tryLock() != null) {
                    return new JournalLock(dir, channel);
                }
            } catch (final IOException e) {
                HELD.remove(dir);
                throw e;
            }
            channel.close();
            HELD.remove(dir);
        }
        throw new JournalException("journal " + journal + ": another node writes it");
    }

    /** A writer has it. Asks with a shared lock, for which the right to read is enough; a writer that starts just then is refused. */
    static boolean isHeld(final Path journal) throws IOException {
        final Path dir = journal.toRealPath();
        if (HELD.contains(dir)) {
            return true;
        }
        try (FileChannel channel = FileChannel.open(dir.resolve(NAME), StandardOpenOption.READ);
                FileLock lock = channel.tryLock(0, Long.MAX_VALUE, true)) {
            return lock == null;
        } catch (final NoSuchFileException e) {
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
        HELD.remove(dir);
    }
}
