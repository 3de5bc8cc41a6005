// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The router's leg in one network: its MAC, its addresses, and what is directly reachable there. At most one IPv4 and one
 * global IPv6 address; the IPv6 link-local address follows from the MAC (RFC 4291 appendix A). Immutable but for the
 * MTU and the MAC.
 *
 * <p>Addresses are two longs as in {@link IpAddress}, IPv4 mapped.
 */
public final class RouterInterface {
    /** No address of a family. */
    public static final IpAddress NONE = new IpAddress(0, 0);

    private static final long LINK_LOCAL = 0xFE80_0000_0000_0000L;
    private static final long UNIVERSAL_LOCAL_BIT = 0x0200_0000_0000_0000L;

    /** Index of the network, as in {@code Frame.network}. */
    public final int network;
    /** Name of the network, for users. */
    public final String name;
    /** Index of the VRF whose tables route what comes in here. */
    public final int vrf;
    /** Own MAC. Changed by {@link #mac(long)}. */
    public long mac;
    /** Own IPv4 address, 0 if there is none. */
    public final int ipv4;
    /** Prefix length of {@link #ipv4}. */
    public final int ipv4Length;
    /** Own IPv6 address, upper half; both halves 0 if there is none. */
    public final long ipv6High;
    /** Own IPv6 address, lower half. */
    public final long ipv6Low;
    /** Prefix length of the IPv6 address. */
    public final int ipv6Length;
    /** Own link-local address, lower half; the upper one is fe80::. */
    public long linkLocalLow;
    /** The way to whoever is on link here. */
    public final NextHop onLink = NextHop.connected(this);
    /** Longest IP packet that may be sent here. Written by the worker between vectors. */
    public int mtu;

    /**
     * A leg.
     *
     * @param addresses own addresses with the length of what is on link; at most one of each family, may be empty
     * @param mtu octets, 68 to 65,535
     */
    public RouterInterface(
            final int network,
            final String name,
            final int vrf,
            final long mac,
            final List<IpPrefix> addresses,
            final int mtu) {
        this.network = network;
        this.name = name;
        this.vrf = vrf;
        this.mac = mac;
        this.mtu = mtu;
        final IpPrefix four = of(addresses, true);
        final IpPrefix six = of(addresses, false);
        this.ipv4 = four == null ? 0 : four.address().ipv4();
        this.ipv4Length = four == null ? 0 : four.length();
        this.ipv6High = six == null ? 0 : six.address().high();
        this.ipv6Low = six == null ? 0 : six.address().low();
        this.ipv6Length = six == null ? 0 : six.length();
        this.linkLocalLow = interfaceId(mac);
    }

    /** The same leg for another worker, which keeps an MTU and a guess of its own. */
    public RouterInterface copy() {
        final List<IpPrefix> addresses = new ArrayList<>();
        if (hasAddress(true)) {
            addresses.add(new IpPrefix(IpAddress.ofIpv4(ipv4), ipv4Length));
        }
        if (hasAddress(false)) {
            addresses.add(new IpPrefix(new IpAddress(ipv6High, ipv6Low), ipv6Length));
        }
        return new RouterInterface(network, name, vrf, mac, addresses, mtu);
    }

    /** From now on the router has another MAC here. The worker, between vectors. */
    public void mac(final long next) {
        mac = next;
        linkLocalLow = interfaceId(next);
    }

    private static @Nullable IpPrefix of(final List<IpPrefix> addresses, final boolean four) {
        for (final IpPrefix prefix : addresses) {
            if (prefix.address().isIpv4() == four) {
                return prefix;
            }
        }
        return null;
    }

    /** Modified EUI-64 (RFC 4291 appendix A). */
    private static long interfaceId(final long mac) {
        return ((mac >>> 24) << 40 | 0xFF_FE00_0000L | (mac & 0xFF_FFFFL)) ^ UNIVERSAL_LOCAL_BIT;
    }

    /** Upper half of every link-local address of ours. */
    public static long linkLocalHigh() {
        return LINK_LOCAL;
    }

    /** True if it has an address of the family. */
    public boolean hasAddress(final boolean four) {
        return four ? ipv4 != 0 : (ipv6High | ipv6Low) != 0;
    }

    /** True if {@code address} is one of this leg's own, link-local included. */
    public boolean isOwn(final long high, final long low) {
        if (high == 0 && low >>> 32 == 0xFFFF) {
            return ipv4 != 0 && (int) low == ipv4;
        }
        return (high == ipv6High && low == ipv6Low && (high | low) != 0) || (high == LINK_LOCAL && low == linkLocalLow);
    }

    /** True if {@code address} is directly reachable here. */
    public boolean isOnLink(final long high, final long low) {
        if (high == 0 && low >>> 32 == 0xFFFF) {
            return ipv4 != 0 && ((((long) ((int) low ^ ipv4)) & 0xFFFF_FFFFL) >>> (32 - ipv4Length)) == 0;
        }
        if (high >>> 54 == LINK_LOCAL >>> 54) {
            return true;
        }
        return hasAddress(false)
                && new IpPrefix(new IpAddress(ipv6High, ipv6Low), ipv6Length)
                        .network()
                        .equals(new IpPrefix(new IpAddress(high, low), ipv6Length).network());
    }
}
