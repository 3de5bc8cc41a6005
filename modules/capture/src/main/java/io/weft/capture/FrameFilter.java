// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import io.weft.frame.Frame;
import io.weft.offload.Segmenter;
import io.weft.wire.Vxlan;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Holds a filter against frames where they lie, before anything is copied. One worker's; allocates nothing.
 *
 * <p>In the tunnel the filter is held against the pod's frame, and against the packet that carries it, outer headers in front;
 * one of the two must match. Of a train of datagrams one must match.
 *
 * <p>What a filter can't see: a partial checksum is not completed; of a super-frame in the tunnel the outer headers are those
 * of its first packet; the source port of a received packet is not kept, and stands as 49152.
 */
final class FrameFilter {
    private final @Nullable FilterProgram program;
    private final OuterHeaders outer;
    private final UnsafeBuffer headers = new UnsafeBuffer(new byte[OuterHeaders.MAX_LENGTH]);

    /** A null program matches everything; otherwise this has a copy of its own. */
    FrameFilter(final @Nullable FilterProgram program, final CaptureContext context) {
        this.program = program == null ? null : program.copy();
        this.outer = new OuterHeaders(context);
    }

    /**
     * True if the frame matches.
     *
     * @param tunnelForm it begins with a VXLAN header
     * @param vteps where the address of {@link Frame#vtep} is found
     */
    boolean matches(final Frame frame, final boolean tunnelForm, final VtepAddresses vteps) {
        if (program == null) {
            return true;
        }
        if (!tunnelForm) {
            return program.matches(frame.buffer, frame.offset, frame.length, frame.length);
        }
        final boolean received = (frame.remoteHigh | frame.remoteLow) != 0;
        if (received) {
            outer.from(frame.remoteHigh, frame.remoteLow);
        } else {
            outer.to(vteps.address(frame.vtep));
        }
        final boolean isTrain = frame.isSuperFrame() && frame.checksumState != Frame.CHECKSUM_PARTIAL;
        if (!isTrain) {
            return matchesPacket(program, frame, frame.offset, frame.length, received ? 0 : frame.flowHash);
        }
        final int size = Math.max(frame.gsoSize, Vxlan.HEADER_LENGTH);
        for (int done = 0; done < frame.length; done += size) {
            if (matchesPacket(program, frame, frame.offset + done, Math.min(size, frame.length - done), 0)) {
                return true;
            }
        }
        return false;
    }

    private boolean matchesPacket(
            final FilterProgram filter, final Frame frame, final int offset, final int length, final int flowHash) {
        final int inner = length - Vxlan.HEADER_LENGTH;
        if (inner > 0 && filter.matches(frame.buffer, offset + Vxlan.HEADER_LENGTH, inner, inner)) {
            return true;
        }
        final int datagram = Math.min(firstPacket(frame, length), OuterHeaders.MAX_DATAGRAM);
        outer.put(headers, 0, datagram, flowHash);
        final int headerLength = outer.length();
        return filter.matches(headers, headerLength, frame.buffer, offset, datagram, headerLength + datagram);
    }

    private static int firstPacket(final Frame frame, final int length) {
        final boolean isCut = frame.isSuperFrame() && frame.checksumState == Frame.CHECKSUM_PARTIAL;
        return isCut && frame.l4Offset != Frame.NONE ? Math.clamp(Segmenter.longestSegment(frame), 0, length) : length;
    }
}
