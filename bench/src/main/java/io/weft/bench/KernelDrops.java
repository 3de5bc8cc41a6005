// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the kernel lost on the way from pod to pod: at interfaces, in queues in front of them, at the nodes' sockets. */
final class KernelDrops {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Map<String, String> INTERFACES = Map.of("a", "eth0", "n1", "u0", "n2", "u0", "b", "eth0");

    private KernelDrops() {}

    /** Counts since the set-up, by where and how. */
    static Map<String, Long> read(final Site site, final List<NodeProbe> nodes) throws BenchException {
        final Map<String, Long> counts = new TreeMap<>();
        for (final Map.Entry<String, String> each : INTERFACES.entrySet()) {
            final String space = site.namespace(each.getKey());
            final String dev = each.getValue();
            final String where = each.getKey() + "/" + dev + " ";
            final JsonNode link = json("ip", "-j", "-s", "-n", space, "link", "show", "dev", dev)
                    .path(0);
            for (final String way : List.of("rx", "tx")) {
                counts.put(
                        where + way,
                        link.path("stats64").path(way).path("dropped").asLong());
            }
            long queued = 0;
            for (final JsonNode queue : json("tc", "-j", "-s", "-n", space, "qdisc", "show", "dev", dev)) {
                queued += queue.path("drops").asLong(0);
            }
            counts.put(where + "queue", queued);
        }
        for (final NodeProbe node : nodes) {
            counts.put(node.label() + " socket", node.socketDrops());
        }
        return counts;
    }

    /** What came since, without what stayed. */
    static Map<String, Long> since(final Map<String, Long> before, final Map<String, Long> after) {
        final Map<String, Long> more = new TreeMap<>();
        after.forEach((name, count) -> {
            final long difference = count - before.getOrDefault(name, 0L);
            if (difference != 0) {
                more.put(name, difference);
            }
        });
        return more;
    }

    private static JsonNode json(final String... command) throws BenchException {
        final String text = Command.must(List.of(command));
        try {
            return JSON.readTree(text);
        } catch (final JacksonException e) {
            throw new BenchException(String.join(" ", command) + " writes no JSON", e);
        }
    }
}
