// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.lab.Topology.Network;
import io.weft.lab.Topology.Pod;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether pods of one network reach each other: by ping, IPv4 and IPv6, every pair in both directions; and by TCP bulk. */
final class Reachability {
    private Reachability() {}

    /** One direction between two pods. */
    record Way(Pod from, Pod to, IpAddress address) {
        @Override
        public String toString() {
            return from.name() + " -> " + to.name() + " " + address;
        }
    }

    /** Every way of {@code lab}: each ordered pair of pods of a network, each address family that both have. */
    static List<Way> ways(final Topology lab) {
        final List<Way> ways = new ArrayList<>();
        for (final Network network : lab.networks()) {
            final List<Pod> pods = lab.podsOf(network);
            for (final Pod from : pods) {
                for (final Pod to : pods) {
                    if (!from.equals(to)) {
                        addWays(ways, from, to);
                    }
                }
            }
        }
        return ways;
    }

    private static void addWays(final List<Way> ways, final Pod from, final Pod to) {
        for (final IpPrefix address : to.addresses()) {
            final boolean both = from.addresses().stream()
                    .anyMatch(own -> own.address().isIpv4() == address.address().isIpv4());
            if (both) {
                ways.add(new Way(from, to, address.address()));
            }
        }
    }

    /** Returns when every way has answered a ping; throws when one has not within {@code limit}. */
    static void await(final Topology lab, final Duration limit) throws LabException {
        final long deadline = System.nanoTime() + limit.toNanos();
        final Deque<Way> open = new ArrayDeque<>(ways(lab));
        while (!open.isEmpty()) {
            final Way way = open.removeFirst();
            if (!ping(lab, way)) {
                if (System.nanoTime() - deadline > 0) {
                    throw new LabException("no answer: " + way + " (" + (open.size() + 1) + " ways not proven)");
                }
                // The others may be ready: this one comes again after them. Its ping has waited for up to a second.
                open.addLast(way);
            }
        }
    }

    /** True if one ping is answered within a second. */
    static boolean ping(final Topology lab, final Way way) throws LabException {
        return Shell.tryRun(
                        Duration.ofSeconds(5),
                        "ip",
                        "netns",
                        "exec",
                        lab.namespace(way.from().name()),
                        "ping",
                        "-n",
                        "-q",
                        "-c1",
                        "-W1",
                        way.address().toString())
                .ok();
    }

    /**
     * Sends {@code megabytes} by TCP along {@code way}; returns Mbit/s as the receiver saw them, or null with nothing received.
     * The server ends with its one client, or by itself after 20 s if none comes.
     */
    static @Nullable Double bulk(final Topology lab, final Way way, final int megabytes) throws LabException {
        final String script = """
                set -u
                log=$(mktemp)
                ip netns exec "$2" timeout 20 iperf3 -s -1 -B "$3" --forceflush >"$log" 2>&1 &
                server=$!
                tries=0
                until grep -q listening "$log" || [ $tries -ge 200 ]; do tries=$((tries + 1)); sleep 0.02; done
                ip netns exec "$1" timeout 15 iperf3 -c "$3" -n "$4"M -f m
                code=$?
                kill $server 2>/dev/null
                wait $server 2>/dev/null
                rm -f "$log"
                exit $code
                """;
        final Shell.Result result = Shell.tryRun(
                Duration.ofSeconds(40),
                "sh",
                "-c",
                script,
                "sh",
                lab.namespace(way.from().name()),
                lab.namespace(way.to().name()),
                way.address().toString(),
                Integer.toString(megabytes));
        if (!result.ok()) {
            return null;
        }
        for (final String line : result.output().lines().toList()) {
            if (line.endsWith("receiver")) {
                final String[] words = line.strip().split("\\s+", -1);
                for (int i = 1; i < words.length; i++) {
                    if (words[i].equals("Mbits/sec")) {
                        return Double.valueOf(words[i - 1]);
                    }
                }
            }
        }
        return null;
    }
}
