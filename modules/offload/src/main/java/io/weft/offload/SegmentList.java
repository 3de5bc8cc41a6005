// SPDX-License-Identifier: Apache-2.0
package io.weft.offload;

import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The segments of one super-frame, or of a part of it: rebuilt headers in an arena of its own, payloads left where they
 * are in the frame. A port hands both to the kernel as an iovec pair per segment; a port that can't, copies both.
 */
public final class SegmentList {
    /** Segments in one list: what UDP_SEGMENT takes in one call. */
    public static final int MAX_SEGMENTS = 64;
    /** Octets of headers (outer part, Ethernet, tags, IP, TCP) that one segment may have. */
    public static final int MAX_HEADER_LENGTH = 256;

    /** Header of segment {@code i} starts at {@code i * MAX_HEADER_LENGTH}. */
    public final UnsafeBuffer headers =
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(MAX_SEGMENTS * MAX_HEADER_LENGTH, 64));

    /** Octets of each header; equal for all. */
    public int headerLength;
    /** Where payload {@code i} starts in the frame's buffer. */
    public final int[] payloadOffset = new int[MAX_SEGMENTS];
    /** Octets of payload {@code i}: the segment size, for the last one perhaps less. */
    public final int[] payloadLength = new int[MAX_SEGMENTS];
    /** Segments in the list. */
    public int count;
}
