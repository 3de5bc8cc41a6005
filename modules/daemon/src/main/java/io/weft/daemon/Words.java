// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.wire.IpAddress;
import io.weft.wire.MacAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
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

    /** The next word without taking it; empty at the end. */
    String peek() {
        return words.isEmpty() ? "" : words.element();
    }

    /** Reads the rest as {@code key value}; each key once, but those that end in {@code *}. */
    Words keys(final String... keys) throws CommandException {
        final Map<String, Boolean> known = new HashMap<>();
        for (final String key : keys) {
            known.put(key.replace("*", ""), key.endsWith("*"));
        }
        while (!words.isEmpty()) {
            final String word = words.remove();
            final String key = match(word, known.keySet(), "word");
            if (key == null) {
                throw new CommandException("unknown word '" + word + "'"
                        + (keys.length == 0
                                ? ""
                                : ", known here: " + String.join(" ", keys).replace("*", "")));
            }
            final List<String> list = values.computeIfAbsent(key, k -> new ArrayList<>());
            if (!list.isEmpty() && !Boolean.TRUE.equals(known.get(key))) {
                throw new CommandException("'" + key + "' twice");
            }
            list.add(next("the value of '" + key + "'"));
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

    static int integer(final String what, final String text, final int min, final int max) throws CommandException {
        if (text.matches("[0-9]{1,10}") && Long.parseLong(text) >= min && Long.parseLong(text) <= max) {
            return Integer.parseInt(text);
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
