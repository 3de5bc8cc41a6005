// SPDX-License-Identifier: Apache-2.0
package io.weft.testkit;

import java.time.Duration;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;

/** A clock that only moves when told to. Both its readings begin at 0. */
public final class ManualClock implements NanoClock, EpochClock {
    private long nanos;

    @Override
    public long nanoTime() {
        return nanos;
    }

    @Override
    public long time() {
        return nanos / 1_000_000;
    }

    /** Moves on. */
    public void advance(final Duration duration) {
        nanos += duration.toNanos();
    }
}
