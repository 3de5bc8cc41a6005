// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * One line of output, which is also one JSON object. Bare words come first and stand in columns; then {@code key value};
 * then lines below it, indented by a tab as iproute2 does. Null and empty values are left out.
 */
final class Row {
    private final List<String> words = new ArrayList<>();
    private final StringBuilder pairs = new StringBuilder();
    private final List<String> below = new ArrayList<>();
    private final Map<String, Object> json = new LinkedHashMap<>();

    /** A bare word. */
    Row word(final String jsonKey, final @Nullable Object value) {
        words.add(text(value));
        return only(jsonKey, value);
    }

    /** A bare word that JSON has no need of. */
    Row label(final Object value) {
        words.add(text(value));
        return this;
    }

    /** {@code key value}, with the same key in JSON. */
    Row pair(final String key, final @Nullable Object value) {
        return pair(key, key, value);
    }

    /** {@code key value}, with another key in JSON. */
    Row pair(final String key, final String jsonKey, final @Nullable Object value) {
        final String text = text(value);
        if (!text.isEmpty()) {
            pairs.append(' ').append(key).append(' ').append(text);
        }
        return only(jsonKey, value);
    }

    /** Text at the end of the line. */
    Row tail(final String jsonKey, final @Nullable Object value) {
        final String text = text(value);
        if (!text.isEmpty()) {
            pairs.append(' ').append(text);
        }
        return only(jsonKey, value);
    }

    /** Text at the end of the line that JSON has no need of. */
    Row note(final String text) {
        pairs.append(text.isEmpty() ? "" : " ").append(text);
        return this;
    }

    /** A line below this one. */
    Row below(final String line) {
        below.add(line);
        return this;
    }

    /** Rows below this one; in JSON an array of objects. */
    Row below(final String jsonKey, final List<Row> rows) {
        below.addAll(lines(rows));
        json.put(jsonKey, rows.stream().map(row -> row.json).toList());
        return this;
    }

    /** In JSON only. */
    Row only(final String jsonKey, final @Nullable Object value) {
        if (value != null && !"".equals(value)) {
            json.put(
                    jsonKey,
                    value instanceof Number || value instanceof Boolean || value instanceof Collection<?>
                            ? plain(value)
                            : value.toString());
        }
        return this;
    }

    /** The line, its first words {@code widths} wide, and those below it. */
    String text(final int[] widths) {
        final StringBuilder line = new StringBuilder();
        for (int i = 0; i < words.size(); i++) {
            final String word = words.get(i);
            line.append(i == 0 ? "" : " ").append(word);
            line.repeat(' ', Math.max(0, (i < widths.length ? widths[i] : 0) - word.length()));
        }
        final StringBuilder all =
                new StringBuilder(line.append(pairs).toString().strip());
        below.forEach(next -> all.append("\n\t").append(next));
        return all.toString();
    }

    String json() {
        return JsonMapper.shared().writeValueAsString(json);
    }

    /** All rows as lines with columns. */
    static List<String> lines(final List<Row> rows) {
        int columns = 0;
        for (final Row row : rows) {
            columns = Math.max(columns, row.words.size());
        }
        final int[] widths = new int[columns];
        for (final Row row : rows) {
            for (int i = 0; i < row.words.size(); i++) {
                widths[i] = Math.max(widths[i], row.words.get(i).length());
            }
        }
        return rows.stream().map(row -> row.text(widths)).toList();
    }

    /** All rows as a JSON array, one object a line. */
    static String array(final List<Row> rows) {
        final StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < rows.size(); i++) {
            text.append(i == 0 ? "" : ",\n").append(rows.get(i).json());
        }
        return text.append(']').toString();
    }

    private static Object plain(final Object value) {
        return value instanceof Collection<?> list
                ? list.stream().map(Object::toString).toList()
                : value;
    }

    private static String text(final @Nullable Object value) {
        if (value instanceof Collection<?> list) {
            return String.join(" ", list.stream().map(Object::toString).toList());
        }
        return value == null ? "" : value.toString();
    }
}
