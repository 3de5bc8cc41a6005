// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.capture.PcapngWriter;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.port.Port;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A port of a replayed node: receives the packet that the replay gives it, writes what it sends to the output file. */
final class ReplayPort implements Port {
    private final int index;
    private final String name;
    private final FramePool pool;
    private @Nullable PcapngWriter out;
    private int interfaceNumber;
    private byte @Nullable [] waiting;
    private long epochNanos;

    ReplayPort(final int index, final String name, final FramePool pool) {
        this.index = index;
        this.name = name;
        this.pool = pool;
    }

    /** Where it sends to, as which interface. Before the node has anything to send. */
    void output(final PcapngWriter writer, final int number) {
        out = writer;
        interfaceNumber = number;
    }

    /** What the next {@link #receive} receives. */
    void give(final byte[] octets) {
        waiting = octets;
    }

    /** Time of what is sent from now on. */
    void time(final long nanos) {
        epochNanos = nanos;
    }

    @Override
    public boolean receive(final FrameVector vector, final int budget) {
        final byte[] octets = waiting;
        final Frame frame = octets == null ? null : pool.receive(index);
        if (octets != null && frame != null) {
            frame.buffer.putBytes(frame.offset, octets);
            frame.length = octets.length;
            pool.received(frame);
            vector.add(frame);
            waiting = null;
        }
        return false;
    }

    @Override
    public void transmit(final FrameVector vector) {
        final PcapngWriter writer = Objects.requireNonNull(out, "the output was given before the first packet");
        try {
            for (int i = 0; i < vector.size(); i++) {
                final Frame frame = vector.get(i);
                writer.packet(
                        interfaceNumber,
                        epochNanos,
                        frame.buffer,
                        frame.offset,
                        frame.length,
                        frame.length,
                        PcapngWriter.OUTBOUND,
                        0,
                        0,
                        "");
                pool.transmitted(frame, index);
            }
            vector.clear();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public int index() {
        return index;
    }

    @Override
    public String name() {
        return name;
    }
}
