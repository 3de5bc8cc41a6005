// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Where values lie on an axis.
 *
 * @param low value at its start
 * @param high value at its end, greater than {@code low}
 * @param isLog whether equal factors rather than equal differences are equally far apart
 * @param ticks values with a label, ascending, within the axis
 */
record Scale(double low, double high, boolean isLog, List<Double> ticks) {
    /** Round numbers within a decade. */
    private static final double[] STEPS = {1, 2, 5};

    /** Beyond these no measurement has values, and ticks could not be told from one another. */
    private static final double LEAST = 1e-15;

    private static final double GREATEST = 1e15;

    private static final double[] LINEAR_STEPS = {1, 2, 2.5, 5};

    /** A linear axis from zero to a round value that holds {@code max}, with at most {@code most} steps; without one, to 1. */
    static Scale linear(final double max, final int most) {
        if (!(max >= LEAST) || max > GREATEST) {
            return new Scale(0, 1, false, List.of(0.0, 1.0));
        }
        final double step = stepAbove(max / most, LINEAR_STEPS);
        final int count = Math.max(1, (int) Math.ceil(max / step - 1e-9));
        final List<Double> ticks = new ArrayList<>();
        for (int i = 0; i <= count; i++) {
            ticks.add(round(i * step));
        }
        return new Scale(0, ticks.getLast(), false, List.copyOf(ticks));
    }

    /** A logarithmic axis with round ends that holds both values; without such values from 1 to 10. */
    static Scale log(final double min, final double max) {
        if (!(min >= LEAST) || !(max >= min) || max > GREATEST) {
            return new Scale(1, 10, true, List.of(1.0, 10.0));
        }
        final double low = stepBelow(min);
        final double high = stepAbove(Math.max(max, low * 1.01), STEPS);
        // From three decades on a label for each power of ten is enough, and more would not fit.
        final boolean isWide = high / low > 1000;
        final List<Double> ticks = new ArrayList<>();
        for (int decade = exponent(low); decade <= exponent(high); decade++) {
            for (final double step : STEPS) {
                final double tick = round(step * Math.pow(10, decade));
                if (tick >= low && tick <= high && (step == 1 || !isWide)) {
                    ticks.add(tick);
                }
            }
        }
        return new Scale(low, high, true, List.copyOf(ticks));
    }

    /** From 0 at the start of the axis to 1 at its end; values beyond lie at the ends. */
    double at(final double value) {
        final double share =
                isLog ? Math.log(Math.max(value, low) / low) / Math.log(high / low) : (value - low) / (high - low);
        return Math.clamp(share, 0, 1);
    }

    /** The least of these steps, in some decade, that is not below a value. */
    private static double stepAbove(final double value, final double[] steps) {
        final double power = Math.pow(10, exponent(value));
        for (final double step : steps) {
            if (step * power >= value * (1 - 1e-9)) {
                return round(step * power);
            }
        }
        return round(10 * power);
    }

    private static double stepBelow(final double value) {
        final double power = Math.pow(10, exponent(value));
        double below = power;
        for (final double step : STEPS) {
            if (step * power <= value * (1 + 1e-9)) {
                below = step * power;
            }
        }
        return round(below);
    }

    private static int exponent(final double value) {
        return (int) Math.floor(Math.log10(value) + 1e-9);
    }

    /** Without the dust of binary fractions: 0.3, not 0.30000000000000004. */
    private static double round(final double value) {
        if (value == 0) {
            return 0;
        }
        return Double.parseDouble(String.format(Locale.ROOT, "%.9e", value));
    }
}
