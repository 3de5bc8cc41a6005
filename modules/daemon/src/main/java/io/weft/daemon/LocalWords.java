// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Words of a command of which options are picked out, in whatever order they stand. */
final class LocalWords {
    private final List<String> words;

    LocalWords(final List<String> words) {
        this.words = new ArrayList<>(words);
    }

    /** Takes an option that has no value. */
    boolean flag(final String option) {
        return words.remove(option);
    }

    /** Takes an option's value; null if it is not there. */
    @Nullable
    String value(final String option) throws CommandException {
        final int at = words.indexOf(option);
        if (at < 0) {
            return null;
        }
        if (at + 1 == words.size()) {
            throw new CommandException("the value of " + option + " is missing");
        }
        words.remove(at);
        return words.remove(at);
    }

    /** Takes the first word. */
    String next(final String what) throws CommandException {
        if (words.isEmpty() || words.getFirst().startsWith("-")) {
            throw new CommandException(what + " is missing");
        }
        return words.removeFirst();
    }

    /** Refuses what is left. */
    void end() throws CommandException {
        if (!words.isEmpty()) {
            throw new CommandException("unknown word '" + words.getFirst() + "'");
        }
    }

    /** What is left. */
    List<String> rest() {
        return words;
    }

    /** What {@code parser} makes of words, whose refusal is the command's. */
    static <T> T parsed(final Supplier<T> parser) throws CommandException {
        try {
            return parser.get();
        } catch (final IllegalArgumentException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
    }
}
