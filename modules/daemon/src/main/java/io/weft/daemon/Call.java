// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.io.IOException;
import java.util.List;

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

    /** One row of an endless listing, sent at once. */
    void stream(final Row row) throws IOException {
        reply.line(json ? row.json() : row.text(new int[0]));
        reply.flush();
    }
}
