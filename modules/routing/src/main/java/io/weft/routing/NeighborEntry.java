// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import io.weft.wire.IpAddress;

/**
 * One line of the neighbor table, as shown to users.
 *
 * @param network index of the network
 * @param address of the neighbor
 * @param mac 0 if it is not known
 * @param state now
 * @param router the neighbor said that it is a router (RFC 4861 IsRouter); IPv4 neighbors never do
 * @param ageMillis since it was last heard of
 * @param held frames that wait for it
 */
public record NeighborEntry(
        int network, IpAddress address, long mac, NeighborState state, boolean router, long ageMillis, int held) {}
