// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a command line with {@code --soak} asks for.
 *
 * @param minutes that count, 1 to {@value #MAX_MINUTES}
 * @param json file for the results
 */
record SoakArguments(int minutes, boolean isHelp, @Nullable Path json) {
    /** The word that makes a command line one of a soak. */
    static final String OPTION = "--soak";

    private static final int DEFAULT_MINUTES = 10;
    private static final int MAX_MINUTES = 600;

    /** True if this is a command line of a soak. */
    static boolean isMeant(final String[] words) {
        return List.of(words).contains(OPTION);
    }

    /**
     * Reads a command line.
     *
     * @throws BenchException if it is wrong
     */
    static SoakArguments parse(final String[] words) throws BenchException {
        int minutes = DEFAULT_MINUTES;
        boolean isHelp = false;
        Path json = null;
        int at = 0;
        while (at < words.length) {
            final String word = words[at++];
            switch (word) {
                case OPTION -> {
                    if (at < words.length && !words[at].startsWith("--") && !words[at].equals("-h")) {
                        minutes = minutes(words[at++]);
                    }
                }
                case "--json" -> {
                    if (at == words.length || words[at].isEmpty()) {
                        throw new BenchException("--json needs a file");
                    }
                    json = Path.of(words[at++]);
                }
                case "--help", "-h" -> isHelp = true;
                default -> throw new BenchException(OPTION + " goes with --json FILE alone, not with " + word);
            }
        }
        return new SoakArguments(minutes, isHelp, json);
    }

    private static int minutes(final String word) throws BenchException {
        try {
            final int minutes = Integer.parseInt(word);
            if (minutes >= 1 && minutes <= MAX_MINUTES) {
                return minutes;
            }
        } catch (final NumberFormatException e) {
            // Said below.
        }
        throw new BenchException(OPTION + " takes minutes from 1 to " + MAX_MINUTES + ", not '" + word + "'");
    }
}
