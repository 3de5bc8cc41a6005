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
            edge(dot, pod.name(), pod.node(), label(lab.network(pod.network())));
        }
        int switches = 0;
        for (final Link link : lab.links()) {
            if (link.isCable()) {
                final Endpoint a = link.ends().get(0);
                final Endpoint b = link.ends().get(1);
                edge(dot, a.node(), b.node(), a.ifname() + " - " + b.ifname());
            } else {
                final String id = "switch " + ++switches;
                box(dot, id, "switch", "shape=ellipse");
                link.ends().forEach(end -> edge(dot, end.node(), id, end.ifname()));
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

    private static String label(final Network network) {
        return network.vni() == null ? network.name() : network.name() + " vni " + network.vni();
    }

    private static String join(final List<IpPrefix> addresses) {
        return addresses.stream().map(IpPrefix::toString).collect(Collectors.joining("\\n"));
    }
}
