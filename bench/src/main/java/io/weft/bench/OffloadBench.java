// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.offload.Coalescer;
import io.weft.offload.SegmentList;
import io.weft.offload.Segmenter;
import java.util.Objects;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Segmentation offloads in software: a super-frame of 45 TCP segments cut into them, and made of them. One operation is one
 * segment; octets are those of the frames.
 */
@State(Scope.Thread)
public class OffloadBench {
    private static final int SEGMENTS = 45;

    private final FramePool pool = new FramePool(2, Counters.inMemory(1));
    private final Frame whole = BulkFlow.superFrame(pool, SEGMENTS);
    private final Frame made = Objects.requireNonNull(pool.receive(0));
    private final UnsafeBuffer segments = BulkFlow.segments(whole, 0);
    private final SegmentList list = new SegmentList();
    private final Coalescer coalescer = new Coalescer();

    /** So that there is something to check whichever of the two is measured. */
    @Setup
    public void fill() {
        segmentOnce();
        coalesceOnce();
    }

    /** What was cut must be the segments, and what was made of these the super-frame, octet by octet. */
    @TearDown
    public void check() {
        if (list.count != SEGMENTS || !BulkFlow.isSame(made, whole)) {
            throw new IllegalStateException("segments are not the super-frame");
        }
        for (int i = 0; i < SEGMENTS; i++) {
            for (int j = 0; j < BulkFlow.HEADERS; j++) {
                if (list.headers.getByte(i * SegmentList.MAX_HEADER_LENGTH + j)
                        != segments.getByte(i * BulkFlow.SEGMENT_LENGTH + j)) {
                    throw new IllegalStateException("segment " + i + " has another header");
                }
            }
        }
    }

    /** Headers and checksums of every segment; payloads stay where they are. */
    @Benchmark
    @OperationsPerInvocation(SEGMENTS)
    public int segment(final Octets count) {
        count.octets += segments.capacity();
        return segmentOnce();
    }

    /** Checks every segment, compares its headers, and copies its payload behind the others. */
    @Benchmark
    @OperationsPerInvocation(SEGMENTS)
    public int coalesce(final Octets count) {
        count.octets += segments.capacity();
        return coalesceOnce();
    }

    private int segmentOnce() {
        return Segmenter.segment(whole, 0, SegmentList.MAX_SEGMENTS, Integer.MAX_VALUE, list);
    }

    private int coalesceOnce() {
        final int length = BulkFlow.SEGMENT_LENGTH;
        made.buffer.putBytes(made.offset, segments, 0, length);
        made.length = length;
        made.gsoType = Frame.GSO_NONE;
        made.checksumState = Frame.CHECKSUM_COMPLETE;
        int appended = 0;
        if (FrameParser.parse(made) == null && coalescer.begin(made)) {
            for (int at = length; at < segments.capacity(); at += length) {
                appended += coalescer.append(segments, at, length) == Coalescer.APPENDED ? 1 : 0;
            }
        }
        coalescer.finish();
        return appended;
    }
}
