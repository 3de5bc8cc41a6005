// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.frame.DropReason;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;

/** Stands where a port will be once its interface is handed over: receives nothing, drops what it is given. */
public final class WaitingPort extends AbstractPort {
    /**
     * {@link PortState#WAITING} from the start.
     *
     * @param index of the port in its worker
     * @param why for people: what it waits for
     */
    public WaitingPort(final int index, final String name, final FramePool pool, final String why) {
        super(index, name, pool);
        waiting(why);
    }

    @Override
    public boolean receive(final FrameVector vector, final int budget) {
        return false;
    }

    @Override
    public void transmit(final FrameVector vector) {
        dropAll(vector, DropReason.PORT_DOWN);
    }
}
