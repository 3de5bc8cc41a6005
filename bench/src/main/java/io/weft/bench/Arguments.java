// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the command line asks for.
 *
 * @param isQuick in under three minutes
 * @param rounds 1 to 999; null: as the plan says
 * @param seconds of one measurement of throughput, 1 to 999; null: as the plan says
 * @param systems by their names; empty: all
 * @param measures by their names; empty: all
 * @param json file for the results
 * @param report folder for the report
 */
record Arguments(
        boolean isQuick,
        boolean isHelp,
        @Nullable Integer rounds,
        @Nullable Integer seconds,
        List<BenchScenario> scenarios,
        Set<String> systems,
        Set<String> measures,
        @Nullable Path json,
        @Nullable Path report) {
    private static final int MAX_NUMBER = 999;

    /**
     * Reads a command line.
     *
     * @param knownSystems names that {@code --system} takes
     * @throws BenchException if it is wrong, with what there is
     */
    static Arguments parse(final String[] words, final List<String> knownSystems) throws BenchException {
        final Reader reader = new Reader(words, knownSystems);
        reader.read();
        return reader.arguments();
    }

    /** Collects while it reads. */
    private static final class Reader {
        private final String[] words;
        private final List<String> knownSystems;
        private int at;
        private boolean isQuick;
        private boolean isHelp;
        private @Nullable Integer rounds;
        private @Nullable Integer seconds;
        private final Set<BenchScenario> scenarios = new LinkedHashSet<>();
        private final Set<String> systems = new LinkedHashSet<>();
        private final Set<String> measures = new LinkedHashSet<>();
        private @Nullable Path json;
        private @Nullable Path report;

        Reader(final String[] words, final List<String> knownSystems) {
            this.words = words;
            this.knownSystems = knownSystems;
        }

        void read() throws BenchException {
            while (at < words.length) {
                final String option = words[at++];
                switch (option) {
                    case "--quick" -> isQuick = true;
                    case "--help", "-h" -> isHelp = true;
                    case "--rounds" -> rounds = number(option);
                    case "--seconds" -> seconds = number(option);
                    case "--scenario" -> scenarios.add(scenario());
                    case "--system" -> systems.add(oneOf("system", option, knownSystems));
                    case "--measure" -> measures.add(oneOf("measure", option, Probe.measureIds()));
                    case "--json" -> json = Path.of(value(option, "a file"));
                    case "--report" -> report = Path.of(value(option, "a folder"));
                    default -> throw new BenchException("unknown argument " + option + " (scripts/bench --help)");
                }
            }
        }

        Arguments arguments() {
            final List<BenchScenario> chosen = scenarios.isEmpty()
                    ? List.of(BenchScenario.values()).stream()
                            .filter(BenchScenario::isByDefault)
                            .toList()
                    : List.copyOf(scenarios);
            return new Arguments(
                    isQuick, isHelp, rounds, seconds, chosen, Set.copyOf(systems), Set.copyOf(measures), json, report);
        }

        private BenchScenario scenario() throws BenchException {
            final List<String> ids = BenchScenario.ids();
            return BenchScenario.values()[ids.indexOf(oneOf("scenario", "--scenario", ids))];
        }

        private String value(final String option, final String what) throws BenchException {
            if (at == words.length || words[at].isEmpty()) {
                throw new BenchException(option + " needs " + what);
            }
            return words[at++];
        }

        private String oneOf(final String what, final String option, final List<String> known) throws BenchException {
            final String word = value(option, "a name: " + String.join(" ", known));
            if (!known.contains(word)) {
                throw new BenchException("unknown " + what + " '" + word + "', there are: " + String.join(" ", known));
            }
            return word;
        }

        private int number(final String option) throws BenchException {
            final String word = value(option, "a number from 1 to " + MAX_NUMBER);
            try {
                final int number = Integer.parseInt(word);
                if (number >= 1 && number <= MAX_NUMBER) {
                    return number;
                }
            } catch (final NumberFormatException e) {
                // Said below.
            }
            throw new BenchException(option + " needs a number from 1 to " + MAX_NUMBER + ", not '" + word + "'");
        }
    }
}
