// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.port.Port;
import org.jspecify.annotations.Nullable;

/** A port without a kernel: always has the next prepared frame, and counts what it is given to send. */
final class BenchPort implements Port {
    private final int index;
    private final FramePool pool;
    private final @Nullable Templates templates;
    private long sent;

    /** A port that receives {@code templates}, nothing if null. */
    BenchPort(final int index, final FramePool pool, final @Nullable Templates templates) {
        this.index = index;
        this.pool = pool;
        this.templates = templates;
    }

    /** Frames sent by this port. */
    long sent() {
        return sent;
    }

    @Override
    public boolean receive(final FrameVector vector, final int budget) {
        final Templates from = templates;
        if (from == null) {
            return false;
        }
        for (int i = 0; i < budget && !vector.isFull(); i++) {
            final Frame frame = pool.receive(index);
            if (frame == null) {
                return true;
            }
            from.next(frame);
            pool.received(frame);
            vector.add(frame);
        }
        return true;
    }

    @Override
    public void transmit(final FrameVector vector) {
        for (int i = 0; i < vector.size(); i++) {
            pool.transmitted(vector.get(i), index);
        }
        sent += vector.size();
        vector.clear();
    }

    @Override
    public int index() {
        return index;
    }

    @Override
    public String name() {
        return "bench" + index;
    }
}
