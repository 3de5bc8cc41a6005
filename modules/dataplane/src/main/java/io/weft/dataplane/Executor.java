// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.port.Port;
import io.weft.port.PortException;
import java.util.concurrent.Callable;

/** Who turns the pipeline's crank, as the control side sees it. */
interface Executor {
    /** Runs {@code command} between two vectors and waits for its result. */
    <T> T call(Callable<T> command) throws RefusedException;

    /** A port is new: from now on it is asked for frames. Within a {@link #call}. */
    void watch(Port port) throws PortException;

    /** A port is about to be closed. Within a {@link #call}. */
    void unwatch(Port port);

    /** Whoever drives the pipeline is the caller's own thread: a replay, a simulation. */
    final class Inline implements Executor {
        @Override
        public <T> T call(final Callable<T> command) throws RefusedException {
            try {
                return command.call();
            } catch (final RefusedException | RuntimeException e) {
                throw e;
            } catch (final Exception e) {
                throw new RefusedException(String.valueOf(e.getMessage()), e);
            }
        }

        @Override
        public void watch(final Port port) {}

        @Override
        public void unwatch(final Port port) {}
    }
}
