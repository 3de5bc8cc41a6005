// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import java.util.ArrayList;
import java.util.List;

/**
 * The first record of a file.
 *
 * @param node name
 * @param file number of the file in its session, from 0
 * @param next number of each worker's next event, not cut to 32 bits
 * @param before the session before: none, ended or killed
 * @param missing of each worker's events of the session before; negative if nobody knows
 */
record SessionRecord(String node, long file, List<Long> next, Before before, List<Long> missing) {
    /** How the session before came to its end. */
    enum Before {
        NONE,
        ENDED,
        KILLED
    }

    byte[] encode() {
        final LineText text = new LineText()
                .line("node", node)
                .line("file", Long.toString(file))
                .line("before", before.name());
        next.forEach(number -> text.line("next", number.toString()));
        missing.forEach(count -> text.line("missing", count.toString()));
        return text.octets();
    }

    static SessionRecord decode(final byte[] octets) {
        String node = "";
        long file = 0;
        Before before = Before.NONE;
        final List<Long> next = new ArrayList<>();
        final List<Long> missing = new ArrayList<>();
        for (final String[] line : LineText.lines(octets)) {
            switch (line[0]) {
                case "node" -> node = line[1];
                case "file" -> file = Long.parseLong(line[1]);
                case "before" -> before = Before.valueOf(line[1]);
                case "next" -> next.add(Long.valueOf(line[1]));
                case "missing" -> missing.add(Long.valueOf(line[1]));
                default -> throw new IllegalArgumentException("a session's " + line[0]);
            }
        }
        return new SessionRecord(node, file, List.copyOf(next), before, List.copyOf(missing));
    }
}
