// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import org.jspecify.annotations.Nullable;

/** The equal paths of a route (ECMP). A flow keeps its path as long as the group stays the same. */
public final class NextHopGroup {
    private static final int MIX = 0x85EB_CA6B;

    private final NextHop[] paths;
    /** The only path; null if there are several. Saves a load, and most groups have one path. */
    private final @Nullable NextHop only;

    /** One path or several. */
    public NextHopGroup(final NextHop... paths) {
        this.paths = paths.clone();
        this.only = paths.length == 1 ? paths[0] : null;
    }

    /** The path of a flow. The hash is mixed, because VTEPs and nodes before us have chosen by it too. */
    public NextHop select(final int flowHash) {
        if (only != null) {
            return only;
        }
        final int mixed = (flowHash ^ (flowHash >>> 15)) * MIX;
        return paths[(int) (((mixed & 0xFFFF_FFFFL) * paths.length) >>> 32)];
    }

    /** Number of paths. */
    public int size() {
        return paths.length;
    }

    /** Path {@code i}. */
    public NextHop path(final int i) {
        return paths[i];
    }
}
