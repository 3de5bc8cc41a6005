// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.conntrack.FlowEvent;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Writes events as lines: {@link #begin}, {@link #event} for each, {@link #end}. Each line is complete when its event is. */
public final class FlowPrinter {
    /** Of time, event, network, end, arrow, end, protocol, state, flags, verdict, out and back: what is usual. */
    private static final int[] USUAL_WIDTHS = {27, 6, 4, 16, 2, 16, 4, 11, 10, 9, 10, 10, 0};

    private final FlowFormat format;
    private final Lines lines;
    private final FlowFields fields = new FlowFields();
    private final int[] widths = USUAL_WIDTHS.clone();
    private boolean first = true;

    /** Takes lines without their ends. */
    public interface Lines {
        /** The next one. */
        void line(String text) throws IOException;
    }

    /** Writes to {@code lines}. */
    public FlowPrinter(final FlowFormat format, final Lines lines) {
        this.format = format;
        this.lines = lines;
    }

    /** What goes before the first event. */
    public void begin() throws IOException {
        if (format == FlowFormat.CSV) {
            lines.line(String.join(",", FlowFields.NAMES));
        }
    }

    /** One event. */
    public void event(final FlowEvent event, final FlowNames names) throws IOException {
        lines.line(
                switch (format) {
                    case COMPACT -> columns(fields.words(event, names));
                    case JSON -> (first ? "[" : ",") + json(event, names);
                    case JSONL -> json(event, names);
                    case CSV -> csv(event, names);
                });
        first = false;
    }

    /** What goes behind the last event. */
    public void end() throws IOException {
        if (format == FlowFormat.JSON) {
            lines.line(first ? "[]" : "]");
        }
    }

    /** Columns get wider when they must, and stay so. */
    private String columns(final List<String> words) {
        final StringBuilder line = new StringBuilder();
        for (int i = 0; i < words.size(); i++) {
            final String word = words.get(i);
            widths[i] = Math.max(widths[i], word.length());
            line.append(i == 0 ? "" : " ").append(word).repeat(' ', widths[i] - word.length());
        }
        return line.toString().stripTrailing();
    }

    private String json(final FlowEvent event, final FlowNames names) {
        final Map<String, @Nullable Object> values = fields.of(event, names);
        values.values().removeIf(Objects::isNull);
        return JsonMapper.shared().writeValueAsString(values);
    }

    private String csv(final FlowEvent event, final FlowNames names) {
        return fields.of(event, names).values().stream().map(FlowPrinter::cell).collect(Collectors.joining(","));
    }

    private static String cell(final @Nullable Object value) {
        final String text = value == null ? "" : value.toString();
        return text.matches("[^\",\r\n]*") ? text : "\"" + text.replace("\"", "\"\"") + "\"";
    }
}
