// SPDX-License-Identifier: Apache-2.0
package io.weft.wire;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * Neighbor Discovery for IPv6 (RFC 4861 section 4): the messages behind type, code and checksum, which {@link Icmp} reads.
 *
 * <pre>
 *   router solicitation      4 reserved                                                                      8 options
 *   router advertisement     4 hop limit  5 flags  6 lifetime, s  8 reachable, ms  12 retransmission, ms    16 options
 *   neighbor solicitation    4 reserved                           8 target (16)                             24 options
 *   neighbor advertisement   4 flags                              8 target (16)                             24 options
 *   redirect                 4 reserved                           8 target (16)    24 destination (16)      40 options
 *
 *   option                   0 type  1 length in units of 8 octets  2 content
 * </pre>
 */
public final class Ndp {
    /** Option: source link-layer address. */
    public static final int SOURCE_ADDRESS = 1;
    /** Option: target link-layer address. */
    public static final int TARGET_ADDRESS = 2;

    /** Flag of a neighbor advertisement: the sender is a router. */
    public static final int ROUTER = 0x80;
    /** Flag of a neighbor advertisement: an answer. */
    public static final int SOLICITED = 0x40;
    /** Flag of a neighbor advertisement: takes the place of a cached link-layer address. */
    public static final int OVERRIDE = 0x20;

    /** {@link #linkLayerAddress}: there is none. */
    public static final long NO_ADDRESS = -1;

    /** Octets of a neighbor solicitation or advertisement with a link-layer address. */
    public static final int NEIGHBOR_LENGTH = 32;
    /** Octets of a router advertisement with link-layer address, MTU and one prefix. */
    public static final int ROUTER_ADVERTISEMENT_LENGTH = 64;

    /** Upper half of every solicited-node multicast address and of ff02::1 and ff02::2. */
    public static final long MULTICAST_HIGH = 0xFF02_0000_0000_0000L;
    /** Lower half of ff02::1. */
    public static final long ALL_NODES_LOW = 1;

    private static final int PREFIX_INFORMATION = 3;
    private static final int MTU = 5;
    private static final int ON_LINK = 0x80;
    private static final int UNIT = 8;
    private static final long SOLICITED_NODE_LOW = 0x0000_0001_FF00_0000L;
    private static final long MULTICAST_MAC = 0x3333_0000_0000L;

    private Ndp() {}

    /** True if a message of one of the five types fits, with whole options that are not of length 0. */
    public static boolean isValid(final UnsafeBuffer buffer, final int offset, final int length) {
        if (!Icmp.isValid(buffer, offset, length)) {
            return false;
        }
        final int options = optionsOffset(Icmp.type(buffer, offset));
        return options != 0 && length >= options && areOptionsValid(buffer, offset + options, offset + length);
    }

    private static boolean areOptionsValid(final UnsafeBuffer buffer, final int start, final int end) {
        int next = start;
        while (next < end) {
            if (end - next < UNIT) {
                return false;
            }
            final int units = Bytes.u8(buffer, next + 1);
            if (units == 0 || units * UNIT > end - next || (units != 1 && isLinkLayer(Bytes.u8(buffer, next)))) {
                return false;
            }
            next += units * UNIT;
        }
        return true;
    }

    /** Ethernet's takes one unit (RFC 2464 section 6); another length is another link's. */
    private static boolean isLinkLayer(final int option) {
        return option == SOURCE_ADDRESS || option == TARGET_ADDRESS;
    }

    /** Where options start; 0 if the type is none of Neighbor Discovery. */
    private static int optionsOffset(final int type) {
        return switch (type) {
            case Icmp.ROUTER_SOLICITATION -> 8;
            case Icmp.ROUTER_ADVERTISEMENT -> 16;
            case Icmp.NEIGHBOR_SOLICITATION, Icmp.NEIGHBOR_ADVERTISEMENT -> 24;
            case Icmp.REDIRECT_V6 -> 40;
            default -> 0;
        };
    }

    /** True for the types that this class reads. */
    public static boolean isType(final int type) {
        return type >= Icmp.ROUTER_SOLICITATION && type <= Icmp.REDIRECT_V6;
    }

    /** Flags of a neighbor advertisement. */
    public static int flags(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u8(buffer, offset + 4);
    }

    /** Upper 64 bits of the target; not for router solicitations and advertisements. */
    public static long targetHigh(final UnsafeBuffer buffer, final int offset) {
        return Bytes.i64(buffer, offset + 8);
    }

    /** Lower 64 bits of the target. */
    public static long targetLow(final UnsafeBuffer buffer, final int offset) {
        return Bytes.i64(buffer, offset + 16);
    }

    /** Upper 64 bits of a redirect's destination. */
    public static long destinationHigh(final UnsafeBuffer buffer, final int offset) {
        return Bytes.i64(buffer, offset + 24);
    }

    /** Lower 64 bits of a redirect's destination. */
    public static long destinationLow(final UnsafeBuffer buffer, final int offset) {
        return Bytes.i64(buffer, offset + 32);
    }

    /** Seconds for which the sender of a router advertisement is a default router. */
    public static int routerLifetime(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u16(buffer, offset + 6);
    }

    /**
     * The MAC in the first option of the kind.
     *
     * @param length octets of the whole message, as {@link #isValid} had it
     * @param option {@link #SOURCE_ADDRESS} or {@link #TARGET_ADDRESS}
     * @return {@link #NO_ADDRESS} if there is no such option
     */
    public static long linkLayerAddress(
            final UnsafeBuffer buffer, final int offset, final int length, final int option) {
        final int end = offset + length;
        for (int next = offset + optionsOffset(Icmp.type(buffer, offset));
                next < end;
                next += Bytes.u8(buffer, next + 1) * UNIT) {
            if (Bytes.u8(buffer, next) == option) {
                return Bytes.u48(buffer, next + 2);
            }
        }
        return NO_ADDRESS;
    }

    /** Lower half of the solicited-node address of an address with this lower half (RFC 4291 section 2.7.1). */
    public static long solicitedNodeLow(final long low) {
        return SOLICITED_NODE_LOW | (low & 0xFF_FFFFL);
    }

    /** True for a solicited-node address. */
    public static boolean isSolicitedNode(final long high, final long low) {
        return high == MULTICAST_HIGH && (low & ~0xFF_FFFFL) == SOLICITED_NODE_LOW;
    }

    /** MAC of the multicast address with this lower half (RFC 2464 section 7). */
    public static long multicastMac(final long low) {
        return MULTICAST_MAC | (low & 0xFFFF_FFFFL);
    }

    /** Writes a solicitation with the sender's MAC, {@link #NEIGHBOR_LENGTH} octets, without a checksum. */
    public static void putNeighborSolicitation(
            final UnsafeBuffer buffer,
            final int offset,
            final long targetHigh,
            final long targetLow,
            final long sourceMac) {
        Icmp.put(buffer, offset, Icmp.NEIGHBOR_SOLICITATION, 0, 0);
        putTarget(buffer, offset, targetHigh, targetLow);
        putLinkLayerAddress(buffer, offset + 24, SOURCE_ADDRESS, sourceMac);
    }

    /** Writes an advertisement with the target's MAC, {@link #NEIGHBOR_LENGTH} octets, without a checksum. */
    public static void putNeighborAdvertisement(
            final UnsafeBuffer buffer,
            final int offset,
            final int flags,
            final long targetHigh,
            final long targetLow,
            final long targetMac) {
        Icmp.put(buffer, offset, Icmp.NEIGHBOR_ADVERTISEMENT, 0, flags << 24);
        putTarget(buffer, offset, targetHigh, targetLow);
        putLinkLayerAddress(buffer, offset + 24, TARGET_ADDRESS, targetMac);
    }

    private static void putTarget(final UnsafeBuffer buffer, final int offset, final long high, final long low) {
        Bytes.putI64(buffer, offset + 8, high);
        Bytes.putI64(buffer, offset + 16, low);
    }

    private static void putLinkLayerAddress(
            final UnsafeBuffer buffer, final int offset, final int option, final long mac) {
        Bytes.putU16(buffer, offset, (option << 8) | 1);
        Bytes.putU48(buffer, offset + 2, mac);
    }

    /**
     * Writes an advertisement with one prefix that is on link and not for address configuration, without a checksum;
     * {@link #ROUTER_ADVERTISEMENT_LENGTH} octets. Reachable and retransmission times are left to the hosts.
     *
     * @param lifetime seconds as a default router, 0 to 9000
     * @param prefixSeconds for how long the prefix is on link
     */
    public static void putRouterAdvertisement(
            final UnsafeBuffer buffer,
            final int offset,
            final int hopLimit,
            final int lifetime,
            final long sourceMac,
            final int mtu,
            final long prefixHigh,
            final long prefixLow,
            final int prefixLength,
            final int prefixSeconds) {
        Icmp.put(buffer, offset, Icmp.ROUTER_ADVERTISEMENT, 0, (hopLimit << 24) | lifetime);
        Bytes.putI64(buffer, offset + 8, 0);
        putLinkLayerAddress(buffer, offset + 16, SOURCE_ADDRESS, sourceMac);
        final int mtuOption = offset + 24;
        Bytes.putI32(buffer, mtuOption, (MTU << 24) | (1 << 16));
        Bytes.putI32(buffer, mtuOption + 4, mtu);
        final int prefix = offset + 32;
        Bytes.putI32(buffer, prefix, (PREFIX_INFORMATION << 24) | (4 << 16) | (prefixLength << 8) | ON_LINK);
        Bytes.putI32(buffer, prefix + 4, prefixSeconds);
        Bytes.putI32(buffer, prefix + 8, prefixSeconds);
        Bytes.putI32(buffer, prefix + 12, 0);
        Bytes.putI64(buffer, prefix + 16, prefixHigh);
        Bytes.putI64(buffer, prefix + 24, prefixLow);
    }
}
