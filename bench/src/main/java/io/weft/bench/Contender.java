// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A system that is measured: what it is, what it needs, and how it is set up in each scenario in which it can be compared.
 *
 * @param id its name on the command line and in results
 * @param title in words
 * @param tools commands that it needs, each with the Debian package that brings it: {@code vde_switch=vde2}
 * @param version asks for its version
 * @param setUps by scenario; where there is none, there is no such comparison
 */
record Contender(String id, String title, List<String> tools, VersionSource version, Map<BenchScenario, SetUp> setUps) {
    /** Sets a system up in one scenario: pods, dataplane, and what is between. */
    @FunctionalInterface
    interface SetUp {
        void build(Site site) throws BenchException;
    }

    /** Tells a version; what it throws becomes part of the text. */
    @FunctionalInterface
    interface VersionSource {
        String text() throws BenchException;
    }

    /** Why it can't be measured in a scenario on any machine, or on this one; null if it can. */
    @Nullable
    String obstacle(final BenchScenario scenario) throws BenchException {
        if (!setUps.containsKey(scenario)) {
            return "no such comparison";
        }
        for (final String tool : tools) {
            final String[] parts = tool.split("=", 2);
            if (!Command.run(Command.LIMIT, List.of("sh", "-c", "command -v " + parts[0]))
                    .ok()) {
                return "not installed: " + parts[0] + " (Debian package " + parts[1] + ")";
            }
        }
        return null;
    }

    /** Builds it up. The scenario is one of {@link #setUps}. */
    void build(final BenchScenario scenario, final Site site) throws BenchException {
        final SetUp setUp = setUps.get(scenario);
        if (setUp == null) {
            throw new BenchException("no such comparison");
        }
        setUp.build(site);
    }

    /** Its version, or why there is none. */
    String versionText() {
        try {
            return version.text();
        } catch (final BenchException e) {
            return "unknown (" + e.line() + ")";
        }
    }

    /** An empty map for {@link #setUps}. */
    static Map<BenchScenario, SetUp> table() {
        return new EnumMap<>(BenchScenario.class);
    }
}
