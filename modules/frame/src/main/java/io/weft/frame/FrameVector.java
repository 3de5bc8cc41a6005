// SPDX-License-Identifier: Apache-2.0
package io.weft.frame;

/** A batch of frames that goes through the stages together: at most {@link #CAPACITY}. */
public final class FrameVector {
    /** Frames. */
    public static final int CAPACITY = 256;
    /** Octets at which a receiving port ends a vector, so that super-frames do not fill the cache. */
    public static final int MAX_BYTES = 1 << 20;

    private final Frame[] frames = new Frame[CAPACITY];
    private int size;

    /** Frames in the vector. */
    public int size() {
        return size;
    }

    /** True if there is none. */
    public boolean isEmpty() {
        return size == 0;
    }

    /** True if {@link #add} would fail. */
    public boolean isFull() {
        return size == CAPACITY;
    }

    /** The frame at {@code index}, 0 to {@link #size} - 1. */
    public Frame get(final int index) {
        return frames[index];
    }

    /** Appends a frame; the vector must not be full. */
    public void add(final Frame frame) {
        frames[size++] = frame;
    }

    /** Puts a survivor at {@code index} while a stage filters the vector in place; {@link #truncate} ends it. */
    public void set(final int index, final Frame frame) {
        frames[index] = frame;
    }

    /** Cuts the vector to its first {@code newSize} frames; the others have been passed on or dropped. */
    public void truncate(final int newSize) {
        size = newSize;
    }

    /** Empties the vector; its frames have been passed on or dropped. */
    public void clear() {
        size = 0;
    }
}
