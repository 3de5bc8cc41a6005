// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.lab.Topology.Interface;
import io.weft.lab.Topology.Leg;
import io.weft.lab.Topology.Network;
import io.weft.lab.Topology.Node;
import io.weft.lab.Topology.Pod;
import io.weft.lab.Topology.Route;
import io.weft.wire.IpAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** Writes the node file of one weft node of a lab. Names were checked by the parser; the rest is quoted. */
final class NodeFile {
    /** Name of a node's host port; that of its second has a 1 behind it, and so on. */
    static final String HOST_PORT = "host";

    /** The host port's interface in the node's namespace, with a number from 0 behind it. */
    private static final String HOST_INTERFACE = "weft";

    private NodeFile() {}

    /**
     * The file of a node.
     *
     * @param attach pods attach themselves, instead of the node entering their namespaces
     * @param journal directory of its journal, if the lab has one
     */
    static String text(final Topology lab, final Node node, final boolean attach, final String journal) {
        final List<Network> networks = lab.networks().stream()
                .filter(network -> lab.carries(node, network))
                .toList();
        final StringBuilder yaml = new StringBuilder(1024);
        yaml.append("node: ").append(lab.namespace(node.name())).append('\n');
        if (node.workers() > 1) {
            yaml.append("workers: ").append(node.workers()).append('\n');
        }
        if (!node.offloads()) {
            yaml.append("offloads: off\n");
        }
        if (node.underlay() != null) {
            yaml.append("underlay:\n  address: ").append(quoted(underlay(node))).append('\n');
        }
        yaml.append("networks:\n");
        for (final Network network : networks) {
            network(yaml, lab, node, network);
        }
        yaml.append("ports:\n");
        for (final Pod pod : lab.podsOn(node)) {
            pod(yaml, lab, pod, attach);
        }
        int hosts = 0;
        for (final Network network : networks) {
            final Leg leg = network.leg(node.name());
            if (!leg.hosts().isEmpty()) {
                port(yaml, HOST_PORT + (hosts == 0 ? "" : hosts), "tap", network.name());
                yaml.append("    ifname: ")
                        .append(HOST_INTERFACE)
                        .append(hosts++)
                        .append('\n');
                yaml.append("    address: ").append(list(leg.hosts())).append('\n');
            }
        }
        for (final Interface item : node.interfaces()) {
            if (item.network() != null) {
                port(yaml, item.name(), "packet", item.network());
                yaml.append("    dev: ").append(item.name()).append('\n');
            }
        }
        routes(yaml, networks);
        if (!lab.conntrack().isEmpty()) {
            yaml.append("conntrack:\n");
            lab.conntrack()
                    .forEach((key, value) -> yaml.append("  ")
                            .append(key)
                            .append(": ")
                            .append(value)
                            .append('\n'));
        }
        if (lab.retain() != null) {
            yaml.append("journal: { dir: ").append(quoted(journal));
            yaml.append(", retain: ").append(lab.retain()).append(" }\n");
        }
        return yaml.toString();
    }

    private static void network(final StringBuilder yaml, final Topology lab, final Node node, final Network network) {
        final Leg leg = network.leg(node.name());
        yaml.append("  - name: ").append(network.name()).append('\n');
        if (network.vni() != null) {
            yaml.append("    vni: ").append(network.vni()).append('\n');
        }
        yaml.append("    mode: ").append(network.mode()).append('\n');
        yaml.append("    vrf: ").append(network.vrf()).append('\n');
        yaml.append("    subnet: ").append(list(network.subnets())).append('\n');
        if (!network.isSwitched()) {
            yaml.append("    prefix: ").append(list(leg.prefixes())).append('\n');
        }
        yaml.append("    gateway: ").append(list(leg.gateways())).append('\n');
        yaml.append("    remotes: ").append(remotes(lab, node, network)).append('\n');
    }

    private static String remotes(final Topology lab, final Node node, final Network network) {
        final List<String> remotes = new ArrayList<>();
        for (final Node other : lab.carriers(network)) {
            if (other.equals(node)) {
                continue;
            }
            if (!network.isSwitched()) {
                remotes.add("{ address: " + addresses(lab, other, network) + ", prefix: "
                        + list(network.leg(other.name()).prefixes()) + " }");
            } else if (network.vni() != null) {
                remotes.add(quoted(underlay(other)));
            }
        }
        network.remotes().forEach(remote -> remotes.add(quoted(remote)));
        return "[" + String.join(", ", remotes) + "]";
    }

    /** Where the others reach {@code node}: its VTEP, or its next hops on the wire. */
    private static String addresses(final Topology lab, final Node node, final Network network) {
        return network.wire() == null
                ? quoted(underlay(node))
                : list(lab.network(network.wire()).leg(node.name()).gateways());
    }

    private static void port(final StringBuilder yaml, final String name, final String type, final String network) {
        yaml.append("  - name: ").append(name).append('\n');
        yaml.append("    type: ").append(type).append('\n');
        yaml.append("    network: ").append(network).append('\n');
    }

    private static void pod(final StringBuilder yaml, final Topology lab, final Pod pod, final boolean attach) {
        port(yaml, pod.name(), "tap", pod.network());
        if (attach) {
            yaml.append("    attach: true\n");
        } else {
            yaml.append("    netns: ").append(lab.namespace(pod.name())).append('\n');
        }
        yaml.append("    ifname: eth0\n");
        yaml.append("    address: ").append(list(pod.addresses())).append('\n');
    }

    private static void routes(final StringBuilder yaml, final List<Network> networks) {
        yaml.append("routes:\n");
        for (final Network network : networks) {
            for (final Route route : network.routes()) {
                yaml.append("  - { dst: ").append(quoted(route.dst()));
                yaml.append(", via: ").append(quoted(route.via()));
                yaml.append(", network: ").append(network.name()).append(" }\n");
            }
        }
    }

    private static IpAddress underlay(final Node node) {
        return Objects.requireNonNull(node.underlay(), "checked by the parser").address();
    }

    private static String list(final Collection<?> values) {
        return values.stream().map(NodeFile::quoted).collect(Collectors.joining(", ", "[", "]"));
    }

    private static String quoted(final Object value) {
        return '"' + value.toString() + '"';
    }
}
