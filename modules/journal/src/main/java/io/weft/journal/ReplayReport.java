// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import java.util.List;

/**
 * How a replay over sockets went. Octets of payload are those of applications: what was recorded less the headers.
 *
 * @param flows replayed to their end
 * @param failed flows that were begun, or could not be
 * @param reason why the last one failed; empty if none did
 * @param otherProtocol flows that are neither UDP nor TCP, such as ICMP echo: left out
 * @param outside flows with an end that is no pod: left out
 * @param recordedOctets of IP packets, of the flows replayed or failed
 * @param payloadOctets to be sent for them
 * @param sentOctets of payload
 * @param receivedOctets of payload, by the other ends
 * @param latenessP50 nanoseconds by which half the flows ended later than recorded, at most
 * @param latenessP99 the same of 99 of 100
 */
public record ReplayReport(
        long flows,
        long failed,
        String reason,
        long otherProtocol,
        long outside,
        long recordedOctets,
        long payloadOctets,
        long sentOctets,
        long receivedOctets,
        long latenessP50,
        long latenessP99) {
    /** The value below which {@code share} of the sorted ones lie; 0 of none. */
    static long percentile(final List<Long> sorted, final double share) {
        return sorted.isEmpty() ? 0 : sorted.get((int) Math.ceil(share * sorted.size()) - 1);
    }
}
