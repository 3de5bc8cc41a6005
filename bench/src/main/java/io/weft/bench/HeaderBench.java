// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.wire.Ethernet;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Checking and reading every field of a packet's headers. One operation is one packet. */
@State(Scope.Thread)
public class HeaderBench {
    private static final int COUNT = 256;

    /** What packets. */
    @Param
    public Sample kind = Sample.ARP;

    private final UnsafeBuffer buffer =
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(COUNT * Sample.STRIDE, Sample.STRIDE));
    private int length;
    private long expected;
    private long found;

    /** Writes different ones. */
    @Setup
    public void fill() {
        expected = 0;
        for (int i = 0; i < COUNT; i++) {
            length = kind.put(buffer, i * Sample.STRIDE, i) - Ethernet.HEADER_LENGTH;
            expected += kind.sum(i);
        }
        found = expected;
    }

    /** Every field must have been read as it was written. */
    @TearDown
    public void check() {
        if (found != expected) {
            throw new IllegalStateException("sum of all fields is " + found + ", not " + expected);
        }
    }

    /** Reads each. */
    @Benchmark
    @OperationsPerInvocation(COUNT)
    public long read() {
        long sum = 0;
        for (int at = Ethernet.HEADER_LENGTH; at < COUNT * Sample.STRIDE; at += Sample.STRIDE) {
            sum += kind.read(buffer, at, length);
        }
        found = sum;
        return sum;
    }
}
