// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/** One command on its way through the node: its words, the flags, and where its output goes. */
record Call(Node node, Words words, boolean json, boolean statistics, Reply reply) {
    /** Rows as lines or as one JSON array. */
    void show(final List<Row> rows) throws IOException {
        if (json) {
            reply.line(Row.array(rows));
            return;
        }
        for (final String line : Row.lines(rows)) {
            reply.line(line);
        }
    }

    /** As {@link #show}, for tables that may be long: row by row, without columns. */
    void showEach(final Stream<Row> rows) throws IOException {
        String before = json ? "[" : "";
        for (final Iterator<Row> each = rows.iterator(); each.hasNext(); before = json ? "," : "") {
            final Row row = each.next();
            reply.line(before + (json ? row.json() : row.text(new int[0])));
        }
        if (json) {
            reply.line(before.equals("[") ? "[]" : "]");
        }
    }

    /** One row of an endless listing, sent at once. */
    void stream(final Row row) throws IOException {
        reply.line(json ? row.json() : row.text(new int[0]));
        reply.flush();
    }
}
