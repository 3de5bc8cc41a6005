// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.port.Port;
import io.weft.port.PortState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A port as it is.
 *
 * @param index in the worker and in the counters
 * @param network null for the underlay
 * @param state down if it is for one worker
 * @param queues the port itself, for each worker, for what only its kind knows; data path methods are not to be called
 */
public record PortStatus(
        int index, String name, @Nullable String network, PortState state, String reason, List<Port> queues) {
    /** Copies its list. */
    public PortStatus {
        queues = List.copyOf(queues);
    }

    /** The first worker's. */
    public Port port() {
        return queues.getFirst();
    }

    /** True if {@link Port#isOrphaned} holds for one worker. */
    public boolean isOrphaned() {
        return queues.stream().anyMatch(Port::isOrphaned);
    }
}
