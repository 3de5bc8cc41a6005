// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.conntrack.FlowEvent;
import io.weft.wire.IpAddress;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Events from a list. Like a journal's reader it has one event object, which it uses again. */
final class MadeSource implements FlowSource {
    /** Pods a and b of network blue on ports 0 and 1, which also have IPv6 addresses, and VTEP n2. */
    static final FlowNames NAMES = new FlowNames(
            "n1",
            Map.of(0, port("a", "10.0.0.1", "fd00::1"), 1, port("b", "10.0.0.2", "fd00::2")),
            Map.of(1, new FlowNames.NetworkName("blue", 100)),
            Map.of(0, "n2"));

    private final List<MadeEvent> events;
    private final FlowNames names;
    private int next;

    MadeSource(final List<MadeEvent> events) {
        this(events, NAMES);
    }

    MadeSource(final List<MadeEvent> events, final FlowNames names) {
        this.events = events;
        this.names = names;
    }

    static FlowNames.PortName port(final String name, final String... addresses) {
        return new FlowNames.PortName(
                name,
                "blue",
                name,
                List.of(addresses).stream().map(IpAddress::parse).toList());
    }

    @Override
    public @Nullable FlowEvent next() {
        return next == events.size() ? null : events.get(next++).event();
    }

    @Override
    public FlowNames names() {
        return names;
    }
}
