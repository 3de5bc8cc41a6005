// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.lab.Ways.Traffic;
import io.weft.lab.Ways.Way;
import io.weft.wire.IpAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whether the {@link Ways} of a lab are open: by ping; by TCP and UDP with iperf3, whose receiver also tells from which address
 * it saw the sender. That address is the sender's own: nothing on the way translates addresses.
 */
final class Reachability {
    private static final int TCP_MEGABYTES = 32;
    /** So little that it fits the socket buffer of a receiver that gets no CPU: what is lost then is lost on the way. */
    private static final List<String> UDP = List.of("-u", "-b", "20M", "-n", "100K");
    /** More than a lone datagram that a full queue took. */
    private static final double MAX_LOST_PERCENT = 10;

    private static final Pattern SEEN = Pattern.compile(" connected to (\\S+) port ");
    private static final Pattern RECEIVED =
            Pattern.compile("([0-9.]+) Mbits/sec .*?(?:\\(([0-9.e+-]+)%\\) +)?receiver");
    /** The ping itself waits for a second; getting into a container may take longer. */
    private static final Duration PING_LIMIT = Duration.ofSeconds(10);

    private static final String SERVER_LOG = "--- server";

    private Reachability() {}

    /** A transfer: the rate as the receiver saw it, and whom it saw. */
    record Transfer(double mbps, IpAddress seen) {}

    /** What was proven of a way; a transfer that was not asked for or that failed is null. */
    record Proof(
            Way way,
            boolean ping,
            @Nullable Transfer tcp,
            @Nullable Transfer udp) {
        boolean ok() {
            return ping
                    && (way.traffic() == Traffic.PING || isOwn(tcp))
                    && (way.traffic() != Traffic.TCP_AND_UDP || isOwn(udp));
        }

        private boolean isOwn(final @Nullable Transfer transfer) {
            return transfer != null && transfer.mbps() > 0 && way.own().contains(transfer.seen());
        }
    }

    /** Returns when every way between pods has answered a ping; throws when one has not within {@code limit}. */
    static void await(final LabRuntime runtime, final Topology lab, final Duration limit) throws LabException {
        final long deadline = System.nanoTime() + limit.toNanos();
        final Deque<Way> open = new ArrayDeque<>(Ways.betweenPods(lab));
        while (!open.isEmpty()) {
            final Way way = open.removeFirst();
            if (!ping(runtime, lab, way)) {
                if (System.nanoTime() - deadline > 0) {
                    throw new LabException("no answer: " + way + " (" + (open.size() + 1) + " ways not proven)");
                }
                // The others may be ready: this one comes again after them. Its ping has waited for up to a second.
                open.addLast(way);
            }
        }
    }

    /** Proves one way, as far as it is to be. */
    static Proof prove(final LabRuntime runtime, final Topology lab, final Way way) throws LabException {
        final boolean ping = ping(runtime, lab, way);
        final boolean tcp = ping && way.traffic() != Traffic.PING;
        final boolean udp = ping && way.traffic() == Traffic.TCP_AND_UDP;
        return new Proof(
                way,
                ping,
                tcp ? transfer(runtime, lab, way, List.of("-n", TCP_MEGABYTES + "M")) : null,
                udp ? transfer(runtime, lab, way, UDP) : null);
    }

    /** True if one ping is answered within a second. */
    private static boolean ping(final LabRuntime runtime, final Topology lab, final Way way) throws LabException {
        final List<String> command = new ArrayList<>(runtime.tools(lab, way.from()));
        command.addAll(List.of("ping", "-n", "-q", "-c1", "-W1", way.address().toString()));
        return Shell.tryRun(PING_LIMIT, command.toArray(String[]::new)).ok();
    }

    /** Runs iperf3 along {@code way}. The server ends with its one client, or by itself after 20 s if none comes. */
    private static @Nullable Transfer transfer(
            final LabRuntime runtime, final Topology lab, final Way way, final List<String> options)
            throws LabException {
        // What enters a member is several words without blanks in them: names of namespaces and containers.
        final String script = """
                set -u
                from=$1 to=$2 address=$3
                shift 3
                log=$(mktemp)
                $to timeout 20 iperf3 -s -1 -B "$address" --forceflush >"$log" 2>&1 &
                server=$!
                tries=0
                until grep -q listening "$log" || [ $tries -ge 200 ]; do tries=$((tries + 1)); sleep 0.02; done
                $from timeout 15 iperf3 -c "$address" -f m "$@"
                code=$?
                kill $server 2>/dev/null
                wait $server 2>/dev/null
                echo '--- server'
                cat "$log"
                rm -f "$log"
                exit $code
                """;
        final List<String> command = new ArrayList<>(List.of(
                "sh",
                "-c",
                script,
                "sh",
                String.join(" ", runtime.tools(lab, way.from())),
                String.join(" ", runtime.tools(lab, way.to())),
                way.address().toString()));
        command.addAll(options);
        final Shell.Result result = Shell.tryRun(Duration.ofSeconds(40), command.toArray(String[]::new));
        return result.ok() ? parse(result.output()) : null;
    }

    /** What client and server of iperf3 wrote; null if nothing arrived, or too little of what UDP sent. */
    static @Nullable Transfer parse(final String output) {
        final int log = Math.max(0, output.indexOf(SERVER_LOG));
        final Matcher received = RECEIVED.matcher(output.substring(0, log));
        final Matcher seen = SEEN.matcher(output.substring(log));
        if (!received.find() || !seen.find()) {
            return null;
        }
        final String lost = received.group(2);
        if (lost != null && Double.parseDouble(lost) > MAX_LOST_PERCENT) {
            return null;
        }
        return new Transfer(Double.parseDouble(received.group(1)), IpAddress.parse(seen.group(1)));
    }
}
