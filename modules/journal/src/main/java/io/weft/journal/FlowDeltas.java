// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.conntrack.FlowEvent;
import io.weft.conntrack.FlowEventType;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What each event adds to the one before it of the same flow. Counters in events are of the flow's whole life; a range of
 * time gets what they grew by from the last event before it to the last one in it:
 *
 * <ul>
 *   <li>a flow whose first frame came in the range counts from nothing;
 *   <li>an older one counts from its last event before the range, which the reader must have been given;
 *   <li>an older one of which no event before the range is known counts from its first event in it ({@link #unknown}).
 * </ul>
 *
 * At most {@code limit} flows are remembered: those whose close has not come. Beyond that the one that has been silent for longest
 * is forgotten ({@link #forgotten}), and counts from its next event on if it wasn't gone.
 */
final class FlowDeltas {
    /** Flows remembered unless said otherwise: some 150 MB. */
    static final int DEFAULT_LIMIT = 1 << 20;

    private static final int LAST = 4;
    private static final int COUNTED = 5;

    private final long since;
    private final Map<Long, long[]> flows;
    private long frames;
    private long octets;
    private long replyFrames;
    private long replyOctets;
    private long start;
    private boolean isNew;
    private long forgotten;
    private long unknown;

    /** Counts from {@code since}, in nanoseconds since 1970. */
    FlowDeltas(final long since, final int limit) {
        this.since = since;
        flows = new LinkedHashMap<>(1024, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(final Map.Entry<Long, long[]> eldest) {
                final boolean full = size() > limit;
                forgotten += full ? 1 : 0;
                return full;
            }
        };
    }

    /** Takes the next event; true if it is in the range: then the other methods tell of it. */
    boolean next(final FlowEvent event) {
        final boolean inRange = event.time() >= since;
        final @Nullable Long key = event.flow();
        final long[] known = flows.get(key);
        final long[] flow = known == null ? base(event, inRange) : known;
        frames = grown(flow, 0, event.frames());
        octets = grown(flow, 1, event.octets());
        replyFrames = grown(flow, 2, event.replyFrames());
        replyOctets = grown(flow, 3, event.replyOctets());
        start = Math.clamp(flow[LAST], event.first(), Math.max(event.first(), event.last()));
        flow[LAST] = event.last();
        isNew = inRange && flow[COUNTED] == 0;
        flow[COUNTED] |= inRange ? 1 : 0;
        if (event.type() == FlowEventType.CLOSE) {
            flows.remove(key);
        } else if (known == null) {
            flows.put(key, flow);
        }
        return inRange;
    }

    private long[] base(final FlowEvent event, final boolean inRange) {
        // After some were forgotten, what has not just opened may be one of them.
        final boolean old = event.first() < since || (forgotten > 0 && event.type() != FlowEventType.OPEN);
        if (!inRange || !old) {
            return new long[] {0, 0, 0, 0, event.first(), 0};
        }
        unknown++;
        return new long[] {event.frames(), event.octets(), event.replyFrames(), event.replyOctets(), event.last(), 0};
    }

    private static long grown(final long[] flow, final int index, final long now) {
        final long delta = Math.max(0, now - flow[index]);
        flow[index] = Math.max(now, flow[index]);
        return delta;
    }

    /** Of the originator; octets of IP packets, as in the event. */
    long frames() {
        return frames;
    }

    long octets() {
        return octets;
    }

    /** Of the other. */
    long replyFrames() {
        return replyFrames;
    }

    long replyOctets() {
        return replyOctets;
    }

    /** When the last frame before those came, or the flow's first one; nanoseconds since 1970. */
    long start() {
        return start;
    }

    /** True if it is the flow's first event in the range. */
    boolean isNew() {
        return isNew;
    }

    /** Flows that were forgotten for want of room. */
    long forgotten() {
        return forgotten;
    }

    /** Flows older than the range of which it isn't known how they were when it began. */
    long unknown() {
        return unknown;
    }
}
