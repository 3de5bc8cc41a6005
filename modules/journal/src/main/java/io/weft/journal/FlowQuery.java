// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.conntrack.FlowEvent;
import io.weft.conntrack.Verdict;
import io.weft.frame.DropReason;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which events are asked for. What is null, -1 or empty is not asked for; all that is must be true.
 *
 * @param since nanoseconds since 1970: events at this time and later
 * @param until nanoseconds since 1970: events before this time
 * @param pod at either end, as pods were named when the event was written
 * @param network of the originator, by name
 * @param port of TCP and others, at either end; -1 for any
 * @param protocols IP protocols
 * @param address of either end, or where it lies
 */
public record FlowQuery(
        long since,
        long until,
        @Nullable String pod,
        @Nullable String network,
        @Nullable Verdict verdict,
        @Nullable DropReason reason,
        int port,
        Set<Integer> protocols,
        @Nullable IpPrefix address) {
    /** Everything there is. */
    public static final FlowQuery ALL =
            new FlowQuery(Long.MIN_VALUE, Long.MAX_VALUE, null, null, null, null, -1, Set.of(), null);

    /** The words that {@link #parse} knows, each followed by a value. */
    public static final List<String> KEYS = List.of(
            "--since",
            "--until",
            "--pod",
            "--network",
            "--verdict",
            "--drop-reason",
            "--port",
            "--protocol",
            "--address");

    /** How often flows tell how they are unless set otherwise, in nanoseconds. */
    public static final long UPDATE_INTERVAL = TimeUnit.SECONDS.toNanos(60);

    /** Events of several workers are written a little out of order: reading ends this much behind the end of the range. */
    private static final long DISORDER = TimeUnit.SECONDS.toNanos(1);

    private static final int MAX_PORT = 65_535;

    /** Refuses a range in which nothing lies. */
    public FlowQuery {
        if (until <= since) {
            throw new IllegalArgumentException("--until must be later than --since");
        }
        protocols = Set.copyOf(protocols);
    }

    /**
     * Reads {@code --since T}, {@code --until T} ({@link FlowTime#parse}), {@code --pod P}, {@code --network N}, {@code --verdict
     * V}, {@code --drop-reason R}, {@code --port N}, {@code --protocol tcp|udp|icmp|N}, {@code --address A|PREFIX}, each at
     * most once and in any order.
     *
     * @param nowNanos since 1970
     * @throws IllegalArgumentException with one line that says what is wrong
     */
    public static FlowQuery parse(final List<String> words, final long nowNanos) {
        final Map<String, String> values = new HashMap<>();
        for (int i = 0; i < words.size(); i += 2) {
            final String key = words.get(i);
            if (!KEYS.contains(key)) {
                throw new IllegalArgumentException("unknown word '" + key + "', known here: " + String.join(" ", KEYS));
            }
            if (i + 1 == words.size()) {
                throw new IllegalArgumentException("the value of '" + key + "' is missing");
            }
            if (values.put(key, words.get(i + 1)) != null) {
                throw new IllegalArgumentException("'" + key + "' twice");
            }
        }
        return of(values, nowNanos);
    }

    private static FlowQuery of(final Map<String, String> values, final long nowNanos) {
        final String since = values.get("--since");
        final String until = values.get("--until");
        final String verdict = values.get("--verdict");
        final String reason = values.get("--drop-reason");
        final String port = values.get("--port");
        final String protocol = values.get("--protocol");
        final String address = values.get("--address");
        return new FlowQuery(
                since == null ? Long.MIN_VALUE : FlowTime.parse(since, nowNanos),
                until == null ? Long.MAX_VALUE : FlowTime.parse(until, nowNanos),
                values.get("--pod"),
                values.get("--network"),
                verdict == null ? null : verdict(verdict),
                reason == null ? null : reason(reason),
                port == null ? -1 : port(port),
                protocol == null ? Set.of() : Protocols.parse(protocol),
                address == null ? null : IpPrefix.parse(address));
    }

    private static Verdict verdict(final String text) {
        for (final Verdict verdict : Verdict.values()) {
            if (verdict.label().equals(text)) {
                return verdict;
            }
        }
        throw new IllegalArgumentException("--verdict must be one of "
                + Arrays.stream(Verdict.values()).map(Verdict::label).collect(Collectors.joining(" ")) + ", not '"
                + text + "'");
    }

    private static DropReason reason(final String text) {
        for (final DropReason reason : DropReason.values()) {
            if (reason.label().equals(text)) {
                return reason;
            }
        }
        throw new IllegalArgumentException("unknown drop reason '" + text + "'");
    }

    private static int port(final String text) {
        if (text.matches("\\d{1,5}") && Integer.parseInt(text) <= MAX_PORT) {
            return Integer.parseInt(text);
        }
        throw new IllegalArgumentException("--port must be a number from 0 to " + MAX_PORT + ", not '" + text + "'");
    }

    /** The same question about another range. */
    public FlowQuery within(final long from, final long to) {
        return new FlowQuery(from, to, pod, network, verdict, reason, port, protocols, address);
    }

    /**
     * Where to begin reading so that differences of counters are right from {@link #since} on: every open flow has told how it
     * is in the two intervals before.
     */
    public long readFrom() {
        return since < Long.MIN_VALUE + 2 * UPDATE_INTERVAL ? Long.MIN_VALUE : since - 2 * UPDATE_INTERVAL;
    }

    /** True if the event lies in the range and is asked for. */
    public boolean matches(final FlowEvent event, final FlowNames names) {
        return inRange(event.time()) && selects(event, names);
    }

    /** True if this time, in nanoseconds since 1970, lies in the range. */
    public boolean inRange(final long time) {
        return time >= since && time < until;
    }

    /** True if no event of the range can follow one of this time. */
    public boolean isPast(final long time) {
        return time > until && time - DISORDER >= until;
    }

    /** True if the event is asked for, whenever it was. */
    public boolean selects(final FlowEvent event, final FlowNames names) {
        return (verdict == null || event.verdict() == verdict)
                && (reason == null || event.reason() == reason.id())
                && (protocols.isEmpty() || protocols.contains(event.protocol()))
                && (port < 0 || hasPort(event))
                && (network == null || network.equals(names.network(event.network())))
                && hasEnds(event, names);
    }

    private boolean hasPort(final FlowEvent event) {
        return Protocols.hasPorts(event.protocol()) && (event.sourcePort() == port || event.destinationPort() == port);
    }

    private boolean hasEnds(final FlowEvent event, final FlowNames names) {
        if (pod == null && address == null) {
            return true;
        }
        final IpAddress source = event.source();
        final IpAddress destination = event.destination();
        if (address != null && !address.contains(source) && !address.contains(destination)) {
            return false;
        }
        final String where = names.network(event.network());
        return pod == null
                || pod.equals(PodNames.find(names, where, source))
                || pod.equals(PodNames.find(names, where, destination));
    }

    /**
     * Hands over what the source has, up to the end of the range, also what is before it or not asked for: who takes
     * differences needs that.
     */
    public void feed(final FlowSource source, final FlowSink sink) {
        for (FlowEvent event = source.next(); event != null && !isPast(event.time()); event = source.next()) {
            sink.event(event, source.names());
        }
    }
}
