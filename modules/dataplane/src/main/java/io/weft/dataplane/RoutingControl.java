// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.frame.Destination;
import io.weft.port.AutoMac;
import io.weft.port.Port;
import io.weft.routing.GracePeriod;
import io.weft.routing.NeighborEntry;
import io.weft.routing.NextHop;
import io.weft.routing.NextHopTable;
import io.weft.routing.RouterInterface;
import io.weft.routing.Vrf;
import io.weft.switching.BridgeDomain;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import io.weft.wire.MacAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The control side of the router: legs, routes and neighbors. All methods may be called by any thread.
 *
 * <p>Forwarding tables are written here, while all workers read them; a neighbor table is a worker's own, as are the legs
 * and next hops to which routes lead, and all are reached by commands. One lock, the dataplane's, covers it all.
 */
public final class RoutingControl {
    private static final int MAX_VRFS = 64;
    private static final int MAX_PREFIX = 32;
    private static final long MAX_METRIC = 0xFFFF_FFFFL;

    private final Dataplane dataplane;
    private final Workers workers;
    private final GracePeriod grace;
    private final GroupNumbers numbers;
    private final RouterLegs legs = new RouterLegs();
    private final Map<String, Rib> ribs = new LinkedHashMap<>();
    private @Nullable IpAddress underlay;

    RoutingControl(final Dataplane dataplane, final Workers workers) {
        this.dataplane = dataplane;
        this.workers = workers;
        this.grace = () -> {
            try {
                workers.ask(lane -> Boolean.TRUE);
            } catch (final RefusedException e) {
                // A worker that takes no commands looks nothing up either.
            }
        };
        final List<NextHopTable> tables = new ArrayList<>();
        for (int worker = 0; worker < workers.count(); worker++) {
            tables.add(workers.pipeline(worker).nextHops());
        }
        this.numbers =
                new GroupNumbers(tables, (first, worker) -> first == null ? null : legs.of(first, worker), grace);
    }

    /** The node's own VTEP address, from which its tunnel MACs follow; null: it has none yet. */
    void underlay(final @Nullable IpAddress address) {
        underlay = address;
    }

    /** MAC of the node's own router towards the others, if its VTEP address is {@code own}. */
    long ownMac(final @Nullable IpAddress own, final NetworkSpec spec) {
        return tunnelMac(own == null ? "none of node " + dataplane.node() : own.toString(), spec.vni());
    }

    /** All legs. */
    Iterable<RouterLegs.Leg> legs() {
        return legs.all();
    }

    /** A worker's own leg, of the first one's. */
    RouterInterface legOf(final RouterInterface first, final Lane lane) {
        return legs.of(first, lane.number());
    }

    /**
     * The MAC of a node's router towards the routers of other nodes: all nodes make it of what they know of each other
     * anyway, so that none has to be asked for it.
     */
    static long tunnelMac(final String vtep, final int vni) {
        return AutoMac.of("vtep " + vtep, "vni " + vni);
    }

    /** Gives the router a leg in a network that has gateways. */
    void addLeg(final NetworkSpec spec, final int network, final int tunnel, final int mtu) throws RefusedException {
        final Rib rib = rib(spec.vrf());
        final long mac = AutoMac.of(dataplane.node(), "router " + spec.name());
        final RouterInterface pods = new RouterInterface(network, spec.name(), rib.index, mac, spec.gateways(), mtu);
        final RouterInterface between = spec.mode() == NetworkMode.OVERLAY ? tunnelLeg(spec, rib, tunnel) : null;
        legs.copy(pods, workers.count());
        if (between != null) {
            legs.copy(between, workers.count());
        }
        workers.change(lane -> {
            install(lane, pods);
            if (between != null) {
                install(lane, between);
            }
            lane.pipeline().advertiser().start(legs.of(pods, lane.number()));
        });
        legs.put(new RouterLegs.Leg(spec, pods, between, new LinkedHashMap<>()));
        for (final IpPrefix gateway : spec.gateways()) {
            addKernelRoutes(rib, pods, gateway);
        }
        for (final IpPrefix subnet : spec.subnets()) {
            if (spec.mode() != NetworkMode.SWITCHED && rib.get(subnet, 0) == null) {
                // What no node holds must not leave by a default route.
                put(rib, subnet, MAX_METRIC, RouteType.UNREACHABLE, List.of(NextHop.nowhere(NextHop.UNREACHABLE)));
            }
        }
    }

    /** Errors about packets from the tunnel come from the gateway's address, as seen from inside the network. */
    private RouterInterface tunnelLeg(final NetworkSpec spec, final Rib rib, final int tunnel) throws RefusedException {
        if (!dataplane.hasUnderlay()) {
            throw new RefusedException("network " + spec.name() + " is in mode overlay, but the node has no underlay");
        }
        final List<IpPrefix> addresses = spec.gateways().stream()
                .map(gateway ->
                        new IpPrefix(gateway.address(), gateway.address().isIpv4() ? MAX_PREFIX : 4 * MAX_PREFIX))
                .toList();
        return new RouterInterface(tunnel, spec.name(), rib.index, ownMac(underlay, spec), addresses, NextHop.NO_MTU);
    }

    private void install(final Lane lane, final RouterInterface first) {
        final RouterInterface leg = legs.of(first, lane.number());
        lane.pipeline().legs().put(leg);
        final BridgeDomain domain = lane.pipeline().bridge().domain(leg.network);
        if (domain != null) {
            domain.macs().addStatic(leg.mac, Destination.ROUTER, nowSeconds());
        }
    }

    private void addKernelRoutes(final Rib rib, final RouterInterface leg, final IpPrefix gateway)
            throws RefusedException {
        final boolean ipv4 = gateway.address().isIpv4();
        final IpPrefix own = new IpPrefix(gateway.address(), ipv4 ? MAX_PREFIX : 4 * MAX_PREFIX);
        rib.vrf.addOwn(gateway.address().high(), gateway.address().low());
        if (gateway.length() < own.length()) {
            put(rib, gateway.network(), 0, RouteType.UNICAST, List.of(leg.onLink));
        }
        if (ipv4 && gateway.length() < MAX_PREFIX - 1) {
            final int host = -1 >>> gateway.length();
            final int first = gateway.network().address().ipv4();
            for (final int address : new int[] {first, first | host}) {
                put(
                        rib,
                        new IpPrefix(IpAddress.ofIpv4(address), MAX_PREFIX),
                        0,
                        RouteType.BROADCAST,
                        List.of(NextHop.nowhere(NextHop.BROADCAST)));
            }
        }
        put(rib, own, 0, RouteType.LOCAL, List.of(NextHop.local(leg)));
    }

    private void put(
            final Rib rib, final IpPrefix dst, final long metric, final RouteType type, final List<NextHop> hops)
            throws RefusedException {
        final RouterInterface leg = hops.getFirst().leg;
        final List<RouteSpec.Path> paths = leg == null ? List.of() : List.of(new RouteSpec.Path(null, leg.name));
        rib.put(new RouteSpec(rib.vrf.name, dst, metric, type, RouteProtocol.KERNEL, paths), hops);
    }

    /** Takes the leg of a network away, and every route over it. */
    void removeLeg(final String network) throws RefusedException {
        final RouterLegs.Leg leg = legs.get(network);
        if (leg == null) {
            return;
        }
        final Rib rib = rib(leg.spec().vrf());
        rib.removeIf(route -> isOver(route, network) || isOwnOf(leg, route));
        legs.remove(network);
        final RouterInterface tunnel = leg.tunnel();
        workers.remove(lane -> {
            uninstall(lane, leg.pods());
            if (tunnel != null) {
                uninstall(lane, tunnel);
            }
            return Boolean.TRUE;
        });
        legs.forget(leg.pods());
        if (tunnel != null) {
            legs.forget(tunnel);
        }
    }

    private static boolean isOver(final RouteSpec route, final String network) {
        return route.paths().stream().anyMatch(path -> network.equals(path.network()));
    }

    /** What the leg's addresses brought about and names no network: broadcasts, and the subnet's unreachable route. */
    private static boolean isOwnOf(final RouterLegs.Leg leg, final RouteSpec route) {
        return route.protocol() == RouteProtocol.KERNEL
                && route.paths().isEmpty()
                && (leg.spec().subnets().contains(route.dst())
                        || leg.pods()
                                .isOnLink(
                                        route.dst().address().high(),
                                        route.dst().address().low()));
    }

    private void uninstall(final Lane lane, final RouterInterface first) {
        final Pipeline pipeline = lane.pipeline();
        final RouterInterface leg = legs.of(first, lane.number());
        pipeline.advertiser().stop(leg);
        pipeline.legs().remove(leg.network);
        pipeline.router().neighbors().removeNetwork(leg.network);
        final BridgeDomain domain = pipeline.bridge().domain(leg.network);
        if (domain != null) {
            domain.macs().remove(leg.mac);
        }
    }

    /** The MTU of a network's ports is another now. */
    void legMtu(final String network, final int mtu) throws RefusedException {
        final RouterLegs.Leg leg = legs.get(network);
        if (leg != null) {
            workers.change(lane -> legs.of(leg.pods(), lane.number()).mtu = mtu);
        }
    }

    /**
     * A VTEP has become one of a network in mode overlay: its router is a neighbor with a known MAC.
     *
     * @param vtep what stands for it in routes ({@link Peer#key})
     */
    void addRemote(final String network, final IpAddress vtep, final int index, final long mac)
            throws RefusedException {
        final RouterLegs.Leg leg = leg(network);
        final RouterInterface tunnel = leg.tunnel();
        if (tunnel == null) {
            throw new RefusedException("network " + network + " is not in mode overlay");
        }
        workers.change(lane -> {
            final Pipeline pipeline = lane.pipeline();
            pipeline.router().neighbors().addPermanent(tunnel.network, vtep.high(), vtep.low(), mac, true);
            final BridgeDomain domain = pipeline.bridge().domain(tunnel.network);
            if (domain != null) {
                domain.macs().addStatic(mac, Destination.ofVtep(index), nowSeconds());
            }
        });
        leg.remotes().put(vtep, index);
    }

    /** A VTEP is none of a network's any more: routes by it go. */
    void removeRemote(final String network, final IpAddress vtep) throws RefusedException {
        final RouterLegs.Leg leg = leg(network);
        final RouterInterface tunnel = leg.tunnel();
        rib(leg.spec().vrf())
                .removeIf(route -> route.paths().stream()
                        .anyMatch(path -> vtep.equals(path.via()) && network.equals(path.network())));
        leg.remotes().remove(vtep);
        if (tunnel != null) {
            workers.remove(
                    lane -> lane.pipeline().router().neighbors().remove(tunnel.network, vtep.high(), vtep.low()));
        }
    }

    /**
     * Adds a route.
     *
     * @param replace true: takes the place of the same route, if there is one
     * @throws RefusedException if there is one already, a next hop is not reachable, of the wrong family, or the router's
     *     own, the destination has host bits, or a table is full; nothing is changed then
     */
    public void addRoute(final RouteSpec wanted, final boolean replace) throws RefusedException {
        synchronized (dataplane) {
            final RouteSpec route = map(
                    wanted,
                    path -> path.via() == null ? null : dataplane.vteps().key(path.via(), path.network()));
            checkDestination(route);
            final Rib rib = ribs.get(route.vrf());
            if (rib == null) {
                throw new RefusedException("no network is in VRF " + route.vrf());
            }
            final RouteSpec before = rib.get(route.dst(), route.metric());
            if (before != null && (!replace || before.protocol() == RouteProtocol.KERNEL)) {
                throw new RefusedException("route exists: " + route.dst() + metric(route.metric()));
            }
            final List<RouteSpec.Path> paths = new ArrayList<>();
            final List<NextHop> hops = hops(route, paths);
            final RouteSpec complete =
                    new RouteSpec(route.vrf(), route.dst(), route.metric(), route.type(), route.protocol(), paths);
            rib.put(complete, hops);
            dataplane.event("route", (before == null ? "added " : "replaced ") + text(complete));
        }
    }

    /** The same route by other next hops. */
    private static RouteSpec map(final RouteSpec route, final Function<RouteSpec.Path, @Nullable IpAddress> via) {
        final List<RouteSpec.Path> paths = route.paths().stream()
                .map(path -> new RouteSpec.Path(via.apply(path), path.network()))
                .toList();
        return new RouteSpec(route.vrf(), route.dst(), route.metric(), route.type(), route.protocol(), paths);
    }

    /** As users know it: by the addresses that VTEPs have now. */
    private RouteRow shown(final RouteRow row) {
        return new RouteRow(
                map(
                        row.spec(),
                        path -> path.via() == null ? null : dataplane.vteps().shown(path.via())),
                row.used());
    }

    private static String metric(final long metric) {
        return metric == 0 ? "" : " metric " + metric;
    }

    private String text(final RouteSpec route) {
        final StringBuilder text = new StringBuilder();
        if (route.type() != RouteType.UNICAST) {
            text.append(route.type().name().toLowerCase(Locale.ROOT)).append(' ');
        }
        text.append(route.dst());
        for (final RouteSpec.Path path : route.paths()) {
            if (path.via() != null) {
                text.append(" via ").append(dataplane.vteps().label(path.via()));
            }
            text.append(" network ").append(path.network());
        }
        return text.append(metric(route.metric())).toString();
    }

    private static void checkDestination(final RouteSpec route) throws RefusedException {
        final IpPrefix dst = route.dst();
        if (!dst.equals(dst.network())) {
            throw new RefusedException("destination " + dst + " has host bits set, meant is " + dst.network());
        }
        final boolean ipv4 = dst.address().isIpv4();
        final boolean group = ipv4
                ? dst.length() >= 4 && dst.address().ipv4() >>> 28 == 14
                : dst.length() >= 8 && dst.address().high() >>> 56 == 0xFF;
        if (group) {
            throw new RefusedException("destination " + dst + " is multicast, which is not routed");
        }
        if (route.metric() < 0 || route.metric() > MAX_METRIC) {
            throw new RefusedException("metric out of range: " + route.metric());
        }
    }

    /** Where a route leads; its paths, each with its network, are added to {@code complete}. */
    private List<NextHop> hops(final RouteSpec route, final List<RouteSpec.Path> complete) throws RefusedException {
        if (route.type() != RouteType.UNICAST) {
            if (!route.paths().isEmpty()) {
                throw new RefusedException(
                        route.type().name().toLowerCase(Locale.ROOT) + " route " + route.dst() + " has a next hop");
            }
            return List.of(
                    switch (route.type()) {
                        case BLACKHOLE -> NextHop.nowhere(NextHop.BLACKHOLE);
                        case UNREACHABLE -> NextHop.nowhere(NextHop.UNREACHABLE);
                        case PROHIBIT -> NextHop.nowhere(NextHop.PROHIBIT);
                        default -> throw new RefusedException("only the router itself makes routes of this type");
                    });
        }
        if (route.paths().isEmpty()) {
            throw new RefusedException("route " + route.dst() + " has no next hop");
        }
        if (route.paths().size() > RouteSpec.MAX_PATHS) {
            throw new RefusedException("route " + route.dst() + " has more than " + RouteSpec.MAX_PATHS + " next hops");
        }
        final Set<RouteSpec.Path> seen = new HashSet<>();
        final List<NextHop> hops = new ArrayList<>();
        for (final RouteSpec.Path path : route.paths()) {
            final RouterLegs.Leg leg = leg(route, path);
            final RouteSpec.Path whole =
                    new RouteSpec.Path(path.via(), leg.spec().name());
            if (!seen.add(whole)) {
                throw new RefusedException("route " + route.dst() + " has the next hop " + path.via() + " twice");
            }
            complete.add(whole);
            hops.add(hop(leg, path.via()));
        }
        return hops;
    }

    private NextHop hop(final RouterLegs.Leg leg, final @Nullable IpAddress via) throws RefusedException {
        if (via == null) {
            return leg.pods().onLink;
        }
        final Integer vtep = leg.remotes().get(via);
        final RouterInterface tunnel = leg.tunnel();
        if (vtep == null || tunnel == null) {
            return NextHop.gateway(leg.pods(), via.high(), via.low());
        }
        return NextHop.tunnel(
                tunnel, via.high(), via.low(), vtep, dataplane.vteps().mtu(vtep));
    }

    /** The leg that a path uses, after everything about the path was checked. */
    private RouterLegs.Leg leg(final RouteSpec route, final RouteSpec.Path path) throws RefusedException {
        final IpAddress via = path.via();
        final String network = path.network();
        final RouterLegs.Leg named = network == null ? null : leg(network);
        if (named != null && !named.spec().vrf().equals(route.vrf())) {
            throw new RefusedException(
                    "network " + network + " is in VRF " + named.spec().vrf());
        }
        if (via == null) {
            if (named == null) {
                throw new RefusedException("route " + route.dst() + " has neither a next hop nor a network");
            }
            return named;
        }
        final RouterLegs.Leg leg = named == null ? legs.towards(route.vrf(), via) : named;
        if (leg == null) {
            throw new RefusedException("next hop " + via + " is on no network of VRF " + route.vrf());
        }
        if (!RouterLegs.reaches(leg, via)) {
            throw new RefusedException(
                    "next hop " + via + " is not on network " + leg.spec().name());
        }
        final boolean overTunnel = leg.remotes().containsKey(via);
        if (!overTunnel && via.isIpv4() != route.dst().address().isIpv4()) {
            throw new RefusedException("next hop " + via + " is not of the family of " + route.dst());
        }
        for (final RouterLegs.Leg any : legs.all()) {
            if (any.spec().vrf().equals(route.vrf()) && any.pods().isOwn(via.high(), via.low())) {
                throw new RefusedException("next hop " + via + " is the router's own address");
            }
        }
        return leg;
    }

    /**
     * Removes a route.
     *
     * @param metric null: the route of the lowest metric
     * @throws RefusedException if there is none, or it is one of the router's own (protocol kernel)
     */
    public void removeRoute(final String vrf, final IpPrefix dst, final @Nullable Long metric) throws RefusedException {
        synchronized (dataplane) {
            final Rib rib = ribs.get(vrf);
            final RouteSpec route = rib == null ? null : metric == null ? rib.best(dst) : rib.get(dst, metric);
            if (rib == null || route == null) {
                throw new RefusedException("no such route: " + dst + (metric == null ? "" : metric(metric)));
            }
            if (route.protocol() == RouteProtocol.KERNEL) {
                throw new RefusedException("route " + dst + " follows from a network and goes with it");
            }
            rib.remove(route);
            dataplane.event("route", "deleted " + text(route));
        }
    }

    /**
     * Removes all routes but those of protocol kernel.
     *
     * @param protocol only those; null: all
     * @return how many
     */
    public int flushRoutes(final String vrf, final @Nullable RouteProtocol protocol) throws RefusedException {
        synchronized (dataplane) {
            final Rib rib = ribs.get(vrf);
            if (rib == null) {
                throw new RefusedException("no network is in VRF " + vrf);
            }
            final List<RouteSpec> gone = rib.removeIf(route ->
                    route.protocol() != RouteProtocol.KERNEL && (protocol == null || route.protocol() == protocol));
            gone.forEach(route -> dataplane.event("route", "deleted " + text(route)));
            return gone.size();
        }
    }

    /** All routes of a VRF, or of all; by VRF, family, destination, metric. */
    public List<RouteRow> routes(final @Nullable String vrf) throws RefusedException {
        synchronized (dataplane) {
            if (vrf != null && !ribs.containsKey(vrf)) {
                throw new RefusedException("no network is in VRF " + vrf);
            }
            final List<RouteRow> rows = new ArrayList<>();
            for (final Rib rib : ribs.values()) {
                if (vrf == null || rib.vrf.name.equals(vrf)) {
                    rib.rows().forEach(row -> rows.add(shown(row)));
                }
            }
            return rows;
        }
    }

    /** The route that a packet to {@code address} takes; null if there is none. */
    public @Nullable RouteRow lookup(final String vrf, final IpAddress address) throws RefusedException {
        synchronized (dataplane) {
            final Rib rib = ribs.get(vrf);
            if (rib == null) {
                throw new RefusedException("no network is in VRF " + vrf);
            }
            final RouteSpec route = rib.lookup(address);
            return route == null ? null : shown(new RouteRow(route, true));
        }
    }

    /** All neighbors of a network, which must be there, or of all. */
    public List<NeighborRow> neighbors(final @Nullable String network) throws RefusedException {
        synchronized (dataplane) {
            if (network != null) {
                dataplane.networkIndex(network);
            }
            final Collection<NeighborEntry> entries = NeighborMerge.of(
                    workers.ask(lane -> lane.pipeline().router().neighbors().snapshot()));
            final List<NeighborRow> rows = new ArrayList<>();
            for (final NeighborEntry entry : entries) {
                final String name = networkName(entry.network());
                final IpAddress address = dataplane.vteps().shown(entry.address());
                if (VtepControl.isPlaced(address) && (network == null || network.equals(name))) {
                    rows.add(new NeighborRow(
                            name,
                            address,
                            entry.mac(),
                            entry.state().name(),
                            (int) (entry.ageMillis() / 1000),
                            entry.held()));
                }
            }
            return rows;
        }
    }

    /** Networks without a leg have neighbors too: those that were heard of. */
    private String networkName(final int index) {
        final NetworkSpec spec = dataplane.networkSpec(index);
        return spec == null ? Integer.toString(index) : spec.name();
    }

    /** Adds a permanent neighbor; {@code replace} says whether it may take the place of a permanent one. */
    public void addNeighbor(final String network, final IpAddress address, final long mac, final boolean replace)
            throws RefusedException {
        synchronized (dataplane) {
            final RouterInterface leg = leg(network).pods();
            if (!MacAddress.isUnicastSource(mac)) {
                throw new RefusedException("not a unicast MAC: " + MacAddress.format(mac));
            }
            if (leg.isOwn(address.high(), address.low())) {
                throw new RefusedException("address " + address + " is the router's own");
            }
            if (!leg.isOnLink(address.high(), address.low())) {
                throw new RefusedException("address " + address + " is not on network " + network);
            }
            final List<Boolean> added = workers.ask(lane -> lane.pipeline()
                    .router()
                    .neighbors()
                    .addPermanent(leg.network, address.high(), address.low(), mac, replace));
            if (added.contains(false)) {
                throw new RefusedException(
                        "network " + network + " has a permanent neighbor " + address + ", or the table is full");
            }
            dataplane.event("neigh", "added " + address + " lladdr " + MacAddress.format(mac) + " network " + network);
        }
    }

    /** Removes a neighbor, permanent or learned. */
    public void removeNeighbor(final String network, final IpAddress address) throws RefusedException {
        synchronized (dataplane) {
            final RouterInterface leg = leg(network).pods();
            if (!workers.remove(lane ->
                            lane.pipeline().router().neighbors().remove(leg.network, address.high(), address.low()))
                    .contains(true)) {
                throw new RefusedException("network " + network + " has no neighbor " + address);
            }
            dataplane.event("neigh", "deleted " + address + " network " + network);
        }
    }

    /** Forgets the learned neighbors of a network, or of all; returns how many the worker had that had most. */
    public int flushNeighbors(final @Nullable String network) throws RefusedException {
        synchronized (dataplane) {
            final int index = network == null ? -1 : leg(network).pods().network;
            return Collections.max(
                    workers.remove(lane -> lane.pipeline().router().neighbors().flush(index, true)));
        }
    }

    /** MAC of the node's router in a network; 0 if it has no leg there. */
    public long routerMac(final String network) {
        synchronized (dataplane) {
            final RouterLegs.Leg leg = legs.get(network);
            return leg == null ? 0 : leg.pods().mac;
        }
    }

    /** What is wrong and lasts, in words: a neighbor table that is full. Empty if all is well. */
    public List<String> alarms() throws RefusedException {
        return workers.ask(lane -> lane.pipeline().router().neighbors().isFull())
                        .contains(true)
                ? List.of("the neighbor table is full: new neighbors are refused")
                : List.of();
    }

    /**
     * Where a frame would go that came in by a port, stage by stage, as the first worker would send it. Nothing is sent,
     * learned or counted.
     */
    public List<TraceStep> trace(final String portName, final byte[] frame) throws RefusedException {
        return workers.askFirst(lane -> {
            final Pipeline pipeline = lane.pipeline();
            for (int index = 0; index < pipeline.maxPorts(); index++) {
                final Port port = pipeline.port(index);
                if (port != null && port.name().equals(portName)) {
                    return PacketTrace.run(pipeline, port, pipeline.networkOf(index), frame);
                }
            }
            throw new RefusedException("no such port: " + portName);
        });
    }

    private RouterLegs.Leg leg(final String network) throws RefusedException {
        final RouterLegs.Leg leg = legs.get(network);
        if (leg == null) {
            throw new RefusedException("no network with a gateway is named " + network);
        }
        return leg;
    }

    private Rib rib(final String vrf) throws RefusedException {
        final Rib known = ribs.get(vrf);
        if (known != null) {
            return known;
        }
        if (ribs.size() == MAX_VRFS) {
            throw new RefusedException("no more than " + MAX_VRFS + " VRFs");
        }
        final Rib rib = new Rib(new Vrf(vrf, grace), ribs.size(), numbers);
        workers.change(lane -> lane.pipeline().router().vrf(rib.index, rib.vrf));
        ribs.put(vrf, rib);
        return rib;
    }

    private static int nowSeconds() {
        return (int) TimeUnit.NANOSECONDS.toSeconds(System.nanoTime());
    }
}
