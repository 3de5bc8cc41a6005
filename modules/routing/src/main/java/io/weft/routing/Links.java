// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import io.weft.frame.Frame;

/** What the switching side knows and neighbor discovery must know. The dataplane implements it by the bridge. */
public interface Links {
    /**
     * The frame may end here, so that the bridge never sees it: learn its source as the bridge would.
     *
     * @return false if the bridge refuses the source; the frame then goes on to the bridge, which drops it by name
     */
    boolean learn(Frame frame);

    /** True if {@code mac} was learned behind a tunnel of the network. */
    boolean isRemote(int network, long mac);
}
