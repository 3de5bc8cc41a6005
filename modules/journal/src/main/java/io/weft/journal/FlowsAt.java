// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.conntrack.FlowEvent;
import io.weft.conntrack.FlowEventType;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The flows that were open at a moment: those with an event in the two update intervals up to it, the moment included, and no
 * close. An open flow tells every interval how it is; one that has not for two was lost, with its node or on its way to the journal.
 */
public final class FlowsAt implements FlowSink {
    private final FlowQuery query;
    private final int limit;
    private final Map<Long, Open> open = new LinkedHashMap<>();
    private long left;

    /**
     * An open flow.
     *
     * @param event its last one up to the moment
     * @param names of then
     */
    public record Open(FlowEvent event, FlowNames names) {}

    /**
     * Flows at {@code time}.
     *
     * @param query what is asked for; its range of time isn't
     * @param time nanoseconds since 1970
     * @param updateInterval nanoseconds
     */
    public FlowsAt(final FlowQuery query, final long time, final long updateInterval) {
        this(query, time, updateInterval, FlowDeltas.DEFAULT_LIMIT);
    }

    FlowsAt(final FlowQuery query, final long time, final long updateInterval, final int limit) {
        this.query = query.within(time - 2 * updateInterval + 1, time + 1);
        this.limit = limit;
    }

    /** What is asked for, with the range of time in which events are looked at: {@link FlowQuery#feed} reads no further. */
    public FlowQuery query() {
        return query;
    }

    @Override
    public void event(final FlowEvent event, final FlowNames names) {
        if (!query.inRange(event.time())) {
            return;
        }
        // To the end at each event: the flow that was heard of last is the last one.
        open.remove(event.flow());
        if (event.type() == FlowEventType.CLOSE) {
            return;
        }
        if (open.size() < limit) {
            open.put(event.flow(), new Open(event.copy(), names));
        } else {
            left++;
        }
    }

    /** Those asked for, in the order of their last events. */
    public Collection<Open> flows() {
        return open.values().stream()
                .filter(flow -> query.selects(flow.event(), flow.names()))
                .toList();
    }

    /** What a reader should know of the flows, a sentence each. */
    public List<String> notes() {
        return left == 0 ? List.of() : List.of("more than " + limit + " flows were open, not all are shown");
    }
}
