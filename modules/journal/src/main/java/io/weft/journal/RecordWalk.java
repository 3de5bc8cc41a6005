// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.journal.RecordFile.Found;
import java.io.IOException;

/** Goes from record to record of a file, past what is damaged. */
final class RecordWalk {
    /** Told of what is no record. */
    interface Damage {
        /** At {@code position} of {@code file}, {@code reason}. */
        void found(JournalFile file, long position, String reason);
    }

    /** How far behind the end of a file that is being written records are looked for; more than is ever reserved. */
    private static final long NEAR = 1 << 20;

    private final RecordFile file;
    private final Damage damage;
    private long told = -1;
    private long searched = -1;
    private boolean unfinished;
    private boolean versionTold;

    RecordWalk(final RecordFile file, final Damage damage) {
        this.file = file;
        this.damage = damage;
    }

    /** The record at which {@link #advance} has stopped is what the writer was killed at. */
    boolean unfinished() {
        return unfinished;
    }

    /**
     * Goes to the next record and stands behind it; {@link RecordFile#record} tells where it is.
     *
     * @param live the file may be being written: what is not there may come
     * @return false if there is none, yet
     */
    boolean advance(final boolean live) throws IOException {
        while (true) {
            final long at = file.position();
            final Found found = file.look();
            unfinished = found == Found.UNFINISHED;
            switch (found) {
                case RECORD -> {
                    file.skip();
                    if (isKnown(at)) {
                        return true;
                    }
                }
                case CLOSED -> {
                    return false;
                }
                default -> {
                    final String reason = found == Found.DAMAGED ? file.reason() : "nothing, in front of more records";
                    if (!pass(found, live, reason)) {
                        return false;
                    }
                }
            }
        }
    }

    private boolean isKnown(final long at) {
        final int version = RecordHeader.version(file.buffer(), file.record());
        if (version != RecordHeader.VERSION) {
            if (!versionTold) {
                versionTold = true;
                damage.found(
                        file.file(),
                        at,
                        "records of layout " + version + ", this program knows " + RecordHeader.VERSION);
            }
            return false;
        }
        if (RecordKind.of(RecordHeader.kind(file.buffer(), file.record())) == null
                || RecordHeader.session(file.buffer(), file.record())
                        != file.file().session()) {
            damage.found(file.file(), at, "a record of another session or kind");
            return false;
        }
        return true;
    }

    /** Goes to the next whole record behind what is none; false if there is none, and stays then. */
    private boolean pass(final Found found, final boolean live, final String reason) throws IOException {
        final long at = file.position();
        if (live && at == searched) {
            file.refresh();
            return false;
        }
        final long record = file.search(at + RecordFile.WORD, live ? NEAR : Long.MAX_VALUE / 2);
        file.position(at);
        file.refresh();
        if (record < 0) {
            searched = at;
            if (found == Found.DAMAGED && at != told) {
                told = at;
                damage.found(file.file(), at, reason);
            }
            return false;
        }
        if (file.look() != found) {
            // Its writer was just there.
            file.position(at);
            return true;
        }
        if (at != told) {
            told = at;
            damage.found(file.file(), at, reason);
        }
        file.position(record);
        return true;
    }
}
