// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.wire.IpPrefix;
import java.util.List;

/**
 * A network as it is asked for.
 *
 * @param name unique in the node
 * @param vni VXLAN network identifier, 1 to 2^24 - 1, unique in the node; {@link #NO_VNI} if it has no tunnels
 * @param tagged true if 802.1Q tags may cross tunnels
 * @param ageingSeconds time after which an unused learned MAC is forgotten
 * @param learnLimit MACs that may be learned
 * @param mode how it reaches the other nodes
 * @param vrf name of the VRF that routes it
 * @param subnets what all nodes together have; at most one of each family
 * @param gateways the router's own addresses, each with the length of what is on link on this node; empty: not routed
 */
public record NetworkSpec(
        String name,
        int vni,
        boolean tagged,
        int ageingSeconds,
        int learnLimit,
        NetworkMode mode,
        String vrf,
        List<IpPrefix> subnets,
        List<IpPrefix> gateways) {
    /** iproute2's bridge default. */
    public static final int DEFAULT_AGEING_SECONDS = 300;
    /** Enough for 4,096 pods of one network seen by one node. */
    public static final int DEFAULT_LEARN_LIMIT = 4096;
    /** No VXLAN. */
    public static final int NO_VNI = -1;

    /** Copies its lists. */
    public NetworkSpec {
        subnets = List.copyOf(subnets);
        gateways = List.copyOf(gateways);
    }

    /** A switched network without a router. */
    public static NetworkSpec switched(final String name, final int vni) {
        return switched(name, vni, false, DEFAULT_AGEING_SECONDS, DEFAULT_LEARN_LIMIT);
    }

    /** A switched network without a router. */
    public static NetworkSpec switched(
            final String name, final int vni, final boolean tagged, final int ageingSeconds, final int learnLimit) {
        return new NetworkSpec(
                name,
                vni,
                tagged,
                ageingSeconds,
                learnLimit,
                NetworkMode.SWITCHED,
                RouteSpec.DEFAULT_VRF,
                List.of(),
                List.of());
    }

    /** True if the node's router has a leg in it. */
    public boolean isRouted() {
        return !gateways.isEmpty();
    }
}
