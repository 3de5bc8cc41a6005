// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * A value of a YAML file with its place: a map, a list or a scalar. Each getter refuses what is of another kind or out of
 * range, with file and line. A value left empty ({@code ports:}) is an empty map or list.
 */
public final class YamlNode {
    private final String file;
    private final int line;
    private final @Nullable String scalar;
    private final @Nullable List<YamlNode> list;
    private final @Nullable Map<String, YamlNode> map;

    private YamlNode(
            final String file,
            final int line,
            final @Nullable String scalar,
            final @Nullable List<YamlNode> list,
            final @Nullable Map<String, YamlNode> map) {
        this.file = file;
        this.line = line;
        this.scalar = scalar;
        this.list = list;
        this.map = map;
    }

    static YamlNode of(final String file, final Node node) throws ConfigException {
        final int line = line(node);
        return switch (node) {
            case MappingNode mapping -> new YamlNode(file, line, null, null, entries(file, mapping));
            case SequenceNode sequence -> {
                final List<YamlNode> items = new ArrayList<>();
                for (final Node item : sequence.getValue()) {
                    items.add(of(file, item));
                }
                yield new YamlNode(file, line, null, List.copyOf(items), null);
            }
            case ScalarNode value -> {
                final boolean nothing = Tag.NULL.equals(value.getTag());
                yield new YamlNode(file, line, nothing ? null : value.getValue(), null, null);
            }
            default -> throw new ConfigException(file, line, "not a map, list or value");
        };
    }

    /** A value that no file holds; in refusals {@code place} stands for file and line. */
    static YamlNode ofText(final String place, final String text) {
        return new YamlNode(place, 0, text, null, null);
    }

    /** A list that no file holds. */
    static YamlNode ofList(final String place, final List<YamlNode> items) {
        return new YamlNode(place, 0, null, List.copyOf(items), null);
    }

    /** A map that no file holds. */
    static YamlNode ofMap(final String place, final Map<String, YamlNode> entries) {
        return new YamlNode(place, 0, null, null, Collections.unmodifiableMap(new LinkedHashMap<>(entries)));
    }

    /** The file's name as it was given. */
    public String file() {
        return file;
    }

    /** The line, from 1; 0 if no file holds it. */
    public int line() {
        return line;
    }

    /** What to throw if this value can't be: {@code FILE:LINE: reason}. */
    public ConfigException refuse(final String reason) {
        return new ConfigException(file, line, reason);
    }

    /** True for a value left empty, or null. */
    public boolean isEmpty() {
        return scalar == null && list == null && map == null;
    }

    /** True for a map. */
    public boolean isMap() {
        return map != null;
    }

    /** True for a list. */
    public boolean isList() {
        return list != null;
    }

    /** This map, whose keys are names of the user's own, in the order of the file. */
    public Map<String, YamlNode> entries() throws ConfigException {
        if (isEmpty()) {
            return Map.of();
        }
        if (map == null) {
            throw refuse("expected a map, found " + kind());
        }
        return map;
    }

    /** This map, refused if it has a key that is not one of {@code keys}. */
    public YamlNode map(final String... keys) throws ConfigException {
        final Set<String> known = Set.of(keys);
        for (final Map.Entry<String, YamlNode> entry : entries().entrySet()) {
            if (!known.contains(entry.getKey())) {
                throw entry.getValue().refuse("unknown key '" + entry.getKey() + "', known here: " + list(keys));
            }
        }
        return this;
    }

    /** The value of {@code key} in this map; null if it is left out or empty. */
    public @Nullable YamlNode get(final String key) throws ConfigException {
        final YamlNode value = entries().get(key);
        return value == null || value.isEmpty() ? null : value;
    }

    /** The value of {@code key} in this map, which must have it. */
    public YamlNode require(final String key) throws ConfigException {
        final YamlNode value = get(key);
        if (value == null) {
            throw refuse("'" + key + "' is missing");
        }
        return value;
    }

    /** The items of the list under {@code key}; none if it is left out or empty. */
    public List<YamlNode> listOf(final String key) throws ConfigException {
        final YamlNode value = get(key);
        return value == null ? List.of() : value.list();
    }

    /** The value under {@code key}, or the items of the list there: "one value or a list". */
    public List<YamlNode> oneOrMany(final String key) throws ConfigException {
        final YamlNode value = get(key);
        return value == null ? List.of() : value.oneOrMany();
    }

    /** The items of this list. */
    public List<YamlNode> list() throws ConfigException {
        if (isEmpty()) {
            return List.of();
        }
        if (list == null) {
            throw refuse("expected a list, found " + kind());
        }
        return list;
    }

    /** The items of this list, or this value as the only one. */
    public List<YamlNode> oneOrMany() throws ConfigException {
        return list == null && !isEmpty() ? List.of(this) : list();
    }

    /** This scalar's text, as written. */
    public String text() throws ConfigException {
        if (scalar == null) {
            throw refuse("expected a value, found " + kind());
        }
        return scalar;
    }

    /** This scalar as a decimal integer of {@code min} to {@code max}. */
    public int integer(final int min, final int max) throws ConfigException {
        return (int) whole(min, max);
    }

    /** This scalar as a decimal integer of {@code min} to {@code max}, which have at most 10 digits. */
    public long whole(final long min, final long max) throws ConfigException {
        final String text = text();
        if (text.matches("-?[0-9]{1,10}")) {
            final long value = Long.parseLong(text);
            if (value >= min && value <= max) {
                return value;
            }
        }
        throw refuse("expected a number from " + min + " to " + max + ", found '" + shorten(text) + "'");
    }

    /** This scalar as {@code true} or {@code false}; {@code on} and {@code off} are taken too. */
    public boolean flag() throws ConfigException {
        return switch (text()) {
            case "true", "on" -> true;
            case "false", "off" -> false;
            default -> throw refuse("expected true or false, found '" + shorten(text()) + "'");
        };
    }

    /** The flag under {@code key}, if there is one. */
    public boolean flag(final String key, final boolean otherwise) throws ConfigException {
        final YamlNode value = get(key);
        return value == null ? otherwise : value.flag();
    }

    /** This scalar as one of {@code words}. */
    public String oneOf(final String... words) throws ConfigException {
        for (final String word : words) {
            if (word.equals(text())) {
                return word;
            }
        }
        throw refuse("expected one of " + list(words) + ", found '" + shorten(text()) + "'");
    }

    /** This scalar as {@code parser} reads it; its {@link IllegalArgumentException}'s message is the reason. */
    public <T> T parsed(final Function<String, T> parser) throws ConfigException {
        try {
            return parser.apply(text());
        } catch (final IllegalArgumentException e) {
            throw refuse(String.valueOf(e.getMessage()));
        }
    }

    private String kind() {
        return map != null ? "a map" : list != null ? "a list" : isEmpty() ? "nothing" : "'" + shorten(scalar) + "'";
    }

    private static Map<String, YamlNode> entries(final String file, final MappingNode mapping) throws ConfigException {
        final Map<String, YamlNode> entries = new LinkedHashMap<>();
        for (final NodeTuple tuple : mapping.getValue()) {
            final int line = line(tuple.getKeyNode());
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                throw new ConfigException(file, line, "a key must be a word");
            }
            final YamlNode value = of(file, tuple.getValueNode());
            // A value is found by its key: the key's line is the one to name, also where the value starts below it.
            final YamlNode placed = new YamlNode(file, line, value.scalar, value.list, value.map);
            if (entries.put(key.getValue(), placed) != null) {
                throw new ConfigException(file, line, "duplicate key '" + shorten(key.getValue()) + "'");
            }
        }
        return Collections.unmodifiableMap(entries);
    }

    private static int line(final Node node) {
        return node.getStartMark().map(Mark::getLine).orElse(-1) + 1;
    }

    private static String list(final String... words) {
        return String.join(" ", words);
    }

    private static String shorten(final @Nullable String text) {
        final String line = ConfigException.oneLine(String.valueOf(text));
        return line.length() <= 60 ? line : line.substring(0, 57) + "...";
    }
}
