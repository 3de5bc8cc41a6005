// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import io.weft.frame.Frame;

/**
 * Limits and times of neighbor discovery. Names in parentheses are those of RFC 4861 section 10.
 *
 * @param capacity entries at most, 1 to 2^20
 * @param heldPerNeighbor frames that wait for one neighbor, 1 to 255 (RFC 1122 section 2.3.2.2: at least one)
 * @param held frames that wait for neighbors in all. What comes by one port may hold no more than is then left for the
 *     others
 * @param reachableMillis mean time for which a confirmation counts (REACHABLE_TIME); each time is 0.5 to 1.5 of it
 * @param retransMillis between two solicitations (RETRANS_TIMER)
 * @param multicastSolicits solicitations before a neighbor has failed (MAX_MULTICAST_SOLICIT)
 * @param unicastSolicits probes before a known neighbor has failed (MAX_UNICAST_SOLICIT)
 * @param delayMillis from use of a stale entry to its first probe (DELAY_FIRST_PROBE_TIME)
 * @param staleMillis an entry that is neither used nor heard of for so long is forgotten
 * @param failedMillis an entry that has failed is kept for so long
 * @param rate ARP packets and ND messages per second that are looked at from each port and each VTEP, 1 to 10^6
 * @param burst of those, at once
 * @param maxPorts port indices are below this
 * @param maxVteps VTEP indices are below this
 */
public record NeighborConfig(
        int capacity,
        int heldPerNeighbor,
        int held,
        int reachableMillis,
        int retransMillis,
        int multicastSolicits,
        int unicastSolicits,
        int delayMillis,
        int staleMillis,
        int failedMillis,
        int rate,
        int burst,
        int maxPorts,
        int maxVteps) {
    private static final int MAX_CAPACITY = 1 << 20;

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException naming the first value out of range
     */
    public NeighborConfig {
        check("capacity", capacity, MAX_CAPACITY);
        check("held per neighbor", heldPerNeighbor, 255);
        check("held", held, MAX_CAPACITY);
        check("reachable time", reachableMillis, 3_600_000);
        check("retransmission time", retransMillis, 60_000);
        check("multicast solicitations", multicastSolicits, 100);
        check("unicast solicitations", unicastSolicits, 100);
        check("delay", delayMillis, 60_000);
        check("stale time", staleMillis, 86_400_000);
        check("failed time", failedMillis, 3_600_000);
        check("rate", rate, 1_000_000);
        check("burst", burst, 1_000_000);
        check("ports", maxPorts, 0x7FFF);
        check("VTEPs", maxVteps, 0x7FFF);
    }

    /** RFC 4861's times, 16,384 entries, 4 frames per neighbor, 1,000 messages a second and port. */
    public static NeighborConfig of(final int maxPorts, final int maxVteps) {
        return of(maxPorts, maxVteps, 256);
    }

    /** The same with another number of frames that may be held in all. */
    public static NeighborConfig of(final int maxPorts, final int maxVteps, final int held) {
        return new NeighborConfig(
                16_384, 4, held, 30_000, 1000, 3, 3, 5000, 300_000, 5000, 1000, 200, maxPorts, maxVteps);
    }

    /** Ports and VTEPs: indices of {@link #sourceOf} are below this. */
    int sources() {
        return maxPorts + maxVteps;
    }

    /** Whom a frame is put down to: its port, or the VTEP that it came from. */
    int sourceOf(final Frame frame) {
        return frame.vtep == Frame.NONE ? frame.port : maxPorts + frame.vtep;
    }

    private static void check(final String name, final int value, final int max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException(name + " must be 1 to " + max + ", not " + value);
        }
    }
}
