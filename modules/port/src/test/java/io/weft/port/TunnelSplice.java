// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.wire.Vxlan;

/** A {@link Splice} of a pod's port and an underlay: the smallest VXLAN node, with one remote and one network. */
final class TunnelSplice extends Splice {
    private static final int VNI = 42;

    private final FrameVector inner = new FrameVector();

    TunnelSplice(final FramePool pool, final Port pod, final UnderlayPort underlay) throws PortException {
        super(pool, pod, underlay);
    }

    @Override
    void forward(final int from, final FrameVector frames) {
        if (from == 0) {
            encapsulate(frames);
        } else {
            decapsulate(frames);
        }
    }

    private void encapsulate(final FrameVector frames) {
        for (int i = 0; i < frames.size(); i++) {
            final Frame frame = frames.get(i);
            frame.push(Vxlan.HEADER_LENGTH);
            Vxlan.put(frame.buffer, frame.offset, VNI);
            frame.vtep = 0;
        }
        ports[1].transmit(frames);
    }

    private void decapsulate(final FrameVector frames) {
        for (int i = 0; i < frames.size(); i++) {
            final Frame train = frames.get(i);
            final int step = train.isSuperFrame() ? train.gsoSize : train.length;
            for (int start = 0; start < train.length; start += step) {
                copy(train, start, Math.min(step, train.length - start));
            }
            pool.consumed(train);
        }
        frames.clear();
        ports[0].transmit(inner);
    }

    private void copy(final Frame train, final int start, final int length) {
        final Frame frame = pool.create(train.port);
        if (frame == null) {
            return;
        }
        frame.length = length - Vxlan.HEADER_LENGTH;
        frame.buffer.putBytes(frame.offset, train.buffer, train.offset + start + Vxlan.HEADER_LENGTH, frame.length);
        if (inner.isFull()) {
            ports[0].transmit(inner);
        }
        if (frame.length < 14) {
            pool.drop(frame, DropReason.TOO_SHORT);
        } else {
            inner.add(frame);
        }
    }
}
