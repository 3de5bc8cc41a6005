// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.PortOpener;
import io.weft.frame.FramePool;
import io.weft.port.Port;
import io.weft.port.PortException;
import java.util.List;

/**
 * Opens a port that has a queue for each worker.
 *
 * @param queues makes them
 */
record QueuedPorts(Queues queues) implements PortOpener {
    /** Makes the port of each worker, in the order of their pools. */
    @FunctionalInterface
    interface Queues {
        List<? extends Port> open(int index, List<FramePool> pools) throws PortException;
    }

    @Override
    public Port open(final int index, final FramePool pool) throws PortException {
        return queues.open(index, List.of(pool)).getFirst();
    }

    @Override
    public List<Port> open(final int index, final List<FramePool> pools) throws PortException {
        return List.copyOf(queues.open(index, pools));
    }
}
