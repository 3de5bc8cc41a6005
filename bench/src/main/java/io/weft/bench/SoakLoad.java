// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.bench.Site.Ends;
import io.weft.bench.SoakResults.Load;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.DoubleAdder;

/**
 * The mixed load of a soak, all at once: TCP in both directions as fast as it goes, UDP at a fixed rate, pings by both
 * families, short TCP connections. Each generator has finite runs, which follow each other.
 */
final class SoakLoad implements AutoCloseable {
    private static final int[] LENGTHS = {64, 512, 1450};
    private static final double TRIAL_SECONDS = 0.5;
    private static final int TCP_SECONDS = 5;
    private static final double CONNECTION_SECONDS = 1;
    private static final int PINGS = 300;
    private static final String PING_INTERVAL = "0.01";
    /** For what arrives behind the last trial. */
    private static final double LAST_SECONDS = 0.05;

    private static final double LAST_RATE = 1_000;

    private final UdpTraffic traffic;
    private final List<Repeater> repeaters = new ArrayList<>();
    private final Repeater udp;
    private final DoubleAdder tcpOctets = new DoubleAdder();
    private final AtomicLong udpSent = new AtomicLong();
    private final AtomicLong udpReceived = new AtomicLong();
    private final AtomicLong pings = new AtomicLong();
    private final AtomicLong pingsMissing = new AtomicLong();
    private final AtomicLong connections = new AtomicLong();
    private int trials;

    private SoakLoad(final Ends ends, final String ipv6, final UdpTraffic traffic, final double framesPerSecond) {
        this.traffic = traffic;
        repeaters.add(Repeater.start("tcp", () -> tcp(ends)));
        repeaters.add(Repeater.start("ping", () -> ping(ends)));
        repeaters.add(Repeater.start("ping6", () -> ping(new Ends(ends.from(), ends.to(), ipv6))));
        repeaters.add(Repeater.start("connections", () -> connect(ends)));
        udp = Repeater.start("udp", () -> udp(framesPerSecond));
    }

    /**
     * Starts all of it.
     *
     * @param ipv6 address of the pod that answers, beside its IPv4 address
     * @param framesPerSecond of UDP
     */
    static SoakLoad start(final Ends ends, final String ipv6, final double framesPerSecond) throws BenchException {
        return new SoakLoad(
                ends, ipv6, UdpTraffic.open(ends.from(), ends.to(), PodAddresses.resolve(ends)), framesPerSecond);
    }

    private void tcp(final Ends ends) throws BenchException {
        final List<String> options = new ArrayList<>(List.of("--bidir"));
        options.addAll(Iperf.forSeconds(TCP_SECONDS));
        tcpOctets.add(Iperf.run(ends, options).octets());
    }

    private void ping(final Ends ends) throws BenchException {
        final Ping.Trips trips = Ping.run(ends, PING_INTERVAL, PINGS);
        pings.addAndGet(PINGS);
        pingsMissing.addAndGet(trips.missing());
    }

    private void connect(final Ends ends) throws BenchException {
        connections.addAndGet(Connections.count(ends, CONNECTION_SECONDS));
    }

    private void udp(final double framesPerSecond) throws BenchException {
        count(traffic.trial(LENGTHS[trials++ % LENGTHS.length], framesPerSecond, TRIAL_SECONDS));
    }

    private void count(final UdpTrial trial) {
        udpSent.addAndGet(trial.sent());
        udpReceived.addAndGet(trial.received());
    }

    /** Throws if a generator can't go on. */
    void check() throws BenchException {
        for (final Repeater repeater : repeaters) {
            repeater.check();
        }
        udp.check();
    }

    /** Has the generators end with what they do, and waits until nothing is on the way. */
    Load finish() throws BenchException {
        repeaters.forEach(Repeater::stop);
        for (final Repeater repeater : repeaters) {
            repeater.join();
        }
        udp.stop();
        udp.join();
        count(traffic.trial(LENGTHS[0], LAST_RATE, LAST_SECONDS));
        final List<String> retries = new ArrayList<>(udp.retries());
        repeaters.forEach(repeater -> retries.addAll(repeater.retries()));
        return new Load(
                tcpOctets.sum(),
                udpSent.get(),
                udpReceived.get() + traffic.late(),
                traffic.refused(),
                pings.get(),
                pingsMissing.get(),
                connections.get(),
                retries);
    }

    /** Frames that the kernel lost at the generator's own socket. */
    long socketDrops() throws BenchException {
        return traffic.kernelDrops();
    }

    /** Has the generators break off, their processes too. Any thread, at any time. */
    void abort() {
        repeaters.forEach(Repeater::abort);
        udp.stop();
    }

    /** Ends what is left, and lets go of the pods. */
    @Override
    public void close() {
        abort();
        try {
            udp.join();
        } catch (final BenchException e) {
            // Told by whoever checked.
        }
        traffic.close();
    }
}
