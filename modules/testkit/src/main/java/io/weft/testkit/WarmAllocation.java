// SPDX-License-Identifier: Apache-2.0
package io.weft.testkit;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;

/** Octets that the calling thread allocates. */
public final class WarmAllocation {
    private static final int ROUNDS = 20;
    /** What the compiler may take on a machine that is busy with other things. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private WarmAllocation() {}

    /**
     * What a round of {@code work} allocates once it is warm: the least of {@value #ROUNDS} rounds after a first one, or of as many as
     * half a minute has. Until it is warm, and now and then later on a busy machine, the compiler throws code away and what runs in
     * its place allocates a little. What allocates per frame does so in every round.
     */
    public static long of(final Runnable work) {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        work.run();
        final long start = System.nanoTime();
        long least = Long.MAX_VALUE;
        for (int round = 0; least > 0 && (round < ROUNDS || System.nanoTime() - start < PATIENCE_NANOS); round++) {
            final long before = threads.getCurrentThreadAllocatedBytes();
            work.run();
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return least;
    }

    /** The same, of rounds of {@code times} runs each. */
    public static long of(final int times, final Runnable work) {
        return of(() -> {
            for (int i = 0; i < times; i++) {
                work.run();
            }
        });
    }
}
