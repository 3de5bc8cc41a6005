// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.bench.BenchResults.Point;
import io.weft.bench.BenchResults.Row;
import io.weft.bench.BenchResults.Summary;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** One system in one scenario, as it is measured: where it stands, and what came of it. */
final class Entry {
    private final BenchScenario scenario;
    private final Contender contender;
    private final Map<String, List<Double>> values = new LinkedHashMap<>();
    private final Map<String, Histogram> curves = new LinkedHashMap<>();
    private final Set<Probe> givenUp = EnumSet.noneOf(Probe.class);
    private @Nullable Site site;
    private @Nullable String error;
    private boolean gone;
    private double startMillis;
    private double gigabitsPerSecond;

    Entry(final BenchScenario scenario, final Contender contender) {
        this.scenario = scenario;
        this.contender = contender;
    }

    BenchScenario scenario() {
        return scenario;
    }

    Contender contender() {
        return contender;
    }

    /** How it was set up; nothing if it was not. */
    List<String> commands() {
        return site == null ? List.of() : site.commands();
    }

    /** Where it stands, once it does. */
    Site site() {
        if (site == null) {
            throw new IllegalStateException(this + " was not set up");
        }
        return site;
    }

    /** It is set up, and took so long to its first reply. */
    void stands(final Site where, final double millis) {
        site = where;
        startMillis = millis;
    }

    /** It can't be measured any more. */
    void falls(final String why) {
        gone = true;
        fails(why);
    }

    /** True if it was set up and can be measured. */
    boolean isStanding() {
        return site != null && !gone;
    }

    double startMillis() {
        return startMillis;
    }

    /** What one flow reached in the warm-up, or last. */
    double gigabitsPerSecond() {
        return gigabitsPerSecond;
    }

    void gigabitsPerSecond(final double rate) {
        gigabitsPerSecond = rate;
    }

    /** The troubles that it had; null if it had none. */
    @Nullable
    String error() {
        return error;
    }

    /** Notes a trouble. */
    void fails(final String why) {
        error = error == null ? why : error + "; " + why;
    }

    /** Notes a trouble with a probe, which is not tried again. */
    void fails(final Probe probe, final String why) {
        givenUp.add(probe);
        fails(probe.name().toLowerCase(Locale.ROOT) + ": " + why);
    }

    /** True if it can be measured so. */
    boolean takes(final Probe probe) {
        return isStanding() && !givenUp.contains(probe);
    }

    /** Adds a figure of a round. */
    void add(final String measure, final double value) {
        values.computeIfAbsent(measure, key -> new ArrayList<>()).add(value);
    }

    /** Adds a round's distribution to that of all rounds. */
    void add(final String curve, final Histogram times) {
        curves.computeIfAbsent(curve, key -> Statistics.histogram()).add(times);
    }

    /** Median of a figure; null if there is none. */
    @Nullable
    Double median(final String measure) {
        final List<Double> all = values.get(measure);
        return all == null ? null : Statistics.median(all);
    }

    /**
     * The row of results.
     *
     * @param measures that were asked for
     * @param weft Weft in the same scenario; null if it is not measured
     */
    Row row(final Collection<String> measures, final @Nullable Entry weft) {
        final Map<String, List<Double>> chosen = new LinkedHashMap<>(values);
        chosen.keySet().retainAll(measures);
        final Map<String, Summary> summaries = new LinkedHashMap<>();
        chosen.forEach((measure, all) ->
                summaries.put(measure, Statistics.summary(all, weft == null ? null : weft.median(measure))));
        final Map<String, List<Point>> points = new LinkedHashMap<>();
        curves.forEach((name, times) -> {
            if (measures.stream().anyMatch(measure -> measure.startsWith(name))) {
                points.put(name, Statistics.curve(times));
            }
        });
        return new Row(scenario.id(), contender.id(), error, chosen, summaries, points);
    }

    @Override
    public String toString() {
        return scenario.id() + "/" + contender.id();
    }
}
