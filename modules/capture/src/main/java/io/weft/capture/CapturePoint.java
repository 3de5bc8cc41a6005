// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

/** Where on a frame's way a capture may look. */
public enum CapturePoint {
    /** Received from a pod's port. */
    RX("rx"),
    /** Sent to a pod's port. */
    TX("tx"),
    /** Received from the underlay, VXLAN header still on. */
    TUNNEL_RX("tunnel-rx"),
    /** Sent to the underlay, VXLAN header already on. */
    TUNNEL_TX("tunnel-tx"),
    /** Dropped, by whatever stage. */
    DROP("drop");

    /** The masks of all points. */
    public static final int ALL = (1 << 5) - 1;

    private final String label;
    private final int mask;

    CapturePoint(final String label) {
        this.label = label;
        this.mask = 1 << ordinal();
    }

    /** As it is typed and as it stands in interface names. */
    public String label() {
        return label;
    }

    /** One bit. */
    public int mask() {
        return mask;
    }

    /**
     * The mask of what a user typed: {@code all}, or labels separated by commas.
     *
     * @throws IllegalArgumentException with one clear line if a label is unknown
     */
    public static int parseMask(final String text) {
        int mask = 0;
        for (final String label : text.split(",", -1)) {
            mask |= maskOf(label.strip());
        }
        return mask;
    }

    private static int maskOf(final String label) {
        if (label.equals("all")) {
            return ALL;
        }
        for (final CapturePoint point : values()) {
            if (point.label.equals(label)) {
                return point.mask;
            }
        }
        throw new IllegalArgumentException(
                "no capture point \"" + label + "\": one of rx, tx, tunnel-rx, tunnel-tx, drop, all");
    }
}
