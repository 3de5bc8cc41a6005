// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import com.sun.management.ThreadMXBean;
import io.weft.port.Poller;
import io.weft.port.Port;
import io.weft.port.PortException;
import java.lang.management.ManagementFactory;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A {@link Worker} with its thread and its poller, and the way for commands to get there. */
final class WorkerThread implements Executor, AutoCloseable {
    private static final int COMMAND_TIMEOUT_SECONDS = 10;

    private final Poller poller;
    private final Worker worker;
    private final Thread thread;
    private volatile @Nullable Throwable failure;

    WorkerThread(final String node, final Pipeline pipeline, final Options options) throws PortException {
        this.poller = new Poller();
        this.worker = new Worker(pipeline, poller, options);
        this.thread = new Thread(worker, "weft-worker-" + node);
        thread.setUncaughtExceptionHandler((ended, e) -> failure = e);
    }

    void start() {
        thread.start();
    }

    /** Waits until the worker has ended: null if it was told to, else the fault of the program that ended it. */
    @Nullable
    Throwable awaitEnd() throws InterruptedException {
        thread.join();
        return failure;
    }

    /** Ends the thread. The poller stays open until {@link #close}, for ports are closed in between. */
    void stop() {
        worker.stop();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(COMMAND_TIMEOUT_SECONDS));
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        poller.close();
    }

    /** Octets that the thread has allocated since it started. */
    long allocatedBytes() {
        return ((ThreadMXBean) ManagementFactory.getThreadMXBean()).getThreadAllocatedBytes(thread.threadId());
    }

    @Override
    public void watch(final Port port) throws PortException {
        worker.watch(port);
    }

    @Override
    public void unwatch(final Port port) {
        worker.unwatch(port);
    }

    @Override
    public <T> T call(final Callable<T> command) throws RefusedException {
        final CompletableFuture<T> result = new CompletableFuture<>();
        if (failure != null) {
            throw new RefusedException("the worker failed: " + failure);
        }
        final boolean taken = worker.submit(() -> {
            try {
                result.complete(command.call());
            } catch (final Exception e) {
                result.completeExceptionally(e);
            }
        });
        if (!taken) {
            throw new RefusedException("the worker takes no commands");
        }
        try {
            return result.get(COMMAND_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RefusedException("interrupted", e);
        } catch (final TimeoutException e) {
            throw new RefusedException("the worker did not answer", e);
        } catch (final ExecutionException e) {
            if (e.getCause() instanceof RefusedException refused) {
                throw refused;
            }
            throw new RefusedException("the worker failed: " + e.getCause(), e);
        }
    }
}
