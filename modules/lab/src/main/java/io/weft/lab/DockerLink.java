// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.lab.Topology.Endpoint;
import io.weft.lab.Topology.Interface;
import io.weft.lab.Topology.Link;
import io.weft.lab.Topology.Node;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A link of a lab as a Docker network. Docker gives each end an IPv4 address, by which the container finds the interface again
 * after any restart: the names that Docker gives follow no order that could be relied upon. Where an end has an IPv4 address
 * of its own it is that; others (a wire that weft takes over) get one of the subnet that nobody has.
 *
 * @param name of the Docker network
 * @param mtu octets
 * @param gateway the address that Docker wants on its side; nobody of the lab uses it
 * @param addresses Docker's address of each end
 */
record DockerLink(String name, int mtu, IpPrefix subnet, IpAddress gateway, Map<Endpoint, IpAddress> addresses) {
    /** Subnets of links without an IPv4 address. */
    private static final int SPARE_SUBNETS = (198 << 24) | (18 << 16) | (128 << 8);

    static List<DockerLink> of(final Topology lab) throws LabException {
        final List<DockerLink> links = new ArrayList<>();
        for (int number = 0; number < lab.links().size(); number++) {
            links.add(of(lab, lab.links().get(number), number));
        }
        return links;
    }

    private static DockerLink of(final Topology lab, final Link link, final int number) throws LabException {
        final IpPrefix subnet = subnet(lab, link, number);
        final String name = lab.namespace("link" + number);
        final Set<IpAddress> taken = new HashSet<>();
        final Map<Endpoint, IpAddress> addresses = new LinkedHashMap<>();
        for (final Endpoint end : link.ends()) {
            for (final IpPrefix own : interfaceOf(lab, end).addresses()) {
                if (own.network().equals(subnet)) {
                    addresses.putIfAbsent(end, own.address());
                    taken.add(own.address());
                }
            }
        }
        // From the end of the subnet, where the addresses of nodes and routers seldom are.
        long free = lastHost(subnet);
        for (final Endpoint end : link.ends()) {
            if (!addresses.containsKey(end)) {
                free = nextFree(subnet, free, taken, name);
                addresses.put(end, IpAddress.ofIpv4((int) free));
            }
        }
        return new DockerLink(
                name, link.mtu(), subnet, IpAddress.ofIpv4((int) nextFree(subnet, free, taken, name)), addresses);
    }

    private static IpPrefix subnet(final Topology lab, final Link link, final int number) {
        for (final Endpoint end : link.ends()) {
            for (final IpPrefix own : interfaceOf(lab, end).addresses()) {
                if (own.address().isIpv4()) {
                    return own.network();
                }
            }
        }
        return new IpPrefix(IpAddress.ofIpv4(SPARE_SUBNETS + (number << 8)), 24);
    }

    private static Interface interfaceOf(final Topology lab, final Endpoint end) {
        return lab.nodes().stream()
                .filter(node -> node.name().equals(end.node()))
                .map(Node::interfaces)
                .flatMap(List::stream)
                .filter(item -> item.name().equals(end.ifname()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no interface " + end + ", which the parser refuses"));
    }

    private static long lastHost(final IpPrefix subnet) {
        return Integer.toUnsignedLong(subnet.address().ipv4()) + (1L << (32 - subnet.length())) - 2;
    }

    private static long nextFree(final IpPrefix subnet, final long from, final Set<IpAddress> taken, final String name)
            throws LabException {
        for (long bits = from; bits > Integer.toUnsignedLong(subnet.address().ipv4()); bits--) {
            if (taken.add(IpAddress.ofIpv4((int) bits))) {
                return bits;
            }
        }
        throw new LabException(name + ": no address is left in " + subnet + " for Docker's own use");
    }
}
