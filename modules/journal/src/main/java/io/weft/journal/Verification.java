// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a look at all of a journal has found.
 *
 * @param dir the journal
 * @param sessions in their order, those of which files are left
 * @param damaged places that can't be read
 */
public record Verification(Path dir, List<SessionReport> sessions, List<DamagedPlace> damaged) {
    /**
     * A session: a time in which one process wrote.
     *
     * @param session seconds since 1970, when it began
     * @param node name
     * @param events that are there
     * @param files that are there
     * @param missingFiles that are not, between those that are
     * @param ended in order
     * @param live it is being written now
     * @param lost per worker: events that were lost while it was written, and counted
     * @param missing per worker: events that should be there
     * @param unwritten of a killed session: events that were made and are behind the last one that is there; negative if nobody knows
     */
    public record SessionReport(
            long session,
            String node,
            long events,
            long files,
            long missingFiles,
            boolean ended,
            boolean live,
            List<Long> lost,
            List<Long> missing,
            long unwritten) {
        /** Of all workers. */
        public long allMissing() {
            return missing.stream().mapToLong(Long::longValue).sum();
        }

        SessionReport withUnwritten(final long events) {
            return new SessionReport(
                    session, node, this.events, files, missingFiles, ended, live, lost, missing, events);
        }

        /** Of all workers. */
        public long allLost() {
            return lost.stream().mapToLong(Long::longValue).sum();
        }
    }

    /**
     * A place.
     *
     * @param file in the journal's directory
     * @param position octets from its beginning
     * @param reason why it can't be read
     */
    public record DamagedPlace(String file, long position, String reason) {}

    /** Nothing is damaged and nothing is missing. A session that was killed is sound: what it had not written, no file can tell. */
    public boolean sound() {
        return damaged.isEmpty()
                && sessions.stream().allMatch(session -> session.allMissing() == 0 && session.missingFiles() == 0);
    }

    /** For people, without an end of line. */
    public List<String> lines() {
        final List<String> lines = new ArrayList<>();
        for (final SessionReport session : sessions) {
            final String end = session.ended() ? "ended" : session.live() ? "being written" : "killed";
            lines.add("session " + JournalFile.name(session.session()) + " of " + session.node() + ": "
                    + session.events() + " events in " + session.files() + " files, " + end
                    + ", lost " + session.allLost() + ", missing " + session.allMissing()
                    + (session.unwritten() >= 0 ? ", not written at the end " + session.unwritten() : "")
                    + (session.missingFiles() > 0 ? ", missing files " + session.missingFiles() : ""));
        }
        for (final DamagedPlace place : damaged) {
            lines.add("damaged: " + place.file() + " at " + place.position() + ": " + place.reason());
        }
        lines.add(sound() ? "journal " + dir + " is sound" : "journal " + dir + " is not sound");
        return lines;
    }
}
