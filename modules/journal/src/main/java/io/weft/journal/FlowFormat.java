// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import java.util.Arrays;
import java.util.stream.Collectors;

/** How events are written. */
public enum FlowFormat {
    /** A line each, in columns, for people. */
    COMPACT("compact"),
    /** A JSON array. */
    JSON("json"),
    /** A JSON object a line (JSON lines). */
    JSONL("jsonl"),
    /** Comma-separated values with a header line (RFC 4180), lines end as the terminal's do. */
    CSV("csv");

    private final String label;

    FlowFormat(final String label) {
        this.label = label;
    }

    /** As it is typed. */
    public String label() {
        return label;
    }

    /**
     * The one of this label.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static FlowFormat parse(final String text) {
        return Arrays.stream(values())
                .filter(format -> format.label.equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("-o must be one of "
                        + Arrays.stream(values()).map(FlowFormat::label).collect(Collectors.joining(" ")) + ", not '"
                        + text + "'"));
    }
}
