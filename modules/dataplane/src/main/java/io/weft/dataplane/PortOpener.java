// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.frame.FramePool;
import io.weft.port.Port;
import io.weft.port.PortException;
import java.util.List;

/** Opens a port, and opens it anew when its interface was lost and came back. Runs on a control thread. */
@FunctionalInterface
public interface PortOpener {
    /**
     * Makes the port.
     *
     * @param index where it will stand in the worker
     * @param pool the worker's frames; only the worker thread may touch it
     * @throws PortException with one line that says why not
     */
    Port open(int index, FramePool pool) throws PortException;

    /**
     * Makes the port with a queue for each of several workers, in the order of their pools.
     *
     * @throws PortException also if ports of this kind have one queue
     */
    default List<Port> open(final int index, final List<FramePool> pools) throws PortException {
        if (pools.size() > 1) {
            throw new PortException("this kind of port has one queue, and works with one worker only");
        }
        return List.of(open(index, pools.getFirst()));
    }
}
