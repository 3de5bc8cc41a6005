// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

/**
 * Events that were made and are not here, counted by who lost them.
 *
 * @param worker that made them
 * @param cause why
 * @param count of events
 * @param first time, nanoseconds since 1970
 * @param last time, nanoseconds since 1970
 */
record LossRecord(int worker, Cause cause, long count, long first, long last) {
    /** Why. */
    enum Cause {
        /** The ring was full. */
        RING("ring full"),
        /** The disk was full. */
        FULL("disk full"),
        /** The journal could not be written. */
        FAILED("journal failed");

        private final String label;

        Cause(final String label) {
            this.label = label;
        }

        String label() {
            return label;
        }
    }

    byte[] encode() {
        return new LineText()
                .line("worker", Integer.toString(worker))
                .line("cause", cause.name())
                .line("count", Long.toString(count))
                .line("first", Long.toString(first))
                .line("last", Long.toString(last))
                .octets();
    }

    static LossRecord decode(final byte[] octets) {
        final var lines = LineText.lines(octets);
        if (lines.size() != 5) {
            throw new IllegalArgumentException("a loss of " + lines.size() + " lines");
        }
        return new LossRecord(
                Integer.parseInt(lines.get(0)[1]),
                Cause.valueOf(lines.get(1)[1]),
                Long.parseLong(lines.get(2)[1]),
                Long.parseLong(lines.get(3)[1]),
                Long.parseLong(lines.get(4)[1]));
    }
}
