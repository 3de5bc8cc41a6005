// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Records of text: on each line a word, a tab and a value. */
final class LineText {
    private final StringBuilder text = new StringBuilder();

    LineText line(final String word, final String value) {
        text.append(word).append('\t').append(value).append('\n');
        return this;
    }

    byte[] octets() {
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Throws IllegalArgumentException for anything else. */
    static List<String[]> lines(final byte[] octets) {
        return new String(octets, StandardCharsets.UTF_8)
                .lines()
                .map(line -> {
                    final String[] parts = line.split("\t", -1);
                    if (parts.length != 2) {
                        throw new IllegalArgumentException("a line without a value");
                    }
                    return parts;
                })
                .toList();
    }
}
