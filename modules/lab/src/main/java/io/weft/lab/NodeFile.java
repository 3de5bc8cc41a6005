// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.lab.Topology.Network;
import io.weft.lab.Topology.Node;
import io.weft.lab.Topology.Pod;
import io.weft.wire.IpAddress;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** Writes the node file of one weft node of a lab. Names were checked by the parser; the rest is quoted. */
final class NodeFile {
    private NodeFile() {}

    static String text(final Topology lab, final Node node) {
        final StringBuilder yaml = new StringBuilder(512);
        yaml.append("node: ").append(lab.namespace(node.name())).append('\n');
        yaml.append("underlay:\n  address: ").append(quoted(underlay(node))).append('\n');
        yaml.append("networks:\n");
        for (final Network network : lab.networks()) {
            if (lab.carries(node, network)) {
                network(yaml, lab, node, network);
            }
        }
        yaml.append("ports:\n");
        for (final Pod pod : lab.podsOn(node)) {
            port(yaml, lab, pod);
        }
        return yaml.toString();
    }

    private static void network(final StringBuilder yaml, final Topology lab, final Node node, final Network network) {
        yaml.append("  - name: ").append(network.name()).append('\n');
        yaml.append("    vni: ").append(network.vni()).append('\n');
        yaml.append("    mode: ").append(network.mode()).append('\n');
        yaml.append("    subnet: ").append(list(network.subnets())).append('\n');
        final Set<IpAddress> remotes = new LinkedHashSet<>();
        for (final Node other : lab.weftNodes()) {
            if (!other.equals(node) && lab.carries(other, network)) {
                remotes.add(underlay(other));
            }
        }
        remotes.addAll(network.remotes());
        yaml.append("    remotes: ").append(list(remotes)).append('\n');
    }

    private static void port(final StringBuilder yaml, final Topology lab, final Pod pod) {
        yaml.append("  - name: ").append(pod.name()).append('\n');
        yaml.append("    type: tap\n");
        yaml.append("    network: ").append(pod.network()).append('\n');
        yaml.append("    netns: ").append(lab.namespace(pod.name())).append('\n');
        yaml.append("    ifname: eth0\n");
        yaml.append("    address: ").append(list(pod.addresses())).append('\n');
    }

    private static IpAddress underlay(final Node node) {
        return Objects.requireNonNull(node.underlay(), "a weft node has an underlay")
                .address();
    }

    private static String list(final Collection<?> values) {
        return values.stream().map(NodeFile::quoted).collect(Collectors.joining(", ", "[", "]"));
    }

    private static String quoted(final Object value) {
        return '"' + value.toString() + '"';
    }
}
