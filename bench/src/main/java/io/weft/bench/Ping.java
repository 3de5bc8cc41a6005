// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.bench.Site.Ends;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;

/** Round trips by ping(8), each read from its line. */
final class Ping {
    private static final Pattern REPLY = Pattern.compile("icmp_seq=(\\d+) .*time=([0-9.]+) ms");
    private static final double NANOS_PER_MILLI = 1e6;

    private Ping() {}

    /**
     * Round trips.
     *
     * @param times in nanoseconds; ping tells microseconds
     * @param missing requests that got no reply
     */
    record Trips(Histogram times, int missing) {}

    /** Sends {@code count} echo requests, one each millisecond. */
    static Trips run(final Ends ends, final int count) throws BenchException {
        return run(ends, "0.001", count);
    }

    /**
     * Sends {@code count} echo requests.
     *
     * @param interval seconds between them, up to 0.1
     */
    static Trips run(final Ends ends, final String interval, final int count) throws BenchException {
        final Command.Result result = Command.run(
                Duration.ofSeconds(10L + count / 10),
                List.of(
                        "ip",
                        "netns",
                        "exec",
                        ends.from(),
                        "ping",
                        "-n",
                        "-i",
                        interval,
                        "-W",
                        "1",
                        "-c",
                        Integer.toString(count),
                        ends.address()));
        final Trips trips = parse(result.output(), count);
        if (trips.missing == count) {
            throw new BenchException("ping: " + result.lastLine());
        }
        return trips;
    }

    /** Reads the lines of ping that sent {@code count} requests; the second reply to one does not count. */
    static Trips parse(final String output, final int count) {
        final Histogram times = Statistics.histogram();
        final Set<String> seen = new HashSet<>();
        output.lines().forEach(line -> {
            final Matcher reply = REPLY.matcher(line);
            if (reply.find() && seen.add(reply.group(1))) {
                Statistics.record(times, Math.round(Double.parseDouble(reply.group(2)) * NANOS_PER_MILLI));
            }
        });
        return new Trips(times, count - seen.size());
    }
}
