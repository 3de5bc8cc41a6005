// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.EpochClock;

/**
 * The time of a worker's cycle, and what it is on the wall. The distance of the two is measured once a second and taken over only when
 * it is another by more than 10 ms: so times of one flow do not jump with every correction.
 */
final class FlowClock {
    private static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long TOLERATED_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final EpochClock wall;
    private long nanos;
    private int millis;
    private long offset;
    private long nextCheck;
    private boolean isSet;

    FlowClock(final EpochClock wall) {
        this.wall = wall;
    }

    void tick(final long now) {
        nanos = now;
        millis = (int) TimeUnit.NANOSECONDS.toMillis(now);
        if (isSet && now - nextCheck < 0) {
            return;
        }
        nextCheck = now + CHECK_NANOS;
        final long measured = TimeUnit.MILLISECONDS.toNanos(wall.time()) - now;
        if (!isSet || Math.abs(measured - offset) > TOLERATED_NANOS) {
            offset = measured;
            isSet = true;
        }
    }

    /** Monotonic. */
    long nanos() {
        return nanos;
    }

    /** Monotonic; wraps around. */
    int millis() {
        return millis;
    }

    /** Nanoseconds since 1970 at a monotonic time. */
    long wallAt(final long monotonic) {
        return monotonic + offset;
    }
}
