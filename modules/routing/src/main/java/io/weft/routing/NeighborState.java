// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

/** States of a neighbor: RFC 4861 section 7.3.2, and two that iproute2 adds. IPv4 neighbors have the same. */
public enum NeighborState {
    /** Being resolved; frames wait. */
    INCOMPLETE,
    /** Known to answer. */
    REACHABLE,
    /** Known, but not whether it still answers. */
    STALE,
    /** In use again after it was stale; probed soon if nothing confirms it. */
    DELAY,
    /** Being probed at the MAC that is known. */
    PROBE,
    /** Did not answer; frames to it are refused for a while. */
    FAILED,
    /** Set by control; nothing on the wire changes it. */
    PERMANENT;

    /** True if frames may be sent to the MAC that is known. */
    public boolean isUsable() {
        return this != INCOMPLETE && this != FAILED;
    }
}
