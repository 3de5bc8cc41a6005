// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.daemon.FileChecks.RouteKey;
import io.weft.daemon.FileChecks.VrfAddress;
import io.weft.daemon.NodeConfig.Network;
import io.weft.daemon.NodeConfig.PortEntry;
import io.weft.daemon.NodeConfig.PortType;
import io.weft.daemon.NodeConfig.RouteEntry;
import io.weft.daemon.NodeConfig.Underlay;
import io.weft.dataplane.Options;
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
    /** What is taken already, and on which line. One map for each kind of thing that must be unique. */
    private final Map<String, Integer> portNames = new HashMap<>();

    private final Map<VrfAddress, Integer> addresses = new HashMap<>();
    private final Map<RouteKey, Integer> routes = new HashMap<>();
    private final Map<Long, Integer> macs = new HashMap<>();
    private final Map<String, Integer> interfaces = new HashMap<>();

    private Map<String, Network> networks = Map.of();
    /** What the node says for ports that say nothing. */
    private boolean offloads = true;

    private NodeConfigReader() {}

    static NodeConfig read(final YamlNode root) throws ConfigException {
        return new NodeConfigReader().node(root);
    }

    private NodeConfig node(final YamlNode root) throws ConfigException {
        root.map("node", "workers", "offloads", "underlay", "networks", "ports", "routes", "conntrack", "journal");
        final String name = Names.check(root.require("node"), "node name");
        final YamlNode count = root.get("workers");
        final int workers = count == null ? 1 : count.integer(1, Options.MAX_WORKERS);
        offloads = root.flag("offloads", true);
        final YamlNode ends = root.get("underlay");
        final Underlay underlay = ends == null ? null : underlay(ends);
        networks = networks(root, underlay);
        final List<PortEntry> ports = new ArrayList<>();
        for (final YamlNode entry : FileChecks.bounded(root, "ports")) {
            ports.add(port(entry));
        }
        final RouteReader reader = new RouteReader(networks, new NextHops(networks), routes);
        final List<RouteEntry> entries = new ArrayList<>();
        for (final YamlNode entry : FileChecks.bounded(root, "routes")) {
            entries.add(reader.read(entry));
        }
        return new NodeConfig(
                root.file(),
                name,
                workers,
                underlay,
                List.copyOf(networks.values()),
                ports,
                entries,
                FlowConfigReader.flows(root.get("conntrack")),
                FlowConfigReader.journal(root.get("journal")));
    }

    private Underlay underlay(final YamlNode entry) throws ConfigException {
        entry.map("address", "port");
        final YamlNode port = entry.get("port");
        final YamlNode address = entry.require("address");
        return new Underlay(
                address.line(),
                FileChecks.ownAddress(address),
                port == null ? NodeConfig.VXLAN_PORT : port.integer(1, 65_535),
                offloads);
    }

    private Map<String, Network> networks(final YamlNode root, final @Nullable Underlay underlay)
            throws ConfigException {
        final NetworkReader reader = new NetworkReader(underlay, addresses, routes);
        for (final YamlNode entry : FileChecks.bounded(root, "networks")) {
            reader.read(entry);
        }
        final NextHops hops = new NextHops(reader.networks());
        for (final NetworkReader.RemoteHop hop : reader.hops()) {
            hops.check(hop.place(), hop.vrf(), hop.via(), null);
        }
        return reader.networks();
    }

    private PortEntry port(final YamlNode entry) throws ConfigException {
        entry.map(
                "name",
                "type",
                "network",
                "netns",
                "ifname",
                "address",
                "mac",
                "mtu",
                "dev",
                "file",
                "offloads",
                "attach");
        final YamlNode nameNode = entry.require("name");
        final String name = Names.check(nameNode, "port name");
        FileChecks.unique(portNames, name, nameNode, "port name " + name);
        final PortType type = portType(entry);
        final YamlNode networkNode = entry.require("network");
        final Network network = networks.get(networkNode.text());
        if (network == null) {
            throw networkNode.refuse("no network is named " + networkNode.text());
        }
        final YamlNode netnsNode = entry.get("netns");
        final String netns = netnsNode == null ? null : Names.checkNetns(netnsNode);
        final boolean attach = entry.flag("attach", false);
        if (attach && netnsNode != null) {
            throw netnsNode.refuse(
                    "netns and attach: true don't go together: who attaches says where the interface is");
        }
        final YamlNode ifnameNode = type == PortType.PACKET ? entry.require("dev") : entry.get("ifname");
        final String ifname = ifnameNode != null ? ifnameNode.text() : netns != null || attach ? "eth0" : name;
        final YamlNode ifnamePlace = ifnameNode == null ? nameNode : ifnameNode;
        Names.checkIfname(ifnamePlace, ifname);
        if (!attach) {
            FileChecks.unique(
                    interfaces,
                    netns + "\0" + ifname,
                    ifnamePlace,
                    "interface " + ifname + (netns == null ? "" : " in namespace " + netns));
        }
        return new PortEntry(
                entry.line(),
                type,
                name,
                network.name(),
                netns,
                ifname,
                addresses(entry, network),
                mac(entry),
                mtu(entry),
                entry.flag("offloads", offloads),
                attach);
    }

    private static PortType portType(final YamlNode entry) throws ConfigException {
        final YamlNode type = entry.require("type");
        FileChecks.refuseIfSet(entry, "file", "file belongs to port type pcap");
        return switch (type.oneOf("tap", "packet", "pcap", "memory")) {
            case "tap" -> {
                FileChecks.refuseIfSet(entry, "dev", "dev belongs to port type packet");
                yield PortType.TAP;
            }
            case "packet" -> {
                for (final String key : List.of("ifname", "address", "mac", "mtu", "attach")) {
                    FileChecks.refuseIfSet(entry, key, key + " belongs to port type tap");
                }
                yield PortType.PACKET;
            }
            case "pcap" -> throw type.refuse("port type pcap is for 'weft replay', which makes such ports itself");
            default -> throw type.refuse("port type memory has no use in a node file");
        };
    }

    private List<IpPrefix> addresses(final YamlNode entry, final Network network) throws ConfigException {
        final List<IpPrefix> result = new ArrayList<>();
        for (final YamlNode node : entry.oneOrMany("address")) {
            final IpPrefix prefix = node.parsed(text -> Names.addressIn(network, text));
            FileChecks.unique(
                    addresses, new VrfAddress(network.vrf(), prefix.address()), node, "address " + prefix.address());
            FileChecks.oneOfAFamily(node, result, prefix.address(), "address");
            result.add(prefix);
        }
        return result;
    }

    private long mac(final YamlNode entry) throws ConfigException {
        final long mac = FileChecks.mac(entry);
        if (mac != 0) {
            FileChecks.unique(macs, mac, entry.require("mac"), "MAC " + MacAddress.format(mac));
        }
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
}
