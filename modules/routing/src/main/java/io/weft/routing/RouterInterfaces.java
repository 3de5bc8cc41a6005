// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import org.jspecify.annotations.Nullable;

/** The router's legs by network. One worker owns it and changes it between vectors. */
public final class RouterInterfaces {
    private final @Nullable RouterInterface[] byNetwork;

    /** For networks 0 to {@code maxNetworks} - 1. */
    public RouterInterfaces(final int maxNetworks) {
        this.byNetwork = new RouterInterface[maxNetworks];
    }

    /** The leg in a network; null if the router has none there. */
    public @Nullable RouterInterface get(final int network) {
        return network >= 0 && network < byNetwork.length ? byNetwork[network] : null;
    }

    /** Adds or replaces the leg of a network. */
    public void put(final RouterInterface leg) {
        byNetwork[leg.network] = leg;
    }

    /** Takes the leg of a network away. */
    public void remove(final int network) {
        byNetwork[network] = null;
    }

    /** Networks that there may be. */
    public int capacity() {
        return byNetwork.length;
    }
}
