// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.math.BigDecimal;
import java.math.RoundingMode;

/** What all plots share. A unit is a pixel of a phone's screen: plots there are as wide as drawn, elsewhere wider. */
final class Plots {
    static final double WIDTH = 400;
    private static final int LONGEST_LABEL = 46;

    private Plots() {}

    /** A coordinate, to a tenth. */
    static String at(final double coordinate) {
        return new BigDecimal(coordinate)
                .setScale(1, RoundingMode.HALF_UP)
                .stripTrailingZeros()
                .toPlainString();
    }

    /** Starts a picture that names itself to those who can't see it. {@code id} is unique in the page. */
    static void open(
            final Markup page, final String id, final double height, final String title, final String description) {
        page.open(
                "svg",
                "viewBox",
                "0 0 " + at(WIDTH) + " " + at(height),
                "role",
                "img",
                "aria-labelledby",
                id + "-title " + id + "-desc");
        page.element("title", title, "id", id + "-title");
        page.element("desc", description, "id", id + "-desc");
    }

    static void line(
            final Markup page,
            final String cssClass,
            final double x1,
            final double y1,
            final double x2,
            final double y2) {
        page.empty("line", "class", cssClass, "x1", at(x1), "y1", at(y1), "x2", at(x2), "y2", at(y2));
    }

    /** {@code anchor} is start, middle or end. */
    static void text(
            final Markup page,
            final String cssClass,
            final String anchor,
            final double x,
            final double y,
            final String text) {
        page.element("text", text, "class", cssClass, "text-anchor", anchor, "x", at(x), "y", at(y));
    }

    /** A label that fits beside a plot: a longer one ends in an ellipsis. */
    static String label(final String title) {
        return title.codePointCount(0, title.length()) <= LONGEST_LABEL
                ? title
                : title.substring(0, title.offsetByCodePoints(0, LONGEST_LABEL - 1))
                                .strip() + "…";
    }
}
