// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.lab.Topology.Interface;
import io.weft.lab.Topology.Node;
import io.weft.lab.Topology.Route;
import io.weft.wire.IpPrefix;

/** What {@code ip -batch} reads to give a node's interfaces, which are there already, their addresses and routes. */
final class IpBatch {
    private IpBatch() {}

    /** Lines for {@code node}, none if it has neither. */
    static String of(final Node node) {
        final StringBuilder batch = new StringBuilder();
        for (final Interface item : node.interfaces()) {
            for (final IpPrefix address : item.addresses()) {
                batch.append("addr add ").append(address).append(" dev ").append(item.name());
                batch.append(address.address().isIpv4() ? "\n" : " nodad\n");
            }
            batch.append("link set ").append(item.name());
            // On a wire that weft takes over, the kernel is silent: no ARP, no link-local address.
            batch.append(item.network() == null ? " up\n" : " addrgenmode none arp off up\n");
        }
        for (final Route route : node.routes()) {
            // The family follows from the addresses: -batch takes no -6 in a line.
            batch.append("route add ").append(route.dst()).append(" via ").append(route.via());
            batch.append('\n');
        }
        return batch.toString();
    }
}
