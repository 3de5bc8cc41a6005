// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.port.Port;
import io.weft.port.PortException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/** Who turns a pipeline's crank, as the control side sees it. */
interface Executor {
    /** Runs {@code command} between two vectors; what it throws is the result's. */
    <T> CompletableFuture<T> submit(Callable<T> command) throws RefusedException;

    /** A port is new: from now on it is asked for frames. Within a command. */
    void watch(Port port) throws PortException;

    /** A port is about to be closed. Within a command. */
    void unwatch(Port port);

    /** Runs a command here and now. */
    static <T> void run(final Callable<T> command, final CompletableFuture<T> result) {
        try {
            result.complete(command.call());
        } catch (final Exception e) {
            result.completeExceptionally(e);
        }
    }

    /** Whoever drives the pipeline is the caller's own thread: a replay, a simulation. */
    final class Inline implements Executor {
        @Override
        public <T> CompletableFuture<T> submit(final Callable<T> command) {
            final CompletableFuture<T> result = new CompletableFuture<>();
            run(command, result);
            return result;
        }

        @Override
        public void watch(final Port port) {}

        @Override
        public void unwatch(final Port port) {}
    }
}
