// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.conntrack.FlowSettings;

/**
 * Sizes and habits of a worker.
 *
 * @param poolFrames frames in the pool, 64 KB each
 * @param maxPorts ports, the underlay among them
 * @param budget frames that a port may deliver before the next port's turn
 * @param spinMicros time without work after which the worker blocks in the kernel
 * @param workers 1 to {@value #MAX_WORKERS}, each with a pool and tables of its own
 * @param flows limits of the flow tables, of all workers together
 * @param flowRing octets of a worker's ring of flow events; 0: nobody wants them
 */
public record Options(
        int poolFrames, int maxPorts, int budget, int spinMicros, int workers, FlowSettings flows, int flowRing) {
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

    /** With flow tables of the usual limits, and no events. */
    public Options(
            final int poolFrames, final int maxPorts, final int budget, final int spinMicros, final int workers) {
        this(poolFrames, maxPorts, budget, spinMicros, workers, FlowSettings.DEFAULT, 0);
    }

    /** What one worker's table may have: flows are divided among workers. */
    FlowSettings workerFlows() {
        final int flowsEach = Math.max(FlowSettings.MIN_FLOWS, flows.maxFlows() / workers);
        return flows.withMaxFlows(flowsEach).withPerSource(Math.clamp(flows.perSource() / workers, 1, flowsEach));
    }

    /** The same with these flows. */
    public Options with(final FlowSettings limits, final int ring) {
        return new Options(poolFrames, maxPorts, budget, spinMicros, workers, limits, ring);
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
