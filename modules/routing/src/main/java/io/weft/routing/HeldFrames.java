// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import org.jspecify.annotations.Nullable;

/**
 * Frames that wait for neighbors: a queue for each entry of the table, bounded each and in all.
 *
 * <p>A source (port or VTEP) may hold less than what is then still free, so that one that scans takes half of the room,
 * two a third each, and there is always some for the others.
 */
final class HeldFrames {
    private final FramePool pool;
    private final NeighborConfig config;
    private final @Nullable Frame[] heads;
    private final @Nullable Frame[] tails;
    private final byte[] counts;
    private final int[] bySource;
    private int total;

    HeldFrames(final FramePool pool, final NeighborConfig config) {
        this.pool = pool;
        this.config = config;
        this.heads = new Frame[config.capacity()];
        this.tails = new Frame[config.capacity()];
        this.counts = new byte[config.capacity()];
        this.bySource = new int[config.sources()];
    }

    /** Frames that wait for the entry. */
    int count(final int entry) {
        return counts[entry] & 0xFF;
    }

    /** True if the source of {@code frame} may hold one more. */
    boolean hasRoom(final Frame frame) {
        return bySource[config.sourceOf(frame)] < config.held() - total;
    }

    /** Takes the frame. If there is no room, the oldest of this entry's queue is dropped, or else the frame itself. */
    void add(final int entry, final Frame frame) {
        if (count(entry) == config.heldPerNeighbor() || !hasRoom(frame)) {
            if (count(entry) == 0) {
                pool.drop(frame, DropReason.NEIGHBOR_QUEUE_FULL);
                return;
            }
            dropFirst(entry);
        }
        append(entry, frame);
        bySource[config.sourceOf(frame)]++;
        total++;
    }

    /** Hands the queue of an entry out: the first frame, with the others linked behind it; null if none waits. */
    @Nullable
    Frame take(final int entry) {
        final Frame first = heads[entry];
        for (Frame frame = first; frame != null; frame = frame.next) {
            forget(frame);
        }
        heads[entry] = null;
        tails[entry] = null;
        counts[entry] = 0;
        return first;
    }

    /** Drops every frame that waits for the entry. */
    void drop(final int entry, final DropReason reason) {
        Frame frame = take(entry);
        while (frame != null) {
            final Frame following = frame.next;
            frame.next = null;
            pool.drop(frame, reason);
            frame = following;
        }
    }

    private void append(final int entry, final Frame frame) {
        final Frame tail = tails[entry];
        if (tail == null) {
            heads[entry] = frame;
        } else {
            tail.next = frame;
        }
        tails[entry] = frame;
        counts[entry]++;
    }

    private void dropFirst(final int entry) {
        final Frame first = heads[entry];
        if (first != null) {
            heads[entry] = first.next;
            if (first.next == null) {
                tails[entry] = null;
            }
            first.next = null;
            counts[entry]--;
            forget(first);
            pool.drop(first, DropReason.NEIGHBOR_QUEUE_FULL);
        }
    }

    private void forget(final Frame frame) {
        bySource[config.sourceOf(frame)]--;
        total--;
    }
}
