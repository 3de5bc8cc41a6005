// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

/** What a route does; the names are iproute2's in lower case. */
public enum RouteType {
    /** Sends on. */
    UNICAST,
    /** The destination is the router itself. */
    LOCAL,
    /** A directed broadcast, which is never forwarded (RFC 2644). */
    BROADCAST,
    /** Drops silently. */
    BLACKHOLE,
    /** Drops and says host unreachable (ICMP 3/1, ICMPv6 1/3). */
    UNREACHABLE,
    /** Drops and says administratively prohibited (ICMP 3/13, ICMPv6 1/1). */
    PROHIBIT
}
