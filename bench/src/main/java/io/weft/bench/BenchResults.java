// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one run of the system benchmark measured, and on what: the content of {@code --json}, of which these records are the
 * schema, and all that a report is made of. Names in JSON are those of the components, in snake_case.
 *
 * @param schema version of this layout, {@value #SCHEMA}
 * @param started when, ISO 8601 with zone
 * @param durationSeconds how long all of it took
 * @param command the command line, as a reader would repeat it
 * @param weft version and commit of what was measured
 * @param rounds rounds of the measures that are repeated in turn
 * @param seconds length of one measurement of throughput
 * @param measures what was measured, in the order of a report
 * @param scenarios between whom, in the order of a report
 * @param systems what was measured, Weft first
 * @param results one for each scenario and system, whether it could be measured or not
 * @param profiles where Weft's time goes, one for each scenario; none of a quick run, or where perf is not
 */
record BenchResults(
        int schema,
        String started,
        double durationSeconds,
        List<String> command,
        String weft,
        Machine machine,
        int rounds,
        double seconds,
        List<Measure> measures,
        List<Scenario> scenarios,
        List<BenchSystem> systems,
        List<Row> results,
        List<Profile> profiles) {
    /** Version of the layout. Additions don't change it. */
    static final int SCHEMA = 1;

    /** Where it ran. Octets of memory. */
    record Machine(String kernel, String cpu, int cpus, long memory, String java, String virtualization) {}

    /**
     * One figure.
     *
     * @param id its key in {@link Row#values}, such as {@code tcp_1}
     * @param title in words
     * @param unit of its values
     * @param moreIsBetter false for times and costs
     */
    record Measure(String id, String title, String unit, boolean moreIsBetter) {}

    /** Two pods and what lies between them. */
    record Scenario(String id, String title) {}

    /**
     * A dataplane.
     *
     * @param version as its package or program says
     * @param commands how it was set up, for readers who want to repeat it
     */
    record BenchSystem(String id, String title, String version, List<String> commands) {}

    /**
     * What a system did in a scenario.
     *
     * @param error why it was not measured, or not to the end; null if it was
     * @param values of each measure, by its id, one for each round; absent where a measure has no meaning
     * @param summaries of each of them
     * @param curves distributions by name: {@code rtt}, {@code loaded_rtt} and {@code udp_64_delay}, all rounds in one
     */
    record Row(
            String scenario,
            String system,
            @Nullable String error,
            Map<String, List<Double>> values,
            Map<String, Summary> summaries,
            Map<String, List<Point>> curves) {}

    /**
     * Of the rounds of a measure.
     *
     * @param ratio Weft's median in the same scenario divided by this one; null if Weft has none
     */
    record Summary(
            double median, double min, double max, @Nullable Double ratio) {}

    /**
     * What Weft's workers were seen at while one TCP flow ran.
     *
     * @param samples how many times they were looked at
     * @param shares of the samples, the greatest first; their sum is 1
     */
    record Profile(String scenario, int samples, List<Share> shares) {}

    /**
     * A part of the time.
     *
     * @param place a system call and what the kernel did in it, or a class of Weft
     * @param share 0 to 1
     */
    record Share(String place, double share) {}

    /** Of a distribution: so many percent of the values are at most {@code micros}. */
    record Point(double percentile, double micros) {}
}
