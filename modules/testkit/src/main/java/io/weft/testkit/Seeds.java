// SPDX-License-Identifier: Apache-2.0
package io.weft.testkit;

import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Runs a random test with many seeds. A failure names its seed, and {@code WEFT_SEED=<seed>} in the environment runs that
 * one alone.
 */
public final class Seeds {
    private Seeds() {}

    /** One run of a test. */
    @FunctionalInterface
    public interface Run {
        /** Takes everything random from {@code random}. */
        void with(SplittableRandom random) throws Exception;
    }

    /**
     * Runs the test {@code runs} times with seeds that differ from day to day, or once with {@code WEFT_SEED}.
     *
     * @throws AssertionError naming the seed of the first run that failed
     */
    public static void each(final int runs, final Run run) {
        final String given = System.getenv("WEFT_SEED");
        each(runs, given, System.nanoTime(), run);
    }

    static void each(final int runs, final @Nullable String given, final long start, final Run run) {
        if (given != null) {
            once(Long.parseLong(given), run);
            return;
        }
        final SplittableRandom seeds = new SplittableRandom(start);
        for (int i = 0; i < runs; i++) {
            once(seeds.nextLong(), run);
        }
    }

    private static void once(final long seed, final Run run) {
        try {
            run.with(new SplittableRandom(seed));
        } catch (final Exception | AssertionError e) {
            throw new AssertionError("failed with WEFT_SEED=" + seed + ": " + e.getMessage(), e);
        }
    }
}
