// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.conntrack.FlowEvent;
import io.weft.wire.IpAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Who sent how many octets (of IP packets) to whom in a range of time: rows from, columns to; each direction of a flow counts where it
 * belongs. By the rule of {@link FlowDeltas}. Ends that are no pod are shown as addresses: those with the most octets, the rest
 * together as "other".
 */
public final class FlowMatrix implements FlowSink {
    /** Ends outside that have a row of their own, at most. */
    private static final int SHOWN = 16;
    /** Ends outside that are told apart, at most. */
    private static final int KEPT = 1024;

    private static final String OTHER = "other";

    private final FlowQuery query;
    private final FlowDeltas deltas;
    private final PodNames pods = new PodNames();
    private final Set<String> outside = new HashSet<>();
    private final Map<Pair, Long> octets = new HashMap<>();

    private record Pair(String from, String to) {}

    /** Counts what {@code query} asks for. */
    public FlowMatrix(final FlowQuery query) {
        this.query = query;
        deltas = new FlowDeltas(query.since(), FlowDeltas.DEFAULT_LIMIT);
    }

    /** Takes events from {@link FlowQuery#readFrom} on. */
    @Override
    public void event(final FlowEvent event, final FlowNames names) {
        if (event.time() >= query.until() || !deltas.next(event) || !query.selects(event, names)) {
            return;
        }
        final String source = end(names, event.network(), event.source());
        final String destination = end(names, event.network(), event.destination());
        octets.merge(new Pair(source, destination), deltas.octets(), Long::sum);
        octets.merge(new Pair(destination, source), deltas.replyOctets(), Long::sum);
    }

    private String end(final FlowNames names, final int network, final IpAddress address) {
        final @Nullable String pod = pods.podOf(names, network, address);
        if (pod != null) {
            return pod;
        }
        final String text = address.toString();
        if (outside.size() < KEPT || outside.contains(text)) {
            outside.add(text);
            return text;
        }
        return OTHER;
    }

    /** Octets by from and to; pairs with none are left out. */
    public Map<String, Map<String, Long>> octets() {
        final Set<String> shown = shown();
        final Map<String, Map<String, Long>> rows = new TreeMap<>();
        octets.forEach((pair, count) -> {
            if (count > 0) {
                rows.computeIfAbsent(merged(pair.from(), shown), from -> new TreeMap<>())
                        .merge(merged(pair.to(), shown), count, Long::sum);
            }
        });
        return rows;
    }

    private String merged(final String end, final Set<String> shown) {
        return outside.contains(end) && !shown.contains(end) ? OTHER : end;
    }

    /** The ends outside with the most octets in both directions. */
    private Set<String> shown() {
        final Map<String, Long> totals = new TreeMap<>();
        octets.forEach((pair, count) -> {
            totals.merge(pair.from(), count, Long::sum);
            totals.merge(pair.to(), count, Long::sum);
        });
        totals.keySet().retainAll(outside);
        return Set.copyOf(totals.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder()))
                .limit(SHOWN)
                .map(Map.Entry::getKey)
                .toList());
    }

    /** As lines, with a heading; from is the first column. */
    public List<String> lines() {
        final Map<String, Map<String, Long>> rows = octets();
        final Set<String> columns = new TreeSet<>();
        rows.values().forEach(row -> columns.addAll(row.keySet()));
        final List<String> heading = new ArrayList<>(List.of("from"));
        heading.addAll(columns);
        final TextTable table = new TextTable(heading);
        rows.forEach((from, row) -> {
            final List<Object> cells = new ArrayList<>(List.of(from));
            columns.forEach(to -> cells.add(row.getOrDefault(to, 0L)));
            table.row(cells);
        });
        return table.lines();
    }

    /** As a JSON array of {@code from}, {@code to}, {@code bytes}. */
    public String json() {
        final List<Map<String, Object>> pairs = new ArrayList<>();
        octets().forEach((from, row) -> row.forEach((to, count) -> {
            final Map<String, Object> pair = new LinkedHashMap<>();
            pair.put("from", from);
            pair.put("to", to);
            pair.put("bytes", count);
            pairs.add(pair);
        }));
        return JsonMapper.shared().writeValueAsString(pairs);
    }

    /** What a reader should know of the numbers, a sentence each. */
    public List<String> notes() {
        return FlowTop.notes(deltas);
    }
}
