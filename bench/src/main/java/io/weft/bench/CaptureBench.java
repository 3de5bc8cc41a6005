// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.capture.CaptureContext;
import io.weft.capture.CapturePoint;
import io.weft.capture.CaptureRequest;
import io.weft.capture.CaptureSelection;
import io.weft.capture.CaptureSession;
import io.weft.capture.CaptureTap;
import io.weft.capture.DropRing;
import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.WorkerCounter;
import java.io.OutputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What captures cost the frames that they don't want, and what a drop costs. One operation is one frame. */
@State(Scope.Thread)
public class CaptureBench {
    /** Matches none of the frames. */
    @Param({"icmp", "tcp port 5201 and host 10.99.0.1", "ip6 and udp portrange 1-1023 and len > 100"})
    public String filter = "icmp";

    private final Counters counters = Counters.inMemory(1);
    private final FramePool pool = new FramePool(FrameVector.CAPACITY, counters);
    private final CaptureTap tap = new CaptureTap(counters, vtep -> null, new DropRing());
    private final FrameVector frames = new FrameVector();
    private @Nullable CaptureSession session;

    /** Fills the vector and begins the capture. */
    @Setup
    public void fill() {
        for (int i = 0; i < FrameVector.CAPACITY; i++) {
            final Frame frame = Objects.requireNonNull(pool.receive(0));
            frame.length = Sample.UDP_IPV4.put(frame.buffer, frame.offset, i);
            frames.add(frame);
        }
        final CaptureRequest request =
                new CaptureRequest(CapturePoint.RX.mask(), CaptureSelection.ALL, 65_535, 0, filter);
        final CaptureSession started = CaptureSession.start(
                request, 1, CaptureContext.NO_NAMES, "bench", OutputStream.nullOutputStream(), () -> {});
        tap.attach(started.ring());
        session = started;
    }

    /** Nothing may have been copied or lost. */
    @TearDown
    public void check() {
        if (session != null) {
            session.close();
        }
        if (counters.get(WorkerCounter.CAPTURED) + counters.get(WorkerCounter.CAPTURE_LOST) > 0) {
            throw new IllegalStateException("frames were copied");
        }
    }

    /** As at a port, up to the end of the vector's way. */
    @Benchmark
    @OperationsPerInvocation(FrameVector.CAPACITY)
    public boolean filter() {
        tap.received(frames, CapturePoint.RX, 0);
        tap.settle();
        return tap.isActive(CapturePoint.RX.mask());
    }

    /** As the pool tells of it. */
    @Benchmark
    @OperationsPerInvocation(FrameVector.CAPACITY)
    public int drop() {
        for (int i = 0; i < frames.size(); i++) {
            tap.onDrop(frames.get(i), DropReason.NO_ROUTE);
        }
        return frames.size();
    }
}
