// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import java.util.ArrayList;
import java.util.List;

/**
 * The last record of a session.
 *
 * @param made events that each worker has made
 */
record EndRecord(List<Long> made) {
    byte[] encode() {
        final LineText text = new LineText();
        made.forEach(number -> text.line("made", number.toString()));
        return text.octets();
    }

    static EndRecord decode(final byte[] octets) {
        final List<Long> made = new ArrayList<>();
        for (final String[] line : LineText.lines(octets)) {
            made.add(Long.valueOf(line[1]));
        }
        return new EndRecord(List.copyOf(made));
    }
}
