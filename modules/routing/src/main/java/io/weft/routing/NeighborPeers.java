// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

/**
 * The other workers of the node, which must know what one heard of a neighbor: frames may wait for it there. Called on the
 * worker thread: must neither block nor allocate.
 */
@FunctionalInterface
public interface NeighborPeers {
    /** {@link #onHeard}: said without having been asked, as for {@link NeighborTable#learn}. */
    int UNASKED = 1 << 31;

    /**
     * A neighbor answered, or its MAC is new, another, or not told for a while.
     *
     * @param mac {@link NeighborTable#NO_MAC} if an advertisement had none
     * @param flags those of {@link NeighborTable#advertise}, or {@link #UNASKED}
     * @param source to whom the entry is put down
     * @param port behind which the neighbor is
     */
    void onHeard(int network, long high, long low, long mac, int flags, int source, int port);
}
