// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import io.weft.wire.MacAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The words of a command behind object and verb, in the grammar of ip(8): arguments by position, then {@code key value}
 * in any order. Keys may be abbreviated while that is unambiguous.
 */
final class Words {
    private final Deque<String> words;
    private final Map<String, List<String>> values = new HashMap<>();

    Words(final List<String> words) {
        this.words = new ArrayDeque<>(words);
    }

    /** The one of {@code candidates} that {@code word} is, or is the beginning of; null if there is none. */
    static @Nullable String match(final String word, final Collection<String> candidates, final String what)
            throws CommandException {
        if (candidates.contains(word)) {
            return word;
        }
        final List<String> found = candidates.stream()
                .filter(c -> !word.isEmpty() && c.startsWith(word))
                .sorted()
                .toList();
        if (found.size() > 1) {
            throw new CommandException(what + " '" + word + "' is ambiguous: " + String.join(" ", found));
        }
        return found.isEmpty() ? null : found.get(0);
    }

    boolean isEmpty() {
        return words.isEmpty();
    }

    /** The next word, which is not a key. */
    String next(final String what) throws CommandException {
        final String word = words.poll();
        if (word == null) {
            throw new CommandException(what + " is missing");
        }
        return word;
    }

    /** Takes all that is left. */
    List<String> rest() {
        final List<String> rest = List.copyOf(words);
        words.clear();
        return rest;
    }

    /** The next word without taking it; empty at the end. */
    String peek() {
        return words.isEmpty() ? "" : words.element();
    }

    /**
     * Takes the next word, which is one of {@code keys} or the beginning of one. {@code network|dev} are two words for one
     * key, of which the first is returned.
     */
    String key(final String... keys) throws CommandException {
        final Map<String, String> known = new LinkedHashMap<>();
        for (final String key : keys) {
            final String[] names = key.replace("*", "").split("\\|", -1);
            for (final String name : names) {
                known.put(name, names[0]);
            }
        }
        final String word = next("word");
        final String name = match(word, known.keySet(), "word");
        if (name == null) {
            throw new CommandException("unknown word '" + word + "'"
                    + (known.isEmpty() ? "" : ", known here: " + String.join(" ", known.keySet())));
        }
        return String.valueOf(known.get(name));
    }

    /** Takes the value of {@code key}, which was the last word. */
    String value(final String key) throws CommandException {
        return next("the value of '" + key + "'");
    }

    /** Reads the rest as {@code key value}; each key once, but those that end in {@code *}. Keys as {@link #key} takes. */
    Words keys(final String... keys) throws CommandException {
        final List<String> many = Arrays.asList(keys);
        while (!words.isEmpty()) {
            final String key = key(keys);
            final List<String> list = values.computeIfAbsent(key, k -> new ArrayList<>());
            if (!list.isEmpty() && !many.contains(key + "*")) {
                throw new CommandException("'" + key + "' twice");
            }
            list.add(value(key));
        }
        return this;
    }

    @Nullable
    String get(final String key) {
        final List<String> list = values.get(key);
        return list == null ? null : list.get(0);
    }

    String require(final String key) throws CommandException {
        final String value = get(key);
        if (value == null) {
            throw new CommandException("'" + key + "' is missing");
        }
        return value;
    }

    List<String> all(final String key) {
        return values.getOrDefault(key, List.of());
    }

    static long mac(final String text) throws CommandException {
        return parse(text, MacAddress::parse);
    }

    static IpAddress address(final String text) throws CommandException {
        return parse(text, IpAddress::parse);
    }

    /** Another node, by address or host name. */
    static Endpoint endpoint(final String text) throws CommandException {
        return parse(text, Endpoint::parse);
    }

    /** An address of an interface: not zero, not a group. */
    static long unicastMac(final String text) throws CommandException {
        final long mac = mac(text);
        if (!MacAddress.isUnicastSource(mac)) {
            throw new CommandException("MAC " + text + " is zero or a group address");
        }
        return mac;
    }

    /** A prefix; {@code default} is that of IPv4. Host bits are left as they are. */
    static IpPrefix prefix(final String text) throws CommandException {
        return parse(text.equals("default") ? "0.0.0.0/0" : text, IpPrefix::parse);
    }

    /** The constant whose name in lower case is {@code text}. */
    static <E extends Enum<E>> E choice(final String what, final String text, final Collection<E> choices)
            throws CommandException {
        for (final E choice : choices) {
            if (choice.name().toLowerCase(Locale.ROOT).equals(text)) {
                return choice;
            }
        }
        final List<String> words =
                choices.stream().map(c -> c.name().toLowerCase(Locale.ROOT)).toList();
        throw new CommandException(what + " must be one of " + String.join(" ", words) + ", not '" + text + "'");
    }

    static int integer(final String what, final String text, final int min, final int max) throws CommandException {
        return (int) number(what, text, min, max);
    }

    static long number(final String what, final String text, final long min, final long max) throws CommandException {
        if (text.matches("[0-9]{1,10}") && Long.parseLong(text) >= min && Long.parseLong(text) <= max) {
            return Long.parseLong(text);
        }
        throw new CommandException(what + " must be a number from " + min + " to " + max + ", not '" + text + "'");
    }

    private static <T> T parse(final String text, final Function<String, T> parser) throws CommandException {
        try {
            return parser.apply(text);
        } catch (final IllegalArgumentException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
    }
}
