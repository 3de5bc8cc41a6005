// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The highest rate without loss, as in RFC 2544 section 26.1, by bisection: between no frame at all and what the sender
 * reached when nothing held it back.
 *
 * <p>A machine that others share loses a frame now and then for reasons of its own. So a rate has several tries, and holds
 * if one of them lost nothing; what was reached in that try counts, not what was asked for.
 */
final class ZeroLossSearch {
    /** Until a rate holds, it is halved at most so often. */
    private static final int MAX_HALVINGS = 10;

    private final int steps;
    private final int tries;

    /**
     * A search.
     *
     * @param steps bisections: the result is exact to the sender's rate divided by 2 to the power of this; where no rate
     *     has held by then, it goes on
     * @param tries of a rate, at least 1
     */
    ZeroLossSearch(final int steps, final int tries) {
        this.steps = steps;
        this.tries = tries;
    }

    /** What is searched. */
    @FunctionalInterface
    interface Path<T extends Trial> {
        /** Sends at so many frames per second; {@link Double#POSITIVE_INFINITY}: as many as it can. */
        T at(double framesPerSecond) throws BenchException;
    }

    /** What became of the frames at one rate. */
    interface Trial {
        /** Frames per second that were sent in fact. */
        double framesPerSecond();

        /** Frames that did not arrive. */
        long lost();
    }

    /**
     * Searches.
     *
     * @param isOver ends the bisection early, once a rate has held
     * @return the trial that held with the most frames per second; null if none did
     */
    <T extends Trial> @Nullable T run(final Path<T> path, final BooleanSupplier isOver) throws BenchException {
        final T unlimited = path.at(Double.POSITIVE_INFINITY);
        if (unlimited.lost() == 0) {
            return unlimited;
        }
        double low = 0;
        double high = unlimited.framesPerSecond();
        T best = null;
        for (int step = 0; best == null ? step < MAX_HALVINGS : step < steps && !isOver.getAsBoolean(); step++) {
            final double rate = (low + high) / 2;
            final T held = hold(path, rate);
            if (held == null) {
                high = rate;
            } else {
                low = rate;
                best = best == null || held.framesPerSecond() > best.framesPerSecond() ? held : best;
            }
        }
        return best;
    }

    private <T extends Trial> @Nullable T hold(final Path<T> path, final double rate) throws BenchException {
        for (int i = 0; i < tries; i++) {
            final T trial = path.at(rate);
            if (trial.lost() == 0) {
                return trial;
            }
        }
        return null;
    }
}
