// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.frame.FrameVector;

/**
 * Where frames enter and leave. Used by one worker thread, except {@link #state}.
 *
 * <p>A port is bound to one open file (or queue) for its life. When that dies, the port goes {@link PortState#DOWN} with
 * a reason and stays so; the control side makes a new one for the same index when the interface is back.
 */
public interface Port extends AutoCloseable {
    /** Index of the port in its worker, as it stands in {@code Frame.port}. */
    int index();

    /** Name by which users know it. */
    String name();

    /** File descriptor that polls readable when there is something to receive; -1: ask {@link #receive} each cycle. */
    default int fileDescriptor() {
        return -1;
    }

    /**
     * Adds what has arrived to {@code vector}, until nothing is left, {@code budget} frames were added, the vector is
     * full, or it holds {@link FrameVector#MAX_BYTES}.
     *
     * @return true if more may be waiting
     */
    boolean receive(FrameVector vector, int budget);

    /**
     * Sends or drops every frame of {@code vector}, in order, and leaves it empty. What the port can't take as it is, a
     * super-frame or a partial checksum, is segmented or completed first.
     */
    void transmit(FrameVector vector);

    /** Readable by every thread. A port in memory is always up. */
    default PortState state() {
        return PortState.UP;
    }

    /** Why it is down; empty if it is up. Readable by every thread. */
    default String reason() {
        return "";
    }

    /**
     * True if what the port was opened on is there no more, or another of the same name is, though the port itself has not
     * noticed: the control side asks, and closes it. Readable by every thread.
     */
    default boolean isOrphaned() {
        return false;
    }

    /** Gives back what the kernel holds for the port; a port in memory holds nothing. Not while the worker uses it. */
    @Override
    default void close() {}
}
