// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

/** How far somebody has read a flow table, piece by piece: {@link FlowTracker#copy}. */
public final class FlowCursor {
    int next;
    boolean done;

    /** True once everything was read. */
    public boolean isDone() {
        return done;
    }
}
