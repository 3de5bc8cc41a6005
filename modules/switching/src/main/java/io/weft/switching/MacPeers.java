// SPDX-License-Identifier: Apache-2.0
package io.weft.switching;

/**
 * The other workers of the node, which must know what one learned. Called on the worker thread, not for every frame: must
 * neither block nor allocate.
 */
@FunctionalInterface
public interface MacPeers {
    /**
     * A MAC is new, has moved, is held, or is seen where it was known to be and nobody was told for half of its ageing time.
     *
     * @param domain its network
     * @param result of {@link MacTable#learn}
     */
    void onPlaced(BridgeDomain domain, long mac, int result);
}
