// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.bench.BenchResults.Point;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Distributions of times as lines: to the right the percentile, each nine as wide as the one before; upwards the time, each
 * factor of ten as high as the others. Lines carry their names at the right end.
 */
final class CurvePlot {
    private static final double HEIGHT = 310;
    private static final double LEFT = 44;
    private static final double RIGHT = 302;
    private static final double TOP = 20;
    private static final double BOTTOM = 272;
    private static final double LABEL_HEIGHT = 15;
    private static final int LONGEST_LABEL = 13;
    /** Beyond five nines lie single values, which no run is long enough to repeat. */
    private static final double MOST_NINES = 5;

    private static final double[] PERCENTILES = {50, 90, 99, 99.9, 99.99, 99.999};
    private static final double[] DESCRIBED = {50, 99, 99.9};

    private CurvePlot() {}

    /** A system's distribution. */
    record Curve(String system, String title, List<Point> points) {
        /** Without what has no place on logarithmic axes, ascending. */
        Curve {
            points = points.stream()
                    .filter(point -> point.micros() > 0
                            && Double.isFinite(point.micros())
                            && point.percentile() >= 0
                            && nines(point.percentile()) <= MOST_NINES + 1e-6)
                    .sorted(Comparator.comparingDouble(Point::percentile))
                    .toList();
        }

        /** Whether there is anything to draw. */
        boolean isLine() {
            return points.size() > 1;
        }
    }

    /** The axis of times on which all these distributions can be compared. */
    static Scale scale(final List<List<Curve>> plots) {
        final List<Double> micros = plots.stream()
                .flatMap(List::stream)
                .flatMap(curve -> curve.points().stream())
                .map(Point::micros)
                .toList();
        return Scale.log(
                micros.stream().mapToDouble(Double::doubleValue).min().orElse(0),
                micros.stream().mapToDouble(Double::doubleValue).max().orElse(0));
    }

    /** Draws those curves that have a line; says so if there is none. */
    static void draw(
            final Markup page, final String id, final String title, final List<Curve> curves, final Scale scale) {
        final List<Curve> drawn = curves.stream().filter(Curve::isLine).toList();
        Plots.open(page, id, HEIGHT, title, describe(drawn));
        final double nines = drawn.stream()
                .mapToDouble(curve -> nines(curve.points().getLast().percentile()))
                .max()
                .orElse(2);
        drawAxes(page, scale, nines);
        // Weft's comes last: it is never hidden.
        drawn.stream()
                .sorted(Comparator.comparing(curve -> curve.system().equals(BenchReport.WEFT)))
                .forEach(curve -> drawCurve(page, curve, scale, nines));
        drawLabels(page, drawn, scale, nines);
        page.closeLine();
    }

    /** How many nines a percentile has: 1 for 90, 2 for 99, and 0.3 for 50. */
    private static double nines(final double percentile) {
        return percentile < 100 ? -Math.log10(1 - percentile / 100) : Double.POSITIVE_INFINITY;
    }

    private static String describe(final List<Curve> curves) {
        return curves.isEmpty()
                ? "nothing was measured"
                : curves.stream().map(CurvePlot::describe).collect(Collectors.joining("; "));
    }

    private static String describe(final Curve curve) {
        final List<String> words = new ArrayList<>();
        for (final double percentile : DESCRIBED) {
            curve.points().stream()
                    .filter(point -> point.percentile() >= percentile - 1e-9)
                    .findFirst()
                    .ifPresent(point -> words.add(
                            Figures.percentile(percentile) + " within " + Figures.value(point.micros(), "us")));
        }
        return curve.title() + ": " + String.join(", ", words);
    }

    private static void drawAxes(final Markup page, final Scale scale, final double nines) {
        Plots.text(page, "tick", "start", 0, 10, "µs");
        for (final double tick : scale.ticks()) {
            final double y = y(scale, tick);
            Plots.line(page, "grid", LEFT, y, RIGHT, y);
            Plots.text(page, "tick", "end", LEFT - 6, y + 4, Figures.tick(tick));
        }
        for (final double percentile : PERCENTILES) {
            if (nines(percentile) <= nines + 1e-6) {
                final double x = x(percentile, nines);
                Plots.line(page, "grid", x, TOP, x, BOTTOM + 4);
                Plots.text(page, "tick", "middle", x, BOTTOM + 18, label(percentile));
            }
        }
        Plots.line(page, "axis", LEFT, BOTTOM, RIGHT, BOTTOM);
        Plots.text(page, "tick", "middle", (LEFT + RIGHT) / 2, BOTTOM + 35, "percentile");
    }

    private static String label(final double percentile) {
        return Figures.percentile(percentile).replace(" ", "");
    }

    private static void drawCurve(final Markup page, final Curve curve, final Scale scale, final double nines) {
        final SystemStyle style = SystemStyle.of(curve.system());
        page.open("g", "class", style.cssClass());
        page.element("title", describe(curve));
        final String points = curve.points().stream()
                .map(point -> Plots.at(x(point.percentile(), nines)) + "," + Plots.at(y(scale, point.micros())))
                .distinct()
                .collect(Collectors.joining(" "));
        final String strength = curve.system().equals(BenchReport.WEFT) ? "curve strong" : "curve";
        page.empty("polyline", "class", style.isVariant() ? strength + " dashed" : strength, "points", points);
        final Point last = curve.points().getLast();
        style.draw(page, x(last.percentile(), nines), y(scale, last.micros()));
        page.close();
    }

    /** Names at the lines' ends, moved apart where lines end close together, with a thin line to each. */
    private static void drawLabels(final Markup page, final List<Curve> curves, final Scale scale, final double nines) {
        final List<Curve> fromTop = curves.stream()
                .sorted(Comparator.comparingDouble(
                        curve -> y(scale, curve.points().getLast().micros())))
                .toList();
        final double[] wanted = fromTop.stream()
                .mapToDouble(curve -> y(scale, curve.points().getLast().micros()))
                .toArray();
        final double[] places = apart(wanted, LABEL_HEIGHT, TOP, BOTTOM);
        for (int i = 0; i < places.length; i++) {
            final Curve curve = fromTop.get(i);
            final double end = x(curve.points().getLast().percentile(), nines);
            page.open("g", "class", SystemStyle.of(curve.system()).cssClass());
            Plots.line(page, "leader", end + 6, wanted[i], RIGHT + 14, places[i]);
            final String strength = curve.system().equals(BenchReport.WEFT) ? "label strong" : "label";
            page.element("title", curve.title());
            Plots.text(page, strength, "start", RIGHT + 18, places[i] + 4, name(curve));
            page.close();
        }
    }

    /** What fits beside the plot: the title, or else the name on the command line. */
    private static String name(final Curve curve) {
        final String text = curve.title().length() <= LONGEST_LABEL ? curve.title() : curve.system();
        return text.codePointCount(0, text.length()) <= LONGEST_LABEL
                ? text
                : text.substring(0, text.offsetByCodePoints(0, LONGEST_LABEL - 1)) + "…";
    }

    /** Places at least {@code gap} apart, in the order of the wanted ones and near them, within the limits if they fit. */
    static double[] apart(final double[] wanted, final double gap, final double low, final double high) {
        final double[] places = wanted.clone();
        for (int i = 0; i < places.length; i++) {
            final double least = i == 0 ? low : places[i - 1] + gap;
            places[i] = Math.max(places[i], least);
        }
        double most = high;
        for (int i = places.length - 1; i >= 0; i--) {
            places[i] = Math.min(places[i], most);
            most = places[i] - gap;
        }
        return places;
    }

    private static double x(final double percentile, final double nines) {
        return LEFT + Math.min(1, nines(percentile) / nines) * (RIGHT - LEFT);
    }

    private static double y(final Scale scale, final double micros) {
        return BOTTOM - scale.at(micros) * (BOTTOM - TOP);
    }
}
