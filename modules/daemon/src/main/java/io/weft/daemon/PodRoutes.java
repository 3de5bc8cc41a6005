// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.daemon.NodeConfig.Network;
import io.weft.daemon.NodeConfig.PortEntry;
import io.weft.port.InterfaceRoute;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The routes of a TAP's interface. A pod has the gateway of its network as default router. The node itself has a default
 * router of its own, so that its host port gets a route to each range of pods instead: to the whole subnets of its
 * network, and to the networks that have no host port of their own. Where a VRF has several host ports, the first does
 * that, because a kernel takes one route to a destination.
 */
final class PodRoutes {
    private static final IpPrefix DEFAULT_IPV4 = IpPrefix.parse("0.0.0.0/0");
    private static final IpPrefix DEFAULT_IPV6 = IpPrefix.parse("::/0");

    private final Collection<Network> networks;
    private final Collection<PortEntry> ports;

    /** {@code ports}: all of the node, the one that is asked for among them. */
    PodRoutes(final Collection<Network> networks, final Collection<PortEntry> ports) {
        this.networks = networks;
        this.ports = ports;
    }

    /** The routes of {@code port}, for each family in which both it and the router have an address. */
    List<InterfaceRoute> of(final PortEntry port) {
        final List<InterfaceRoute> routes = new ArrayList<>();
        final Network network = network(port);
        for (final IpPrefix gateway : network.gateways()) {
            final IpAddress via = gateway.address();
            final IpPrefix own = port.address(via.isIpv4());
            if (own == null) {
                continue;
            }
            if (port.isHost()) {
                for (final IpPrefix range : ranges(port, network, via.isIpv4())) {
                    if (!range.equals(own.network())) {
                        routes.add(new InterfaceRoute(range, via));
                    }
                }
            } else {
                routes.add(new InterfaceRoute(via.isIpv4() ? DEFAULT_IPV4 : DEFAULT_IPV6, via));
            }
        }
        return routes;
    }

    private List<IpPrefix> ranges(final PortEntry port, final Network network, final boolean ipv4) {
        final boolean first = port.equals(firstHost(network.vrf(), ipv4));
        final List<IpPrefix> ranges = new ArrayList<>();
        for (final Network other : networks) {
            final boolean served = other.equals(network)
                    || (first
                            && other.vrf().equals(network.vrf())
                            && other.gateway(ipv4) != null
                            && ports.stream().noneMatch(host -> isHostOf(host, other, ipv4)));
            if (served) {
                other.subnets().stream()
                        .filter(subnet -> subnet.address().isIpv4() == ipv4)
                        .forEach(ranges::add);
            }
        }
        return ranges;
    }

    /**
     * The first host port that the router reaches with a family.
     *
     * @param vrf of this VRF only; null: of any
     * @return null if there is none
     */
    @Nullable
    PortEntry firstHost(final @Nullable String vrf, final boolean ipv4) {
        for (final PortEntry port : ports) {
            final Network network = network(port);
            if ((vrf == null || vrf.equals(network.vrf())) && isHostOf(port, network, ipv4)) {
                return port;
            }
        }
        return null;
    }

    private static boolean isHostOf(final PortEntry port, final Network network, final boolean ipv4) {
        return port.isHost()
                && port.network().equals(network.name())
                && port.address(ipv4) != null
                && network.gateway(ipv4) != null;
    }

    private Network network(final PortEntry port) {
        for (final Network network : networks) {
            if (network.name().equals(port.network())) {
                return network;
            }
        }
        throw new IllegalStateException(
                "port " + port.name() + " of network " + port.network() + ", which is not there");
    }
}
