// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.wire.IpPrefix;
import io.weft.wire.MacAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a TAP is to be.
 *
 * @param name of the port
 * @param namespace where the interface is made ({@link NetworkNamespace#call}); null: where this process is
 * @param interfaceName 1 to 15 octets
 * @param mac hardware address of the interface, a unicast one ({@link AutoMac})
 * @param mtu 68 to 65,521 octets behind the Ethernet header; IPv6 needs 1,280
 * @param gsoMaxSize octets of the largest super-frame that the pod may send ({@link UdpUnderlay#gsoMaxSize}); 0: the
 *     kernel's own limit
 * @param addresses of the interface; may be empty
 * @param routes by the interface, set once it is up; may be empty
 * @param offloads false: the kernel gets and gives frames of at most the MTU with complete checksums. To compare.
 */
public record TapConfig(
        String name,
        @Nullable String namespace,
        String interfaceName,
        long mac,
        int mtu,
        int gsoMaxSize,
        List<IpPrefix> addresses,
        List<InterfaceRoute> routes,
        boolean offloads) {
    private static final int MIN_MTU = 68;
    private static final int MAX_MTU = 65_521;

    /** Refuses what no interface can be. */
    public TapConfig {
        addresses = List.copyOf(addresses);
        routes = List.copyOf(routes);
        if (!MacAddress.isUnicastSource(mac)) {
            throw new IllegalArgumentException("not a unicast MAC address: " + MacAddress.format(mac));
        }
        if (mtu < MIN_MTU || mtu > MAX_MTU) {
            throw new IllegalArgumentException("MTU out of range " + MIN_MTU + " to " + MAX_MTU + ": " + mtu);
        }
    }

    /** Without routes but those of its addresses. */
    public TapConfig(
            final String name,
            final @Nullable String namespace,
            final String interfaceName,
            final long mac,
            final int mtu,
            final int gsoMaxSize,
            final List<IpPrefix> addresses,
            final boolean offloads) {
        this(name, namespace, interfaceName, mac, mtu, gsoMaxSize, addresses, List.of(), offloads);
    }

    /** With the kernel's own limit for super-frames, and without routes. */
    public TapConfig(
            final String name,
            final @Nullable String namespace,
            final String interfaceName,
            final long mac,
            final int mtu,
            final List<IpPrefix> addresses,
            final boolean offloads) {
        this(name, namespace, interfaceName, mac, mtu, 0, addresses, offloads);
    }
}
