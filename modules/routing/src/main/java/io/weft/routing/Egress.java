// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import io.weft.frame.Frame;
import io.weft.frame.FrameVector;

/**
 * What leaves the router: whole Ethernet frames with {@code Frame.network} set to the network that they enter, and
 * {@code Frame.vtep} none, or {@link #LOCAL_ONLY}. The sink, the bridge, finds the port; it learns nothing of these frames,
 * and {@code Frame.port} does not keep one from going where it came from. A full vector goes on at once.
 */
public final class Egress {
    /** {@code Frame.vtep} of frames for this node's ports only: as if from a tunnel, so that split horizon keeps them. */
    public static final int LOCAL_ONLY = 0x7FFE;

    private final Sink sink;
    private FrameVector frames = new FrameVector();
    /** Empty, or on its way to the sink. */
    private FrameVector spare = new FrameVector();

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

    /** Takes a frame. While the sink has a vector, no more than {@link #isFull} allows. */
    public void add(final Frame frame) {
        frames.add(frame);
        if (frames.isFull()) {
            flush();
        }
    }

    /** Takes a frame that must not leave this node by a tunnel. */
    void addLocal(final Frame frame) {
        frame.vtep = LOCAL_ONLY;
        add(frame);
    }

    /** True if nothing waits. */
    public boolean isEmpty() {
        return frames.isEmpty();
    }

    /** True if the next frame makes everything go to the sink. */
    public boolean isFull() {
        return frames.size() == FrameVector.CAPACITY - 1;
    }

    /** Sends on what waits. What is added meanwhile waits for the next time: the sink's work may make more frames. */
    public void flush() {
        if (!frames.isEmpty()) {
            final FrameVector full = frames;
            frames = spare;
            spare = full;
            sink.forward(full);
        }
    }
}
