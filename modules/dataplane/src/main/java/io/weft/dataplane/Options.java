// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

/**
 * Sizes and habits of a worker.
 *
 * @param poolFrames frames in the pool, 64 KB each
 * @param maxPorts ports, the underlay among them
 * @param budget frames that a port may deliver before the next port's turn
 * @param spinMicros time without work after which the worker blocks in the kernel
 * @param workers 1 to {@value #MAX_WORKERS}, each with a pool and tables of its own
 */
public record Options(int poolFrames, int maxPorts, int budget, int spinMicros, int workers) {
    /** Workers that a node may have. */
    public static final int MAX_WORKERS = 16;

    private static final int SPIN_MICROS = 40;

    /** What a node with one worker uses. */
    public static final Options DEFAULT = of(1);

    /** Refuses a number of workers out of range. */
    public Options {
        if (workers < 1 || workers > MAX_WORKERS) {
            throw new IllegalArgumentException("workers must be 1 to " + MAX_WORKERS + ", not " + workers);
        }
    }

    /** One worker. */
    public Options(final int poolFrames, final int maxPorts, final int budget, final int spinMicros) {
        this(poolFrames, maxPorts, budget, spinMicros, 1);
    }

    /**
     * What a node uses. Spinning pays where a CPU is idle: without one to spare, it takes the one that the pod needs to answer
     * (round trip between two nodes on two CPUs: 75 us and more with 40 us of spinning, 51 us without).
     */
    public static Options of(final int workers) {
        final boolean isCpuSpare = Runtime.getRuntime().availableProcessors() > workers + 1;
        return new Options(512, 256, 64, isCpuSpare ? SPIN_MICROS : 0, workers);
    }
}
