// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import org.HdrHistogram.Histogram;

/**
 * What became of the frames that the generator sent at one rate.
 *
 * @param framesPerSecond that were sent in fact
 * @param sent frames, those too that the pod's interface refused
 * @param received frames, each counted once
 * @param duplicates frames that came again
 * @param reordered frames that came behind a later one of their flow (RFC 4737 section 3.3)
 * @param delay one way, from making a frame to reading it, in nanoseconds
 * @param cpuSeconds that the dataplane used meanwhile; NaN if nobody asked
 */
record UdpTrial(
        double framesPerSecond,
        long sent,
        long received,
        long duplicates,
        long reordered,
        Histogram delay,
        double cpuSeconds)
        implements ZeroLossSearch.Trial {
    @Override
    public long lost() {
        return sent - received;
    }

    /** The same with what it cost. */
    UdpTrial costing(final double seconds) {
        return new UdpTrial(framesPerSecond, sent, received, duplicates, reordered, delay, seconds);
    }
}
