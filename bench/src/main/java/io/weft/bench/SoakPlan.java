// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

/**
 * How long a soak is and how hard.
 *
 * @param seconds that count
 * @param warmUp seconds of the same load before them, at least
 * @param longestWarmUp seconds after which the run begins also where a worker still allocates
 * @param interval seconds from one sample to the next
 * @param framesPerSecond of UDP
 */
record SoakPlan(double seconds, double warmUp, double longestWarmUp, double interval, double framesPerSecond) {
    private static final int SECONDS_PER_MINUTE = 60;
    private static final double WARM_UP = 60;
    private static final double LONGEST_WARM_UP = 180;
    private static final double INTERVAL = 10;
    private static final double FRAMES_PER_SECOND = 20_000;

    /** The one of {@code --soak MINUTES}. */
    static SoakPlan ofMinutes(final int minutes) {
        final double seconds = (double) minutes * SECONDS_PER_MINUTE;
        return new SoakPlan(seconds, WARM_UP, LONGEST_WARM_UP, INTERVAL, FRAMES_PER_SECOND);
    }
}
