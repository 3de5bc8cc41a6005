// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

/** Told of what an operator should know. Called on the worker thread: must neither block nor throw. */
public interface NeighborListener {
    /** Hears nothing. */
    NeighborListener NONE = new NeighborListener() {
        @Override
        public void onDuplicate(
                final int network, final long high, final long low, final long mac, final int port, final int vtep) {}

        @Override
        public void onFull(final boolean full) {}
    };

    /**
     * Somebody claims an address that is the router's or has a permanent entry. At most once in 10 s for each port and
     * VTEP.
     *
     * @param network index of the network
     * @param high the address, upper half
     * @param low the address, lower half
     * @param mac who claims it
     * @param port where the claim came in
     * @param vtep by which tunnel; {@code Frame.NONE}: none
     */
    void onDuplicate(int network, long high, long low, long mac, int port, int vtep);

    /** The table has no room ({@code full}), or has room again: a tenth of it. */
    void onFull(boolean full);
}
