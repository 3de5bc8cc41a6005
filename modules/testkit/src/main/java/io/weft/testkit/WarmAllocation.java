// SPDX-License-Identifier: Apache-2.0
package io.weft.testkit;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Octets that the calling thread allocates. */
public final class WarmAllocation {
    private static final int ROUNDS = 5;

    private WarmAllocation() {}

    /**
     * What a round of {@code work} allocates once it is warm. It is warm when a round has allocated nothing, after at most
     * {@value #ROUNDS}: until then the compiler may throw code away once more, which allocates a little. What allocates per
     * frame does so in every round.
     */
    public static long of(final Runnable work) {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        work.run();
        for (int round = 0; round < ROUNDS && round(threads, work) > 0; round++) {
            // Not warm yet.
        }
        return round(threads, work);
    }

    private static long round(final ThreadMXBean threads, final Runnable work) {
        final long before = threads.getCurrentThreadAllocatedBytes();
        work.run();
        return threads.getCurrentThreadAllocatedBytes() - before;
    }
}
