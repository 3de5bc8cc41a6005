// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Octets that the calling thread allocates. */
final class Allocation {
    private Allocation() {}

    /** Runs {@code work} {@code times} to warm up, and again to measure. */
    static long of(final int times, final Runnable work) {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int i = 0; i < times; i++) {
            work.run();
        }
        threads.getCurrentThreadAllocatedBytes();
        final long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < times; i++) {
            work.run();
        }
        return threads.getCurrentThreadAllocatedBytes() - before;
    }
}
