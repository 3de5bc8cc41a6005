// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import java.util.ArrayList;
import java.util.List;

/** A heading and rows in columns; numbers stand at the right. */
final class TextTable {
    private final List<List<String>> rows = new ArrayList<>();

    TextTable(final List<String> heading) {
        rows.add(heading);
    }

    /** As many values as the heading has. */
    void row(final List<?> values) {
        rows.add(values.stream().map(String::valueOf).toList());
    }

    List<String> lines() {
        final int columns = rows.get(0).size();
        final int[] widths = new int[columns];
        final boolean[] right = new boolean[columns];
        for (int column = 0; column < columns; column++) {
            right[column] = rows.size() > 1;
            for (int i = 0; i < rows.size(); i++) {
                final String cell = rows.get(i).get(column);
                widths[column] = Math.max(widths[column], cell.length());
                right[column] &= i == 0 || cell.matches("\\d*");
            }
        }
        return rows.stream().map(row -> line(row, widths, right)).toList();
    }

    private static String line(final List<String> row, final int[] widths, final boolean[] right) {
        final StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            final String cell = row.get(i);
            line.append(i == 0 ? "" : "  ");
            line.repeat(' ', right[i] ? widths[i] - cell.length() : 0).append(cell);
            line.repeat(' ', right[i] ? 0 : widths[i] - cell.length());
        }
        return line.toString().stripTrailing();
    }
}
