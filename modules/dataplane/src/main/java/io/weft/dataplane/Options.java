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
    /** What a node uses. */
    public static final Options DEFAULT = new Options(512, 256, 64, 40);
}
