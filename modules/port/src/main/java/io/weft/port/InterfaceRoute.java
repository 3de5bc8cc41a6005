// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import org.jspecify.annotations.Nullable;

/**
 * A route that leaves a namespace by an interface, and ends with it.
 *
 * @param dst without host bits; {@code 0.0.0.0/0} and {@code ::/0} are the default routes
 * @param via the gateway, of the same family; it need not lie in a subnet of the interface. Null: every destination is a
 *     neighbor
 */
public record InterfaceRoute(IpPrefix dst, @Nullable IpAddress via) {
    /** Refuses what no table takes. */
    public InterfaceRoute {
        if (!dst.equals(dst.network())) {
            throw new IllegalArgumentException("route " + dst + " has host bits: " + dst.network() + " is meant?");
        }
        if (via != null && via.isIpv4() != dst.address().isIpv4()) {
            throw new IllegalArgumentException("route " + dst + " via " + via + ": not of one family");
        }
    }

    /** As ip-route(8) has it: {@code 10.9.0.0/16 via 10.1.0.254}. */
    @Override
    public String toString() {
        return via == null ? dst.toString() : dst + " via " + via;
    }
}
