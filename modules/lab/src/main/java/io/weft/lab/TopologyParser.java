// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.daemon.ConfigException;
import io.weft.daemon.FlowConfigReader;
import io.weft.daemon.Yaml;
import io.weft.daemon.YamlNode;
import io.weft.dataplane.Options;
import io.weft.lab.Topology.Endpoint;
import io.weft.lab.Topology.Interface;
import io.weft.lab.Topology.Kind;
import io.weft.lab.Topology.Leg;
import io.weft.lab.Topology.Link;
import io.weft.lab.Topology.Network;
import io.weft.lab.Topology.Node;
import io.weft.lab.Topology.Pod;
import io.weft.lab.Topology.Route;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a lab file. What is wrong with it is found here, before anything is touched, and said as {@code FILE:LINE: reason}.
 *
 * <p>Node: {@code kind} (weft, host), {@code underlay} (address/length; a weft node that is on no network's link must have one),
 * {@code interfaces} (name to address or addresses), {@code routes} (dst, via), {@code forwarding}, {@code workers}, {@code offloads}. A node's underlay interface
 * is {@code underlay} unless a link names it.
 *
 * <p>Link: {@code endpoints} (two: a cable, more: a switch), {@code mtu}, {@code network}: the interfaces of weft nodes are
 * taken over as packet ports in that network. Without {@code links}, all underlays are on one.
 *
 * <p>Networks: {@link NetworkParser}. Pod: {@code node}, {@code network}, {@code address}; in the modes overlay and routed the
 * address may be left out, and is the next free one of the node's prefix, from the second.
 */
final class TopologyParser {
    /** Bounds: a lab is for one machine. */
    static final int MAX_NODES = 64;

    static final int MAX_PODS = 512;
    static final int DEFAULT_MTU = 1500;

    /** A node's name to the command line is LAB-NODE, and node names are bounded. */
    static final int MAX_NODE_NAME = 32;

    /** Of a journal of which the file says nothing: labs lie in memory. */
    private static final String RETAIN = "64MiB";

    private static final String NAME = "[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?";
    private static final String IFNAME = "[A-Za-z][A-Za-z0-9_.-]{0,14}";
    /** Ports that a weft node has beside its pods. */
    private static final String RESERVED = "underlay|" + NodeFile.HOST_PORT + "[0-9]*";

    private final Map<String, RawNode> rawNodes = new LinkedHashMap<>();
    private final Set<Endpoint> cabled = new HashSet<>();
    private Map<String, Network> networks = Map.of();

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
        root.map("name", "nodes", "links", "networks", "pods", "journal", "conntrack");
        final YamlNode nameAt = root.require("name");
        final String name = name(nameAt, nameAt.text());
        final YamlNode nodes = root.require("nodes");
        bounded(nodes, nodes.entries().size(), MAX_NODES, "nodes");
        final YamlNode linkList = root.get("links");
        final Map<String, Set<String>> wires = linkList == null ? Map.of() : wires(linkList, root.get("networks"));
        for (final Map.Entry<String, YamlNode> entry : nodes.entries().entrySet()) {
            final String node = name(entry.getValue(), entry.getKey());
            if (name.length() + 1 + node.length() > MAX_NODE_NAME) {
                throw entry.getValue().refuse(name + "-" + node + " is longer than " + MAX_NODE_NAME + " characters");
            }
            final boolean wired = wires.values().stream().anyMatch(members -> members.contains(node));
            rawNodes.put(node, rawNode(entry.getValue(), wired));
        }
        uniqueUnderlays();
        networks = new NetworkParser(weftNodes(), wires.keySet()).read(root.get("networks"));
        final List<Link> links = linkList == null ? defaultLinks() : links(linkList);
        final List<Node> finished = new ArrayList<>();
        for (final Map.Entry<String, RawNode> entry : rawNodes.entrySet()) {
            finished.add(finish(entry.getKey(), entry.getValue()));
        }
        final YamlNode podMap = root.get("pods");
        final List<Pod> pods = podMap == null ? List.of() : pods(podMap);
        final Topology lab = new Topology(
                name,
                List.copyOf(finished),
                links,
                List.copyOf(networks.values()),
                pods,
                retain(root.get("journal")),
                conntrack(root.get("conntrack")));
        for (final Network network : networks.values()) {
            checkNodes(lab, network, root.require("networks").require(network.name()));
        }
        return lab;
    }

    /** What a journal may take; null where {@code journal} is {@code off}. */
    private static @Nullable String retain(final @Nullable YamlNode journal) throws ConfigException {
        if (journal == null) {
            return RETAIN;
        }
        if (!journal.isMap()) {
            return journal.flag() ? RETAIN : null;
        }
        final YamlNode retain = journal.map("retain").get("retain");
        if (retain == null) {
            return RETAIN;
        }
        FlowConfigReader.retain(retain);
        return retain.text();
    }

    /** The section as the nodes get it, after their own reader has had a look. */
    private static Map<String, String> conntrack(final @Nullable YamlNode section) throws ConfigException {
        FlowConfigReader.flows(section);
        final Map<String, String> words = new LinkedHashMap<>();
        if (section != null) {
            for (final Map.Entry<String, YamlNode> entry : section.entries().entrySet()) {
                words.put(entry.getKey(), entry.getValue().text());
            }
        }
        return Collections.unmodifiableMap(words);
    }

    /** By network that a link names: the nodes on such links. */
    private static Map<String, Set<String>> wires(final YamlNode links, final @Nullable YamlNode networks)
            throws ConfigException {
        final Map<String, Set<String>> wires = new HashMap<>();
        for (final YamlNode link : links.list()) {
            final YamlNode network = link.get("network");
            if (network != null) {
                if (networks == null || networks.get(network.text()) == null) {
                    throw network.refuse("no network " + network.text());
                }
                final Set<String> members = wires.computeIfAbsent(network.text(), name -> new HashSet<>());
                for (final YamlNode end : link.listOf("endpoints")) {
                    members.add(end.text().replaceFirst(":.*", ""));
                }
            }
        }
        return wires;
    }

    private List<String> weftNodes() {
        return rawNodes.entrySet().stream()
                .filter(entry -> entry.getValue().kind == Kind.WEFT)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The nodes that take part in a network can reach each other. */
    private static void checkNodes(final Topology lab, final Network network, final YamlNode place)
            throws ConfigException {
        final String wire = network.wire();
        for (final Node node : lab.carriers(network)) {
            if (network.vni() != null && node.underlay() == null) {
                throw place.require("vni")
                        .refuse("node " + node.name() + " has no underlay for the tunnels of network "
                                + network.name());
            }
            if (wire == null) {
                continue;
            }
            if (!lab.carries(node, lab.network(wire))) {
                throw place.require("wire").refuse("node " + node.name() + " is on no link of network " + wire);
            }
            final List<IpAddress> hops = lab.network(wire).leg(node.name()).gateways();
            for (final IpPrefix subnet : network.subnets()) {
                if (hops.stream()
                        .noneMatch(hop -> hop.isIpv4() == subnet.address().isIpv4())) {
                    throw place.require("wire")
                            .refuse("node " + node.name() + " has no gateway in network " + wire
                                    + " that is of the family of " + subnet);
                }
            }
        }
    }

    private static RawNode rawNode(final YamlNode place, final boolean wired) throws ConfigException {
        place.map("kind", "workers", "underlay", "interfaces", "routes", "forwarding", "offloads");
        final YamlNode kindAt = place.get("kind");
        final Kind kind = kindAt != null && kindAt.oneOf("weft", "host").equals("host") ? Kind.HOST : Kind.WEFT;
        final YamlNode underlayAt = kind == Kind.WEFT && !wired ? place.require("underlay") : place.get("underlay");
        final RawNode node = new RawNode(place, kind, underlayAt == null ? null : interfaceAddress(underlayAt));
        for (final String key : List.of("workers", "offloads")) {
            final YamlNode value = place.get(key);
            if (value != null && kind == Kind.HOST) {
                throw value.refuse(key + " belongs to a node of kind weft");
            }
        }
        final YamlNode interfaces = place.get("interfaces");
        if (interfaces != null) {
            for (final Map.Entry<String, YamlNode> entry : interfaces.entries().entrySet()) {
                final String ifname = ifname(entry.getValue(), entry.getKey());
                final List<IpPrefix> addresses = new ArrayList<>();
                for (final YamlNode address : entry.getValue().oneOrMany()) {
                    addresses.add(interfaceAddress(address));
                }
                node.interfaces.put(ifname, new Interface(ifname, List.copyOf(addresses), null));
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

    private List<Link> defaultLinks() throws ConfigException {
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
        return ends.isEmpty() ? List.of() : List.of(new Link(List.copyOf(ends), DEFAULT_MTU));
    }

    private List<Link> links(final YamlNode list) throws ConfigException {
        bounded(list, list.list().size(), MAX_NODES * 4, "links");
        final List<Link> links = new ArrayList<>();
        for (final YamlNode place : list.list()) {
            place.map("endpoints", "mtu", "network");
            final String network = wireNetwork(place.get("network"));
            final List<YamlNode> items = place.require("endpoints").list();
            if (items.size() < 2) {
                throw place.refuse("a link has two endpoints or more, found " + items.size());
            }
            final List<Endpoint> ends = new ArrayList<>();
            for (final YamlNode item : items) {
                ends.add(endpoint(item, network));
            }
            final YamlNode mtu = place.get("mtu");
            links.add(new Link(List.copyOf(ends), mtu == null ? DEFAULT_MTU : mtu.integer(1280, 65535)));
        }
        return List.copyOf(links);
    }

    private @Nullable String wireNetwork(final @Nullable YamlNode place) throws ConfigException {
        if (place == null) {
            return null;
        }
        final Network network = Objects.requireNonNull(networks.get(place.text()), "looked up before");
        if (!network.isSwitched()) {
            throw place.refuse("network " + network.name() + " is in mode " + network.mode()
                    + ", a link belongs to one in mode switched");
        }
        return network.name();
    }

    private Endpoint endpoint(final YamlNode place, final @Nullable String network) throws ConfigException {
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
        if (network != null && node.kind == Kind.WEFT) {
            takeOver(place, end, network, node);
        } else if (!node.interfaces.containsKey(end.ifname())) {
            underlayInterface(place, end, node);
        }
        return end;
    }

    /** An interface that is the node's port: the kernel has no address there. */
    private static void takeOver(final YamlNode place, final Endpoint end, final String network, final RawNode node)
            throws ConfigException {
        if (node.interfaces.containsKey(end.ifname())) {
            throw place.refuse("interface " + end + " becomes a port of network " + network
                    + ": it is not listed under the node's interfaces");
        }
        if (end.ifname().matches(RESERVED)) {
            throw place.refuse("another port of a weft node is called " + end.ifname());
        }
        node.interfaces.put(end.ifname(), new Interface(end.ifname(), List.of(), network));
    }

    private static void underlayInterface(final YamlNode place, final Endpoint end, final RawNode node)
            throws ConfigException {
        if (node.underlay == null) {
            throw place.refuse("node " + end.node() + " has neither an interface " + end.ifname() + " nor an underlay");
        }
        if (node.underlayInterface != null) {
            throw place.refuse("the underlay of " + end.node() + " is " + node.underlayInterface + " already: list "
                    + end.ifname() + " under its interfaces");
        }
        node.underlayInterface = end.ifname();
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
            interfaces.add(new Interface(node.underlayInterface, List.of(node.underlay), null));
        }
        uniqueAddresses(node, interfaces);
        final YamlNode workers = node.place.get("workers");
        return new Node(
                name,
                node.kind,
                workers == null ? 1 : workers.integer(1, Options.MAX_WORKERS),
                node.underlay,
                List.copyOf(interfaces),
                routes(node, interfaces),
                node.place.flag("forwarding", false),
                node.place.flag("offloads", true));
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
            final Route route = route(place);
            if (interfaces.stream()
                    .flatMap(item -> item.addresses().stream())
                    .noneMatch(address -> address.contains(route.via()))) {
                throw place.refuse("via " + route.via() + " is on no subnet of this node");
            }
            routes.add(route);
        }
        return List.copyOf(routes);
    }

    static Route route(final YamlNode place) throws ConfigException {
        place.map("dst", "via");
        final YamlNode dst = place.require("dst");
        final String prefix = dst.text().equals("default")
                ? "default"
                : dst.parsed(IpPrefix::parse).network().toString();
        return new Route(prefix, place.require("via").parsed(IpAddress::parse));
    }

    private List<Pod> pods(final YamlNode place) throws ConfigException {
        bounded(place, place.entries().size(), MAX_PODS, "pods");
        final Map<String, Pod> given = new HashMap<>();
        final Map<String, String> owners = new HashMap<>();
        for (final Map.Entry<String, YamlNode> entry : place.entries().entrySet()) {
            final Pod pod = pod(name(entry.getValue(), entry.getKey()), entry.getValue());
            for (final IpPrefix address : pod.addresses()) {
                final String owner = owners.put(key(pod.network(), address.address()), pod.name());
                if (owner != null) {
                    throw entry.getValue()
                            .require("address")
                            .refuse("address " + address.address() + " is already that of pod " + owner);
                }
            }
            given.put(pod.name(), pod);
        }
        final List<Pod> pods = new ArrayList<>();
        for (final Map.Entry<String, YamlNode> entry : place.entries().entrySet()) {
            final Pod pod = Objects.requireNonNull(given.get(entry.getKey()));
            pods.add(pod.addresses().isEmpty() ? numbered(pod, entry.getValue(), owners) : pod);
        }
        return List.copyOf(pods);
    }

    private static String key(final String network, final IpAddress address) {
        return network + " " + address;
    }

    private Pod pod(final String name, final YamlNode place) throws ConfigException {
        place.map("node", "network", "address", "image");
        final YamlNode nodeAt = place.require("node");
        final RawNode node = rawNodes.get(nodeAt.text());
        if (node == null || node.kind != Kind.WEFT) {
            throw nodeAt.refuse(node == null ? "no node " + nodeAt.text() : nodeAt.text() + " is not a weft node");
        }
        if (rawNodes.containsKey(name)) {
            throw place.refuse("a node is called " + name + " already");
        }
        if (name.matches(RESERVED) || node.interfaces.containsKey(name)) {
            throw place.refuse("another port of node " + nodeAt.text() + " is called " + name);
        }
        final YamlNode networkAt = place.require("network");
        final Network network = networks.get(networkAt.text());
        if (network == null) {
            throw networkAt.refuse("no network " + networkAt.text());
        }
        final Leg leg = network.legs().get(nodeAt.text());
        if (leg == null) {
            throw networkAt.refuse("network " + network.name() + " has no prefix for node " + nodeAt.text());
        }
        if (network.isSwitched()) {
            place.require("address");
        }
        final List<IpPrefix> addresses = new ArrayList<>();
        for (final YamlNode item : place.oneOrMany("address")) {
            addresses.add(podAddress(item, network, leg, addresses));
        }
        return new Pod(name, nodeAt.text(), network.name(), List.copyOf(addresses), image(place.get("image")));
    }

    private static @Nullable String image(final @Nullable YamlNode place) throws ConfigException {
        if (place == null) {
            return null;
        }
        // It becomes a word of a command line: never an option.
        if (!place.text().matches("[a-z0-9][A-Za-z0-9._/:@-]{0,254}")) {
            throw place.refuse("not the name of an image: " + place.text());
        }
        return place.text();
    }

    private static IpPrefix podAddress(
            final YamlNode item, final Network network, final Leg leg, final List<IpPrefix> before)
            throws ConfigException {
        final IpAddress address = item.parsed(IpAddress::parse);
        final String what = network.isSwitched() ? "subnet" : "prefix on its node";
        final IpPrefix link = leg.prefixes().stream()
                .filter(candidate -> candidate.contains(address))
                .findFirst()
                .orElseThrow(() ->
                        item.refuse("address " + address + " is in no " + what + " of network " + network.name()));
        if (isRouters(leg, address)) {
            throw item.refuse("address " + address + " is the gateway's or the host port's");
        }
        final IpPrefix full = new IpPrefix(address, link.length());
        onePerFamily(item, before, full);
        return full;
    }

    private static boolean isRouters(final Leg leg, final IpAddress address) {
        return leg.gateways().contains(address)
                || leg.hosts().stream().anyMatch(host -> host.address().equals(address));
    }

    /** The pod with the next free address of each prefix of its node. */
    private Pod numbered(final Pod pod, final YamlNode place, final Map<String, String> owners) throws ConfigException {
        final Leg leg = Objects.requireNonNull(networks.get(pod.network())).leg(pod.node());
        final List<IpPrefix> addresses = new ArrayList<>();
        for (final IpPrefix prefix : leg.prefixes()) {
            long number = 2;
            IpAddress address = NetworkParser.plus(prefix, number);
            while (isRouters(leg, address) || owners.containsKey(key(pod.network(), address))) {
                address = NetworkParser.plus(prefix, ++number);
            }
            if (!prefix.contains(address) || !prefix.contains(NetworkParser.plus(prefix, number + 1))) {
                throw place.refuse("prefix " + prefix + " has no free address");
            }
            owners.put(key(pod.network(), address), pod.name());
            addresses.add(new IpPrefix(address, prefix.length()));
        }
        return new Pod(pod.name(), pod.node(), pod.network(), List.copyOf(addresses), pod.image());
    }

    static void onePerFamily(final YamlNode place, final List<IpPrefix> have, final IpPrefix more)
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

    static String name(final YamlNode place, final String name) throws ConfigException {
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

    static void bounded(final YamlNode place, final int count, final int limit, final String what)
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
