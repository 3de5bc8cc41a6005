// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.conntrack.FlowRing;
import io.weft.conntrack.FlowSettings;
import io.weft.conntrack.FlowTracker;
import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.WorkerCounter;
import io.weft.wire.Bytes;
import io.weft.wire.Ethernet;
import io.weft.wire.Ipv4;
import io.weft.wire.Udp;
import java.util.Objects;
import java.util.SplittableRandom;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.SystemEpochClock;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The flow table: UDP frames of 64 octets in vectors of 32 and of 256. One operation is one frame, its addresses and ports written, its
 * flow found or begun, and counted.
 */
public class FlowTableBench {
    private static final int FLOWS = 1_000_000;
    private static final int LARGE = 1_100_000;
    private static final int SMALL = 131_072;
    private static final int FIRST_SOURCE = 0x0A00_0000;
    private static final int FRAME_LENGTH = 64;
    private static final int PAYLOAD =
            FRAME_LENGTH - Ethernet.HEADER_LENGTH - Ipv4.MIN_HEADER_LENGTH - Udp.HEADER_LENGTH;
    private static final int FRAMES = 256;

    /** Frames of 64 octets, parsed, in the hands of a table. */
    @State(Scope.Thread)
    public abstract static class Frames {
        /** Frames of each vector. */
        @Param({"32", "256"})
        public int vector;

        final Counters counters = Counters.inMemory(2);
        final FramePool pool = new FramePool(FRAMES, counters);
        final FrameVector frames = new FrameVector();
        long fed;

        final void make() {
            for (int i = 0; i < vector; i++) {
                final Frame frame = Objects.requireNonNull(pool.receive(0));
                frame.length = FRAME_LENGTH;
                frame.network = 0;
                final int ip = frame.offset + Ethernet.HEADER_LENGTH;
                Bytes.putU16(frame.buffer, ip - 2, Ethernet.TYPE_IPV4);
                Ipv4.put(
                        frame.buffer,
                        ip,
                        FRAME_LENGTH - Ethernet.HEADER_LENGTH,
                        64,
                        Ipv4.PROTOCOL_UDP,
                        FIRST_SOURCE,
                        FIRST_SOURCE);
                Udp.put(frame.buffer, ip + Ipv4.MIN_HEADER_LENGTH, 1, 1, Udp.HEADER_LENGTH + PAYLOAD);
                if (FrameParser.parse(frame) != null || frame.l4Offset == Frame.NONE) {
                    throw new IllegalStateException("the frame does not parse");
                }
                frames.add(frame);
            }
        }

        /** Makes the frame one of flow {@code number}: 1,000 ports of each source. */
        static void become(final Frame frame, final int number) {
            Bytes.putI32(frame.buffer, frame.l3Offset + Ipv4.SOURCE_OFFSET, FIRST_SOURCE + number / 1_000);
            Bytes.putI32(frame.buffer, frame.l4Offset, ((1 + number % 1_000) << 16) | 53);
        }
    }

    /** A million flows, of which each frame is one at random. */
    @State(Scope.Thread)
    public static class Known extends Frames {
        private final SplittableRandom random = new SplittableRandom(1);
        private final FlowTracker tracker = new FlowTracker(
                FlowSettings.DEFAULT.withMaxFlows(LARGE), counters, 1, 0, null, SystemEpochClock.INSTANCE, 0);

        /** Begins all flows. */
        @Setup
        public void fill() {
            make();
            for (int number = 0; number < FLOWS; number += vector) {
                for (int i = 0; i < vector; i++) {
                    become(frames.get(i), Math.min(number + i, FLOWS - 1));
                }
                tracker.process(frames);
            }
        }

        /** No flow may have come or gone. */
        @TearDown
        public void check() {
            if (tracker.size() != FLOWS || counters.get(WorkerCounter.FLOWS_OPENED) != FLOWS) {
                throw new IllegalStateException("not the flows that there were: " + tracker.size());
            }
        }

        long next() {
            for (int i = 0; i < vector; i++) {
                become(frames.get(i), random.nextInt(FLOWS));
            }
            tracker.process(frames);
            return frames.get(0).flow;
        }
    }

    /** A full table and frames of flows that come but once: each takes the place of another, and both are told. */
    @State(Scope.Thread)
    public static class New extends Frames {
        private static final MessageHandler NOBODY = (type, buffer, index, length) -> {};

        private final FlowRing ring = new FlowRing(FlowRing.DEFAULT_CAPACITY);
        private final FlowTracker tracker = new FlowTracker(
                FlowSettings.DEFAULT.withMaxFlows(SMALL), counters, 1, 0, ring, SystemEpochClock.INSTANCE, 0);
        private int number;

        /** Fills the table. */
        @Setup
        public void fill() {
            make();
            while (counters.get(WorkerCounter.FLOWS_EVICTED) == 0) {
                next();
            }
        }

        /** Every frame must have begun a flow, and no event may be lost. */
        @TearDown
        public void check() {
            if (counters.get(WorkerCounter.FLOWS_OPENED) != fed || ring.lost() != 0) {
                throw new IllegalStateException(
                        "flows " + counters.get(WorkerCounter.FLOWS_OPENED) + " of " + fed + ", lost " + ring.lost());
            }
        }

        long next() {
            for (int i = 0; i < vector; i++) {
                become(frames.get(i), number++ & Integer.MAX_VALUE);
            }
            tracker.process(frames);
            tracker.settle();
            fed += vector;
            return ring.read(NOBODY, Integer.MAX_VALUE);
        }
    }

    /** Finding and counting; each invocation is {@value #FRAMES} frames. */
    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public long known(final Known state) {
        long sum = 0;
        for (int done = 0; done < FRAMES; done += state.vector) {
            sum += state.next();
        }
        return sum;
    }

    /** Beginning one, ending another, and the events of both. */
    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public long begun(final New state) {
        long sum = 0;
        for (int done = 0; done < FRAMES; done += state.vector) {
            sum += state.next();
        }
        return sum;
    }
}
