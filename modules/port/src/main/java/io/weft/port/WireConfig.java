// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.wire.IpAddress;

/**
 * Address of a {@link WireUnderlay}.
 *
 * @param address the VTEP's own
 * @param udpPort 1 to 65535; 4789 is IANA's for VXLAN
 * @param mtu octets of the longest outer IP packet
 * @param maxRemotes VTEP indices are below this
 */
public record WireConfig(IpAddress address, int udpPort, int mtu, int maxRemotes) {
    /** Refuses what is out of range. */
    public WireConfig {
        if (udpPort < 1 || udpPort > 65_535) {
            throw new IllegalArgumentException("UDP port out of range: " + udpPort);
        }
        if (mtu < 68 || mtu > 65_535) {
            throw new IllegalArgumentException("MTU out of range: " + mtu);
        }
        if (maxRemotes < 1 || maxRemotes > 0x7FFF) {
            throw new IllegalArgumentException("remotes out of range: " + maxRemotes);
        }
    }
}
