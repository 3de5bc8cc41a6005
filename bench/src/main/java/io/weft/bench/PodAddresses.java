// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.bench.Site.Ends;
import io.weft.wire.IpAddress;
import io.weft.wire.MacAddress;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a frame from one pod to the other must have in its headers, asked of the sender's kernel. */
final class PodAddresses {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private PodAddresses() {}

    /** After a ping, so that the neighbor is known. */
    static UdpFlows.Addresses resolve(final Ends ends) throws BenchException {
        final JsonNode route = first(ends, "route", "get", ends.address());
        final String hop = route.path("gateway").asString(ends.address());
        final JsonNode neighbor = first(ends, "neigh", "show", hop, "dev", "eth0");
        final JsonNode link = first(ends, "link", "show", "dev", "eth0");
        try {
            return new UdpFlows.Addresses(
                    MacAddress.parse(neighbor.path("lladdr").asString("")),
                    MacAddress.parse(link.path("address").asString("")),
                    IpAddress.parse(route.path("prefsrc").asString("")).ipv4(),
                    IpAddress.parse(ends.address()).ipv4());
        } catch (final IllegalArgumentException e) {
            throw new BenchException("no neighbor " + hop + " in " + ends.from(), e);
        }
    }

    private static JsonNode first(final Ends ends, final String... words) throws BenchException {
        final String[] command = new String[words.length + 4];
        command[0] = "ip";
        command[1] = "-j";
        command[2] = "-n";
        command[3] = ends.from();
        System.arraycopy(words, 0, command, 4, words.length);
        try {
            return JSON.readTree(Command.must(List.of(command))).path(0);
        } catch (final JacksonException e) {
            throw new BenchException("ip " + String.join(" ", words) + " writes no JSON", e);
        }
    }
}
