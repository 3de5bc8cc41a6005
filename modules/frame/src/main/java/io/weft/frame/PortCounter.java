// SPDX-License-Identifier: Apache-2.0
package io.weft.frame;

/** Counters of each port. A super-frame counts as one frame. Drops by reason go by the port of ingress. */
public enum PortCounter {
    RX_FRAMES("rx-frames"),
    RX_BYTES("rx-bytes"),
    TX_FRAMES("tx-frames"),
    TX_BYTES("tx-bytes"),
    TX_DROPPED("tx-dropped"),
    RX_SEGMENTS("rx-segments"),
    TX_SEGMENTS("tx-segments");

    private final String label;

    PortCounter(final String label) {
        this.label = label;
    }

    /** Lower-case word with hyphens. */
    public String label() {
        return label;
    }
}
