// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.daemon.NodeConfig.Network;
import io.weft.daemon.NodeConfig.PortEntry;
import io.weft.daemon.NodeConfig.Underlay;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import io.weft.wire.MacAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * From the tree of a node file to {@link NodeConfig}. Refuses at the first fault, in the order of the file. What the file
 * format has and this version does not do is refused too: a node never runs with less than its file says.
 */
final class NodeConfigReader {
    private static final int MAX_VNI = (1 << 24) - 1;
    private static final int MAX_ENTRIES = 4096;
    private static final int DEFAULT_AGEING = 300;
    private static final int DEFAULT_LEARN_LIMIT = 4096;

    /** What is taken already, and on which line. One map for each kind of thing that must be unique. */
    private final Map<String, Integer> networkNames = new HashMap<>();

    private final Map<Integer, Integer> vnis = new HashMap<>();
    private final Map<String, Integer> portNames = new HashMap<>();
    private final Map<IpAddress, Integer> addresses = new HashMap<>();
    private final Map<Long, Integer> macs = new HashMap<>();
    private final Map<String, Integer> interfaces = new HashMap<>();
    private final Map<IpPrefix, Integer> subnets = new HashMap<>();

    private @Nullable Underlay underlay;
    private final Map<String, Network> networks = new HashMap<>();

    private NodeConfigReader() {}

    static NodeConfig read(final YamlNode root) throws ConfigException {
        return new NodeConfigReader().node(root);
    }

    private NodeConfig node(final YamlNode root) throws ConfigException {
        root.map("node", "underlay", "networks", "ports", "routes", "journal");
        final String name = Names.check(root.require("node"), "node name");
        final YamlNode ends = root.get("underlay");
        underlay = ends == null ? null : underlay(ends);
        final List<Network> nets = new ArrayList<>();
        for (final YamlNode entry : bounded(root, "networks")) {
            nets.add(network(entry));
        }
        final List<PortEntry> ports = new ArrayList<>();
        for (final YamlNode entry : bounded(root, "ports")) {
            ports.add(port(entry));
        }
        refuseIfSet(root, "routes", "routes are not supported yet");
        refuseIfSet(root, "journal", "journal is not supported yet");
        return new NodeConfig(root.file(), name, underlay, nets, ports);
    }

    private static Underlay underlay(final YamlNode entry) throws ConfigException {
        entry.map("address", "port");
        final YamlNode port = entry.get("port");
        final YamlNode address = entry.require("address");
        return new Underlay(
                address.line(), hostAddress(address), port == null ? NodeConfig.VXLAN_PORT : port.integer(1, 65_535));
    }

    private Network network(final YamlNode entry) throws ConfigException {
        entry.map("name", "vni", "mode", "subnet", "gateway", "prefix", "remotes", "tagged", "ageing", "learn_limit");
        final YamlNode nameNode = entry.require("name");
        final String name = Names.check(nameNode, "network name");
        unique(networkNames, name, nameNode, "network name " + name);
        final YamlNode vniNode = entry.require("vni");
        final int vni = vniNode.integer(1, MAX_VNI);
        unique(vnis, vni, vniNode, "VNI " + vni);
        final YamlNode mode = entry.get("mode");
        if (mode != null && !mode.oneOf("switched", "overlay", "routed").equals("switched")) {
            throw mode.refuse("mode " + mode.text() + " is not supported yet");
        }
        refuseIfSet(entry, "gateway", "gateway is not supported yet");
        refuseIfSet(entry, "prefix", "prefix belongs to the modes overlay and routed");
        final YamlNode tagged = entry.get("tagged");
        final YamlNode ageing = entry.get("ageing");
        final YamlNode limit = entry.get("learn_limit");
        final Network network = new Network(
                entry.line(),
                name,
                vni,
                subnets(entry),
                remotes(entry, name),
                tagged != null && tagged.flag(),
                ageing == null ? DEFAULT_AGEING : ageing.integer(1, 1_000_000),
                limit == null ? DEFAULT_LEARN_LIMIT : limit.integer(1, 1 << 20));
        networks.put(name, network);
        return network;
    }

    private List<IpPrefix> subnets(final YamlNode entry) throws ConfigException {
        final List<IpPrefix> result = new ArrayList<>();
        for (final YamlNode node : entry.oneOrMany("subnet")) {
            final IpPrefix subnet = node.parsed(IpPrefix::parse);
            if (!subnet.equals(subnet.network())) {
                throw node.refuse("subnet " + subnet + " has host bits set, meant is " + subnet.network());
            }
            for (final Map.Entry<IpPrefix, Integer> other : subnets.entrySet()) {
                if (other.getKey().overlaps(subnet)) {
                    throw node.refuse(
                            "subnet " + subnet + " overlaps " + other.getKey() + " of line " + other.getValue());
                }
            }
            oneOfAFamily(node, result, subnet, "subnet");
            subnets.put(subnet, node.line());
            result.add(subnet);
        }
        return result;
    }

    private List<IpAddress> remotes(final YamlNode entry, final String network) throws ConfigException {
        final List<IpAddress> result = new ArrayList<>();
        final Map<IpAddress, Integer> seen = new HashMap<>();
        for (final YamlNode node : entry.oneOrMany("remotes")) {
            if (node.isMap()) {
                throw node.refuse("a remote with a prefix belongs to the modes overlay and routed");
            }
            final IpAddress remote = hostAddress(node);
            if (underlay == null) {
                throw node.refuse("network " + network + " has remotes, but the node has no underlay address");
            }
            if (remote.equals(underlay.address())) {
                throw node.refuse("remote " + remote + " is this node's own underlay address");
            }
            if (remote.isIpv4() != underlay.address().isIpv4()) {
                throw node.refuse("remote " + remote + " is not of the underlay address's family");
            }
            unique(seen, remote, node, "remote " + remote);
            result.add(remote);
        }
        return result;
    }

    private PortEntry port(final YamlNode entry) throws ConfigException {
        entry.map("name", "type", "network", "netns", "ifname", "address", "mac", "mtu", "dev", "file", "offloads");
        final YamlNode nameNode = entry.require("name");
        final String name = Names.check(nameNode, "port name");
        unique(portNames, name, nameNode, "port name " + name);
        portType(entry);
        final YamlNode networkNode = entry.require("network");
        final Network network = networks.get(networkNode.text());
        if (network == null) {
            throw networkNode.refuse("no network is named " + networkNode.text());
        }
        final YamlNode netnsNode = entry.get("netns");
        final String netns = netnsNode == null ? null : Names.checkNetns(netnsNode);
        final YamlNode ifnameNode = entry.get("ifname");
        final String ifname = ifnameNode != null ? ifnameNode.text() : netns != null ? "eth0" : name;
        final YamlNode ifnamePlace = ifnameNode == null ? nameNode : ifnameNode;
        Names.checkIfname(ifnamePlace, ifname);
        unique(
                interfaces,
                netns + "\0" + ifname,
                ifnamePlace,
                "interface " + ifname + (netns == null ? "" : " in namespace " + netns));
        final YamlNode offloads = entry.get("offloads");
        return new PortEntry(
                entry.line(),
                name,
                network.name(),
                netns,
                ifname,
                addresses(entry, network),
                mac(entry),
                mtu(entry),
                offloads == null || offloads.flag());
    }

    private static void portType(final YamlNode entry) throws ConfigException {
        final YamlNode type = entry.require("type");
        switch (type.oneOf("tap", "packet", "pcap", "memory")) {
            case "tap" -> {
                refuseIfSet(entry, "dev", "dev belongs to port type packet");
                refuseIfSet(entry, "file", "file belongs to port type pcap");
            }
            case "packet" -> throw type.refuse("port type packet is not supported yet");
            case "pcap" -> throw type.refuse("port type pcap is for 'weft replay', which makes such ports itself");
            default -> throw type.refuse("port type memory has no use in a node file");
        }
    }

    private List<IpPrefix> addresses(final YamlNode entry, final Network network) throws ConfigException {
        final List<IpPrefix> result = new ArrayList<>();
        for (final YamlNode node : entry.oneOrMany("address")) {
            final IpPrefix prefix = node.parsed(text -> Names.addressIn(network, text));
            unique(addresses, prefix.address(), node, "address " + prefix.address());
            oneOfAFamily(node, result, prefix, "address");
            result.add(prefix);
        }
        return result;
    }

    private long mac(final YamlNode entry) throws ConfigException {
        final YamlNode node = entry.get("mac");
        if (node == null || node.text().equals("auto")) {
            return 0;
        }
        final long mac = node.parsed(MacAddress::parse);
        if (!MacAddress.isUnicastSource(mac)) {
            throw node.refuse("MAC " + node.text() + " is zero or a group address");
        }
        unique(macs, mac, node, "MAC " + MacAddress.format(mac));
        return mac;
    }

    private static int mtu(final YamlNode entry) throws ConfigException {
        final YamlNode node = entry.get("mtu");
        if (node == null || node.text().equals("auto")) {
            return 0;
        }
        final int mtu = node.integer(0, NodeConfig.MAX_MTU);
        if (mtu < NodeConfig.MIN_MTU) {
            throw node.refuse("MTU " + mtu + " is below " + NodeConfig.MIN_MTU);
        }
        return mtu;
    }

    /** An address that a packet may come from: not unspecified, multicast or broadcast. */
    private static IpAddress hostAddress(final YamlNode node) throws ConfigException {
        final IpAddress address = node.parsed(IpAddress::parse);
        final int first = address.isIpv4() ? address.ipv4() >>> 24 : (int) (address.high() >>> 56);
        final boolean unspecified = address.isIpv4() ? first == 0 : address.high() == 0 && address.low() == 0;
        final boolean multicast = address.isIpv4() ? first >= 224 : first == 0xFF;
        if (unspecified || multicast) {
            throw node.refuse("address " + address + " is not one host's");
        }
        return address;
    }

    private static List<YamlNode> bounded(final YamlNode root, final String key) throws ConfigException {
        final List<YamlNode> entries = root.listOf(key);
        if (entries.size() > MAX_ENTRIES) {
            throw entries.get(MAX_ENTRIES).refuse("more than " + MAX_ENTRIES + " " + key);
        }
        return entries;
    }

    private static <K> void unique(final Map<K, Integer> taken, final K value, final YamlNode node, final String what)
            throws ConfigException {
        final Integer line = taken.putIfAbsent(value, node.line());
        if (line != null) {
            throw node.refuse("duplicate " + what + ", first on line " + line);
        }
    }

    private static void oneOfAFamily(
            final YamlNode node, final List<IpPrefix> before, final IpPrefix next, final String what)
            throws ConfigException {
        for (final IpPrefix other : before) {
            if (other.address().isIpv4() == next.address().isIpv4()) {
                throw node.refuse(
                        "a second IPv" + (next.address().isIpv4() ? 4 : 6) + " " + what + ": one of a family");
            }
        }
    }

    private static void refuseIfSet(final YamlNode map, final String key, final String reason) throws ConfigException {
        final YamlNode value = map.get(key);
        if (value != null
                && !(value.isList() && value.list().isEmpty())
                && !(value.isMap() && value.entries().isEmpty())) {
            throw value.refuse(reason);
        }
    }
}
