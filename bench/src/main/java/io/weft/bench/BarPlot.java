// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Medians of one measure as bars from zero, one below the other; a whisker from the least to the greatest round, and each
 * round as a dot.
 */
final class BarPlot {
    private static final double ROW_HEIGHT = 38;
    private static final double BAR_HEIGHT = 14;
    private static final double BAR_TOP = 18;
    private static final double AXIS_HEIGHT = 26;
    private static final double SIDE = 4;
    private static final double LENGTH = Plots.WIDTH - 2 * SIDE;
    private static final double CAP = 4;
    /** Dots of several rounds take turns around the middle of the bar, so that equal ones stay apart. */
    private static final double[] DOT_SHIFTS = {0, -4, 4, -2, 2};

    private BarPlot() {}

    /** A system's values. {@code note} says why there is no summary. */
    record Bar(String system, String title, List<Double> values, BenchResults.@Nullable Summary summary, String note) {}

    /** The axis on which all these measures can be compared. */
    static Scale scale(final List<List<Bar>> plots) {
        final double max = plots.stream()
                .flatMap(List::stream)
                .mapToDouble(BarPlot::greatest)
                .filter(Double::isFinite)
                .max()
                .orElse(0);
        return Scale.linear(max, 5);
    }

    static void draw(
            final Markup page,
            final String id,
            final String title,
            final String unit,
            final List<Bar> bars,
            final Scale scale) {
        final double bottom = bars.size() * ROW_HEIGHT + 2;
        Plots.open(page, id, bottom + AXIS_HEIGHT, title, describe(bars, unit));
        drawAxis(page, scale, bottom);
        for (int i = 0; i < bars.size(); i++) {
            drawBar(page, bars.get(i), unit, scale, i * ROW_HEIGHT);
        }
        page.closeLine();
    }

    private static double greatest(final Bar bar) {
        double max = bar.summary() == null
                ? 0
                : Math.max(bar.summary().median(), bar.summary().max());
        for (final double value : bar.values()) {
            max = Math.max(max, value);
        }
        return max;
    }

    private static String describe(final List<Bar> bars, final String unit) {
        return bars.stream().map(bar -> describe(bar, unit)).collect(Collectors.joining("; "));
    }

    private static String describe(final Bar bar, final String unit) {
        final BenchResults.Summary summary = bar.summary();
        return bar.title() + ": "
                + (summary == null
                        ? bar.note()
                        : "median " + Figures.value(summary.median(), unit) + ", " + Figures.number(summary.min())
                                + " to " + Figures.number(summary.max()));
    }

    private static void drawAxis(final Markup page, final Scale scale, final double bottom) {
        final int last = scale.ticks().size() - 1;
        for (int i = 0; i <= last; i++) {
            final double tick = scale.ticks().get(i);
            final double x = x(scale, tick);
            Plots.line(page, tick == 0 ? "axis" : "grid", x, 0, x, bottom + 4);
            final String anchor = i == 0 ? "start" : i == last ? "end" : "middle";
            // A label at an end of the axis stays within the picture.
            final double shift = i == 0 ? -SIDE / 2 : i == last ? SIDE / 2 : 0;
            Plots.text(page, "tick", anchor, x + shift, bottom + 18, Figures.tick(tick));
        }
    }

    private static void drawBar(
            final Markup page, final Bar bar, final String unit, final Scale scale, final double top) {
        page.open("g", "class", SystemStyle.of(bar.system()).cssClass());
        page.element("title", describe(bar, unit));
        final String strength = bar.system().equals(BenchReport.WEFT) ? "label strong" : "label";
        Plots.text(page, strength, "start", SIDE + 2, top + 13, Plots.label(bar.title()));
        final BenchResults.Summary summary = bar.summary();
        if (summary == null || !Double.isFinite(summary.median())) {
            Plots.text(page, "note", "start", SIDE + 6, top + BAR_TOP + 11, bar.note());
        } else {
            Plots.text(page, strength, "end", Plots.WIDTH - SIDE, top + 13, Figures.number(summary.median()));
            drawValues(page, bar, summary, scale, top + BAR_TOP);
        }
        page.close();
    }

    private static void drawValues(
            final Markup page, final Bar bar, final BenchResults.Summary summary, final Scale scale, final double top) {
        final double middle = top + BAR_HEIGHT / 2;
        page.empty(
                "rect",
                "class",
                "bar",
                "x",
                Plots.at(SIDE),
                "y",
                Plots.at(top),
                "width",
                Plots.at(Math.max(1, x(scale, summary.median()) - SIDE)),
                "height",
                Plots.at(BAR_HEIGHT),
                "rx",
                "1.5");
        final double min = x(scale, summary.min());
        final double max = x(scale, summary.max());
        Plots.line(page, "whisker", min, middle, max, middle);
        Plots.line(page, "whisker", min, middle - CAP, min, middle + CAP);
        Plots.line(page, "whisker", max, middle - CAP, max, middle + CAP);
        for (int i = 0; i < bar.values().size(); i++) {
            final double value = bar.values().get(i);
            if (Double.isFinite(value)) {
                final double y = middle + DOT_SHIFTS[i % DOT_SHIFTS.length];
                page.empty("circle", "class", "dot", "cx", Plots.at(x(scale, value)), "cy", Plots.at(y), "r", "1.9");
            }
        }
    }

    private static double x(final Scale scale, final double value) {
        return SIDE + scale.at(value) * LENGTH;
    }
}
