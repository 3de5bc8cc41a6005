// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.daemon.NodeConfig.Network;
import io.weft.dataplane.NetworkMode;
import io.weft.wire.IpAddress;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which next hops there can be: neighbors on the networks of a VRF that have a gateway. */
final class NextHops {
    private final Map<String, Network> networks;

    NextHops(final Map<String, Network> networks) {
        this.networks = networks;
    }

    /** True if some network of the VRF is routed. */
    boolean hasVrf(final String vrf) {
        return networks.values().stream()
                .anyMatch(network ->
                        network.vrf().equals(vrf) && !network.gateways().isEmpty());
    }

    /** The network called {@code name}, which must be one that routes may use. */
    Network routed(final YamlNode place, final String name, final String vrf) throws ConfigException {
        final Network network = networks.get(name);
        if (network == null) {
            throw place.refuse("no network is named " + name);
        }
        if (network.gateways().isEmpty()) {
            throw place.refuse("network " + name + " has no gateway, so no route leads there");
        }
        if (!network.vrf().equals(vrf)) {
            throw place.refuse("network " + name + " is in VRF " + network.vrf() + ", the route in VRF " + vrf);
        }
        return network;
    }

    /** Refuses a next hop that is the router itself, or no neighbor of it on {@code only} (null: any of the VRF). */
    void check(final YamlNode place, final String vrf, final IpAddress via, final @Nullable Network only)
            throws ConfigException {
        boolean reachable = false;
        for (final Network network : networks.values()) {
            if (network.vrf().equals(vrf)) {
                if (via.equals(network.gateway(via.isIpv4()))) {
                    throw place.refuse("next hop " + via + " is the router's own address");
                }
                reachable |= (only == null || only.equals(network)) && reaches(network, via);
            }
        }
        if (!reachable) {
            throw place.refuse("next hop " + via + " is on no network of VRF " + vrf + " with a gateway"
                    + (only == null ? "" : " that is called " + only.name()));
        }
    }

    /** True if {@code via} is a VTEP by which {@code network} reaches its remotes: those take both families. */
    static boolean isVtep(final @Nullable Network network, final IpAddress via) {
        return network != null
                && network.mode() == NetworkMode.OVERLAY
                && network.remotes().stream()
                        .anyMatch(remote -> remote.addresses().contains(via));
    }

    private static boolean reaches(final Network network, final IpAddress via) {
        return isVtep(network, via) || network.gateways().stream().anyMatch(gateway -> gateway.contains(via));
    }
}
