// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.dataplane.EthernetInput;
import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import java.util.Objects;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The first stage, which reads a frame's headers once, on a vector of different flows. One operation is one frame. */
@State(Scope.Thread)
public class EthernetInputBench {
    private static final int NETWORK = 3;

    /** What frames. */
    @Param
    public Sample kind = Sample.ARP;

    private final FramePool pool = new FramePool(FrameVector.CAPACITY, Counters.inMemory(1));
    private final EthernetInput input = new EthernetInput(pool);
    private final FrameVector frames = new FrameVector();

    /** Fills the vector. */
    @Setup
    public void fill() {
        for (int i = 0; i < FrameVector.CAPACITY; i++) {
            final Frame frame = Objects.requireNonNull(pool.receive(0));
            frame.length = kind.put(frame.buffer, frame.offset, i);
            frames.add(frame);
        }
    }

    /** No frame may have been dropped, and the headers of each must have been understood. */
    @TearDown
    public void check() {
        if (frames.size() != FrameVector.CAPACITY) {
            throw new IllegalStateException("frames were dropped");
        }
        for (int i = 0; i < frames.size(); i++) {
            final Frame frame = frames.get(i);
            if (frame.flowHash == 0 || (frame.l4Offset == Frame.NONE) != (kind == Sample.ARP)) {
                throw new IllegalStateException("a frame was not understood");
            }
        }
    }

    /** Checks lengths, finds the offsets, computes the flow hash, and says which network each belongs to. */
    @Benchmark
    @OperationsPerInvocation(FrameVector.CAPACITY)
    public int process() {
        input.process(frames, NETWORK);
        return frames.size();
    }
}
