// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.frame.FramePool;
import io.weft.port.AdoptedTap;
import io.weft.port.Port;
import io.weft.port.PortException;
import io.weft.port.TapConfig;
import io.weft.port.TapPort;
import io.weft.port.WaitingPort;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Opens a port whose interface others make: on what was handed over last, else as a port that waits. */
final class AttachSlot implements QueuedPorts.Queues {
    private final String port;
    private final Supplier<TapConfig> config;
    private @Nullable AdoptedTap offered;

    /** {@code config}: what the interface is to be at the time of asking. */
    AttachSlot(final String port, final Supplier<TapConfig> config) {
        this.port = port;
        this.config = config;
    }

    String port() {
        return port;
    }

    TapConfig config() {
        return config.get();
    }

    /** The next opening takes this. */
    synchronized void offer(final @Nullable AdoptedTap tap) {
        offered = tap;
    }

    private synchronized @Nullable AdoptedTap take() {
        final AdoptedTap tap = offered;
        offered = null;
        return tap;
    }

    @Override
    public List<? extends Port> open(final int index, final List<FramePool> pools) throws PortException {
        final AdoptedTap tap = take();
        if (tap != null) {
            return TapPort.open(index, tap, pools);
        }
        final List<Port> waiting = new ArrayList<>();
        for (final FramePool pool : pools) {
            waiting.add(new WaitingPort(index, port, pool, "nobody has attached an interface"));
        }
        return waiting;
    }
}
