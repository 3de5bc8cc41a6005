// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.lab.Topology.Endpoint;
import io.weft.lab.Topology.Interface;
import io.weft.lab.Topology.Node;
import io.weft.wire.IpAddress;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

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
            }
        }
        script.append("ip -batch - <<end\n").append(IpBatch.of(node)).append("end\n");
        return script.append("exec ").append(program).append('\n').toString();
    }

    private static @Nullable IpAddress dockerAddress(final List<DockerLink> links, final Endpoint end) {
        return links.stream()
                .map(link -> link.addresses().get(end))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }
}
