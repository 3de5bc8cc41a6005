// SPDX-License-Identifier: Apache-2.0
package io.weft.frame;

/**
 * Every way to lose a frame. Ids are stable: they stand in captures, metrics and exports. New reasons get new ids.
 */
public enum DropReason {
    NO_FRAME_AVAILABLE(1, "no-frame-available", "The frame pool was empty."),
    TX_FULL(2, "tx-full", "The output port's queue would not take the frame."),
    TX_ERROR(3, "tx-error", "The kernel refused to write the frame."),
    PORT_DOWN(4, "port-down", "The output port is down or gone."),
    TOO_SHORT(5, "too-short", "Shorter than an Ethernet header."),
    TOO_LONG(6, "too-long", "Longer than a frame slot; the end was cut off."),
    MALFORMED_TAG(7, "malformed-tag", "An 802.1Q or 802.1ad tag is cut short."),
    BAD_OFFLOAD(8, "bad-offload", "Offload fields do not fit the frame: checksum or segment size out of range."),
    INVALID_SOURCE_MAC(9, "invalid-source-mac", "The source MAC is zero or a group address."),
    RESERVED_MAC(10, "reserved-mac", "Destination 01:80:C2:00:00:0x, which a bridge never forwards."),
    NO_NETWORK(11, "no-network", "The port belongs to no network."),
    LEARN_LIMIT(12, "learn-limit", "The network has learned as many MACs as it may."),
    MAC_FLAPPING(13, "mac-flapping", "The source MAC moves too often between ports and is held where it is."),
    STATIC_MAC_MOVED(14, "static-mac-moved", "The source MAC has a static entry elsewhere."),
    SAME_PORT(15, "same-port", "The destination is where the frame came from."),
    SPLIT_HORIZON(16, "split-horizon", "From a tunnel to a tunnel, which is never forwarded."),
    NO_OUTPUT(17, "no-output", "Flooded, and there is no other port or VTEP in the network."),
    MTU_EXCEEDED(18, "mtu-exceeded", "Longer than the MTU of the tunnel or interface; never fragmented here."),
    TAG_ON_TUNNEL(19, "tag-on-tunnel", "An inner 802.1Q tag on a tunnel of a network that does not carry tags."),
    NO_UNDERLAY(20, "no-underlay", "The node has no underlay port."),
    UNDERLAY_UNREACHABLE(21, "underlay-unreachable", "The kernel has no way to the VTEP."),
    UNKNOWN_VTEP(22, "unknown-vtep", "The outer source is no configured VTEP."),
    VTEP_NOT_IN_NETWORK(23, "vtep-not-in-network", "The outer source is no VTEP of this VNI's network."),
    VXLAN_MALFORMED(24, "vxlan-malformed", "Too short for a VXLAN header and an inner Ethernet header."),
    VXLAN_NO_VNI(25, "vxlan-no-vni", "The VXLAN I flag is not set."),
    UNKNOWN_VNI(26, "unknown-vni", "No network has this VNI."),
    OUTER_MALFORMED(27, "outer-malformed", "The outer Ethernet, IP or UDP header is cut short or inconsistent."),
    OUTER_CHECKSUM(28, "outer-checksum", "The outer IP or UDP checksum is wrong."),
    OUTER_FRAGMENT(29, "outer-fragment", "The outer packet is a fragment."),
    NOT_FOR_US(30, "not-for-us", "The outer destination is not this VTEP's address and port."),
    INNER_CHECKSUM(31, "inner-checksum", "A transport checksum inside the tunnel is wrong."),
    NOT_IP(32, "not-ip", "To the router's MAC, but neither IPv4 nor IPv6, or tagged."),
    IP_MALFORMED(33, "ip-malformed", "The IP header's version or lengths are wrong, or it is cut short."),
    IP_CHECKSUM(34, "ip-checksum", "The IPv4 header checksum is wrong."),
    IP_OPTIONS(35, "ip-options", "IPv4 options, which the router does not forward (RFC 7126)."),
    SOURCE_ROUTE(36, "source-route", "An IPv4 source route or an IPv6 routing header of type 0."),
    MARTIAN_SOURCE(37, "martian-source", "A source address that no host on a network has."),
    MARTIAN_DESTINATION(38, "martian-destination", "A destination address that is never forwarded, such as loopback."),
    SPOOFED_LOCAL(39, "spoofed-local", "The source is one of the router's own addresses."),
    LINK_BROADCAST(40, "link-broadcast", "A unicast packet in a broadcast frame."),
    BROADCAST_NOT_ROUTED(41, "broadcast-not-routed", "A limited or directed IPv4 broadcast."),
    MULTICAST_NOT_ROUTED(42, "multicast-not-routed", "The router forwards no multicast."),
    LINK_LOCAL_NOT_ROUTED(43, "link-local-not-routed", "A link-local address beyond its link."),
    TTL_EXCEEDED(44, "ttl-exceeded", "TTL or hop limit used up."),
    NO_ROUTE(45, "no-route", "No route to the destination."),
    BLACKHOLE_ROUTE(46, "blackhole-route", "A blackhole route."),
    UNREACHABLE_ROUTE(47, "unreachable-route", "An unreachable route."),
    PROHIBIT_ROUTE(48, "prohibit-route", "A prohibit route."),
    FRAGMENTATION_NEEDED(49, "fragmentation-needed", "Longer than the next hop's MTU, and not to be fragmented."),
    NEIGHBOR_UNRESOLVED(50, "neighbor-unresolved", "The next hop did not answer ARP or Neighbor Discovery."),
    NEIGHBOR_QUEUE_FULL(51, "neighbor-queue-full", "Too many frames wait for the next hop to be resolved."),
    NEIGHBOR_TABLE_FULL(52, "neighbor-table-full", "The neighbor table has no room for the next hop."),
    NEIGHBOR_RATE(53, "neighbor-rate", "More ARP or Neighbor Discovery from this port than is looked at."),
    ARP_MALFORMED(54, "arp-malformed", "An ARP packet that is cut short or makes no sense."),
    ND_MALFORMED(55, "nd-malformed", "A Neighbor Discovery message that fails the checks of RFC 4861."),
    DUPLICATE_ADDRESS(56, "duplicate-address", "Claims an address that is the router's or has a permanent entry."),
    ICMP_MALFORMED(57, "icmp-malformed", "An ICMP message to the router that is cut short or has a wrong checksum."),
    NOT_SERVED(58, "not-served", "To the router itself, which serves nothing of the kind.");

    private static final DropReason[] BY_ID = new DropReason[64];

    static {
        for (final DropReason reason : values()) {
            BY_ID[reason.id] = reason;
        }
    }

    private final int id;
    private final String label;
    private final String sentence;

    DropReason(final int id, final String label, final String sentence) {
        this.id = id;
        this.label = label;
        this.sentence = sentence;
    }

    /** Highest id plus one: the size of arrays by id. */
    public static final int ID_LIMIT = BY_ID.length;

    /** Stable number, 1 to {@link #ID_LIMIT} - 1. */
    public int id() {
        return id;
    }

    /** Lower-case word with hyphens, as shown and as typed. */
    public String label() {
        return label;
    }

    /** What happened, in one sentence. */
    public String sentence() {
        return sentence;
    }
}
