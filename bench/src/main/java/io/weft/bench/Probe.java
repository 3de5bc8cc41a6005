// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.bench.BenchResults.Measure;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** One thing that is done to a system to measure it, and the figures that come of it. In the order of a round. */
enum Probe {
    TCP_1(
            true,
            more("tcp_1", "TCP, one flow", Units.GBITS),
            less("cpu_per_gb", "CPU time of the dataplane per gigabyte of TCP", "CPU s/GB")),
    RTT(
            true,
            less("rtt_p50", "round trip, median", Units.MICROS),
            less("rtt_p99", "round trip, 99 %", Units.MICROS),
            less("rtt_p999", "round trip, 99.9 %", Units.MICROS),
            less("rtt_missing", "echo requests without a reply", Units.FRAMES)),
    TCP_4(false, more("tcp_4", "TCP, 4 flows", Units.GBITS)),
    TCP_16(false, more("tcp_16", "TCP, 16 flows", Units.GBITS)),
    TCP_BIDIR(false, more("tcp_bidir", "TCP, both directions at once, sum", Units.GBITS)),
    UDP_64(
            false,
            more("udp_64", "UDP without loss, frames of 64 octets", Units.FRAMES_PER_SECOND),
            less("cpu_per_mframe", "CPU time of the dataplane per million frames of 64 octets", "CPU s/Mframe"),
            less("udp_64_delay_p50", "one-way delay at that rate, median", Units.MICROS),
            less("udp_64_delay_p99", "one-way delay at that rate, 99 %", Units.MICROS),
            less("udp_64_delay_p999", "one-way delay at that rate, 99.9 %", Units.MICROS),
            less("udp_64_reordered", "frames out of order at that rate", Units.FRAMES),
            less("udp_64_duplicates", "frames that came twice at that rate", Units.FRAMES)),
    UDP_512(false, more("udp_512", "UDP without loss, frames of 512 octets", Units.FRAMES_PER_SECOND)),
    UDP_1450(false, more("udp_1450", "UDP without loss, frames of 1450 octets", Units.FRAMES_PER_SECOND)),
    LOADED_RTT(
            false,
            less("loaded_rtt_p50", "round trip beside a TCP flow, median", Units.MICROS),
            less("loaded_rtt_p99", "round trip beside a TCP flow, 99 %", Units.MICROS),
            less("loaded_rtt_p999", "round trip beside a TCP flow, 99.9 %", Units.MICROS),
            less("loaded_rtt_missing", "echo requests without a reply beside a TCP flow", Units.FRAMES)),
    CONNECTIONS(false, more("connections", "TCP connections, one octet each way", "1/s")),
    MEMORY(true, less("memory", "resident memory of the dataplane", "MiB")),
    START(false, less("start", "from start to the first reply", "ms"));

    private final boolean everyRound;
    /** Of {@link List#of}, which the checker can't know. */
    @SuppressWarnings("ImmutableEnumChecker")
    private final List<Measure> measures;

    /** Spelled once. */
    private static final class Units {
        static final String GBITS = "Gbit/s";
        static final String MICROS = "us";
        static final String FRAMES = "frames";
        static final String FRAMES_PER_SECOND = "frames/s";
    }

    Probe(final boolean everyRound, final Measure... measures) {
        this.everyRound = everyRound;
        this.measures = List.of(measures);
    }

    private static Measure more(final String id, final String title, final String unit) {
        return new Measure(id, title, unit, true);
    }

    private static Measure less(final String id, final String title, final String unit) {
        return new Measure(id, title, unit, false);
    }

    /** True if a quick run does it in every round, false if only in the first. */
    boolean isEveryRound() {
        return everyRound;
    }

    List<Measure> measures() {
        return measures;
    }

    /** True if any figure of it is among {@code ids}. */
    boolean gives(final Collection<String> ids) {
        return measures.stream().anyMatch(measure -> ids.contains(measure.id()));
    }

    /** Every figure there is, in the order of a report. */
    static List<Measure> allMeasures() {
        final List<Measure> all = new ArrayList<>();
        for (final Probe probe : values()) {
            all.addAll(probe.measures);
        }
        return all;
    }

    /** All names of figures. */
    static List<String> measureIds() {
        return allMeasures().stream().map(Measure::id).toList();
    }
}
