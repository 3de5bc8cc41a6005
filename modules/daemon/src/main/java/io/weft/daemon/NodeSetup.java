// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.Dataplane;
import io.weft.dataplane.NetworkMode;
import io.weft.dataplane.NetworkSpec;
import io.weft.dataplane.RefusedException;
import io.weft.dataplane.RouteProtocol;
import io.weft.dataplane.RouteRow;
import io.weft.dataplane.RouteSpec;
import io.weft.dataplane.RouteType;
import io.weft.port.InterfaceRoute;
import io.weft.port.PortException;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a node file means to a dataplane: networks, VTEPs, ports and routes, in the order in which they need each other, and
 * what only whoever sees all of them can refuse. A node and a replay differ in the ports that they open, and in nothing
 * else.
 *
 * <p>Networks and ports may come and go later; this object's lock covers them.
 */
final class NodeSetup {
    /** Name of the port to the other nodes. */
    static final String UNDERLAY = "underlay";

    private final NodeConfig config;
    private final Dataplane dataplane;
    private final PortOpeners openers;
    private final Map<String, NodeConfig.Network> networks = new LinkedHashMap<>();
    private final Map<String, NodeConfig.PortEntry> ports = new LinkedHashMap<>();

    /** By which pods reach the underlay address, if any. */
    private @Nullable RouteSpec hostRoute;

    /** Of a dataplane that has nothing yet. */
    NodeSetup(final NodeConfig config, final Dataplane dataplane, final PortOpeners openers) {
        this.config = config;
        this.dataplane = dataplane;
        this.openers = openers;
    }

    /**
     * Everything that the file asks for.
     *
     * @throws ConfigException with the line that can't be; what was made before it stays
     */
    void build() throws ConfigException {
        final NodeConfig.Underlay underlay = config.underlay();
        if (underlay != null) {
            at(underlay.line(), () -> openUnderlay(underlay));
        }
        for (final NodeConfig.Network network : config.networks()) {
            at(network.line(), () -> addNetwork(network));
        }
        for (final NodeConfig.Network network : config.networks()) {
            for (final NodeConfig.Remote remote : network.remotes()) {
                at(remote.line(), () -> addRemote(network, remote));
            }
        }
        for (final NodeConfig.PortEntry port : config.ports()) {
            at(port.line(), () -> addPort(port));
        }
        if (underlay != null) {
            at(underlay.line(), () -> routeToHost(dataplane.vteps().own()));
        }
        for (final NodeConfig.RouteEntry route : config.routes()) {
            at(route.line(), () -> dataplane.routing().addRoute(route.spec(), false));
        }
    }

    @FunctionalInterface
    private interface Step {
        void run() throws RefusedException, PortException;
    }

    /** A step that the file asks for on {@code line}. */
    private void at(final int line, final Step step) throws ConfigException {
        try {
            step.run();
        } catch (final RefusedException | PortException e) {
            throw new ConfigException(config.file(), line, String.valueOf(e.getMessage()));
        }
    }

    private void openUnderlay(final NodeConfig.Underlay underlay) throws RefusedException, PortException {
        final IpAddress own = openers.underlayAddress(underlay);
        dataplane.openUnderlay(
                UNDERLAY, own, underlay.isIpv4(), openers.underlay(underlay), openers.underlayMtu(underlay));
    }

    /** Adds a network whose subnets overlap no other's of its VRF. */
    synchronized void addNetwork(final NodeConfig.Network network) throws RefusedException {
        for (final NodeConfig.Network other : networks.values()) {
            for (final var subnet : network.subnets()) {
                if (other.vrf().equals(network.vrf())
                        && other.subnets().stream().anyMatch(subnet::overlaps)) {
                    throw new RefusedException("subnet " + subnet + " overlaps network " + other.name());
                }
            }
        }
        dataplane.addNetwork(new NetworkSpec(
                network.name(),
                network.vni(),
                network.tagged(),
                network.ageing(),
                network.learnLimit(),
                network.mode(),
                network.vrf(),
                network.subnets(),
                network.gateways()));
        networks.put(network.name(), network);
    }

    /** The networks must all be there: a next hop may lie in any of them. */
    private void addRemote(final NodeConfig.Network network, final NodeConfig.Remote remote) throws RefusedException {
        if (network.mode() == NetworkMode.SWITCHED) {
            addVtep(network.name(), endpoint(remote));
            return;
        }
        for (final IpPrefix prefix : remote.prefixes()) {
            if (network.mode() == NetworkMode.OVERLAY) {
                final NodeConfig.Underlay own = Objects.requireNonNull(config.underlay(), "checked by the reader");
                addPrefix(network, remote, own.port(), prefix);
            } else {
                addRoute(network.vrf(), prefix, nextHop(remote, prefix), null);
            }
        }
    }

    private void addPrefix(
            final NodeConfig.Network network, final NodeConfig.Remote remote, final int port, final IpPrefix prefix)
            throws RefusedException {
        final String host = remote.host();
        if (host == null) {
            dataplane.vteps().addPrefix(network.name(), remote.vtep(), port, prefix, remote.mac());
        } else {
            dataplane.vteps().addNamedPrefix(network.name(), host, port, prefix, remote.mac());
        }
    }

    private static Endpoint endpoint(final NodeConfig.Remote remote) {
        return new Endpoint(remote.host() == null ? remote.vtep() : null, remote.host());
    }

    private static IpAddress nextHop(final NodeConfig.Remote remote, final IpPrefix prefix) {
        return remote.addresses().stream()
                .filter(address -> address.isIpv4() == prefix.address().isIpv4())
                .findFirst()
                .orElseThrow(
                        () -> new IllegalStateException("no next hop for " + prefix + ", which the reader refuses"));
    }

    private RouteSpec addRoute(
            final String vrf, final IpPrefix dst, final IpAddress via, final @Nullable String network)
            throws RefusedException {
        final RouteSpec route = new RouteSpec(
                vrf, dst, 0, RouteType.UNICAST, RouteProtocol.BOOT, List.of(new RouteSpec.Path(via, network)));
        dataplane.routing().addRoute(route, false);
        return route;
    }

    /** The underlay address is the node's kernel's: pods reach it by the first host port of its family. */
    private synchronized void routeToHost(final @Nullable IpAddress underlay) throws RefusedException {
        if (underlay == null) {
            return;
        }
        final boolean ipv4 = underlay.isIpv4();
        final NodeConfig.PortEntry host = new PodRoutes(config.networks(), config.ports()).firstHost(null, ipv4);
        final IpPrefix via = host == null ? null : host.address(ipv4);
        final NodeConfig.Network network = host == null ? null : network(host.network());
        if (via != null && network != null) {
            hostRoute = addRoute(network.vrf(), new IpPrefix(underlay, ipv4 ? 32 : 128), via.address(), network.name());
        }
    }

    /** The node has another underlay address now, or none: its tunnels and the route to its host follow. */
    synchronized void underlayMoved(final @Nullable IpAddress own) throws RefusedException {
        dataplane.vteps().own(own);
        final RouteSpec before = hostRoute;
        hostRoute = null;
        if (before != null && dataplane.routing().routes(before.vrf()).stream().anyMatch(row -> isSame(row, before))) {
            dataplane.routing().removeRoute(before.vrf(), before.dst(), before.metric());
        }
        routeToHost(own);
    }

    /** Somebody may have removed it, or put another there. */
    private static boolean isSame(final RouteRow row, final RouteSpec route) {
        return row.spec().equals(route);
    }

    /** Removes a network that has no ports. */
    synchronized void removeNetwork(final String name) throws RefusedException {
        dataplane.removeNetwork(name);
        networks.remove(name);
    }

    /** Makes {@code remote} a VTEP of a network. */
    void addVtep(final String network, final Endpoint remote) throws RefusedException {
        final NodeConfig.Underlay underlay = config.underlay();
        if (underlay == null) {
            throw new RefusedException("the node has no underlay address");
        }
        final IpAddress address = remote.address();
        if (address == null) {
            dataplane.vteps().addNamed(network, host(remote), underlay.port(), 0);
            return;
        }
        if (address.isIpv4() != underlay.isIpv4()) {
            throw new RefusedException("VTEP " + address + " is not of the underlay address's family");
        }
        if (address.equals(dataplane.vteps().own())) {
            throw new RefusedException("VTEP " + address + " is this node's own underlay address");
        }
        dataplane.vteps().add(network, address, underlay.port());
    }

    /** The opposite of {@link #addVtep}. */
    void removeVtep(final String network, final Endpoint remote) throws RefusedException {
        final IpAddress address = remote.address();
        if (address == null) {
            dataplane.vteps().removeNamed(network, host(remote));
        } else {
            dataplane.vteps().remove(network, address);
        }
    }

    private static String host(final Endpoint remote) {
        return Objects.requireNonNull(remote.host(), "without an address there is a name");
    }

    /** Opens a port whose addresses nobody else has. */
    synchronized void addPort(final NodeConfig.PortEntry port) throws RefusedException {
        for (final IpPrefix address : port.addresses()) {
            refuseTaken(port, address.address());
        }
        dataplane.addPort(port.name(), port.network(), openers.port(port, routes(port)));
        ports.put(port.name(), port);
    }

    /** An address is one port's, or a gateway's, among the networks of one VRF. */
    private void refuseTaken(final NodeConfig.PortEntry port, final IpAddress address) throws RefusedException {
        final String vrf = vrf(port);
        for (final NodeConfig.Network network : networks.values()) {
            if (network.vrf().equals(vrf) && address.equals(network.gateway(address.isIpv4()))) {
                throw new RefusedException("address " + address + " is the gateway of network " + network.name());
            }
        }
        for (final NodeConfig.PortEntry other : ports.values()) {
            final IpPrefix taken = other.address(address.isIpv4());
            if (taken != null && taken.address().equals(address) && vrf(other).equals(vrf)) {
                throw new RefusedException("address " + address + " belongs to port " + other.name());
            }
        }
    }

    private String vrf(final NodeConfig.PortEntry port) {
        final NodeConfig.Network network = networks.get(port.network());
        return network == null ? RouteSpec.DEFAULT_VRF : network.vrf();
    }

    /** Removes a port. */
    synchronized void removePort(final String name) throws RefusedException {
        dataplane.removePort(name);
        ports.remove(name);
    }

    /** A port of the file gets its routes in view of all the file's ports, also of those that are not there yet. */
    private List<InterfaceRoute> routes(final NodeConfig.PortEntry port) {
        if (!networks.containsKey(port.network())) {
            return List.of();
        }
        final List<NodeConfig.PortEntry> all = new ArrayList<>(config.ports());
        if (!all.contains(port)) {
            all.clear();
            all.addAll(ports.values());
            all.add(port);
        }
        return new PodRoutes(networks.values(), all).of(port);
    }

    /** All ports but the underlay. */
    synchronized List<NodeConfig.PortEntry> ports() {
        return new ArrayList<>(ports.values());
    }

    /** A port; null if there is none. */
    synchronized NodeConfig.@Nullable PortEntry port(final String name) {
        return ports.get(name);
    }

    /** A network; null if there is none. */
    synchronized NodeConfig.@Nullable Network network(final String name) {
        return networks.get(name);
    }
}
