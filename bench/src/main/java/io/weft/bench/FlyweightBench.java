// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.wire.Checksum;
import java.util.Objects;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Reading all headers of a vector's frames. One operation is one frame unless it says otherwise. */
@State(Scope.Thread)
public class FlyweightBench {
    private final FrameVector frames = new FrameVector();
    private int checksum;

    /** Fills a vector with UDP frames of different flows. */
    @Setup
    public void fill() {
        final FramePool pool = new FramePool(FrameVector.CAPACITY, Counters.inMemory(1));
        final Templates templates = new Templates(0, FrameVector.CAPACITY, FrameVector.CAPACITY);
        for (int i = 0; i < FrameVector.CAPACITY; i++) {
            final Frame frame = Objects.requireNonNull(pool.receive(0));
            templates.next(frame);
            frames.add(frame);
        }
    }

    /** Checks lengths, finds the offsets and computes the flow hash of Ethernet, IPv4, UDP. */
    @Benchmark
    @OperationsPerInvocation(FrameVector.CAPACITY)
    public int parse() {
        int hashes = 0;
        for (int i = 0; i < FrameVector.CAPACITY; i++) {
            final Frame frame = frames.get(i);
            if (FrameParser.parse(frame) == null) {
                hashes += frame.flowHash;
            }
        }
        return hashes;
    }

    /** RFC 1624: the checksum after one field changed. One operation is one update. */
    @Benchmark
    public int updateChecksum() {
        checksum = Checksum.update(checksum, 0x1234, 0x5679);
        return checksum;
    }
}
