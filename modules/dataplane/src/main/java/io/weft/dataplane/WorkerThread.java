// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import com.sun.management.ThreadMXBean;
import io.weft.port.Poller;
import io.weft.port.Port;
import io.weft.port.PortException;
import java.lang.management.ManagementFactory;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A {@link Worker} with its thread and its poller, and the way for commands to get there. */
final class WorkerThread implements Executor, AutoCloseable {
    private static final int STOP_SECONDS = 10;

    private final Poller poller;
    private final Worker worker;
    private final Thread thread;
    private volatile @Nullable Throwable failure;

    /** A thread that is not started yet; {@code onEnd} runs on it when it ends. */
    WorkerThread(final String name, final Pipeline pipeline, final Options options, final Runnable onEnd)
            throws PortException {
        this.poller = new Poller();
        this.worker = new Worker(pipeline, poller, options);
        this.thread = new Thread(
                () -> {
                    worker.run();
                    onEnd.run();
                },
                "weft-worker-" + name);
        thread.setUncaughtExceptionHandler((ended, e) -> {
            failure = e;
            onEnd.run();
        });
    }

    void start() {
        thread.start();
    }

    /** The fault of the program that ended the worker, if one did. */
    @Nullable
    Throwable failure() {
        return failure;
    }

    /** By which one other worker may wake this one. */
    Runnable waker() {
        return poller.waker()::wakeUp;
    }

    /** Ends the thread. The poller stays open until {@link #close}, for ports are closed in between. */
    void stop() {
        worker.stop();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(STOP_SECONDS));
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
    public <T> CompletableFuture<T> submit(final Callable<T> command) throws RefusedException {
        final CompletableFuture<T> result = new CompletableFuture<>();
        if (failure != null) {
            throw new RefusedException("the worker failed: " + failure);
        }
        if (!worker.submit(() -> Executor.run(command, result))) {
            throw new RefusedException("the worker takes no commands");
        }
        return result;
    }
}
