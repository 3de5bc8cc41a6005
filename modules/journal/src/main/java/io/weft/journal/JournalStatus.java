// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import org.jspecify.annotations.Nullable;

/**
 * How a journal is.
 *
 * @param state what it does now
 * @param appended events written since the start
 * @param ringLost events lost because a ring was full
 * @param lost events read from rings and lost, because the disk was full or the journal failed
 * @param octets on disk
 * @param files on disk
 * @param oldest nanoseconds since 1970: nothing is older; the time of the oldest file, which is known to 2 s
 * @param newest nanoseconds since 1970: of the last event written; 0 if there is none
 * @param longest nanoseconds that it took to append a record, the most since the start; beginning a file is part of it
 * @param alarm why events are being lost; null if none are
 */
public record JournalStatus(
        JournalState state,
        long appended,
        long ringLost,
        long lost,
        long octets,
        int files,
        long oldest,
        long newest,
        long longest,
        @Nullable String alarm) {}
