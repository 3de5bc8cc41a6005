// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

/** What becomes of a flow. Ordinals stand in files: new ones go to the end. */
public enum Verdict {
    /** Not known: its frames wait for a neighbor. */
    NONE("none"),
    /** Its last frame left by a port or a tunnel. */
    FORWARDED("forwarded"),
    /** Its last frame was dropped. */
    DROPPED("dropped"),
    /** It is meant for the node itself. */
    LOCAL("local");

    private static final Verdict[] ALL = values();

    private final String label;

    Verdict(final String label) {
        this.label = label;
    }

    /** As it is typed and shown. */
    public String label() {
        return label;
    }

    /** The one with this ordinal; the first for a number that is none's. */
    static Verdict of(final int ordinal) {
        return ALL[ordinal < ALL.length ? ordinal : 0];
    }
}
