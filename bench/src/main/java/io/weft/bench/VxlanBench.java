// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.WorkerCounter;
import io.weft.offload.Coalescer;
import io.weft.overlay.VniTable;
import io.weft.overlay.Vtep;
import io.weft.overlay.VtepTable;
import io.weft.overlay.VxlanDecap;
import io.weft.overlay.VxlanEncap;
import io.weft.wire.IpAddress;
import io.weft.wire.Vxlan;
import java.util.Objects;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The two stages of the tunnel: vectors of 64-octet frames in and out, and trains of 44 datagrams, which become one
 * super-frame. One operation is one frame or one datagram.
 */
public class VxlanBench {
    private static final int VNI = 100;
    private static final int NETWORK = 0;
    private static final int VTEP = 0;
    private static final int DATAGRAMS = 44;
    private static final int DATAGRAM_LENGTH = Vxlan.HEADER_LENGTH + BulkFlow.SEGMENT_LENGTH;
    private static final IpAddress REMOTE = IpAddress.parse("198.19.0.2");

    /** The tables and stages of one node with one tunnel. */
    private static final class Node {
        final Counters counters = Counters.inMemory(1);
        final FramePool pool = new FramePool(FrameVector.CAPACITY, counters);
        final VxlanEncap encap;
        final VxlanDecap decap;

        Node() {
            final VtepTable vteps = new VtepTable(1, 1);
            final VniTable vnis = new VniTable(1);
            vteps.add(new Vtep(VTEP, REMOTE, Vxlan.PORT, 1450));
            vteps.allow(VTEP, NETWORK);
            vnis.add(NETWORK, VNI, false);
            encap = new VxlanEncap(pool, vteps, vnis, (frame, mtu) -> false);
            decap = new VxlanDecap(pool, vteps, vnis, new Coalescer());
        }

        void expectNoDrop() {
            if (counters.get(WorkerCounter.DROPPED) != 0) {
                throw new IllegalStateException(counters.get(WorkerCounter.DROPPED) + " frames dropped");
            }
        }
    }

    /** Small frames of different flows, parsed and meant for the tunnel. */
    @State(Scope.Thread)
    public static class Frames {
        private final Node node = new Node();
        private final FrameVector frames = new FrameVector();

        /** Fills the vector. */
        @Setup
        public void fill() {
            final Templates templates = new Templates(0, FrameVector.CAPACITY, FrameVector.CAPACITY);
            for (int i = 0; i < FrameVector.CAPACITY; i++) {
                final Frame frame = Objects.requireNonNull(node.pool.receive(0));
                templates.next(frame);
                frame.network = NETWORK;
                frame.vtep = VTEP;
                if (FrameParser.parse(frame) == null) {
                    frames.add(frame);
                }
            }
        }

        /** Every frame must be there, with a VXLAN header of the network in its headroom. */
        @TearDown
        public void check() {
            node.expectNoDrop();
            for (int i = 0; i < FrameVector.CAPACITY; i++) {
                final Frame frame = frames.get(i);
                final int vxlan = frame.offset - Vxlan.HEADER_LENGTH;
                if (frame.length != Templates.LENGTH
                        || !Vxlan.hasVni(frame.buffer, vxlan)
                        || Vxlan.vni(frame.buffer, vxlan) != VNI) {
                    throw new IllegalStateException("a frame was not encapsulated");
                }
            }
        }
    }

    /** The same frames as datagrams. */
    @State(Scope.Thread)
    public static class Datagrams {
        private final Frames inner = new Frames();
        private final FrameVector datagrams = new FrameVector();
        private final FrameVector out = new FrameVector();

        /** Fills the vector. */
        @Setup
        public void fill() {
            inner.fill();
            inner.node.encap.process(inner.frames);
            for (int i = 0; i < inner.frames.size(); i++) {
                final Frame frame = inner.frames.get(i);
                frame.remoteHigh = REMOTE.high();
                frame.remoteLow = REMOTE.low();
                frame.network = Frame.NONE;
                frame.vtep = Frame.NONE;
                datagrams.add(frame);
            }
        }

        /** Every datagram must have become a parsed frame of its network and VTEP. */
        @TearDown
        public void check() {
            inner.node.expectNoDrop();
            for (int i = 0; i < FrameVector.CAPACITY; i++) {
                final Frame frame = datagrams.get(i);
                if (frame.network != NETWORK || frame.vtep != VTEP || frame.l4Offset == Frame.NONE) {
                    throw new IllegalStateException("a datagram was not decapsulated");
                }
            }
        }
    }

    /** A train of datagrams as UDP_GRO delivers it. */
    @State(Scope.Thread)
    public static class Train {
        private final Node node = new Node();
        private final Frame whole = BulkFlow.superFrame(node.pool, DATAGRAMS);
        private final UnsafeBuffer wire = BulkFlow.segments(whole, Vxlan.HEADER_LENGTH);
        private final FrameVector in = new FrameVector();
        private final FrameVector out = new FrameVector();
        private long trains;
        private long frames;
        private Frame last = whole;

        /** Puts the tunnel's headers in front of the segments. */
        @Setup
        public void fill() {
            for (int i = 0; i < DATAGRAMS; i++) {
                Vxlan.put(wire, i * DATAGRAM_LENGTH, VNI);
            }
        }

        /** Every train must have become one super-frame, and that the one which was sent, octet by octet. */
        @TearDown
        public void check() {
            node.expectNoDrop();
            if (frames != trains || !BulkFlow.isSame(last, whole)) {
                throw new IllegalStateException(trains + " trains became " + frames + " frames, or other ones");
            }
        }
    }

    /** Header in front. Taking it off again, for the next time, is in the figure. */
    @Benchmark
    @OperationsPerInvocation(FrameVector.CAPACITY)
    public int encap(final Frames state) {
        final FrameVector frames = state.frames;
        state.node.encap.process(frames);
        for (int i = 0; i < frames.size(); i++) {
            frames.get(i).pop(Vxlan.HEADER_LENGTH);
        }
        return frames.size();
    }

    /** Who sent it and for which network, header off, parsed. Putting it on again, for the next time, is in the figure. */
    @Benchmark
    @OperationsPerInvocation(FrameVector.CAPACITY)
    public boolean decap(final Datagrams state) {
        final FrameVector out = state.out;
        final boolean done = state.inner.node.decap.process(state.datagrams, out);
        for (int i = 0; i < out.size(); i++) {
            final Frame frame = out.get(i);
            frame.push(Vxlan.HEADER_LENGTH);
            state.datagrams.add(frame);
        }
        out.clear();
        return done;
    }

    /** One super-frame of a train, every inner checksum verified. Copying the train in, as a kernel would, is in the figure. */
    @Benchmark
    @OperationsPerInvocation(DATAGRAMS)
    public int decapTrain(final Train state, final Octets count) {
        final FramePool pool = state.node.pool;
        final Frame train = Objects.requireNonNull(pool.receive(0));
        train.length = state.wire.capacity();
        train.buffer.putBytes(train.offset, state.wire, 0, train.length);
        train.gsoType = Frame.GSO_UDP;
        train.gsoSize = DATAGRAM_LENGTH;
        train.remoteHigh = REMOTE.high();
        train.remoteLow = REMOTE.low();
        state.in.add(train);
        state.node.decap.process(state.in, state.out);
        final int frames = state.out.size();
        for (int i = 0; i < frames; i++) {
            state.last = state.out.get(i);
            pool.unused(state.last);
        }
        state.out.clear();
        state.trains++;
        state.frames += frames;
        count.octets += state.wire.capacity();
        return frames;
    }
}
