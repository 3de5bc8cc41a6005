// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.lab.Topology.Kind;
import io.weft.lab.Topology.Leg;
import io.weft.lab.Topology.Network;
import io.weft.lab.Topology.Node;
import io.weft.lab.Topology.Pod;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The ways of a lab: who shall reach whom at which address, and by what it is proven. Every way by ping; by TCP and UDP, which
 * take longer, the first of each {@link Sort}, network and address family, and by TCP all of a network without a router.
 */
final class Ways {
    private final Topology lab;
    private final List<Way> ways = new ArrayList<>();
    private final Map<Sort, Set<String>> proven = new EnumMap<>(Sort.class);

    /** What is sent along a way beside the ping. */
    enum Traffic {
        PING,
        TCP,
        TCP_AND_UDP
    }

    /** Why there is a way. */
    private enum Sort {
        /** Between pods of one network. */
        PODS(Traffic.TCP_AND_UDP),
        /** From a pod to its router. */
        GATEWAY(Traffic.PING),
        /** From a pod to its node's own addresses. */
        TO_NODE(Traffic.TCP),
        /** From a node to a pod of this or another node. */
        FROM_NODE(Traffic.TCP),
        /** Between pods of two networks on one node. */
        NETWORKS(Traffic.TCP),
        /** From a pod to a plain host on a wire, or behind one. */
        TO_HOST(Traffic.TCP_AND_UDP),
        /** The other way round. */
        FROM_HOST(Traffic.TCP);

        private final Traffic first;

        Sort(final Traffic first) {
            this.first = first;
        }
    }

    /** A node or pod with its addresses. */
    private record Member(String name, List<IpAddress> addresses) {
        boolean has(final boolean ipv4) {
            return addresses.stream().anyMatch(address -> address.isIpv4() == ipv4);
        }
    }

    /**
     * One direction.
     *
     * @param from the node or pod that sends
     * @param own its addresses: whoever receives must see one of them
     * @param to the node or pod that answers; {@link #GATEWAY} for a router, which only answers pings
     */
    record Way(String from, List<IpAddress> own, String to, IpAddress address, Traffic traffic) {
        @Override
        public String toString() {
            return from + " -> " + to + " " + address;
        }
    }

    /** What a router is called as the end of a way. */
    static final String GATEWAY = "gateway";

    private Ways(final Topology lab) {
        this.lab = lab;
    }

    /** Between the pods of each network: each ordered pair, each address family that both have. */
    static List<Way> betweenPods(final Topology lab) {
        final Ways ways = new Ways(lab);
        ways.pods();
        return ways.ways;
    }

    /** All ways. */
    static List<Way> of(final Topology lab) {
        final Ways ways = new Ways(lab);
        ways.pods();
        for (final Pod pod : lab.pods()) {
            if (lab.network(pod.network()).isRouted()) {
                ways.gateways(pod);
                ways.node(pod);
            }
        }
        ways.fromNodes();
        ways.networks();
        ways.hosts();
        return ways.ways;
    }

    /** The first way is between two nodes where there are two. */
    private void pods() {
        for (final Network network : lab.networks()) {
            pods(network, false);
            pods(network, true);
        }
    }

    private void pods(final Network network, final boolean sameNode) {
        final Traffic others = network.isRouted() ? Traffic.PING : Traffic.TCP;
        for (final Pod from : lab.podsOf(network)) {
            for (final Pod to : lab.podsOf(network)) {
                if (!from.equals(to) && from.node().equals(to.node()) == sameNode) {
                    add(Sort.PODS, network.name(), others, member(from), member(to));
                }
            }
        }
    }

    private void gateways(final Pod pod) {
        final Leg leg = lab.network(pod.network()).leg(pod.node());
        add(Sort.GATEWAY, pod.network(), member(pod), new Member(GATEWAY, leg.gateways()));
    }

    /** The node's kernel answers at its host ports; at the underlay's address if one of them is of that family. */
    private void node(final Pod pod) {
        final Node node = node(pod.node());
        final Member host = hostMember(node, lab.network(pod.network()).vrf());
        add(Sort.TO_NODE, pod.network(), member(pod), host);
        final IpPrefix underlay = node.underlay();
        if (underlay != null && host.has(underlay.address().isIpv4())) {
            add(
                    Sort.TO_NODE,
                    pod.network() + " underlay",
                    member(pod),
                    new Member(node.name(), List.of(underlay.address())));
        }
    }

    /** Pods of other nodes come first: the first way is the one by which TCP goes. */
    private void fromNodes() {
        for (final Node node : lab.weftNodes()) {
            for (final Network network : lab.networks()) {
                final Member host = hostMember(node, network.vrf());
                if (network.isRouted() && lab.carries(node, network)) {
                    final List<Pod> pods = lab.podsOf(network);
                    Stream.concat(
                                    pods.stream().filter(pod -> !pod.node().equals(node.name())),
                                    pods.stream().filter(pod -> pod.node().equals(node.name())))
                            .forEach(pod -> add(Sort.FROM_NODE, network.name(), host, member(pod)));
                }
            }
        }
    }

    private void networks() {
        for (final Node node : lab.weftNodes()) {
            for (final Pod from : lab.podsOn(node)) {
                for (final Pod to : lab.podsOn(node)) {
                    if (isRoutedBetween(lab.network(from.network()), lab.network(to.network()))) {
                        add(Sort.NETWORKS, from.network() + " " + to.network(), member(from), member(to));
                    }
                }
            }
        }
    }

    private static boolean isRoutedBetween(final Network a, final Network b) {
        return !a.equals(b) && a.isRouted() && b.isRouted() && a.vrf().equals(b.vrf());
    }

    /** Plain hosts that routers know: on a network's wire, or where a network's routes lead. */
    private void hosts() {
        for (final Node node : lab.nodes()) {
            if (node.kind() == Kind.WEFT) {
                continue;
            }
            for (final Pod pod : lab.pods()) {
                final Network network = lab.network(pod.network());
                if (network.isRouted()) {
                    final Member host = plainMember(node, network.vrf());
                    add(Sort.TO_HOST, node.name(), member(pod), host);
                    add(Sort.FROM_HOST, node.name(), host, member(pod));
                }
            }
        }
    }

    /** The addresses of a plain host that the routers of a VRF know. */
    private Member plainMember(final Node node, final String vrf) {
        return new Member(
                node.name(),
                node.interfaces().stream()
                        .flatMap(item -> item.addresses().stream())
                        .map(IpPrefix::address)
                        .filter(address -> isRouted(address, vrf))
                        .toList());
    }

    private boolean isRouted(final IpAddress address, final String vrf) {
        return lab.networks().stream()
                .filter(network -> network.isRouted() && network.vrf().equals(vrf))
                .flatMap(network -> Stream.concat(
                        network.subnets().stream(),
                        network.routes().stream()
                                .filter(route -> !route.dst().equals("default"))
                                .map(route -> IpPrefix.parse(route.dst()))))
                .anyMatch(prefix -> prefix.contains(address));
    }

    private Node node(final String name) {
        return lab.nodes().stream()
                .filter(node -> node.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static Member member(final Pod pod) {
        return new Member(
                pod.name(), pod.addresses().stream().map(IpPrefix::address).toList());
    }

    /** The addresses at a node's host ports, of all networks of a VRF that it takes part in. */
    private Member hostMember(final Node node, final String vrf) {
        return new Member(
                node.name(),
                lab.networks().stream()
                        .filter(network -> network.vrf().equals(vrf) && lab.carries(node, network))
                        .flatMap(network -> network.leg(node.name()).hosts().stream())
                        .map(IpPrefix::address)
                        .toList());
    }

    private void add(final Sort sort, final String what, final Member from, final Member to) {
        add(sort, what, Traffic.PING, from, to);
    }

    /** Adds a way for each address of {@code to} whose family {@code from} has. */
    private void add(final Sort sort, final String what, final Traffic others, final Member from, final Member to) {
        for (final IpAddress address : to.addresses()) {
            if (from.has(address.isIpv4())) {
                final boolean first =
                        proven.computeIfAbsent(sort, key -> new HashSet<>()).add(what + address.isIpv4());
                ways.add(new Way(from.name(), from.addresses(), to.name(), address, first ? sort.first : others));
            }
        }
    }
}
