// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A lab as its file says it, complete and checked: see {@link TopologyParser}.
 *
 * @param name the lab's name; everything that is made carries it as {@code NAME-}
 * @param nodes weft nodes and plain hosts
 * @param links what joins the interfaces of nodes
 * @param networks pod networks
 * @param pods pods, each on a weft node and a network
 * @param retain octets that each node's flow journal may take, as it is written; null: no journal
 * @param conntrack limits and timeouts of each node's flow table, as they are written; what is not there is the node's own choice
 */
record Topology(
        String name,
        List<Node> nodes,
        List<Link> links,
        List<Network> networks,
        List<Pod> pods,
        @Nullable String retain,
        Map<String, String> conntrack) {

    /** What runs in a node's namespace: a weft node, or nothing but the kernel. */
    enum Kind {
        WEFT,
        HOST
    }

    /**
     * A node.
     *
     * @param workers of a weft node
     * @param underlay its VTEP address with the subnet's length; null for one without tunnels
     * @param interfaces all its interfaces but {@code lo}, the underlay one among them
     * @param forwarding whether its kernel routes between its interfaces
     * @param offloads false: a weft node that takes and gives single frames only, to compare
     */
    record Node(
            String name,
            Kind kind,
            int workers,
            @Nullable IpPrefix underlay,
            List<Interface> interfaces,
            List<Route> routes,
            boolean forwarding,
            boolean offloads) {}

    /**
     * An interface of a node.
     *
     * @param addresses may be none
     * @param network the weft network whose wire it is, on a weft node that takes it over as a packet port; else null
     */
    record Interface(
            String name, List<IpPrefix> addresses, @Nullable String network) {}

    /** A static route; {@code dst} is a prefix or {@code default}. */
    record Route(String dst, IpAddress via) {}

    /** An interface of a node, as in {@code n1:eth1}. */
    record Endpoint(String node, String ifname) {
        @Override
        public String toString() {
            return node + ":" + ifname;
        }
    }

    /** A cable between two interfaces, or a switch between any other number of them; {@code mtu} in octets. */
    record Link(List<Endpoint> ends, int mtu) {
        boolean isCable() {
            return ends.size() == 2;
        }
    }

    /**
     * A pod network.
     *
     * @param vni null without tunnels
     * @param mode switched, overlay or routed
     * @param vrf whose routes its pods go by
     * @param subnets at most one IPv4 and one IPv6 prefix
     * @param remotes VTEPs that are no weft nodes of this lab, in mode switched
     * @param legs what each weft node has of it, by the node's name
     * @param wire the network in which the nodes are each other's next hops, in mode routed; else null
     * @param routes of each node's router by next hops in this network
     */
    record Network(
            String name,
            @Nullable Integer vni,
            String mode,
            String vrf,
            List<IpPrefix> subnets,
            List<IpAddress> remotes,
            Map<String, Leg> legs,
            @Nullable String wire,
            List<Route> routes) {
        boolean isSwitched() {
            return mode.equals("switched");
        }

        /** What {@code node} has of it. */
        Leg leg(final String node) {
            return Objects.requireNonNull(legs.get(node), "checked by the parser");
        }

        /** True if the nodes' routers have addresses in it. */
        boolean isRouted() {
            return legs.values().stream().anyMatch(leg -> !leg.gateways().isEmpty());
        }
    }

    /**
     * A node's part of a network; at most one of a family in each list.
     *
     * @param prefixes what is on link: the subnets in mode switched, else the node's own prefixes
     * @param gateways its router's addresses
     * @param hosts its own addresses, at its host port; none: it has no host port
     */
    record Leg(List<IpPrefix> prefixes, List<IpAddress> gateways, List<IpPrefix> hosts) {}

    /**
     * A pod.
     *
     * @param addresses each has the length of what is on link
     * @param image the container image that it runs on Docker; null: that of docker/pod.Dockerfile
     */
    record Pod(
            String name,
            String node,
            String network,
            List<IpPrefix> addresses,
            @Nullable String image) {}

    /** The namespace or container of a node or pod, which is also the node's name to the command line. */
    String namespace(final String member) {
        return name + "-" + member;
    }

    /** The namespace that holds the switches. */
    String switchNamespace() {
        return namespace("underlay");
    }

    /** The links that are switches. */
    List<Link> switches() {
        return links.stream().filter(link -> !link.isCable()).toList();
    }

    /** Every namespace of this lab, in the order in which they are made. */
    List<String> namespaces() {
        final List<String> names = new ArrayList<>();
        nodes.forEach(node -> names.add(namespace(node.name())));
        pods.forEach(pod -> names.add(namespace(pod.name())));
        if (!switches().isEmpty()) {
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

    /** True if {@code node} has a pod of {@code network} or is on its wire, and so takes part in it. */
    boolean carries(final Node node, final Network network) {
        return podsOn(node).stream().anyMatch(pod -> pod.network().equals(network.name()))
                || node.interfaces().stream().anyMatch(item -> network.name().equals(item.network()));
    }

    /** The weft nodes that take part in {@code network}. */
    List<Node> carriers(final Network network) {
        return weftNodes().stream().filter(node -> carries(node, network)).toList();
    }

    Network network(final String named) {
        return networks.stream()
                .filter(network -> network.name().equals(named))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no network " + named + ", which the parser refuses"));
    }

    /** The same lab under another name, so that it can run twice side by side. */
    Topology named(final String other) {
        return new Topology(other, nodes, links, networks, pods, retain, conntrack);
    }
}
