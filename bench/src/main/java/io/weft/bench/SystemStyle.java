// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

/**
 * How plots tell a system from others: a colour of a palette that colour-blind people can read, and, since colour alone is
 * not enough, a marker. A variant of a system has its marker hollow and its line dashed.
 *
 * @param cssClass sets the colour, see {@code report.css}
 */
record SystemStyle(String cssClass, Marker marker, boolean isVariant) {
    /** Drawn where a line ends, as an SVG path around that point. */
    enum Marker {
        CIRCLE("m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z"),
        SQUARE("m-3.6 -3.6h7.2v7.2h-7.2z"),
        TRIANGLE("m0 -4.6l4.4 7.8h-8.8z"),
        DIAMOND("m0 -5l5 5l-5 5l-5 -5z"),
        CROSS("m-1.4 -4.4h2.8v3h3v2.8h-3v3h-2.8v-3h-3v-2.8h3z");

        private final String shape;

        Marker(final String shape) {
            this.shape = shape;
        }
    }

    static SystemStyle of(final String system) {
        return switch (system) {
            case "weft" -> new SystemStyle("s-weft", Marker.CIRCLE, false);
            case "weft-plain" -> new SystemStyle("s-weft-plain", Marker.CIRCLE, true);
            case "weft-journal" -> new SystemStyle("s-weft-journal", Marker.DIAMOND, true);
            case "kernel" -> new SystemStyle("s-kernel", Marker.SQUARE, false);
            case "ovs" -> new SystemStyle("s-ovs", Marker.TRIANGLE, false);
            case "ovs-tso" -> new SystemStyle("s-ovs-tso", Marker.TRIANGLE, true);
            case "vde" -> new SystemStyle("s-vde", Marker.DIAMOND, false);
            case "c" -> new SystemStyle("s-c", Marker.CROSS, false);
            case "c-plain" -> new SystemStyle("s-c-plain", Marker.CROSS, true);
            default -> new SystemStyle("s-other", Marker.SQUARE, true);
        };
    }

    /** Draws the marker around a point. */
    void draw(final Markup page, final double x, final double y) {
        final String cssClass = isVariant ? "marker hollow" : "marker";
        page.empty("path", "class", cssClass, "d", "M" + Plots.at(x) + " " + Plots.at(y) + marker.shape);
    }
}
