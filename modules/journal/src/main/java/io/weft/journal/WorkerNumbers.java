// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Which number each worker's next event has, from the 32 bits of it that stand in events. */
final class WorkerNumbers {
    private static final long LOW = 0xFFFF_FFFFL;
    private static final long UNKNOWN = -1;

    private long[] next = new long[0];

    private void grow(final int worker) {
        if (worker >= next.length) {
            final int old = next.length;
            next = Arrays.copyOf(next, worker + 1);
            Arrays.fill(next, old, next.length, UNKNOWN);
        }
    }

    /** The worker's next event has {@code number}; negative: whatever comes. */
    void begin(final int worker, final long number) {
        grow(worker);
        next[worker] = number;
    }

    /** Takes the next event that is there: how many are missing in front of it. */
    long take(final int worker, final long number) {
        grow(worker);
        final long expected = next[worker];
        final long gap = expected == UNKNOWN ? 0 : (number - expected) & LOW;
        next[worker] = expected == UNKNOWN ? number + 1 : expected + gap + 1;
        return gap;
    }

    /** Nothing in front of {@code number} will come: how many are missing. */
    long skipTo(final int worker, final long number) {
        grow(worker);
        final long gap = next[worker] == UNKNOWN ? 0 : Math.max(0, number - next[worker]);
        next[worker] += gap;
        return gap;
    }

    int workers() {
        return next.length;
    }

    /** Of a worker without events and beginning 0. */
    long next(final int worker) {
        return worker < next.length ? Math.max(0, next[worker]) : 0;
    }

    List<Long> next() {
        final List<Long> list = new ArrayList<>();
        for (int worker = 0; worker < next.length; worker++) {
            list.add(next(worker));
        }
        return list;
    }
}
