// SPDX-License-Identifier: Apache-2.0
package io.weft.switching;

/**
 * One line of a forwarding database, as shown to users.
 *
 * @param mac the address
 * @param destination port or VTEP, see {@code Destination}
 * @param state how it came to be there
 * @param ageSeconds since a frame from the address was last seen there
 */
public record FdbEntry(long mac, int destination, State state, int ageSeconds) {
    /** How an entry came to be, and what may change it. */
    public enum State {
        /** Learned from a frame; ages and moves. */
        LEARNED,
        /** Set by control; neither ages nor moves. */
        STATIC,
        /** Learned, has moved too often, and is held where it is for a while. */
        DAMPED
    }
}
