// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

/** What an event tells of its flow. Ordinals stand in files: new ones go to the end. */
public enum FlowEventType {
    /** Of no use. */
    NONE("none"),
    /** Its first frame came and has gone its way. */
    OPEN("open"),
    /** It is still open; counters as they are now. */
    UPDATE("update"),
    /** It is no more; counters are final. */
    CLOSE("close"),
    /** A frame of it was dropped for a reason for which none was before. */
    DROP("drop");

    private static final FlowEventType[] ALL = values();

    private final String label;

    FlowEventType(final String label) {
        this.label = label;
    }

    /** As it is typed and shown. */
    public String label() {
        return label;
    }

    /** The one with this ordinal; the first for a number that is none's. */
    static FlowEventType of(final int ordinal) {
        return ALL[ordinal < ALL.length ? ordinal : 0];
    }
}
