// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.PortCounter;
import io.weft.wire.Tcp;

/** What all ports share: identity, state, and the ledger entries of sending. */
abstract class AbstractPort implements Port {
    /** Octets that a port reads at most. */
    static final int MAX_FRAME_LENGTH = FramePool.MAX_FRAME_LENGTH;

    final int index;
    final FramePool pool;
    final Counters counters;

    private final String name;
    private volatile PortState state = PortState.UP;
    private volatile String reason = "";

    AbstractPort(final int index, final String name, final FramePool pool) {
        this.index = index;
        this.name = name;
        this.pool = pool;
        this.counters = pool.counters();
    }

    @Override
    public final int index() {
        return index;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final PortState state() {
        return state;
    }

    @Override
    public final String reason() {
        return reason;
    }

    /** Something went through; only a port that is {@link PortState#NO_CARRIER} changes by it. */
    final void works() {
        if (state == PortState.NO_CARRIER) {
            reason = "";
            state = PortState.UP;
        }
    }

    /** No way out for now, for the reason given last. */
    final void noCarrier(final String why) {
        if (state != PortState.DOWN && !reason.equals(why)) {
            reason = why;
            state = PortState.NO_CARRIER;
        }
    }

    /** Has nothing to send to yet. */
    final void waiting(final String why) {
        reason = why;
        state = PortState.WAITING;
    }

    /** Gone for good. */
    final void down(final String why) {
        if (state != PortState.DOWN) {
            reason = why;
            state = PortState.DOWN;
        }
    }

    final boolean isDown() {
        return state == PortState.DOWN;
    }

    /** Counts a frame as received, with the segments that it stands for, and passes it on. */
    final void received(final Frame frame, final int segments, final FrameVector vector) {
        pool.received(frame);
        counters.addPort(index, PortCounter.RX_SEGMENTS, segments);
        vector.add(frame);
    }

    /** Counts a frame as sent and gives it back. */
    final void transmitted(final Frame frame, final int segments) {
        counters.addPort(index, PortCounter.TX_SEGMENTS, segments);
        pool.transmitted(frame, index);
    }

    /** Loses a frame on its way out of this port. */
    final void drop(final Frame frame, final DropReason why) {
        counters.addPort(index, PortCounter.TX_DROPPED, 1);
        pool.drop(frame, why);
    }

    final void dropAll(final FrameVector vector, final DropReason why) {
        counters.addPort(index, PortCounter.TX_DROPPED, vector.size());
        pool.dropAll(vector, why);
    }

    /** Octets that a vector holds. */
    static int bytesIn(final FrameVector vector) {
        int bytes = 0;
        for (int i = 0; i < vector.size(); i++) {
            bytes += vector.get(i).length;
        }
        return bytes;
    }

    /**
     * Packets on the wire for which a frame with a partial checksum stands. Trusts nothing: the frame may not have been
     * parsed yet.
     */
    static int segmentsOf(final Frame frame) {
        if (frame.gsoSize <= 0) {
            return 1;
        }
        final int headers = headerLength(frame);
        return Math.max(1, (frame.length - headers + frame.gsoSize - 1) / frame.gsoSize);
    }

    /** Octets up to the transport payload of a frame with a partial checksum; at most the frame's length. */
    static int headerLength(final Frame frame) {
        final int transport = frame.checksumOffset == Tcp.CHECKSUM_OFFSET
                ? tcpHeaderLength(frame)
                : frame.checksumOffset + Short.BYTES;
        return Math.min(frame.length, frame.checksumStart - frame.offset + transport);
    }

    private static int tcpHeaderLength(final Frame frame) {
        return frame.checksumStart + Tcp.MIN_HEADER_LENGTH > frame.end()
                ? Tcp.MIN_HEADER_LENGTH
                : Math.max(Tcp.MIN_HEADER_LENGTH, Tcp.headerLength(frame.buffer, frame.checksumStart));
    }
}
