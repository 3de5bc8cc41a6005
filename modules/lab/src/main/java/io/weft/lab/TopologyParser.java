// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.daemon.ConfigException;
import io.weft.daemon.Yaml;
import io.weft.daemon.YamlNode;
import io.weft.lab.Topology.Endpoint;
import io.weft.lab.Topology.Interface;
import io.weft.lab.Topology.Kind;
import io.weft.lab.Topology.Link;
import io.weft.lab.Topology.Network;
import io.weft.lab.Topology.Node;
import io.weft.lab.Topology.Pod;
import io.weft.lab.Topology.Route;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a lab file. What is wrong with it is found here, before anything is touched, and said as {@code FILE:LINE: reason}.
 *
 * <p>Node: {@code kind} (weft, host), {@code underlay} (address/length; a weft node must have one), {@code interfaces} (name to
 * address or addresses), {@code routes} (dst, via), {@code forwarding}. A node's underlay interface is {@code underlay} unless a
 * link names it. Without {@code links}, two nodes share a cable and any other number one switch.
 */
final class TopologyParser {
    /** Bounds: a lab is for one machine. */
    static final int MAX_NODES = 64;

    static final int MAX_PODS = 512;
    static final int DEFAULT_MTU = 1500;

    /** A node's name to the command line is LAB-NODE, and node names are bounded. */
    static final int MAX_NODE_NAME = 32;

    private static final String NAME = "[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?";
    private static final String IFNAME = "[A-Za-z][A-Za-z0-9_.-]{0,14}";
    private static final int MAX_VNI = (1 << 24) - 1;

    private final Map<String, RawNode> rawNodes = new LinkedHashMap<>();
    private final Set<Endpoint> cabled = new HashSet<>();
    private final Map<String, Network> networks = new LinkedHashMap<>();

    /** A node before the links have told what its underlay interface is called. */
    private static final class RawNode {
        final YamlNode place;
        final Kind kind;
        final @Nullable IpPrefix underlay;
        final Map<String, Interface> interfaces = new LinkedHashMap<>();

        @Nullable
        String underlayInterface;

        RawNode(final YamlNode place, final Kind kind, final @Nullable IpPrefix underlay) {
            this.place = place;
            this.kind = kind;
            this.underlay = underlay;
        }
    }

    private TopologyParser() {}

    static Topology read(final Path file) throws ConfigException {
        return new TopologyParser().topology(Yaml.read(file));
    }

    static Topology parse(final String name, final String text) throws ConfigException {
        return new TopologyParser().topology(Yaml.parse(name, text));
    }

    /** True if {@code name} may name a lab, a node or a pod. */
    static boolean isName(final String name) {
        return name.matches(NAME);
    }

    private Topology topology(final YamlNode root) throws ConfigException {
        root.map("name", "nodes", "links", "networks", "pods");
        final YamlNode nameAt = root.require("name");
        final String name = name(nameAt, nameAt.text());
        final YamlNode nodes = root.require("nodes");
        bounded(nodes, nodes.entries().size(), MAX_NODES, "nodes");
        for (final Map.Entry<String, YamlNode> entry : nodes.entries().entrySet()) {
            final String node = name(entry.getValue(), entry.getKey());
            if (name.length() + 1 + node.length() > MAX_NODE_NAME) {
                throw entry.getValue().refuse(name + "-" + node + " is longer than " + MAX_NODE_NAME + " characters");
            }
            rawNodes.put(node, rawNode(entry.getValue()));
        }
        uniqueUnderlays();
        final YamlNode linkList = root.get("links");
        final List<Link> links = new ArrayList<>();
        final List<Endpoint> switchPorts = new ArrayList<>();
        if (linkList == null) {
            defaultLinks(links, switchPorts);
        } else {
            bounded(linkList, linkList.list().size(), MAX_NODES * 4, "links");
            for (final YamlNode link : linkList.list()) {
                links.add(link(link));
            }
        }
        final List<Node> finished = new ArrayList<>();
        for (final Map.Entry<String, RawNode> entry : rawNodes.entrySet()) {
            finished.add(finish(entry.getKey(), entry.getValue()));
        }
        networks(root.get("networks"));
        final List<Pod> pods = pods(root.get("pods"));
        return new Topology(
                name,
                List.copyOf(finished),
                List.copyOf(links),
                List.copyOf(switchPorts),
                List.copyOf(networks.values()),
                pods);
    }

    private static RawNode rawNode(final YamlNode place) throws ConfigException {
        place.map("kind", "underlay", "interfaces", "routes", "forwarding");
        final YamlNode kindAt = place.get("kind");
        final Kind kind = kindAt != null && kindAt.oneOf("weft", "host").equals("host") ? Kind.HOST : Kind.WEFT;
        final YamlNode underlayAt = kind == Kind.WEFT ? place.require("underlay") : place.get("underlay");
        final RawNode node = new RawNode(place, kind, underlayAt == null ? null : interfaceAddress(underlayAt));
        final YamlNode interfaces = place.get("interfaces");
        if (interfaces != null) {
            for (final Map.Entry<String, YamlNode> entry : interfaces.entries().entrySet()) {
                final String ifname = ifname(entry.getValue(), entry.getKey());
                final List<IpPrefix> addresses = new ArrayList<>();
                for (final YamlNode address : entry.getValue().oneOrMany()) {
                    addresses.add(interfaceAddress(address));
                }
                node.interfaces.put(ifname, new Interface(ifname, List.copyOf(addresses)));
            }
        }
        return node;
    }

    private void uniqueUnderlays() throws ConfigException {
        final Map<IpAddress, String> owners = new HashMap<>();
        for (final Map.Entry<String, RawNode> entry : rawNodes.entrySet()) {
            final IpPrefix underlay = entry.getValue().underlay;
            if (underlay == null) {
                continue;
            }
            final String owner = owners.put(underlay.address(), entry.getKey());
            if (owner != null) {
                throw place(entry.getValue(), "underlay")
                        .refuse("underlay " + underlay.address() + " is already that of node " + owner);
            }
        }
    }

    private void defaultLinks(final List<Link> links, final List<Endpoint> switchPorts) throws ConfigException {
        final List<Endpoint> ends = new ArrayList<>();
        for (final Map.Entry<String, RawNode> entry : rawNodes.entrySet()) {
            final RawNode node = entry.getValue();
            if (!node.interfaces.isEmpty()) {
                throw place(node, "interfaces").refuse("a node with interfaces needs links that say where they lead");
            }
            if (node.underlay != null) {
                ends.add(new Endpoint(entry.getKey(), "underlay"));
                node.underlayInterface = "underlay";
            }
        }
        if (ends.size() == 2) {
            links.add(new Link(ends.get(0), ends.get(1), DEFAULT_MTU));
        } else {
            switchPorts.addAll(ends);
        }
    }

    private Link link(final YamlNode place) throws ConfigException {
        place.map("endpoints", "mtu");
        final List<YamlNode> ends = place.require("endpoints").list();
        if (ends.size() != 2) {
            throw place.refuse("a link has two endpoints, found " + ends.size());
        }
        final YamlNode mtu = place.get("mtu");
        return new Link(
                endpoint(ends.get(0)), endpoint(ends.get(1)), mtu == null ? DEFAULT_MTU : mtu.integer(1280, 65535));
    }

    private Endpoint endpoint(final YamlNode place) throws ConfigException {
        final String text = place.text();
        final int colon = text.indexOf(':');
        if (colon < 0) {
            throw place.refuse("an endpoint is written NODE:INTERFACE");
        }
        final Endpoint end = new Endpoint(text.substring(0, colon), ifname(place, text.substring(colon + 1)));
        final RawNode node = rawNodes.get(end.node());
        if (node == null) {
            throw place.refuse("no node " + end.node());
        }
        if (!cabled.add(end)) {
            throw place.refuse("interface " + end + " is in a link already");
        }
        if (!node.interfaces.containsKey(end.ifname())) {
            if (node.underlay == null) {
                throw place.refuse(
                        "node " + end.node() + " has neither an interface " + end.ifname() + " nor an underlay");
            }
            if (node.underlayInterface != null) {
                throw place.refuse("the underlay of " + end.node() + " is " + node.underlayInterface + " already: list "
                        + end.ifname() + " under its interfaces");
            }
            node.underlayInterface = end.ifname();
        }
        return end;
    }

    private Node finish(final String name, final RawNode node) throws ConfigException {
        for (final String ifname : node.interfaces.keySet()) {
            if (!cabled.contains(new Endpoint(name, ifname))) {
                throw place(node, "interfaces").refuse("no link leads to interface " + ifname);
            }
        }
        final List<Interface> interfaces = new ArrayList<>(node.interfaces.values());
        if (node.underlay != null) {
            if (node.underlayInterface == null) {
                throw place(node, "underlay").refuse("no link leads to the underlay of " + name);
            }
            interfaces.add(new Interface(node.underlayInterface, List.of(node.underlay)));
        }
        uniqueAddresses(node, interfaces);
        final YamlNode forwarding = node.place.get("forwarding");
        return new Node(
                name,
                node.kind,
                node.underlay,
                List.copyOf(interfaces),
                routes(node, interfaces),
                forwarding != null && forwarding.flag());
    }

    private static void uniqueAddresses(final RawNode node, final List<Interface> interfaces) throws ConfigException {
        final List<IpPrefix> seen = new ArrayList<>();
        for (final Interface item : interfaces) {
            for (final IpPrefix address : item.addresses()) {
                for (final IpPrefix other : seen) {
                    if (address.overlaps(other)) {
                        throw node.place.refuse("address " + address + " overlaps " + other + " of the same node");
                    }
                }
                seen.add(address);
            }
        }
    }

    private static List<Route> routes(final RawNode node, final List<Interface> interfaces) throws ConfigException {
        final List<Route> routes = new ArrayList<>();
        for (final YamlNode place : node.place.listOf("routes")) {
            place.map("dst", "via");
            final YamlNode dst = place.require("dst");
            final String prefix = dst.text().equals("default")
                    ? "default"
                    : dst.parsed(IpPrefix::parse).network().toString();
            final IpAddress via = place.require("via").parsed(IpAddress::parse);
            if (interfaces.stream()
                    .flatMap(item -> item.addresses().stream())
                    .noneMatch(address -> address.contains(via))) {
                throw place.refuse("via " + via + " is on no subnet of this node");
            }
            routes.add(new Route(prefix, via));
        }
        return List.copyOf(routes);
    }

    private void networks(final @Nullable YamlNode place) throws ConfigException {
        if (place == null) {
            return;
        }
        bounded(place, place.entries().size(), MAX_NODES, "networks");
        for (final Map.Entry<String, YamlNode> entry : place.entries().entrySet()) {
            final Network network = network(name(entry.getValue(), entry.getKey()), entry.getValue());
            for (final Network other : networks.values()) {
                unlike(network, other, entry.getValue());
            }
            networks.put(network.name(), network);
        }
    }

    private static Network network(final String name, final YamlNode place) throws ConfigException {
        place.map("vni", "mode", "subnet", "remotes");
        final int vni = place.require("vni").integer(1, MAX_VNI);
        // The modes overlay and routed need the router, which a later version brings.
        final YamlNode modeAt = place.get("mode");
        final String mode = modeAt == null ? "switched" : modeAt.oneOf("switched");
        final List<IpPrefix> subnets = new ArrayList<>();
        for (final YamlNode item : place.require("subnet").oneOrMany()) {
            final IpPrefix subnet = item.parsed(IpPrefix::parse);
            if (!subnet.equals(subnet.network())) {
                throw item.refuse(subnet + " has host bits set, the subnet is " + subnet.network());
            }
            onePerFamily(item, subnets, subnet);
            subnets.add(subnet);
        }
        final List<IpAddress> remotes = new ArrayList<>();
        for (final YamlNode item : place.oneOrMany("remotes")) {
            remotes.add(item.parsed(IpAddress::parse));
        }
        return new Network(name, vni, mode, List.copyOf(subnets), List.copyOf(remotes));
    }

    private static void unlike(final Network network, final Network other, final YamlNode place)
            throws ConfigException {
        if (network.vni() == other.vni()) {
            throw place.require("vni").refuse("VNI " + network.vni() + " is already that of network " + other.name());
        }
        for (final IpPrefix subnet : network.subnets()) {
            for (final IpPrefix taken : other.subnets()) {
                if (subnet.overlaps(taken)) {
                    throw place.require("subnet")
                            .refuse("subnet " + subnet + " overlaps " + taken + " of network " + other.name());
                }
            }
        }
    }

    private List<Pod> pods(final @Nullable YamlNode place) throws ConfigException {
        final List<Pod> pods = new ArrayList<>();
        if (place == null) {
            return pods;
        }
        bounded(place, place.entries().size(), MAX_PODS, "pods");
        final Map<String, String> owners = new HashMap<>();
        for (final Map.Entry<String, YamlNode> entry : place.entries().entrySet()) {
            final Pod pod = pod(name(entry.getValue(), entry.getKey()), entry.getValue());
            if (rawNodes.containsKey(pod.name())) {
                throw entry.getValue().refuse("a node is called " + pod.name() + " already");
            }
            for (final IpPrefix address : pod.addresses()) {
                final String owner = owners.put(pod.network() + " " + address.address(), pod.name());
                if (owner != null) {
                    throw entry.getValue()
                            .require("address")
                            .refuse("address " + address.address() + " is already that of pod " + owner);
                }
            }
            pods.add(pod);
        }
        return List.copyOf(pods);
    }

    private Pod pod(final String name, final YamlNode place) throws ConfigException {
        place.map("node", "network", "address");
        final YamlNode nodeAt = place.require("node");
        final RawNode node = rawNodes.get(nodeAt.text());
        if (node == null || node.kind != Kind.WEFT) {
            throw nodeAt.refuse(node == null ? "no node " + nodeAt.text() : nodeAt.text() + " is not a weft node");
        }
        final YamlNode networkAt = place.require("network");
        final Network network = networks.get(networkAt.text());
        if (network == null) {
            throw networkAt.refuse("no network " + networkAt.text());
        }
        final List<IpPrefix> addresses = new ArrayList<>();
        for (final YamlNode item : place.require("address").oneOrMany()) {
            final IpAddress address = item.parsed(IpAddress::parse);
            final IpPrefix subnet = network.subnets().stream()
                    .filter(candidate -> candidate.contains(address))
                    .findFirst()
                    .orElseThrow(
                            () -> item.refuse("address " + address + " is in no subnet of network " + network.name()));
            final IpPrefix full = new IpPrefix(address, subnet.length());
            onePerFamily(item, addresses, full);
            addresses.add(full);
        }
        return new Pod(name, nodeAt.text(), network.name(), List.copyOf(addresses));
    }

    private static void onePerFamily(final YamlNode place, final List<IpPrefix> have, final IpPrefix more)
            throws ConfigException {
        for (final IpPrefix other : have) {
            if (other.address().isIpv4() == more.address().isIpv4()) {
                throw place.refuse("at most one IPv4 and one IPv6 here, found " + other + " and " + more);
            }
        }
    }

    private static IpPrefix interfaceAddress(final YamlNode place) throws ConfigException {
        if (!place.text().contains("/")) {
            throw place.refuse("an interface's address is written ADDRESS/LENGTH, found " + place.text());
        }
        return place.parsed(IpPrefix::parse);
    }

    private static String name(final YamlNode place, final String name) throws ConfigException {
        if (!isName(name) || name.equals("underlay")) {
            throw place.refuse("not a name (small letters, digits and '-', at most 32, not 'underlay'): " + name);
        }
        return name;
    }

    private static String ifname(final YamlNode place, final String name) throws ConfigException {
        if (!name.matches(IFNAME) || name.equals("lo")) {
            throw place.refuse("not an interface name (at most 15 characters): " + name);
        }
        return name;
    }

    private static void bounded(final YamlNode place, final int count, final int limit, final String what)
            throws ConfigException {
        if (count > limit) {
            throw place.refuse(count + " " + what + ", at most " + limit);
        }
    }

    private static YamlNode place(final RawNode node, final String key) throws ConfigException {
        final YamlNode value = node.place.get(key);
        return value == null ? node.place : value;
    }
}
