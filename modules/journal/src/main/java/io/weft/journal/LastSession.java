// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.conntrack.FlowEvent;
import io.weft.journal.SessionRecord.Before;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * What the session before has left.
 *
 * @param before how it ended
 * @param next number of each worker's next event, as far as the journal knows
 */
record LastSession(Before before, List<Long> next) {
    private static final int BLOCK = 256 << 10;

    /** Looks, and gives back the space that a killed session has kept ahead. Nothing that was written changes. */
    static LastSession of(final Path dir) throws IOException {
        final List<JournalFile> files = JournalFile.list(dir);
        if (files.isEmpty()) {
            return new LastSession(Before.NONE, List.of());
        }
        final JournalFile last = files.getLast();
        final WorkerNumbers numbers = new WorkerNumbers();
        boolean ended = false;
        try (RecordFile file = new RecordFile(last)) {
            final RecordWalk walk = new RecordWalk(file, (at, position, reason) -> {});
            while (walk.advance(false)) {
                ended = take(file, numbers);
            }
            if (!ended) {
                trim(last.path(), file.position());
            }
        }
        return new LastSession(ended ? Before.ENDED : Before.KILLED, numbers.next());
    }

    private static boolean take(final RecordFile file, final WorkerNumbers numbers) {
        final RecordKind kind = RecordKind.of(RecordHeader.kind(file.buffer(), file.record()));
        if (kind == RecordKind.SESSION) {
            final List<Long> next =
                    SessionRecord.decode(RecordBody.octets(file)).next();
            for (int worker = 0; worker < next.size(); worker++) {
                numbers.begin(worker, next.get(worker));
            }
        } else if (kind == RecordKind.EVENTS) {
            final FlowEvent event = new FlowEvent(file.buffer(), 0);
            final int count = RecordHeader.count(file.buffer(), file.record());
            for (int i = 0; i < count; i++) {
                event.wrap(file.buffer(), file.body() + i * FlowEvent.LENGTH);
                numbers.take(event.worker(), event.number());
            }
        }
        return kind == RecordKind.END;
    }

    /** Of these events that were made, how many are not here; negative where one does not know. */
    List<Long> missing(final long[] made) {
        final List<Long> missing = new ArrayList<>();
        for (int worker = 0; worker < made.length && before == Before.KILLED; worker++) {
            final long kept = worker < next.size() ? next.get(worker) : 0;
            missing.add(made[worker] < 0 ? -1 : Math.max(0, made[worker] - kept));
        }
        return missing;
    }

    /** Cuts off the zeros at the file's end, but not in front of {@code from}. */
    private static void trim(final Path path, final long from) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final ByteBuffer octets = ByteBuffer.allocate(BLOCK);
            long end = channel.size();
            while (end > from) {
                final long start = Math.max(from, end - BLOCK);
                octets.clear().limit((int) (end - start));
                channel.read(octets, start);
                int used = octets.position();
                while (used > 0 && octets.get(used - 1) == 0) {
                    used--;
                }
                end = start + used;
                if (used > 0) {
                    break;
                }
            }
            channel.truncate(((end + 3) & ~3L) + RecordFile.WORD);
        }
    }
}
