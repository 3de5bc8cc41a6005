// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.bench.Site.Ends;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Does one probe to one system and gives its entry the figures. */
final class Prober {
    private static final double MEDIAN = 50;
    private static final double NINETY_NINE = 99;
    private static final double THREE_NINES = 99.9;
    private static final double OCTETS_PER_GIGABYTE = 1e9;
    private static final double MEGA = 1e6;
    /** Echo requests of a warm-up for each of a measurement, and seconds between them. */
    private static final int WARM_UP_PINGS = 10;

    private static final String WARM_UP_INTERVAL = "0.0002";
    private static final double WARM_UP_UDP_SECONDS = 0.1;

    private final Plan plan;

    Prober(final Plan plan) {
        this.plan = plan;
    }

    /** Not counted: connections, caches, JIT compilers, the generator's too. */
    void warmUp(final Entry entry, final boolean withUdp) throws BenchException {
        entry.site().checkAlive();
        final Ends ends = entry.site().ends();
        entry.gigabitsPerSecond(Iperf.run(ends, Iperf.forSeconds(1)).gigabitsPerSecond());
        Ping.run(ends, WARM_UP_INTERVAL, WARM_UP_PINGS * plan.pings());
        if (withUdp) {
            try (UdpTraffic traffic = UdpTraffic.open(ends.from(), ends.to(), PodAddresses.resolve(ends))) {
                traffic.trial(UdpFlows.MIN_LENGTH, Double.POSITIVE_INFINITY, WARM_UP_UDP_SECONDS);
            }
        }
    }

    /**
     * Measures.
     *
     * @param seconds of one TCP flow
     */
    void probe(final Entry entry, final Probe probe, final double seconds) throws BenchException {
        entry.site().checkAlive();
        switch (probe) {
            case TCP_1 -> oneFlow(entry, seconds);
            case TCP_4 ->
                entry.add(
                        "tcp_4", transfer(entry, plan.onceSeconds(), "-P", "4").gigabitsPerSecond());
            case TCP_16 ->
                entry.add(
                        "tcp_16",
                        transfer(entry, plan.onceSeconds(), "-P", "16").gigabitsPerSecond());
            case TCP_BIDIR ->
                entry.add(
                        "tcp_bidir",
                        transfer(entry, plan.onceSeconds(), "--bidir").gigabitsPerSecond());
            case UDP_64 -> smallFrames(entry);
            case UDP_512 -> entry.add("udp_512", rate(search(entry, 512)));
            case UDP_1450 -> entry.add("udp_1450", rate(search(entry, 1450)));
            case RTT -> roundTrips(entry, "rtt");
            case LOADED_RTT -> loadedRoundTrips(entry);
            case CONNECTIONS ->
                entry.add("connections", Connections.run(entry.site().ends(), plan.connectionSeconds()));
            case MEMORY -> memory(entry);
            default -> start(entry);
        }
    }

    private Iperf.Transfer transfer(final Entry entry, final double seconds, final String... options)
            throws BenchException {
        final List<String> all = new ArrayList<>(List.of(options));
        all.addAll(
                seconds >= 1
                        ? Iperf.forSeconds((int) Math.round(seconds))
                        : Iperf.forSeconds(seconds, entry.gigabitsPerSecond()));
        return Iperf.run(entry.site().ends(), all);
    }

    private void oneFlow(final Entry entry, final double seconds) throws BenchException {
        final List<Long> pids = entry.site().dataplanePids();
        final double before = ProcessUsage.cpuSeconds(pids);
        final Iperf.Transfer transfer = transfer(entry, seconds);
        final double used = ProcessUsage.cpuSeconds(pids) - before;
        entry.gigabitsPerSecond(transfer.gigabitsPerSecond());
        entry.add("tcp_1", transfer.gigabitsPerSecond());
        if (!pids.isEmpty()) {
            entry.add("cpu_per_gb", used / (transfer.octets() / OCTETS_PER_GIGABYTE));
        }
    }

    private void smallFrames(final Entry entry) throws BenchException {
        final UdpTrial best = search(entry, 64);
        entry.add("udp_64", rate(best));
        if (best == null) {
            return;
        }
        addPercentiles(entry, "udp_64_delay", best.delay());
        entry.add("udp_64_reordered", (double) best.reordered());
        entry.add("udp_64_duplicates", (double) best.duplicates());
        if (!Double.isNaN(best.cpuSeconds())) {
            entry.add("cpu_per_mframe", best.cpuSeconds() / (best.received() / MEGA));
        }
    }

    /** Frames per second; 0 if no rate that was tried went without loss. */
    private static double rate(final @Nullable UdpTrial best) {
        return best == null ? 0 : best.framesPerSecond();
    }

    private @Nullable UdpTrial search(final Entry entry, final int length) throws BenchException {
        final Ends ends = entry.site().ends();
        // Who is a neighbor, and behind which port, may be forgotten since the last traffic.
        Ping.run(ends, 2);
        final long end = System.nanoTime() + (long) (plan.udpLimit() * TimeUnit.SECONDS.toNanos(1));
        try (UdpTraffic traffic = UdpTraffic.open(ends.from(), ends.to(), PodAddresses.resolve(ends))) {
            return new ZeroLossSearch(plan.udpSteps(), plan.udpTries())
                    .<UdpTrial>run(
                            rate -> costedTrial(entry, traffic, length, rate), () -> System.nanoTime() - end > 0);
        }
    }

    private UdpTrial costedTrial(final Entry entry, final UdpTraffic traffic, final int length, final double rate)
            throws BenchException {
        final List<Long> pids = entry.site().dataplanePids();
        if (pids.isEmpty()) {
            return traffic.trial(length, rate, plan.udpSeconds());
        }
        final double before = ProcessUsage.cpuSeconds(pids);
        final UdpTrial trial = traffic.trial(length, rate, plan.udpSeconds());
        return trial.costing(ProcessUsage.cpuSeconds(pids) - before);
    }

    private void loadedRoundTrips(final Entry entry) throws BenchException {
        try (Iperf.Load load = Iperf.Load.start(entry.site().ends())) {
            roundTrips(entry, "loaded_rtt");
            if (!load.isFlowing()) {
                throw new BenchException("the flow beside the round trips ended");
            }
        }
    }

    private void roundTrips(final Entry entry, final String name) throws BenchException {
        final Ping.Trips trips = Ping.run(entry.site().ends(), plan.pings());
        addPercentiles(entry, name, trips.times());
        entry.add(name + "_missing", trips.missing());
    }

    private static void addPercentiles(final Entry entry, final String name, final Histogram times) {
        entry.add(name + "_p50", Statistics.micros(times, MEDIAN));
        entry.add(name + "_p99", Statistics.micros(times, NINETY_NINE));
        entry.add(name + "_p999", Statistics.micros(times, THREE_NINES));
        entry.add(name, times);
    }

    private static void memory(final Entry entry) throws BenchException {
        final List<Long> pids = entry.site().dataplanePids();
        if (!pids.isEmpty()) {
            entry.add("memory", ProcessUsage.residentMebibytes(pids));
        }
    }

    private static void start(final Entry entry) {
        if (!entry.site().dataplanePids().isEmpty()) {
            entry.add("start", entry.startMillis());
        }
    }
}
