// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.wire.Checksum;
import java.util.Random;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The Internet checksum over a small frame, a full one and a super-frame. One operation is one checksum. */
@State(Scope.Thread)
public class ChecksumBench {
    /** Octets to sum. */
    @Param({"64", "1500", "65536"})
    public int length;

    private UnsafeBuffer buffer = new UnsafeBuffer(0, 0);

    /** Fills the octets. */
    @Setup
    public void fill() {
        buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(length, 64));
        final byte[] octets = new byte[length];
        new Random(1).nextBytes(octets);
        buffer.putBytes(0, octets);
    }

    /** Sums, folds and complements. */
    @Benchmark
    public int full() {
        return Checksum.finish(Checksum.sum(buffer, 0, length));
    }
}
