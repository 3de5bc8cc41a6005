// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.journal.FlowPrinter;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Many lines to the standard output, which would send each by itself. */
final class LineOutput implements FlowPrinter.Lines {
    private static final int FLUSH_AT = 1 << 15;

    private final PrintStream out;
    private final StringBuilder pending = new StringBuilder();

    LineOutput(final PrintStream out) {
        this.out = out;
    }

    @Override
    public void line(final String text) throws IOException {
        pending.append(text).append('\n');
        if (pending.length() >= FLUSH_AT && !flush()) {
            throw new IOException("the output can't be written");
        }
    }

    /** Sends what there is; false if nobody takes it any more. */
    boolean flush() {
        final byte[] octets = pending.toString().getBytes(StandardCharsets.UTF_8);
        pending.setLength(0);
        out.write(octets, 0, octets.length);
        return !out.checkError();
    }
}
