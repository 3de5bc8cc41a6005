// SPDX-License-Identifier: Apache-2.0
package io.weft.switching;

/** Told of what an operator should know. Called on the worker thread: must neither block nor throw. */
@FunctionalInterface
public interface SwitchListener {
    /** Hears nothing. */
    SwitchListener NONE = (network, mac, from, to) -> {};

    /**
     * A MAC moved too often and is now held. Called at most once per MAC and hold time, so the number of calls is bounded
     * by the learn limit.
     *
     * @param network index of the network
     * @param mac the address
     * @param from where it is held (a {@code Destination})
     * @param to where the frame came from that would have moved it once more
     */
    void onFlap(int network, long mac, int from, int to);
}
