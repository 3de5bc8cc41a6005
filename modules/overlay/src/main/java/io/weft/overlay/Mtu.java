// SPDX-License-Identifier: Apache-2.0
package io.weft.overlay;

/** What VXLAN takes away from the underlay's MTU. */
public final class Mtu {
    /** Octets in front of an inner packet: inner Ethernet 14, VXLAN 8, UDP 8, IPv4 20. */
    public static final int OVERHEAD_IPV4 = 50;
    /** The same over IPv6, whose header has 40. */
    public static final int OVERHEAD_IPV6 = 70;

    /** RFC 791: every link takes 68 octets. Who claims less is not believed. */
    private static final int MIN_TUNNEL_MTU = 68;

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

    /**
     * Longest inner IP packet for a path of which somebody says that it takes {@code pathMtu}, but what every link takes at
     * least.
     *
     * @param ipv6 whether the outer header is IPv6
     */
    public static int tunnelMtu(final int pathMtu, final boolean ipv6) {
        return Math.max(MIN_TUNNEL_MTU, podMtu(pathMtu, ipv6));
    }
}
