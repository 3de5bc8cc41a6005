// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.conntrack.FlowEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;

/**
 * Totals of a range of time, by pod, pair of pods, or port. A flow counts once, with what its counters grew by in the range, both
 * directions together ({@link FlowDeltas} has the rule; octets are those of IP packets). What a flow grew by between two of its events
 * counts if the later one is asked for. By pod, a flow counts for both its ends, and once in the total.
 *
 * <p>Memory is bounded: so many open flows are remembered, and so many groups; what is beyond is in the group "other".
 */
public final class FlowTop implements FlowSink {
    private static final String OTHER = "other";

    private final FlowQuery query;
    private final Group group;
    private final int limit;
    private final FlowDeltas deltas;
    private final PodNames pods = new PodNames();
    private final Map<String, long[]> totals = new HashMap<>();
    private final long[] all = new long[Measure.values().length];

    /** By which number groups are sorted, the largest first. Ordinals are indices of totals. */
    public enum Measure {
        BYTES,
        FRAMES,
        FLOWS;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        /**
         * The one that is typed like this.
         *
         * @throws IllegalArgumentException if there is none
         */
        public static Measure parse(final String text) {
            return choice("--by", text, values());
        }
    }

    /** What goes together. */
    public enum Group {
        /** A pod, or an address outside. */
        POD,
        /** Originator and destination. */
        PAIR,
        /** Protocol and destination port; the protocol where it has no ports. */
        PORT;

        /**
         * The one that is typed like this.
         *
         * @throws IllegalArgumentException if there is none
         */
        public static Group parse(final String text) {
            return choice("--group", text, values());
        }
    }

    /**
     * A group's total.
     *
     * @param bytes octets of IP packets
     */
    public record Total(String name, long bytes, long frames, long flows) {}

    /** Counts what {@code query} asks for. */
    public FlowTop(final FlowQuery query, final Group group) {
        this(query, group, FlowDeltas.DEFAULT_LIMIT);
    }

    FlowTop(final FlowQuery query, final Group group, final int limit) {
        this.query = query;
        this.group = group;
        this.limit = limit;
        deltas = new FlowDeltas(query.since(), limit);
    }

    private static <E extends Enum<E>> E choice(final String key, final String text, final E[] values) {
        return Arrays.stream(values)
                .filter(value -> value.name().toLowerCase(Locale.ROOT).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(key + " must be one of "
                        + Arrays.stream(values)
                                .map(value -> value.name().toLowerCase(Locale.ROOT))
                                .collect(Collectors.joining(" "))
                        + ", not '" + text + "'"));
    }

    /** Takes events from {@link FlowQuery#readFrom} on. */
    @Override
    public void event(final FlowEvent event, final FlowNames names) {
        if (event.time() >= query.until() || !deltas.next(event) || !query.selects(event, names)) {
            return;
        }
        add(all);
        final String source = pods.nameOf(names, event.network(), event.source());
        final String destination = pods.nameOf(names, event.network(), event.destination());
        if (group == Group.PAIR) {
            add(total(source + " -> " + destination));
        } else if (group == Group.PORT) {
            final String protocol = Protocols.name(event.protocol());
            final boolean ports = Protocols.hasPorts(event.protocol());
            add(total(ports ? protocol + "/" + event.destinationPort() : protocol));
        } else {
            add(total(source));
            if (!source.equals(destination)) {
                add(total(destination));
            }
        }
    }

    private long[] total(final String name) {
        final boolean known = totals.size() < limit || totals.containsKey(name);
        return totals.computeIfAbsent(known ? name : OTHER, key -> new long[all.length]);
    }

    private void add(final long[] total) {
        total[Measure.BYTES.ordinal()] += deltas.octets() + deltas.replyOctets();
        total[Measure.FRAMES.ordinal()] += deltas.frames() + deltas.replyFrames();
        total[Measure.FLOWS.ordinal()] += deltas.isNew() ? 1 : 0;
    }

    /** All groups together, each flow once. */
    public Total total() {
        return of("total", all);
    }

    /** The {@code count} largest groups. */
    public List<Total> largest(final Measure by, final int count) {
        return totals.entrySet().stream()
                .sorted(Comparator.<Map.Entry<String, long[]>>comparingLong(entry -> -entry.getValue()[by.ordinal()])
                        .thenComparing(Map.Entry::getKey))
                .limit(count)
                .map(entry -> of(entry.getKey(), entry.getValue()))
                .toList();
    }

    private static Total of(final String name, final long[] total) {
        return new Total(
                name, total[Measure.BYTES.ordinal()], total[Measure.FRAMES.ordinal()], total[Measure.FLOWS.ordinal()]);
    }

    /** The largest groups and the total, as lines with a heading. */
    public List<String> lines(final Measure by, final int count) {
        final TextTable table =
                new TextTable(List.of(group.name().toLowerCase(Locale.ROOT), "bytes", "frames", "flows"));
        for (final Total total : withTotal(by, count)) {
            table.row(List.of(total.name(), total.bytes(), total.frames(), total.flows()));
        }
        return table.lines();
    }

    /** The largest groups as a JSON array. */
    public String json(final Measure by, final int count) {
        final List<Map<String, Object>> rows = new ArrayList<>();
        for (final Total total : largest(by, count)) {
            final Map<String, Object> row = new LinkedHashMap<>();
            row.put(group.name().toLowerCase(Locale.ROOT), total.name());
            row.put("bytes", total.bytes());
            row.put("frames", total.frames());
            row.put("flows", total.flows());
            rows.add(row);
        }
        return JsonMapper.shared().writeValueAsString(rows);
    }

    private List<Total> withTotal(final Measure by, final int count) {
        final List<Total> rows = new ArrayList<>(largest(by, count));
        rows.add(total());
        return rows;
    }

    /** What a reader should know of the totals, a sentence each; none if they are exact. */
    public List<String> notes() {
        return notes(deltas);
    }

    static List<String> notes(final FlowDeltas deltas) {
        final List<String> notes = new ArrayList<>();
        if (deltas.unknown() > 0) {
            notes.add(deltas.unknown()
                    + " flows are older than the range, and nothing is known of them before: they count"
                    + " from their first event in it");
        }
        if (deltas.forgotten() > 0) {
            notes.add(deltas.forgotten()
                    + " flows were forgotten, too many are open at a time: what they grew by after that"
                    + " counts in part, and as another flow");
        }
        return notes;
    }
}
