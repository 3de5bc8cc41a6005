// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.lab.Topology.Endpoint;
import io.weft.lab.Topology.Interface;
import io.weft.lab.Topology.Node;
import io.weft.lab.Topology.Route;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.util.List;

/**
 * What a node's container runs first, at each of its starts: gives the interfaces that Docker made the names and addresses of
 * the lab, sets routes, and becomes the program. Names were checked by the parser: none needs quoting.
 */
final class StartScript {
    private StartScript() {}

    /** The script of {@code node}; {@code program} is what it becomes. */
    static String text(final Node node, final List<DockerLink> links, final String program) {
        final StringBuilder script = new StringBuilder("set -eu\n");
        // The lab's own routes are all there are; Docker's default route leads out of it.
        script.append("ip route flush default\n");
        int number = 0;
        for (final Interface item : node.interfaces()) {
            final IpAddress docker = dockerAddress(links, new Endpoint(node.name(), item.name()));
            if (docker != null) {
                // Names of their own first: Docker's eth1 may be the lab's eth0.
                script.append("dev=$(ip -o addr show to ").append(docker).append(" | cut -d' ' -f2)\n");
                script.append("ip link set $dev down\n");
                script.append("ip link set $dev name lab").append(number++).append('\n');
            }
        }
        number = 0;
        for (final Interface item : node.interfaces()) {
            if (dockerAddress(links, new Endpoint(node.name(), item.name())) != null) {
                script.append("ip addr flush dev lab").append(number).append('\n');
                script.append("ip link set lab")
                        .append(number++)
                        .append(" name ")
                        .append(item.name())
                        .append('\n');
                addresses(script, item);
            }
        }
        for (final Route route : node.routes()) {
            script.append(route.via().isIpv4() ? "ip" : "ip -6");
            script.append(" route add ")
                    .append(route.dst())
                    .append(" via ")
                    .append(route.via())
                    .append('\n');
        }
        return script.append("exec ").append(program).append('\n').toString();
    }

    private static void addresses(final StringBuilder script, final Interface item) {
        for (final IpPrefix address : item.addresses()) {
            script.append("ip addr add ").append(address).append(" dev ").append(item.name());
            script.append(address.address().isIpv4() ? "\n" : " nodad\n");
        }
        script.append("ip link set ").append(item.name());
        // On a wire that weft takes over, the kernel is silent: no ARP, no link-local address.
        script.append(item.network() == null ? " up\n" : " addrgenmode none arp off up\n");
    }

    private static @org.jspecify.annotations.Nullable IpAddress dockerAddress(
            final List<DockerLink> links, final Endpoint end) {
        return links.stream()
                .map(link -> link.addresses().get(end))
                .filter(java.util.Objects::nonNull)
                .findFirst()
                .orElse(null);
    }
}
