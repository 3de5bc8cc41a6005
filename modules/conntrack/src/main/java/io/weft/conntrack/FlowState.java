// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

/** How far a flow is; those of TCP follow RFC 5382 section 5 in what may time out when. Ordinals stand in files: new ones go to the end. */
public enum FlowState {
    /** No frame of the other direction yet. */
    NEW("new"),
    /** Both directions were seen. */
    REPLIED("replied"),
    /** TCP: a SYN. */
    SYN_SENT("syn-sent"),
    /** TCP: a SYN from both, or a SYN and its answer. */
    SYN_RECEIVED("syn-received"),
    /** TCP: open, or picked up in the middle with both directions seen. */
    ESTABLISHED("established"),
    /** TCP: one end has closed. */
    FIN_WAIT("fin-wait"),
    /** TCP: both ends have closed, or one has reset. */
    CLOSED("closed");

    private static final FlowState[] ALL = values();

    private final String label;

    FlowState(final String label) {
        this.label = label;
    }

    /** As it is typed and shown. */
    public String label() {
        return label;
    }

    /** The one with this ordinal; the first for a number that is none's. */
    static FlowState of(final int ordinal) {
        return ALL[ordinal < ALL.length ? ordinal : 0];
    }
}
