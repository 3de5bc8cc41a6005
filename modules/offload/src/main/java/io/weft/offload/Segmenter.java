// SPDX-License-Identifier: Apache-2.0
package io.weft.offload;

import io.weft.frame.Frame;

/** GSO in software: cuts a super-frame into segments with complete headers and checksums. Pure: the frame is not changed. */
public final class Segmenter {
    private Segmenter() {}

    /**
     * Cuts the next segments of a super-frame ({@code Frame.isSuperFrame()}, parsed).
     *
     * @param frame everything from {@code frame.offset} up to the payload (outer VXLAN header included) stands in front
     *     of every segment; IP and transport fields at {@code l3Offset} and {@code l4Offset} are rebuilt
     * @param from payload octets that earlier calls have covered; 0 at first
     * @param maxSegments at most this many, up to {@link SegmentList#MAX_SEGMENTS}
     * @param maxBytes at most this many octets of headers and payloads together
     * @param out receives the segments
     * @return payload octets covered so far; the frame is done when this equals {@link #payloadLength}
     */
    public static int segment(
            final Frame frame, final int from, final int maxSegments, final int maxBytes, final SegmentList out) {
        throw new UnsupportedOperationException("being written");
    }

    /** Octets of payload behind the transport header. */
    public static int payloadLength(final Frame frame) {
        throw new UnsupportedOperationException("being written");
    }

    /** Completes a partial checksum of an ordinary frame in place. */
    public static void completeChecksum(final Frame frame) {
        throw new UnsupportedOperationException("being written");
    }
}
