// SPDX-License-Identifier: Apache-2.0
package io.weft.overlay;

/** What VXLAN takes away from the underlay's MTU. */
public final class Mtu {
    /** Octets in front of an inner packet: inner Ethernet 14, VXLAN 8, UDP 8, IPv4 20. */
    public static final int OVERHEAD_IPV4 = 50;
    /** The same over IPv6, whose header has 40. */
    public static final int OVERHEAD_IPV6 = 70;

    private Mtu() {}

    /**
     * Longest IP packet that a pod may send so that nothing has to be fragmented. An inner 802.1Q tag takes 4 octets more,
     * which the pod's VLAN interface accounts for.
     *
     * @param underlayMtu MTU of the underlay interface, or of the path to a VTEP
     * @param ipv6 whether the outer header is IPv6
     */
    public static int podMtu(final int underlayMtu, final boolean ipv6) {
        return underlayMtu - (ipv6 ? OVERHEAD_IPV6 : OVERHEAD_IPV4);
    }
}
