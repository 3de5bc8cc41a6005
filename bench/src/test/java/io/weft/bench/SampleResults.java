// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.bench.BenchResults.BenchSystem;
import io.weft.bench.BenchResults.Machine;
import io.weft.bench.BenchResults.Measure;
import io.weft.bench.BenchResults.Point;
import io.weft.bench.BenchResults.Profile;
import io.weft.bench.BenchResults.Row;
import io.weft.bench.BenchResults.Scenario;
import io.weft.bench.BenchResults.Share;
import io.weft.bench.BenchResults.Summary;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Results as a run could have them, made up from a seed: figures here say nothing about any system. */
final class SampleResults {
    static final int ROUNDS = 5;

    private static final List<Measure> MEASURES = List.of(
            new Measure("tcp_1", "TCP, one flow", "Gbit/s", true),
            new Measure("tcp_4", "TCP, 4 flows", "Gbit/s", true),
            new Measure("tcp_16", "TCP, 16 flows", "Gbit/s", true),
            new Measure("tcp_bidir", "TCP, both directions at once, sum", "Gbit/s", true),
            new Measure("udp_64", "UDP without loss, frames of 64 octets", "frames/s", true),
            new Measure("udp_512", "UDP without loss, frames of 512 octets", "frames/s", true),
            new Measure("udp_1450", "UDP without loss, frames of 1450 octets", "frames/s", true),
            new Measure("rtt_p50", "round trip, median", "us", false),
            new Measure("rtt_p99", "round trip, 99 %", "us", false),
            new Measure("rtt_p999", "round trip, 99.9 %", "us", false),
            new Measure("loaded_rtt_p50", "round trip beside a TCP flow, median", "us", false),
            new Measure("loaded_rtt_p99", "round trip beside a TCP flow, 99 %", "us", false),
            new Measure("loaded_rtt_p999", "round trip beside a TCP flow, 99.9 %", "us", false),
            new Measure("connections", "TCP connections, one octet each way", "1/s", true),
            new Measure("cpu_per_gb", "CPU time of the dataplane per gigabyte of TCP", "CPU s/GB", false),
            new Measure("cpu_per_mframe", "CPU time of the dataplane per million frames", "CPU s/Mframe", false),
            new Measure("memory", "resident memory of the dataplane", "MiB", false),
            new Measure("start", "from start to the first reply", "ms", false));

    private static final List<Scenario> SCENARIOS = List.of(
            new Scenario("same-node", "two pods on one node, switched"),
            new Scenario("same-node-routed", "two pods on one node, in two subnets, routed"),
            new Scenario("two-nodes", "two pods on two nodes, one subnet over VXLAN"));

    /** Share of Weft's throughput and multiple of its times, by system. */
    private static final Map<String, Double> SPEEDS = new LinkedHashMap<>(Map.of(
            "weft",
            1.0,
            "weft-plain",
            0.17,
            "kernel",
            1.35,
            "ovs",
            0.13,
            "ovs-tso",
            0.52,
            "vde",
            0.06,
            "c",
            1.01,
            "c-plain",
            0.2));

    /** What can't be said of a dataplane without a process. */
    private static final List<String> COSTS = List.of("cpu_per_gb", "cpu_per_mframe", "memory", "start");

    private final RandomGenerator random;

    private SampleResults(final long seed) {
        random = new SplittableRandom(seed);
    }

    /** Eight systems in three scenarios; one can't be started, one ends early, some figures are missing. */
    static BenchResults of(final long seed) {
        return new SampleResults(seed).results();
    }

    /** Nothing but the frame of a run. */
    static BenchResults empty() {
        return new BenchResults(
                BenchResults.SCHEMA,
                "",
                0,
                List.of(),
                "",
                machine(),
                1,
                0,
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of());
    }

    /** One system in one scenario. */
    static BenchResults with(final List<Measure> measures, final BenchSystem system, final Row row) {
        return new BenchResults(
                BenchResults.SCHEMA,
                "2026-11-23T10:00:00Z",
                1,
                List.of("scripts/bench"),
                "0.1",
                machine(),
                1,
                1,
                measures,
                List.of(new Scenario(row.scenario(), row.scenario())),
                List.of(system),
                List.of(row),
                List.of());
    }

    private static Machine machine() {
        return new Machine("6.12.48+deb13-amd64", "AMD Ryzen 7 7840U", 2, 16L << 30, "25.0.1 (Temurin)", "kvm");
    }

    private BenchResults results() {
        final List<Row> rows = new ArrayList<>();
        for (final Scenario scenario : SCENARIOS) {
            final Row weft = row(scenario.id(), "weft", null);
            rows.add(weft);
            for (final BenchSystem system : systems()) {
                if (!system.id().equals("weft")) {
                    rows.add(row(scenario.id(), system.id(), weft));
                }
            }
        }
        return new BenchResults(
                BenchResults.SCHEMA,
                "2026-11-23T10:12:08Z",
                1563.4,
                List.of("scripts/bench", "--rounds", "5", "--seconds", "5", "--report", "out dir"),
                "0.1.0-SNAPSHOT, commit 0123456",
                machine(),
                ROUNDS,
                5,
                MEASURES,
                SCENARIOS,
                systems(),
                rows,
                profiles());
    }

    private static List<Profile> profiles() {
        return SCENARIOS.stream()
                .map(scenario -> new Profile(
                        scenario.id(),
                        2000,
                        List.of(
                                new Share("read: copying", 0.52),
                                new Share("port.TapPort", 0.3),
                                new Share("all else", 0.18))))
                .toList();
    }

    private static List<BenchSystem> systems() {
        return List.of(
                system("weft", "Weft", "0.1.0-SNAPSHOT"),
                system("weft-plain", "Weft, a frame at a time", "0.1.0-SNAPSHOT"),
                system("kernel", "Linux bridge and VXLAN", "6.12.48+deb13-amd64"),
                system("ovs", "Open vSwitch userspace", "3.5.0"),
                system("ovs-tso", "Open vSwitch userspace with userspace-tso", "3.5.0"),
                system("vde", "vde_switch", "2.3.3"),
                system("c", "C loop", "gcc 14.2"),
                system("c-plain", "C loop, a frame at a time", "gcc 14.2"));
    }

    private static BenchSystem system(final String id, final String title, final String version) {
        return new BenchSystem(
                id,
                title,
                version,
                List.of("ip netns add b1-a", "ip netns add b1-b", id + " --port a --port b --name '<" + id + ">'"));
    }

    private Row row(final String scenario, final String system, final @Nullable Row weft) {
        if (system.equals("vde") && !scenario.equals("same-node")) {
            return new Row(scenario, system, "no such comparison", Map.of(), Map.of(), Map.of());
        }
        if (system.equals("ovs-tso") && scenario.equals("two-nodes")) {
            final String error = "ovs-vswitchd ended: \"netdev_linux|EMER\" <tunnel> & userspace-tso";
            return new Row(scenario, system, error, Map.of(), Map.of(), Map.of());
        }
        final boolean isShort = system.equals("c-plain") && scenario.equals("two-nodes");
        final double speed = SPEEDS.getOrDefault(system, 0.5) * (scenario.equals("two-nodes") ? 0.6 : 1);
        final Map<String, List<Double>> values = new LinkedHashMap<>();
        final Map<String, Summary> summaries = new LinkedHashMap<>();
        for (final Measure measure : MEASURES) {
            final boolean isOfKernel = system.equals("kernel") && COSTS.contains(measure.id());
            final boolean isBeyondEnd = isShort && !measure.unit().equals("Gbit/s");
            if (!isOfKernel && !isBeyondEnd) {
                final List<Double> rounds = rounds(measure, speed, measure.id().equals("start") ? 1 : ROUNDS);
                values.put(measure.id(), rounds);
                summaries.put(measure.id(), summary(measure, rounds, weft));
            }
        }
        final String error = isShort ? "the peer did not answer within 10 s" : null;
        final Map<String, List<Point>> curves = isShort
                ? Map.of()
                : Map.of("rtt", curve(19 / Math.sqrt(speed), 0.55), "loaded_rtt", curve(46 / Math.sqrt(speed), 0.85));
        return new Row(scenario, system, error, values, summaries, curves);
    }

    private List<Double> rounds(final Measure measure, final double speed, final int count) {
        final double typical = switch (measure.unit()) {
            case "Gbit/s" -> 29 * speed * (measure.id().equals("tcp_bidir") ? 1.3 : 1);
            case "frames/s" -> 910_000 * Math.sqrt(speed);
            case "us" -> (measure.id().startsWith("loaded") ? 46 : 19) / Math.sqrt(speed) * tail(measure.id());
            case "1/s" -> 18_000 * Math.sqrt(speed);
            case "MiB" -> 96;
            default -> measure.moreIsBetter() ? speed : 0.4 / speed;
        };
        final List<Double> rounds = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rounds.add(typical * (1 + 0.035 * random.nextGaussian()));
        }
        return rounds;
    }

    private static double tail(final String id) {
        return id.endsWith("p50") ? 1 : id.endsWith("p99") ? 2.6 : 5;
    }

    private static Summary summary(final Measure measure, final List<Double> rounds, final @Nullable Row weft) {
        final double[] sorted =
                rounds.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        final double median = sorted[sorted.length / 2];
        final Summary other = weft == null ? null : weft.summaries().get(measure.id());
        final Double ratio = weft == null ? Double.valueOf(1) : other == null ? null : other.median() / median;
        return new Summary(median, sorted[0], sorted[sorted.length - 1], ratio);
    }

    private List<Point> curve(final double median, final double steepness) {
        final List<Point> points = new ArrayList<>();
        double micros = median * 0.8;
        for (double nines = 0; nines <= 4; nines += 0.05) {
            micros *= Math.exp(steepness * 0.05 * (0.4 + 1.2 * random.nextDouble()));
            points.add(new Point(100 * (1 - Math.pow(10, -nines)), micros));
        }
        points.add(new Point(100, micros * 1.5));
        return points;
    }
}
