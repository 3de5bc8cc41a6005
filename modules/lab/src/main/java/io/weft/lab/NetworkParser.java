// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.daemon.ConfigException;
import io.weft.daemon.YamlNode;
import io.weft.dataplane.RouteSpec;
import io.weft.lab.Topology.Leg;
import io.weft.lab.Topology.Network;
import io.weft.lab.Topology.Route;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the networks of a lab file: {@code vni}, {@code mode}, {@code vrf}, {@code subnet}, {@code remotes}, and for the router
 *
 * <ul>
 *   <li>{@code gateway}: an address or a list, or a map of them by node;
 *   <li>{@code prefixes} (modes overlay and routed): by node. Left out, the i-th weft node of the file has the i-th /24
 *       (IPv6: /64) of the subnet, from 1; its gateway is the prefix's first address;
 *   <li>{@code hosts} (those modes): whether each node has a host port, with the last usable address of its prefix (IPv6:
 *       ::fe). True if left out;
 *   <li>{@code wire} (mode routed): the network by which the nodes reach each other, each by its gateway there;
 *   <li>{@code routes}: of every node's router, by next hops in this network.
 * </ul>
 */
final class NetworkParser {
    private static final int MAX_VNI = (1 << 24) - 1;
    private static final int IPV4_PREFIX = 24;
    private static final int IPV6_PREFIX = 64;
    private static final int IPV6_HOST = 0xFE;

    private final List<String> nodes;
    private final Set<String> wires;
    private final Map<String, Network> networks = new LinkedHashMap<>();

    /**
     * Starts without a network.
     *
     * @param nodes names of the weft nodes, in the order of the file
     * @param wires names that links have for networks: these need no VNI
     */
    NetworkParser(final List<String> nodes, final Set<String> wires) {
        this.nodes = nodes;
        this.wires = wires;
    }

    /** Reads all networks; they are in the order of the file. */
    Map<String, Network> read(final @Nullable YamlNode place) throws ConfigException {
        if (place == null) {
            return networks;
        }
        TopologyParser.bounded(place, place.entries().size(), TopologyParser.MAX_NODES, "networks");
        for (final Map.Entry<String, YamlNode> entry : place.entries().entrySet()) {
            final String name = TopologyParser.name(entry.getValue(), entry.getKey());
            final Network network = network(name, entry.getValue());
            for (final Network other : networks.values()) {
                unlike(network, other, entry.getValue());
            }
            networks.put(name, network);
        }
        for (final Network network : networks.values()) {
            if (network.wire() != null) {
                checkWire(Objects.requireNonNull(place.get(network.name())).require("wire"), network.wire());
            }
        }
        return networks;
    }

    private Network network(final String name, final YamlNode place) throws ConfigException {
        place.map("vni", "mode", "vrf", "subnet", "remotes", "gateway", "prefixes", "hosts", "wire", "routes");
        final YamlNode modeAt = place.get("mode");
        final String mode = modeAt == null ? "switched" : modeAt.oneOf("switched", "overlay", "routed");
        final boolean switched = mode.equals("switched");
        final YamlNode vniAt = mode.equals("routed") || wires.contains(name) ? place.get("vni") : place.require("vni");
        final Integer vni = vniAt == null ? null : (Integer) vniAt.integer(1, MAX_VNI);
        final YamlNode vrf = place.get("vrf");
        final List<IpPrefix> subnets = subnets(place.require("subnet"));
        final List<IpAddress> remotes = new ArrayList<>();
        for (final YamlNode item : switched ? place.oneOrMany("remotes") : refused(place, "remotes", "switched")) {
            remotes.add(item.parsed(IpAddress::parse));
        }
        final Map<String, Leg> legs =
                switched ? switchedLegs(place, subnets) : legs(place, prefixes(place, name, subnets), name);
        final @Nullable YamlNode wire =
                mode.equals("routed") ? place.require("wire") : one(refused(place, "wire", "routed"));
        return new Network(
                name,
                vni,
                mode,
                vrf == null ? RouteSpec.DEFAULT_VRF : TopologyParser.name(vrf, vrf.text()),
                List.copyOf(subnets),
                List.copyOf(remotes),
                legs,
                wire == null ? null : wire.text(),
                routes(place, name, subnets, legs));
    }

    /** Nothing, or a refusal: {@code key} is there, but belongs to other modes. */
    private static List<YamlNode> refused(final YamlNode place, final String key, final String modes)
            throws ConfigException {
        final YamlNode value = place.get(key);
        if (value != null) {
            throw value.refuse(key + " belongs to mode " + modes);
        }
        return List.of();
    }

    private static @Nullable YamlNode one(final List<YamlNode> items) {
        return items.isEmpty() ? null : items.getFirst();
    }

    private static List<IpPrefix> subnets(final YamlNode place) throws ConfigException {
        final List<IpPrefix> subnets = new ArrayList<>();
        for (final YamlNode item : place.oneOrMany()) {
            subnets.add(prefix(item, subnets, "subnet"));
        }
        return subnets;
    }

    private static IpPrefix prefix(final YamlNode item, final List<IpPrefix> have, final String what)
            throws ConfigException {
        final IpPrefix prefix = item.parsed(IpPrefix::parse);
        if (!prefix.equals(prefix.network())) {
            throw item.refuse(prefix + " has host bits set, the " + what + " is " + prefix.network());
        }
        TopologyParser.onePerFamily(item, have, prefix);
        return prefix;
    }

    private Map<String, Leg> switchedLegs(final YamlNode place, final List<IpPrefix> subnets) throws ConfigException {
        refused(place, "prefixes", "overlay and routed");
        refused(place, "hosts", "overlay and routed");
        final Map<String, Leg> legs = new LinkedHashMap<>();
        for (final String node : nodes) {
            legs.put(node, new Leg(subnets, gateways(place, node, subnets), List.of()));
        }
        return legs;
    }

    private Map<String, Leg> legs(
            final YamlNode place, final Map<String, List<IpPrefix>> prefixes, final String network)
            throws ConfigException {
        final YamlNode gateway = place.get("gateway");
        if (gateway != null && !gateway.isMap()) {
            throw gateway.refuse("each node has a prefix of its own: write { NODE: gateway }");
        }
        final YamlNode hostsAt = place.get("hosts");
        final boolean hosts = hostsAt == null || hostsAt.flag();
        final Map<String, Leg> legs = new LinkedHashMap<>();
        for (final Map.Entry<String, List<IpPrefix>> entry : prefixes.entrySet()) {
            final List<IpAddress> gateways = gateways(place, entry.getKey(), entry.getValue());
            for (final IpPrefix prefix : entry.getValue()) {
                if (gateways.stream().noneMatch(prefix::contains)) {
                    gateways.add(plus(prefix, 1));
                }
            }
            final List<IpPrefix> own = new ArrayList<>();
            for (final IpPrefix prefix : hosts ? entry.getValue() : List.<IpPrefix>of()) {
                own.add(new IpPrefix(hostAddress(prefix), prefix.length()));
            }
            if (gateways.stream()
                    .anyMatch(address ->
                            own.stream().anyMatch(host -> host.address().equals(address)))) {
                throw place.refuse("gateway of network " + network + " on node " + entry.getKey()
                        + " is what the host port gets: hosts: false, or another");
            }
            legs.put(entry.getKey(), new Leg(entry.getValue(), List.copyOf(gateways), List.copyOf(own)));
        }
        return legs;
    }

    /** The address before the broadcast address; ::fe in IPv6. */
    private static IpAddress hostAddress(final IpPrefix prefix) {
        return prefix.address().isIpv4() ? plus(prefix, (1L << (32 - prefix.length())) - 2) : plus(prefix, IPV6_HOST);
    }

    /** The address {@code number} after the prefix's. */
    static IpAddress plus(final IpPrefix prefix, final long number) {
        return new IpAddress(prefix.address().high(), prefix.address().low() + number);
    }

    private List<IpAddress> gateways(final YamlNode place, final String node, final List<IpPrefix> onLink)
            throws ConfigException {
        final YamlNode at = place.get("gateway");
        final YamlNode mine = at != null && at.isMap() ? byNode(at).get(node) : at;
        final List<IpAddress> gateways = new ArrayList<>();
        for (final YamlNode item : mine == null ? List.<YamlNode>of() : mine.oneOrMany()) {
            final IpAddress gateway = item.parsed(IpAddress::parse);
            if (onLink.stream().noneMatch(prefix -> prefix.contains(gateway))) {
                throw item.refuse("gateway " + gateway + " of node " + node + " is in none of " + join(onLink));
            }
            if (gateways.stream().anyMatch(other -> other.isIpv4() == gateway.isIpv4())) {
                throw item.refuse("at most one IPv4 and one IPv6 gateway here, found also " + gateway);
            }
            gateways.add(gateway);
        }
        return gateways;
    }

    /** A map whose keys are weft nodes. */
    private Map<String, YamlNode> byNode(final YamlNode place) throws ConfigException {
        for (final Map.Entry<String, YamlNode> entry : place.entries().entrySet()) {
            if (!nodes.contains(entry.getKey())) {
                throw entry.getValue().refuse("no weft node " + entry.getKey());
            }
        }
        return place.entries();
    }

    private Map<String, List<IpPrefix>> prefixes(
            final YamlNode place, final String network, final List<IpPrefix> subnets) throws ConfigException {
        final YamlNode at = place.get("prefixes");
        final Map<String, List<IpPrefix>> prefixes = new LinkedHashMap<>();
        if (at == null) {
            for (int i = 0; i < nodes.size(); i++) {
                final List<IpPrefix> parts = new ArrayList<>();
                for (final IpPrefix subnet : subnets) {
                    parts.add(part(place.require("subnet"), subnet, i + 1));
                }
                prefixes.put(nodes.get(i), parts);
            }
            return prefixes;
        }
        final Map<IpPrefix, String> owners = new HashMap<>();
        for (final Map.Entry<String, YamlNode> entry : byNode(at).entrySet()) {
            final List<IpPrefix> own = new ArrayList<>();
            for (final YamlNode item : entry.getValue().oneOrMany()) {
                final IpPrefix prefix = prefix(item, own, "prefix");
                checkPrefix(item, prefix, network, subnets);
                for (final Map.Entry<IpPrefix, String> other : owners.entrySet()) {
                    if (other.getKey().overlaps(prefix)) {
                        throw item.refuse(
                                "prefix " + prefix + " overlaps " + other.getKey() + " of node " + other.getValue());
                    }
                }
                own.add(prefix);
            }
            if (own.size() != subnets.size()) {
                throw entry.getValue().refuse("node " + entry.getKey() + " needs a prefix of each of " + join(subnets));
            }
            own.forEach(prefix -> owners.put(prefix, entry.getKey()));
            prefixes.put(entry.getKey(), own);
        }
        return prefixes;
    }

    private static void checkPrefix(
            final YamlNode item, final IpPrefix prefix, final String network, final List<IpPrefix> subnets)
            throws ConfigException {
        if (subnets.stream()
                .noneMatch(subnet -> subnet.contains(prefix.address()) && subnet.length() <= prefix.length())) {
            throw item.refuse("prefix " + prefix + " is in no subnet of network " + network);
        }
        final int longest = prefix.address().isIpv4() ? 29 : 120;
        if (prefix.length() > longest) {
            throw item.refuse("prefix " + prefix + " has no room for pods: at most /" + longest);
        }
    }

    /** The {@code number}-th /24 or /64 of {@code subnet}, from 0. */
    private static IpPrefix part(final YamlNode place, final IpPrefix subnet, final int number) throws ConfigException {
        final boolean ipv4 = subnet.address().isIpv4();
        final IpAddress base = subnet.address();
        final IpPrefix part = ipv4
                ? new IpPrefix(IpAddress.ofIpv4(base.ipv4() + (number << (32 - IPV4_PREFIX))), IPV4_PREFIX)
                : new IpPrefix(new IpAddress(base.high() + number, base.low()), IPV6_PREFIX);
        if (subnet.length() > part.length() || !subnet.contains(part.address())) {
            throw place.refuse("subnet " + subnet + " has no /" + part.length()
                    + " for each node: write prefixes: { NODE: PREFIX }");
        }
        return part;
    }

    private static List<Route> routes(
            final YamlNode place, final String network, final List<IpPrefix> subnets, final Map<String, Leg> legs)
            throws ConfigException {
        final List<Route> routes = new ArrayList<>();
        for (final YamlNode item : place.listOf("routes")) {
            final Route route = TopologyParser.route(item);
            if (legs.values().stream().allMatch(leg -> leg.gateways().isEmpty())) {
                throw item.refuse("network " + network + " has routes, but no gateway");
            }
            if (subnets.stream().noneMatch(subnet -> subnet.contains(route.via()))) {
                throw item.refuse("via " + route.via() + " is in no subnet of network " + network);
            }
            routes.add(route);
        }
        return List.copyOf(routes);
    }

    private void checkWire(final YamlNode place, final String wire) throws ConfigException {
        final Network network = networks.get(wire);
        if (network == null) {
            throw place.refuse("no network " + wire);
        }
        if (!network.isSwitched() || !network.isRouted()) {
            throw place.refuse("network " + wire + " is no wire: that is in mode switched and has a gateway per node");
        }
    }

    private static void unlike(final Network network, final Network other, final YamlNode place)
            throws ConfigException {
        if (network.vni() != null && network.vni().equals(other.vni())) {
            throw place.require("vni").refuse("VNI " + network.vni() + " is already that of network " + other.name());
        }
        for (final IpPrefix subnet : network.subnets()) {
            for (final IpPrefix taken : other.subnets()) {
                if (network.vrf().equals(other.vrf()) && subnet.overlaps(taken)) {
                    throw place.require("subnet")
                            .refuse("subnet " + subnet + " overlaps " + taken + " of network " + other.name());
                }
            }
        }
    }

    private static String join(final List<IpPrefix> prefixes) {
        return String.join(" ", prefixes.stream().map(IpPrefix::toString).toList());
    }
}
