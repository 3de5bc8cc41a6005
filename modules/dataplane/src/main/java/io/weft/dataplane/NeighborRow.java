// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.wire.IpAddress;

/**
 * An entry of the neighbor table.
 *
 * @param mac 0 if it is not known
 * @param state the words of RFC 4861 and iproute2 in upper case: INCOMPLETE, REACHABLE, STALE, DELAY, PROBE, FAILED,
 *     PERMANENT
 * @param ageSeconds since it was last confirmed
 * @param held frames that wait for it
 */
public record NeighborRow(String network, IpAddress address, long mac, String state, int ageSeconds, int held) {}
