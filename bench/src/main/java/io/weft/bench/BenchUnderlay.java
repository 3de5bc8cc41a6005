// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.port.UnderlayPort;
import io.weft.wire.IpAddress;
import io.weft.wire.Vxlan;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One end of a wire between two nodes in memory. What one end sends is copied onto the wire and from there into a frame
 * of the other end's pool, as the kernel would copy it.
 */
final class BenchUnderlay implements UnderlayPort {
    private static final int SLOT_LENGTH = Templates.LENGTH + Vxlan.HEADER_LENGTH;

    private final int index;
    private final FramePool pool;
    private final IpAddress sender;
    private final UnsafeBuffer wire;
    private final int[] waiting;

    private BenchUnderlay(
            final int index,
            final FramePool pool,
            final IpAddress sender,
            final UnsafeBuffer wire,
            final int[] waiting) {
        this.index = index;
        this.pool = pool;
        this.sender = sender;
        this.wire = wire;
        this.waiting = waiting;
    }

    /** The sending end. */
    static BenchUnderlay sendingEnd(final int index, final FramePool pool, final IpAddress address) {
        final UnsafeBuffer wire =
                new UnsafeBuffer(BufferUtil.allocateDirectAligned(FrameVector.CAPACITY * SLOT_LENGTH, 64));
        return new BenchUnderlay(index, pool, address, wire, new int[1]);
    }

    /** The end that receives what {@code this} sends. */
    BenchUnderlay receivingEnd(final int otherIndex, final FramePool otherPool) {
        return new BenchUnderlay(otherIndex, otherPool, sender, wire, waiting);
    }

    @Override
    public void transmit(final FrameVector vector) {
        for (int i = 0; i < vector.size(); i++) {
            final Frame frame = vector.get(i);
            wire.putBytes(waiting[0]++ * SLOT_LENGTH, frame.buffer, frame.offset, SLOT_LENGTH);
            pool.transmitted(frame, index);
        }
        vector.clear();
    }

    @Override
    public boolean receive(final FrameVector vector, final int budget) {
        for (int i = 0; i < waiting[0]; i++) {
            final Frame frame = pool.receive(index);
            if (frame == null) {
                throw new IllegalStateException("pool too small for the benchmark");
            }
            frame.buffer.putBytes(frame.offset, wire, i * SLOT_LENGTH, SLOT_LENGTH);
            frame.length = SLOT_LENGTH;
            frame.remoteHigh = sender.high();
            frame.remoteLow = sender.low();
            pool.received(frame);
            vector.add(frame);
        }
        waiting[0] = 0;
        return false;
    }

    @Override
    public void setRemote(final int remote, final IpAddress address, final int udpPort) {
        // The wire has one other end.
    }

    @Override
    public void removeRemote(final int remote) {
        // The wire has one other end.
    }

    @Override
    public int index() {
        return index;
    }

    @Override
    public String name() {
        return "underlay";
    }
}
