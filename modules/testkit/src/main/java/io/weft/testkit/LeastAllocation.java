// SPDX-License-Identifier: Apache-2.0
package io.weft.testkit;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Octets that the calling thread allocates. */
public final class LeastAllocation {
    private static final int ROUNDS = 5;

    private LeastAllocation() {}

    /**
     * The least that a few rounds of {@code work} allocate after a first one. The compiler may throw code away once more,
     * which allocates a little; what allocates per frame does so in every round.
     */
    public static long of(final Runnable work) {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        work.run();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS && least > 0; round++) {
            final long before = threads.getCurrentThreadAllocatedBytes();
            work.run();
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }
}
