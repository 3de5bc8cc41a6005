// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A bounded queue of messages of {@value #WORDS} words from one worker to another: one writer, one reader, nothing allocated.
 *
 * <p>The writer fills the words from {@link #claim} on, and then {@link #publish}es; the reader reads those from {@link #peek}
 * on, and then {@link #release}s.
 */
final class GossipRing {
    /** Words of a message: a cache line. */
    static final int WORDS = 8;

    /** No message, or no room for one. */
    static final int NONE = -1;

    /** Messages that may wait. */
    static final int CAPACITY = 1024;

    private static final int MASK = CAPACITY - 1;

    final long[] words = new long[CAPACITY * WORDS];
    private final AtomicLong head = new AtomicLong();
    private final AtomicLong tail = new AtomicLong();

    /** Writer: first word of the next message; {@link #NONE} if the reader has not made room. */
    int claim() {
        final long position = tail.getPlain();
        return position - head.getAcquire() == CAPACITY ? NONE : ((int) position & MASK) * WORDS;
    }

    /** Writer: the claimed message is complete. */
    void publish() {
        tail.setRelease(tail.getPlain() + 1);
    }

    /** Reader: first word of the oldest message, or {@link #NONE}. */
    int peek() {
        final long position = head.getPlain();
        return position == tail.getAcquire() ? NONE : ((int) position & MASK) * WORDS;
    }

    /** Reader: done with the message. */
    void release() {
        head.setRelease(head.getPlain() + 1);
    }

    /** Messages that wait. */
    int size() {
        return (int) (tail.getAcquire() - head.getAcquire());
    }
}
