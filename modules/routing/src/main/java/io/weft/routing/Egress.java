// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import io.weft.frame.Frame;
import io.weft.frame.FrameVector;

/**
 * What leaves the router: whole Ethernet frames with {@code Frame.network} set to the network that they enter, and
 * {@code Frame.vtep} none. The sink, the bridge, finds the port. A full vector goes on at once.
 */
public final class Egress {
    private final Sink sink;
    private final FrameVector frames = new FrameVector();

    /** Takes frames into their networks. */
    @FunctionalInterface
    public interface Sink {
        /** Takes every frame and leaves the vector empty. */
        void forward(FrameVector frames);
    }

    /** Frames go to {@code sink}. */
    public Egress(final Sink sink) {
        this.sink = sink;
    }

    /** Takes a frame. */
    public void add(final Frame frame) {
        frames.add(frame);
        if (frames.isFull()) {
            sink.forward(frames);
        }
    }

    /** True if nothing waits. */
    public boolean isEmpty() {
        return frames.isEmpty();
    }

    /** Sends on what waits. */
    public void flush() {
        if (!frames.isEmpty()) {
            sink.forward(frames);
        }
    }
}
