// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

/** Why a flow is no more. Ordinals stand in files: new ones go to the end. */
public enum CloseCause {
    /** It is there. */
    NONE("none"),
    /** No frame for as long as its state allows. */
    IDLE("idle"),
    /** Both ends have closed the TCP connection. */
    FIN("fin"),
    /** One end has reset the TCP connection. */
    RST("rst"),
    /** Its place was needed. */
    EVICTED("evicted"),
    /** The node ended. */
    ENDED("ended"),
    /** A new connection has the same ports. */
    REUSED("reused");

    private static final CloseCause[] ALL = values();

    private final String label;

    CloseCause(final String label) {
        this.label = label;
    }

    /** As it is typed and shown. */
    public String label() {
        return label;
    }

    /** The one with this ordinal; the first for a number that is none's. */
    static CloseCause of(final int ordinal) {
        return ALL[ordinal < ALL.length ? ordinal : 0];
    }
}
