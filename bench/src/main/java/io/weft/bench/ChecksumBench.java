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
import org.openjdk.jmh.annotations.TearDown;

/** The Internet checksum over a small frame, a full one and a super-frame, and its update. One operation is one checksum. */
public class ChecksumBench {
    /** Octets to sum. */
    @State(Scope.Thread)
    public static class Block {
        /** How many. */
        @Param({"64", "1500", "65536"})
        public int length;

        private UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
        private byte[] copy = {};

        /** Fills the octets. */
        @Setup
        public void fill() {
            buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(length, 64));
            copy = new byte[length];
            new Random(1).nextBytes(copy);
            buffer.putBytes(0, copy);
        }

        /** The checksum must be that of the definition (RFC 1071), word by word. */
        @TearDown
        public void check() {
            long sum = 0;
            for (int i = 0; i < length; i += 2) {
                sum += (copy[i] & 0xFF) << 8 | (copy[i + 1] & 0xFF);
            }
            while (sum >>> 16 != 0) {
                sum = (sum & 0xFFFF) + (sum >>> 16);
            }
            if (Checksum.finish(Checksum.sum(buffer, 0, length)) != (~sum & 0xFFFF)) {
                throw new IllegalStateException("wrong checksum");
            }
        }
    }

    /** A checksum that changes with each operation. */
    @State(Scope.Thread)
    public static class Field {
        private int checksum;
    }

    /** Sums, folds and complements. */
    @Benchmark
    public int full(final Block state, final Octets count) {
        count.octets += state.length;
        return Checksum.finish(Checksum.sum(state.buffer, 0, state.length));
    }

    /** RFC 1624: the checksum after one field changed. */
    @Benchmark
    public int update(final Field state) {
        state.checksum = Checksum.update(state.checksum, 0x1234, 0x5679);
        return state.checksum;
    }
}
