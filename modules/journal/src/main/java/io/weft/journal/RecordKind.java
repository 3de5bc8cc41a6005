// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import org.jspecify.annotations.Nullable;

/** What a record of the journal holds. Ordinals stand in files: new ones go to the end. */
enum RecordKind {
    /** Of no use: so zeros are no record. */
    NONE,
    /** First record of each file: which session it is, and which number each worker's next event has. */
    SESSION,
    /** Names, from here on. */
    NAMES,
    /** Events of one ring. */
    EVENTS,
    /** Events that are not here, and why. */
    LOSS,
    /** Last record of a session that ended in order. */
    END;

    private static final RecordKind[] ALL = values();

    static @Nullable RecordKind of(final int ordinal) {
        return ordinal > 0 && ordinal < ALL.length ? ALL[ordinal] : null;
    }
}
