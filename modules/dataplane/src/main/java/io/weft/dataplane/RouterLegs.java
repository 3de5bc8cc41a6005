// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.routing.RouterInterface;
import io.weft.wire.IpAddress;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The router's legs by the names of their networks, as the control side knows them. */
final class RouterLegs {
    private final Map<String, Leg> legs = new LinkedHashMap<>();
    /** Of each leg of the first worker, that of every worker. */
    private final IdentityHashMap<RouterInterface, RouterInterface[]> copies = new IdentityHashMap<>();

    /**
     * A leg, as the first worker has it.
     *
     * @param pods to the ports of the network
     * @param tunnel to the routers of the other nodes; null unless the network's mode is overlay
     * @param remotes VTEPs by address, of a network in mode overlay
     */
    record Leg(
            NetworkSpec spec,
            RouterInterface pods,
            @Nullable RouterInterface tunnel,
            Map<IpAddress, Integer> remotes) {}

    /** Makes a leg for each worker of the one for the first. */
    void copy(final RouterInterface first, final int workers) {
        final RouterInterface[] all = new RouterInterface[workers];
        for (int worker = 0; worker < workers; worker++) {
            all[worker] = worker == 0 ? first : first.copy();
        }
        copies.put(first, all);
    }

    /** The leg of a worker. */
    RouterInterface of(final RouterInterface first, final int worker) {
        return Objects.requireNonNull(copies.get(first), "copied when it was made")[worker];
    }

    /** The leg's copies go. */
    void forget(final RouterInterface first) {
        copies.remove(first);
    }

    void put(final Leg leg) {
        legs.put(leg.spec.name(), leg);
    }

    @Nullable
    Leg get(final String network) {
        return legs.get(network);
    }

    void remove(final String network) {
        legs.remove(network);
    }

    Iterable<Leg> all() {
        return legs.values();
    }

    /** The leg of a VRF on whose network {@code address} is directly reachable; the longest prefix wins. */
    @Nullable
    Leg towards(final String vrf, final IpAddress address) {
        Leg best = null;
        for (final Leg leg : legs.values()) {
            if (leg.spec.vrf().equals(vrf)
                    && reaches(leg, address)
                    && (best == null || length(leg, address) > length(best, address))) {
                best = leg;
            }
        }
        return best;
    }

    /** True if {@code address} may be a next hop on the leg's network. */
    static boolean reaches(final Leg leg, final IpAddress address) {
        return leg.remotes.containsKey(address) || leg.pods.isOnLink(address.high(), address.low());
    }

    private static int length(final Leg leg, final IpAddress address) {
        if (leg.remotes.containsKey(address)) {
            return Integer.MAX_VALUE;
        }
        return address.isIpv4() ? leg.pods.ipv4Length : leg.pods.ipv6Length;
    }
}
