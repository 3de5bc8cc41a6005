// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

/**
 * Sizes and habits of a worker.
 *
 * @param poolFrames frames in the pool, 64 KB each
 * @param maxPorts ports, the underlay among them
 * @param budget frames that a port may deliver before the next port's turn
 * @param spinMicros time without work after which the worker blocks in the kernel
 */
public record Options(int poolFrames, int maxPorts, int budget, int spinMicros) {
    /**
     * What a node uses. Spinning pays where a CPU is idle: with two, it takes the one that the pod needs to answer (round
     * trip between two nodes on two CPUs: 75 us and more with 40 us of spinning, 51 us without).
     */
    public static final Options DEFAULT =
            new Options(512, 256, 64, Runtime.getRuntime().availableProcessors() > 2 ? 40 : 0);
}
