// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.conntrack.CloseCause;
import io.weft.conntrack.FlowEvent;
import io.weft.frame.DropReason;
import io.weft.wire.Ipv4;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What an event has to say, by name: the fields of JSON objects and the columns of CSV. Values are text, numbers, or null
 * where there is none.
 */
final class FlowFields {
    /** In the order in which they are written. */
    static final List<String> NAMES = List.of(
            "timestamp",
            "event",
            "flow",
            "node",
            "network",
            "protocol",
            "source",
            "source_pod",
            "source_port",
            "destination",
            "destination_pod",
            "destination_port",
            "icmp_type",
            "icmp_code",
            "icmp_id",
            "state",
            "flags",
            "reply_flags",
            "ingress",
            "egress",
            "verdict",
            "reason",
            "drops",
            "frames",
            "bytes",
            "reply_frames",
            "reply_bytes",
            "first",
            "last",
            "cause",
            "worker",
            "number");

    private static final String[] REASONS = new String[DropReason.ID_LIMIT];
    private static final String FLAGS = "FSRPAUEC";

    static {
        Arrays.stream(DropReason.values()).forEach(reason -> REASONS[reason.id()] = reason.label());
    }

    private final PodNames pods = new PodNames();

    /** Values by name, all of {@link #NAMES}. */
    Map<String, @Nullable Object> of(final FlowEvent event, final FlowNames names) {
        final Map<String, @Nullable Object> values = new LinkedHashMap<>();
        for (final String name : NAMES) {
            values.put(name, value(name, event, names));
        }
        return values;
    }

    private @Nullable Object value(final String name, final FlowEvent event, final FlowNames names) {
        final boolean icmp = Protocols.isIcmp(event.protocol());
        final boolean ports = Protocols.hasPorts(event.protocol());
        return switch (name) {
            case "timestamp" -> FlowTime.exact(event.time());
            case "event" -> event.type().label();
            case "flow" -> Long.toHexString(event.flow());
            case "node" -> names.node().isEmpty() ? null : names.node();
            case "network" -> names.network(event.network());
            case "protocol" -> Protocols.name(event.protocol());
            case "source" -> event.source().toString();
            case "source_pod" -> pods.podOf(names, event.network(), event.source());
            case "source_port" -> ports ? event.sourcePort() : null;
            case "destination" -> event.destination().toString();
            case "destination_pod" -> pods.podOf(names, event.network(), event.destination());
            case "destination_port" -> ports ? event.destinationPort() : null;
            case "icmp_type" -> icmp ? event.destinationPort() >>> 8 : null;
            case "icmp_code" -> icmp ? event.destinationPort() & 0xFF : null;
            case "icmp_id" -> icmp ? event.sourcePort() : null;
            default -> counter(name, event, names);
        };
    }

    private static @Nullable Object counter(final String name, final FlowEvent event, final FlowNames names) {
        final boolean tcp = event.protocol() == Ipv4.PROTOCOL_TCP;
        return switch (name) {
            case "state" -> event.state().label();
            case "flags" -> tcp ? flags(event.flags()) : null;
            case "reply_flags" -> tcp ? flags(event.replyFlags()) : null;
            case "ingress" -> names.way(event.ingress());
            case "egress" -> names.way(event.egress());
            case "verdict" -> event.verdict().label();
            case "reason" -> reason(event);
            case "drops" -> event.drops();
            case "frames" -> event.frames();
            case "bytes" -> event.octets();
            case "reply_frames" -> event.replyFrames();
            case "reply_bytes" -> event.replyOctets();
            case "first" -> FlowTime.exact(event.first());
            case "last" -> FlowTime.exact(event.last());
            case "cause" ->
                event.cause() == CloseCause.NONE ? null : event.cause().label();
            case "worker" -> event.worker();
            case "number" -> event.number();
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** The bare words of a line for people, in columns. */
    List<String> words(final FlowEvent event, final FlowNames names) {
        final boolean tcp = event.protocol() == Ipv4.PROTOCOL_TCP;
        final String reason = reason(event);
        return List.of(
                FlowTime.micros(event.time()),
                event.type().label(),
                names.network(event.network()),
                end(event, names, true),
                "->",
                end(event, names, false),
                protocol(event),
                event.state().label(),
                tcp ? flags(event.flags()) + "/" + flags(event.replyFlags()) : "-",
                event.verdict().label() + (reason == null ? "" : ":" + reason + "*" + event.drops()),
                event.frames() + "/" + event.octets(),
                event.replyFrames() + "/" + event.replyOctets(),
                event.cause() == CloseCause.NONE ? "" : event.cause().label());
    }

    /** The pod or address at one end, with its port. */
    private String end(final FlowEvent event, final FlowNames names, final boolean source) {
        final String name = pods.nameOf(names, event.network(), source ? event.source() : event.destination());
        if (!Protocols.hasPorts(event.protocol())) {
            return name;
        }
        return (name.indexOf(':') < 0 ? name : "[" + name + "]") + ":"
                + (source ? event.sourcePort() : event.destinationPort());
    }

    private static String protocol(final FlowEvent event) {
        final String name = Protocols.name(event.protocol());
        return Protocols.isIcmp(event.protocol())
                ? name + ":" + (event.destinationPort() >>> 8) + "/" + (event.destinationPort() & 0xFF)
                : name;
    }

    /** Label of the drop reason; its number where a later version knows it. */
    private static @Nullable String reason(final FlowEvent event) {
        final int id = event.reason();
        if (id == FlowEvent.NONE || id == 0) {
            return null;
        }
        return id < REASONS.length && REASONS[id] != null ? REASONS[id] : Integer.toString(id);
    }

    /** One letter each, as tcpdump has them; a dot for none. */
    static String flags(final int flags) {
        final String text = FLAGS.chars()
                .filter(letter -> (flags & 1 << FLAGS.indexOf(letter)) != 0)
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
        return text.isEmpty() ? "." : text;
    }
}
