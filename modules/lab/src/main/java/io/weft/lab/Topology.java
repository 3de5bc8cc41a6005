// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A lab as its file says it, complete and checked: see {@link TopologyParser}.
 *
 * @param name the lab's name; everything that is made carries it as {@code NAME-}
 * @param nodes weft nodes and plain hosts
 * @param links cables between interfaces of nodes
 * @param switchPorts the interfaces that share one switch; empty where {@code links} say it all
 * @param networks pod networks
 * @param pods pods, each on a weft node and a network
 */
record Topology(
        String name,
        List<Node> nodes,
        List<Link> links,
        List<Endpoint> switchPorts,
        List<Network> networks,
        List<Pod> pods) {

    /** What runs in a node's namespace: a weft node, or nothing but the kernel. */
    enum Kind {
        WEFT,
        HOST
    }

    /**
     * A node.
     *
     * @param underlay its VTEP address with the subnet's length; null for a host without one
     * @param interfaces all its interfaces but {@code lo}, the underlay one among them
     * @param forwarding whether its kernel routes between its interfaces
     */
    record Node(
            String name,
            Kind kind,
            @Nullable IpPrefix underlay,
            List<Interface> interfaces,
            List<Route> routes,
            boolean forwarding) {}

    /** An interface of a node with its addresses, which may be none. */
    record Interface(String name, List<IpPrefix> addresses) {}

    /** A static route of a node; {@code dst} is a prefix or {@code default}. */
    record Route(String dst, IpAddress via) {}

    /** An interface of a node, as in {@code n1:eth1}. */
    record Endpoint(String node, String ifname) {
        @Override
        public String toString() {
            return node + ":" + ifname;
        }
    }

    /** A cable; {@code mtu} in octets. */
    record Link(Endpoint a, Endpoint b, int mtu) {}

    /**
     * A pod network.
     *
     * @param subnets at most one IPv4 and one IPv6 prefix
     * @param remotes VTEPs that are no weft nodes of this lab
     */
    record Network(String name, int vni, String mode, List<IpPrefix> subnets, List<IpAddress> remotes) {}

    /** A pod with its addresses; each has the length of the network's subnet that it lies in. */
    record Pod(String name, String node, String network, List<IpPrefix> addresses) {}

    /** The namespace of a node or pod, which is also the node's name to the command line. */
    String namespace(final String member) {
        return name + "-" + member;
    }

    /** The namespace that holds the switch between the underlays. */
    String switchNamespace() {
        return namespace("underlay");
    }

    /** Every namespace of this lab, in the order in which they are made. */
    List<String> namespaces() {
        final List<String> names = new ArrayList<>();
        nodes.forEach(node -> names.add(namespace(node.name())));
        pods.forEach(pod -> names.add(namespace(pod.name())));
        if (!switchPorts.isEmpty()) {
            names.add(switchNamespace());
        }
        return names;
    }

    List<Node> weftNodes() {
        return nodes.stream().filter(node -> node.kind() == Kind.WEFT).toList();
    }

    List<Pod> podsOf(final Network network) {
        return pods.stream().filter(pod -> pod.network().equals(network.name())).toList();
    }

    List<Pod> podsOn(final Node node) {
        return pods.stream().filter(pod -> pod.node().equals(node.name())).toList();
    }

    /** True if {@code node} has a pod of {@code network}, and so takes part in it. */
    boolean carries(final Node node, final Network network) {
        return podsOn(node).stream().anyMatch(pod -> pod.network().equals(network.name()));
    }

    /** The same lab under another name, so that it can run twice side by side. */
    Topology named(final String other) {
        return new Topology(other, nodes, links, switchPorts, networks, pods);
    }
}
