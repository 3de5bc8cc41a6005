// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Octets that the calling thread allocates. */
final class Allocation {
    private static final int ROUNDS = 5;

    private Allocation() {}

    /**
     * Runs {@code work} {@code times} to warm up, and again to measure. The compiler may fall back to interpreted code once
     * more, whose downcalls allocate: what allocates per call does so in every round, so the least of a few counts.
     */
    static long of(final int times, final Runnable work) {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round <= ROUNDS && least > 0; round++) {
            final long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < times; i++) {
                work.run();
            }
            final long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            least = round == 0 ? least : Math.min(least, allocated);
        }
        return least;
    }
}
