// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.Event;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The last events of a node. Any thread adds, any number of monitors follow; one that is too slow misses the oldest. */
final class EventLog {
    static final int CAPACITY = 1024;

    private final Deque<Event> events = new ArrayDeque<>(CAPACITY);
    private long added;

    synchronized void add(final Event event) {
        if (events.size() == CAPACITY) {
            events.removeFirst();
        }
        events.addLast(event);
        added++;
        notifyAll();
    }

    /** Events added since the start: where a monitor begins that wants only what is to come. */
    synchronized long position() {
        return added;
    }

    /** Events, and where the next ones begin. */
    record Batch(long next, List<Event> events) {
        Batch {
            events = List.copyOf(events);
        }
    }

    /** Events from {@code position} on; waits up to {@code millis} if there is none. */
    synchronized Batch since(final long position, final long millis) throws InterruptedException {
        final long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (added <= position) {
            final long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left <= 0) {
                return new Batch(position, List.of());
            }
            wait(left);
        }
        final List<Event> result = new ArrayList<>(events);
        final int skip = (int) Math.max(0, position - (added - events.size()));
        return new Batch(added, result.subList(skip, result.size()));
    }
}
