// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

/**
 * A token bucket for each of several sources, kept as one number: the time at which the bucket would be full again
 * (the generic cell rate algorithm).
 */
final class RateLimiter {
    private final long[] fullAt;
    private final long intervalMicros;
    private final long depthMicros;

    /**
     * Full buckets.
     *
     * @param intervalMicros time in which a token comes in
     * @param burst tokens that a bucket holds
     */
    RateLimiter(final int sources, final long intervalMicros, final int burst) {
        this.fullAt = new long[sources];
        this.intervalMicros = intervalMicros;
        this.depthMicros = intervalMicros * (burst - 1);
    }

    /** Takes a token of {@code source}; false if there is none. */
    boolean take(final int source, final long nowMillis) {
        final long now = nowMillis * 1000;
        final long from = Math.max(now, fullAt[source]);
        if (from - now > depthMicros) {
            return false;
        }
        fullAt[source] = from + intervalMicros;
        return true;
    }
}
