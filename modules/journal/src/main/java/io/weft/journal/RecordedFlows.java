// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.conntrack.FlowEvent;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The flows of a range of time, with what they sent in it (by the rule of {@link FlowDeltas}): the load that a replay makes. Flows
 * without a frame in the range are left out. At most {@code limit} flows; {@link #left} counts the others.
 */
public final class RecordedFlows implements FlowSink {
    /** Flows unless said otherwise. */
    public static final int DEFAULT_LIMIT = 1 << 18;

    private final FlowQuery query;
    private final int limit;
    private final FlowDeltas deltas;
    private final PodNames pods = new PodNames();
    private final Map<Long, Growing> flows = new LinkedHashMap<>();
    private long left;

    /** A flow with start and end in nanoseconds since 1970. */
    private record Growing(RecordedFlow flow, long start, long end) {}

    /** Takes what {@code query} asks for. */
    public RecordedFlows(final FlowQuery query, final int limit) {
        this.query = query;
        this.limit = limit;
        deltas = new FlowDeltas(query.since(), FlowDeltas.DEFAULT_LIMIT);
    }

    /** Takes events from {@link FlowQuery#readFrom} on. */
    @Override
    public void event(final FlowEvent event, final FlowNames names) {
        if (event.time() >= query.until() || !deltas.next(event) || !query.selects(event, names)) {
            return;
        }
        final Growing before = flows.get(event.flow());
        if (before == null && flows.size() >= limit) {
            left += deltas.isNew() ? 1 : 0;
        } else {
            flows.put(event.flow(), grown(before, event, names));
        }
    }

    private Growing grown(final @Nullable Growing before, final FlowEvent event, final FlowNames names) {
        final RecordedFlow old = before == null ? null : before.flow();
        final RecordedFlow flow = new RecordedFlow(
                0,
                0,
                event.protocol(),
                names.network(event.network()),
                event.source(),
                pods.podOf(names, event.network(), event.source()),
                event.sourcePort(),
                event.destination(),
                pods.podOf(names, event.network(), event.destination()),
                event.destinationPort(),
                deltas.frames() + (old == null ? 0 : old.frames()),
                deltas.octets() + (old == null ? 0 : old.octets()),
                deltas.replyFrames() + (old == null ? 0 : old.replyFrames()),
                deltas.replyOctets() + (old == null ? 0 : old.replyOctets()));
        final long start = before == null ? Math.max(deltas.start(), query.since()) : before.start();
        return new Growing(flow, start, Math.max(start, event.last()));
    }

    /** Flows for which there was no room. */
    public long left() {
        return left;
    }

    /** In the order in which they start; the first one at 0. */
    public List<RecordedFlow> flows() {
        final List<Growing> sorted = flows.values().stream()
                .filter(growing -> growing.flow().frames() + growing.flow().replyFrames() > 0)
                .sorted(Comparator.comparingLong(Growing::start))
                .toList();
        final long zero = sorted.isEmpty() ? 0 : sorted.get(0).start();
        return sorted.stream()
                .map(growing -> placed(growing.flow(), growing.start() - zero, growing.end() - growing.start()))
                .toList();
    }

    private static RecordedFlow placed(final RecordedFlow flow, final long start, final long duration) {
        return new RecordedFlow(
                start,
                duration,
                flow.protocol(),
                flow.network(),
                flow.source(),
                flow.sourcePod(),
                flow.sourcePort(),
                flow.destination(),
                flow.destinationPod(),
                flow.destinationPort(),
                flow.frames(),
                flow.octets(),
                flow.replyFrames(),
                flow.replyOctets());
    }
}
