// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.wire.IpAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where an underlay listens and from where it sends.
 *
 * @param name of the port
 * @param namespace where the sockets are made ({@link NetworkNamespace#call}); null: where this process is
 * @param address an address of that namespace
 * @param udpPort 1 to 65535; 4789 is IANA's for VXLAN
 * @param maxRemotes VTEP indices are below this
 * @param offloads false: one datagram for each system call, neither UDP_GRO nor UDP_SEGMENT. To compare.
 */
public record UdpConfig(
        String name, @Nullable String namespace, IpAddress address, int udpPort, int maxRemotes, boolean offloads) {
    /** Refuses a port or a size out of range. */
    public UdpConfig {
        if (udpPort < 1 || udpPort > 65_535) {
            throw new IllegalArgumentException("UDP port out of range: " + udpPort);
        }
        if (maxRemotes < 1 || maxRemotes > 0x7FFF) {
            throw new IllegalArgumentException("remotes out of range: " + maxRemotes);
        }
    }

    /** With offloads. */
    public UdpConfig(
            final String name,
            final @Nullable String namespace,
            final IpAddress address,
            final int udpPort,
            final int maxRemotes) {
        this(name, namespace, address, udpPort, maxRemotes, true);
    }
}
