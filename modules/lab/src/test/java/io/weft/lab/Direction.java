// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** One direction of a TCP or UDP flow: by this what a journal tells and what a capture tells can be compared. */
record Direction(String protocol, String source, int sourcePort, String destination, int destinationPort) {

    /** What went that way; octets are those of IP packets. */
    record Carried(long frames, long octets) {
        Carried plus(final Carried other) {
            return new Carried(frames + other.frames, octets + other.octets);
        }
    }

    Direction reversed() {
        return new Direction(protocol, destination, destinationPort, source, sourcePort);
    }

    /** That of the originator, of an event as {@code -o jsonl} has it. */
    static Direction of(final JsonNode event) {
        return new Direction(
                event.path("protocol").asString(),
                event.path("source").asString(),
                event.path("source_port").asInt(),
                event.path("destination").asString(),
                event.path("destination_port").asInt());
    }

    /** Both directions of each of these events; several of one direction are added up. */
    static Map<Direction, Carried> carried(final Iterable<JsonNode> events) {
        final Map<Direction, Carried> carried = new HashMap<>();
        for (final JsonNode event : events) {
            of(event)
                    .add(
                            carried,
                            event.path("frames").asLong(),
                            event.path("bytes").asLong());
            of(event)
                    .reversed()
                    .add(
                            carried,
                            event.path("reply_frames").asLong(),
                            event.path("reply_bytes").asLong());
        }
        return carried;
    }

    void add(final Map<Direction, Carried> to, final long frames, final long octets) {
        to.merge(this, new Carried(frames, octets), Carried::plus);
    }
}
