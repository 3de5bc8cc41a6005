// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.lab.Topology.Endpoint;
import io.weft.lab.Topology.Link;
import io.weft.lab.Topology.Network;
import io.weft.lab.Topology.Node;
import io.weft.lab.Topology.Pod;
import io.weft.wire.IpPrefix;
import java.util.List;
import java.util.stream.Collectors;

/** A lab as a drawing for Graphviz: {@code weft lab graph two-nodes | dot -Tsvg}. */
final class LabGraph {
    private LabGraph() {}

    static String dot(final Topology lab) {
        final StringBuilder dot = new StringBuilder(1024);
        dot.append("graph \"").append(lab.name()).append("\" {\n");
        dot.append("  node [shape=box fontname=sans]; edge [fontname=sans fontsize=10];\n");
        for (final Node node : lab.nodes()) {
            final String underlay = node.underlay() == null
                    ? node.kind().name().toLowerCase(java.util.Locale.ROOT)
                    : "" + node.underlay();
            box(dot, node.name(), node.name() + "\\n" + underlay, "shape=box3d");
        }
        for (final Pod pod : lab.pods()) {
            box(dot, pod.name(), pod.name() + "\\n" + join(pod.addresses()), "style=rounded");
            edge(dot, pod.name(), pod.node(), label(lab, pod.network()));
        }
        for (final Link link : lab.links()) {
            edge(
                    dot,
                    link.a().node(),
                    link.b().node(),
                    link.a().ifname() + " - " + link.b().ifname());
        }
        if (!lab.switchPorts().isEmpty()) {
            box(dot, "underlay", "switch", "shape=ellipse");
            for (final Endpoint port : lab.switchPorts()) {
                edge(dot, port.node(), "underlay", port.ifname());
            }
        }
        return dot.append("}\n").toString();
    }

    private static void box(final StringBuilder dot, final String id, final String label, final String style) {
        dot.append("  \"")
                .append(id)
                .append("\" [label=\"")
                .append(label)
                .append("\" ")
                .append(style)
                .append("];\n");
    }

    private static void edge(final StringBuilder dot, final String a, final String b, final String label) {
        dot.append("  \"")
                .append(a)
                .append("\" -- \"")
                .append(b)
                .append("\" [label=\"")
                .append(label)
                .append("\"];\n");
    }

    private static String label(final Topology lab, final String network) {
        return lab.networks().stream()
                .filter(candidate -> candidate.name().equals(network))
                .map(LabGraph::label)
                .findFirst()
                .orElse(network);
    }

    private static String label(final Network network) {
        return network.name() + " vni " + network.vni();
    }

    private static String join(final List<IpPrefix> addresses) {
        return addresses.stream().map(IpPrefix::toString).collect(Collectors.joining("\\n"));
    }
}
