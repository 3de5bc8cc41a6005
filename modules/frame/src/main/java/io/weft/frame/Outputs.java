// SPDX-License-Identifier: Apache-2.0
package io.weft.frame;

/**
 * One output vector per port, one for all tunnels, and one for the node's own router. Stages put frames in; the worker
 * flushes once per input vector, and takes what is for the router before.
 */
public final class Outputs {
    /** Sends the vectors. */
    public interface Transmitter {
        /** Takes every frame of {@code frames} and leaves it empty. */
        void transmit(int port, FrameVector frames);

        /** Same for frames whose {@link Frame#vtep} says where to. */
        void transmitTunnel(FrameVector frames);
    }

    private final Transmitter transmitter;
    private final FrameVector[] vectors;
    private final FrameVector tunnel = new FrameVector();
    private final FrameVector router = new FrameVector();
    private final int[] touched;
    private int touchedCount;

    /** For ports 0 to {@code maxPorts} - 1. */
    public Outputs(final int maxPorts, final Transmitter transmitter) {
        this.transmitter = transmitter;
        this.vectors = new FrameVector[maxPorts];
        for (int port = 0; port < maxPorts; port++) {
            vectors[port] = new FrameVector();
        }
        this.touched = new int[maxPorts];
    }

    /**
     * Takes the frame. A full vector is sent at once, but for the router's: whoever fills it with more than a vector has
     * empties it in between.
     */
    public void enqueue(final Frame frame, final int destination) {
        if (Destination.isVtep(destination)) {
            frame.vtep = Destination.index(destination);
            tunnel.add(frame);
            if (tunnel.isFull()) {
                transmitter.transmitTunnel(tunnel);
            }
            return;
        }
        if (destination == Destination.ROUTER) {
            router.add(frame);
            return;
        }
        final FrameVector vector = vectors[destination];
        if (vector.isEmpty()) {
            touched[touchedCount++] = destination;
        }
        vector.add(frame);
        if (vector.isFull()) {
            transmitter.transmit(destination, vector);
            touchedCount = forget(destination);
        }
    }

    /** Frames for the router, which takes them out. */
    public FrameVector router() {
        return router;
    }

    /** Sends everything that is for ports and tunnels. */
    public void flush() {
        for (int i = 0; i < touchedCount; i++) {
            transmitter.transmit(touched[i], vectors[touched[i]]);
        }
        touchedCount = 0;
        if (!tunnel.isEmpty()) {
            transmitter.transmitTunnel(tunnel);
        }
    }

    private int forget(final int port) {
        int kept = 0;
        for (int i = 0; i < touchedCount; i++) {
            if (touched[i] != port) {
                touched[kept++] = touched[i];
            }
        }
        return kept;
    }
}
