// SPDX-License-Identifier: Apache-2.0
package io.weft.overlay;

import io.weft.wire.IpAddress;

/**
 * A remote VXLAN tunnel endpoint.
 *
 * @param index its number in this worker: {@code Frame.vtep}, and the key of its counters
 * @param address outer address; only packets from it are this VTEP's
 * @param udpPort destination port of packets to it; the source port of packets from it is entropy and not looked at
 * @param mtu longest payload of an inner Ethernet frame (IP packet, and 4 octets for each tag) that it may be sent
 */
public record Vtep(int index, IpAddress address, int udpPort, int mtu) {
    /** Indices are below this. */
    public static final int MAX_INDEX = 0x7FFE;

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException naming what is out of range
     */
    public Vtep {
        if (index < 0 || index > MAX_INDEX) {
            throw new IllegalArgumentException("VTEP index " + index);
        }
        if (udpPort < 1 || udpPort > 0xFFFF) {
            throw new IllegalArgumentException("VTEP UDP port " + udpPort);
        }
        if (mtu < 1 || mtu > 0xFFFF) {
            throw new IllegalArgumentException("VTEP MTU " + mtu);
        }
    }
}
