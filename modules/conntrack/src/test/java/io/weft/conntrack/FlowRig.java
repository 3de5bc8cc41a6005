// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.WorkerCounter;
import io.weft.testkit.FrameBuilder;
import io.weft.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;

/** A flow table, frames for it, and the events that it makes. */
final class FlowRig {
    static final int PORT = 1;
    static final int NETWORK = 0;
    static final int NETWORKS = 4;
    static final int WORKER = 2;
    /** 2026-01-01. */
    static final long START_MILLIS = 1_767_225_600_000L;

    private static final int RING = 1 << 20;

    final Counters counters = Counters.inMemory(8);
    final FramePool pool = new FramePool(FrameVector.CAPACITY, counters);
    final ManualClock clock = new ManualClock();
    final FlowRing ring;
    final FlowTracker tracker;
    final FrameVector vector = new FrameVector();
    private final FrameVector leaving = new FrameVector();

    FlowRig(final FlowSettings settings) {
        this(settings, RING);
    }

    FlowRig(final FlowSettings settings, final int ringCapacity) {
        ring = new FlowRing(ringCapacity);
        tracker = new FlowTracker(settings, counters, NETWORKS, WORKER, ring, () -> START_MILLIS + clock.time(), 0);
    }

    static FlowRig small() {
        return new FlowRig(FlowSettings.DEFAULT.withMaxFlows(1024));
    }

    /** Counts a frame, which the caller then gives back. */
    Frame feed(final FrameBuilder builder) {
        return feed(builder, NETWORK);
    }

    Frame feed(final FrameBuilder builder, final int network) {
        final Frame frame = builder.parsedInto(pool, PORT);
        frame.network = network;
        process(frame);
        return frame;
    }

    void process(final Frame... frames) {
        vector.clear();
        for (final Frame frame : frames) {
            vector.add(frame);
        }
        tracker.process(vector);
    }

    /** Feeds a frame that leaves by this way, and settles. */
    void forward(final FrameBuilder builder, final int way) {
        final Frame frame = feed(builder);
        sent(frame, way);
        pool.transmitted(frame, PORT);
        tracker.settle();
    }

    /** The frame leaves by this way. */
    void sent(final Frame frame, final int way) {
        leaving.clear();
        leaving.add(frame);
        tracker.sent(leaving, way);
    }

    /** Feeds a frame that then is as good as gone. */
    void count(final FrameBuilder builder) {
        pool.consumed(feed(builder));
        tracker.settle();
    }

    void advance(final Duration duration) {
        clock.advance(duration);
        tracker.tick(clock.nanoTime());
    }

    /** Advances second by second, so that every entry is looked at in each. */
    void advanceSeconds(final int seconds) {
        for (int i = 0; i < seconds; i++) {
            advance(Duration.ofSeconds(1));
        }
    }

    List<FlowEvent> events() {
        final List<FlowEvent> events = new ArrayList<>();
        final MessageHandler handler = (type, buffer, index, length) -> events.add(new FlowEvent(buffer, index).copy());
        // A read ends where the ring begins anew, and finds nothing if it began there.
        int empty = 0;
        while (empty < 2) {
            empty = ring.read(handler, Integer.MAX_VALUE) == 0 ? empty + 1 : 0;
        }
        return events;
    }

    List<FlowEvent> events(final FlowEventType type) {
        return events().stream().filter(event -> event.type() == type).toList();
    }

    /** All flows as they are. */
    List<FlowEvent> flows() {
        final List<FlowEvent> flows = new ArrayList<>();
        final FlowCursor cursor = new FlowCursor();
        final UnsafeBuffer copies = new UnsafeBuffer(new byte[7 * FlowEvent.LENGTH]);
        while (!cursor.isDone()) {
            final int count = tracker.copy(cursor, 7, copies);
            for (int i = 0; i < count; i++) {
                flows.add(new FlowEvent(copies, i * FlowEvent.LENGTH).copy());
            }
        }
        return flows;
    }

    FlowEvent onlyFlow() {
        final List<FlowEvent> flows = flows();
        if (flows.size() != 1) {
            throw new AssertionError("not one flow: " + flows.size());
        }
        return flows.getFirst();
    }

    long count(final WorkerCounter counter) {
        return counters.get(counter);
    }
}
