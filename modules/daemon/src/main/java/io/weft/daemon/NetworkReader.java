// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.daemon.FileChecks.RouteKey;
import io.weft.daemon.FileChecks.VrfAddress;
import io.weft.daemon.NodeConfig.Network;
import io.weft.daemon.NodeConfig.Remote;
import io.weft.daemon.NodeConfig.Underlay;
import io.weft.dataplane.NetworkMode;
import io.weft.dataplane.NetworkSpec;
import io.weft.dataplane.RouteSpec;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the networks of a node file, one after the other. A next hop may lie in a network further down: those are kept and
 * checked at the end ({@link NextHops}).
 */
final class NetworkReader {
    private static final int MAX_VNI = (1 << 24) - 1;
    private static final int MAX_AGEING = 1_000_000;
    private static final int MAX_LEARN_LIMIT = 1 << 20;

    private final @Nullable Underlay underlay;
    private final Map<VrfAddress, Integer> addresses;
    private final Map<RouteKey, Integer> routes;
    private final Map<String, Network> networks = new LinkedHashMap<>();
    private final Map<Integer, Integer> vnis = new HashMap<>();
    private final Map<String, Integer> names = new HashMap<>();
    /** By VRF: subnets of two VRFs may overlap. */
    private final Map<String, Map<IpPrefix, Integer>> subnets = new HashMap<>();

    private final List<RemoteHop> hops = new ArrayList<>();

    /** A next hop of a network in mode routed, and where the file has it. */
    record RemoteHop(YamlNode place, String vrf, IpAddress via) {}

    /**
     * Starts without a network.
     *
     * @param addresses where gateways are taken
     * @param routes where routes that follow from networks and remotes are taken
     */
    NetworkReader(
            final @Nullable Underlay underlay,
            final Map<VrfAddress, Integer> addresses,
            final Map<RouteKey, Integer> routes) {
        this.underlay = underlay;
        this.addresses = addresses;
        this.routes = routes;
    }

    /** The networks read so far, by name, in the order of the file. */
    Map<String, Network> networks() {
        return networks;
    }

    /** Next hops that must lie in one of the networks. */
    List<RemoteHop> hops() {
        return hops;
    }

    /** The keys of a network that are its own and that nothing else follows from. */
    private record Head(String name, NetworkMode mode, String vrf) {
        boolean isSwitched() {
            return mode == NetworkMode.SWITCHED;
        }

        String modeWord() {
            return mode.name().toLowerCase(Locale.ROOT);
        }
    }

    /** Reads one network; refuses what contradicts it or those before it. */
    void read(final YamlNode entry) throws ConfigException {
        entry.map(
                "name",
                "vni",
                "mode",
                "vrf",
                "subnet",
                "gateway",
                "prefix",
                "remotes",
                "tagged",
                "ageing",
                "learn_limit");
        final YamlNode nameNode = entry.require("name");
        final String name = Names.check(nameNode, "network name");
        FileChecks.unique(names, name, nameNode, "network name " + name);
        final int vni = vni(entry);
        final YamlNode vrf = entry.get("vrf");
        final Head head =
                new Head(name, mode(entry, name), vrf == null ? RouteSpec.DEFAULT_VRF : Names.check(vrf, "VRF name"));
        if (vni == NetworkSpec.NO_VNI && needsVni(entry, head)) {
            entry.require("vni");
        }
        final List<IpPrefix> wholes = subnets(entry, head);
        final Map<IpPrefix, Integer> held = new LinkedHashMap<>();
        final List<IpPrefix> prefixes = prefixes(entry, head, wholes, held);
        final List<IpPrefix> gateways = gateways(entry, head, head.isSwitched() ? wholes : prefixes);
        final List<Remote> remotes = remotes(entry, head, wholes, held);
        final YamlNode ageing = entry.get("ageing");
        final YamlNode limit = entry.get("learn_limit");
        networks.put(
                name,
                new Network(
                        entry.line(),
                        name,
                        vni,
                        head.mode,
                        head.vrf,
                        wholes,
                        prefixes,
                        gateways,
                        remotes,
                        entry.flag("tagged", false),
                        ageing == null ? NetworkSpec.DEFAULT_AGEING_SECONDS : ageing.integer(1, MAX_AGEING),
                        limit == null ? NetworkSpec.DEFAULT_LEARN_LIMIT : limit.integer(1, MAX_LEARN_LIMIT)));
    }

    private int vni(final YamlNode entry) throws ConfigException {
        final YamlNode node = entry.get("vni");
        if (node == null) {
            return NetworkSpec.NO_VNI;
        }
        final int vni = node.integer(1, MAX_VNI);
        FileChecks.unique(vnis, vni, node, "VNI " + vni);
        return vni;
    }

    private static boolean needsVni(final YamlNode entry, final Head head) throws ConfigException {
        return head.mode == NetworkMode.OVERLAY
                || (head.isSwitched() && !entry.oneOrMany("remotes").isEmpty());
    }

    private NetworkMode mode(final YamlNode entry, final String network) throws ConfigException {
        final YamlNode node = entry.get("mode");
        if (node == null) {
            return NetworkMode.SWITCHED;
        }
        final NetworkMode mode =
                NetworkMode.valueOf(node.oneOf("switched", "overlay", "routed").toUpperCase(Locale.ROOT));
        if (mode == NetworkMode.OVERLAY && underlay == null) {
            throw node.refuse("network " + network + " is in mode overlay, but the node has no underlay address");
        }
        return mode;
    }

    private List<IpPrefix> subnets(final YamlNode entry, final Head head) throws ConfigException {
        if (!head.isSwitched()) {
            entry.require("subnet");
        }
        final Map<IpPrefix, Integer> taken = subnets.computeIfAbsent(head.vrf, vrf -> new LinkedHashMap<>());
        final List<IpPrefix> result = new ArrayList<>();
        for (final YamlNode node : entry.oneOrMany("subnet")) {
            final IpPrefix subnet = FileChecks.prefix(node, "subnet");
            refuseOverlap(node, "subnet " + subnet, subnet, taken);
            FileChecks.oneOfAFamily(node, result, subnet.address(), "subnet");
            taken.put(subnet, node.line());
            result.add(subnet);
        }
        return result;
    }

    private static void refuseOverlap(
            final YamlNode node, final String what, final IpPrefix prefix, final Map<IpPrefix, Integer> taken)
            throws ConfigException {
        for (final Map.Entry<IpPrefix, Integer> other : taken.entrySet()) {
            if (other.getKey().overlaps(prefix)) {
                throw node.refuse(what + " overlaps " + other.getKey() + " of line " + other.getValue());
            }
        }
    }

    /** The node's own prefixes, one for each subnet. */
    private static List<IpPrefix> prefixes(
            final YamlNode entry, final Head head, final List<IpPrefix> subnets, final Map<IpPrefix, Integer> held)
            throws ConfigException {
        if (head.isSwitched()) {
            FileChecks.refuseIfSet(entry, "prefix", "prefix belongs to the modes overlay and routed");
            return List.of();
        }
        final List<IpPrefix> prefixes = prefixesIn(entry.require("prefix"), head, subnets, held);
        for (final IpPrefix subnet : subnets) {
            if (prefixes.stream().noneMatch(prefix -> subnet.contains(prefix.address()))) {
                throw entry.require("prefix")
                        .refuse("network " + head.name + " has no prefix within its subnet " + subnet);
            }
        }
        return prefixes;
    }

    /** Prefixes of this node or another: within the subnets, and nobody else's. */
    private static List<IpPrefix> prefixesIn(
            final YamlNode place, final Head head, final List<IpPrefix> subnets, final Map<IpPrefix, Integer> held)
            throws ConfigException {
        final List<IpPrefix> result = new ArrayList<>();
        for (final YamlNode node : place.oneOrMany()) {
            final IpPrefix prefix = FileChecks.prefix(node, "prefix");
            if (subnets.stream()
                    .noneMatch(subnet -> subnet.contains(prefix.address()) && subnet.length() <= prefix.length())) {
                throw node.refuse("prefix " + prefix + " is outside of network " + head.name + "'s subnet "
                        + Names.join(subnets));
            }
            refuseOverlap(node, "prefix " + prefix, prefix, held);
            FileChecks.oneOfAFamily(node, result, prefix.address(), "prefix");
            held.put(prefix, node.line());
            result.add(prefix);
        }
        return result;
    }

    private List<IpPrefix> gateways(final YamlNode entry, final Head head, final List<IpPrefix> onLink)
            throws ConfigException {
        final List<IpPrefix> gateways = new ArrayList<>();
        for (final YamlNode node : entry.oneOrMany("gateway")) {
            final IpAddress address = FileChecks.hostAddress(node);
            final IpPrefix link = onLink.stream()
                    .filter(prefix -> prefix.contains(address))
                    .findFirst()
                    .orElseThrow(() -> node.refuse("gateway " + address + " is outside of network " + head.name + "'s "
                            + (head.isSwitched() ? "subnet " : "prefix ") + Names.join(onLink)));
            FileChecks.oneOfAFamily(node, gateways, address, "gateway");
            refuseEnds(node, address, link);
            take(node, head, new IpPrefix(address, link.length()), gateways);
        }
        if (!head.isSwitched()) {
            for (final IpPrefix prefix : onLink) {
                if (gateways.stream().noneMatch(gateway -> prefix.contains(gateway.address()))) {
                    final YamlNode place = entry.require("prefix");
                    take(place, head, new IpPrefix(firstAddress(place, prefix), prefix.length()), gateways);
                }
            }
        }
        return gateways;
    }

    private void take(final YamlNode place, final Head head, final IpPrefix gateway, final List<IpPrefix> gateways)
            throws ConfigException {
        final VrfAddress own = new VrfAddress(head.vrf, gateway.address());
        FileChecks.unique(addresses, own, place, "address " + gateway.address());
        routes.put(new RouteKey(head.vrf, gateway.network(), 0), place.line());
        gateways.add(gateway);
    }

    /** The first and the last address of a link are not a host's; in IPv6 the first (RFC 4291 section 2.6.1). */
    private static void refuseEnds(final YamlNode node, final IpAddress address, final IpPrefix link)
            throws ConfigException {
        if (link.length() >= (address.isIpv4() ? 31 : 127)) {
            return;
        }
        if (address.equals(link.network().address())) {
            throw node.refuse("gateway " + address + " is the network address of " + link);
        }
        if (address.isIpv4() && (address.ipv4() | -1 << (32 - link.length())) == -1) {
            throw node.refuse("gateway " + address + " is the broadcast address of " + link);
        }
    }

    private static IpAddress firstAddress(final YamlNode place, final IpPrefix prefix) throws ConfigException {
        final IpAddress network = prefix.address();
        final IpAddress first = new IpAddress(network.high(), network.low() + 1);
        if (!prefix.contains(first)) {
            throw place.refuse("prefix " + prefix + " has no room for a gateway");
        }
        return first;
    }

    private List<Remote> remotes(
            final YamlNode entry, final Head head, final List<IpPrefix> subnets, final Map<IpPrefix, Integer> held)
            throws ConfigException {
        final List<Remote> remotes = new ArrayList<>();
        final Map<Endpoint, Integer> vteps = new HashMap<>();
        for (final YamlNode node : entry.oneOrMany("remotes")) {
            if (head.isSwitched()) {
                if (node.isMap()) {
                    throw node.refuse("a remote with a prefix belongs to the modes overlay and routed");
                }
                remotes.add(remote(node.line(), vtep(node, head.name, vteps), List.of(), 0));
            } else {
                remotes.add(remote(node, head, subnets, held, vteps));
            }
        }
        return remotes;
    }

    private Remote remote(
            final YamlNode node,
            final Head head,
            final List<IpPrefix> subnets,
            final Map<IpPrefix, Integer> held,
            final Map<Endpoint, Integer> vteps)
            throws ConfigException {
        if (!node.isMap()) {
            throw node.refuse("a remote in mode " + head.modeWord() + " is a map of address and prefix");
        }
        node.map("address", "prefix", "mac");
        final YamlNode address = node.require("address");
        final boolean overlay = head.mode == NetworkMode.OVERLAY;
        final Endpoint vtep = overlay ? vtep(address, head.name, vteps) : null;
        final List<IpAddress> hops = overlay ? List.of() : nextHops(address, head);
        final List<IpPrefix> prefixes = prefixesIn(node.require("prefix"), head, subnets, held);
        for (final IpPrefix prefix : prefixes) {
            if (!overlay
                    && hops.stream()
                            .noneMatch(hop -> hop.isIpv4() == prefix.address().isIpv4())) {
                throw address.refuse("prefix " + prefix + " has no next hop of its family");
            }
            routes.put(new RouteKey(head.vrf, prefix, 0), node.line());
        }
        if (!overlay) {
            FileChecks.refuseIfSet(node, "mac", "mac belongs to the remotes of mode overlay");
        }
        final long mac = FileChecks.mac(node);
        return vtep == null ? new Remote(node.line(), hops, prefixes, mac) : remote(node.line(), vtep, prefixes, mac);
    }

    private static Remote remote(final int line, final Endpoint vtep, final List<IpPrefix> prefixes, final long mac) {
        final List<IpAddress> addresses = vtep.address() == null ? List.of() : List.of(vtep.address());
        return new Remote(line, addresses, vtep.host(), prefixes, mac);
    }

    private List<IpAddress> nextHops(final YamlNode place, final Head head) throws ConfigException {
        final List<IpPrefix> seen = new ArrayList<>();
        for (final YamlNode node : place.oneOrMany()) {
            final IpAddress via = FileChecks.hostAddress(node);
            FileChecks.oneOfAFamily(node, seen, via, "next hop");
            seen.add(new IpPrefix(via, via.isIpv4() ? 32 : 128));
            hops.add(new RemoteHop(node, head.vrf, via));
        }
        return seen.stream().map(IpPrefix::address).toList();
    }

    private Endpoint vtep(final YamlNode node, final String network, final Map<Endpoint, Integer> seen)
            throws ConfigException {
        final Endpoint remote = node.parsed(Endpoint::parse);
        if (underlay == null) {
            throw node.refuse("network " + network + " has remotes, but the node has no underlay address");
        }
        if (remote.host() == null) {
            refuseOwn(node, FileChecks.hostAddress(node), underlay);
        }
        FileChecks.unique(seen, remote, node, "remote " + node.text());
        return remote;
    }

    private static void refuseOwn(final YamlNode node, final IpAddress remote, final Underlay own)
            throws ConfigException {
        if (own.isFixed() && remote.equals(own.address())) {
            throw node.refuse("remote " + remote + " is this node's own underlay address");
        }
        if (remote.isIpv4() != own.isIpv4()) {
            throw node.refuse("remote " + remote + " is not of the underlay address's family");
        }
    }
}
