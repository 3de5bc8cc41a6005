// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.frame.Counters;
import io.weft.frame.FramePool;
import io.weft.port.PortException;
import io.weft.routing.NeighborListener;
import io.weft.switching.SwitchListener;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The workers of a node: each with a pipeline of its own, joined by {@link Gossip} if there are several. A command goes to all
 * of them and is waited for; what can fail in it fails in all of them or in none, because what control has set is the same in
 * all.
 */
final class Workers implements AutoCloseable {
    private static final int COMMAND_TIMEOUT_SECONDS = 10;

    private final List<Lane> lanes = new ArrayList<>();
    private final List<WorkerThread> threads = new ArrayList<>();
    private final CountDownLatch ended = new CountDownLatch(1);

    /** Asks a worker. */
    @FunctionalInterface
    interface Question<T> {
        T ask(Lane lane) throws Exception;
    }

    /** Changes something of a worker. */
    @FunctionalInterface
    interface Change {
        void make(Lane lane) throws Exception;
    }

    /** Makes a worker's listeners; they are called on its thread. */
    interface Listeners {
        SwitchListener switching(int worker);

        NeighborListener neighbors(int worker);
    }

    /**
     * Makes the pipelines, and their threads if there are to be any.
     *
     * @param counters with values for {@code options.workers()}
     */
    Workers(
            final String node,
            final Counters counters,
            final Options options,
            final int maxNetworks,
            final boolean threaded,
            final Listeners listeners)
            throws PortException {
        final Pipeline[] pipelines = new Pipeline[options.workers()];
        for (int i = 0; i < pipelines.length; i++) {
            pipelines[i] = new Pipeline(
                    options, i, counters.worker(i), maxNetworks, listeners.switching(i), listeners.neighbors(i));
        }
        try {
            for (int i = 0; threaded && i < pipelines.length; i++) {
                final String name = pipelines.length == 1 ? node : node + "-" + i;
                threads.add(new WorkerThread(name, pipelines[i], options, ended::countDown));
            }
        } catch (final PortException e) {
            close();
            throw e;
        }
        for (int i = 0; i < pipelines.length; i++) {
            lanes.add(new Lane(i, pipelines[i], threaded ? threads.get(i) : new Executor.Inline()));
        }
        if (pipelines.length > 1) {
            Gossip.connect(pipelines, threaded ? (from, to) -> threads.get(to).waker() : null);
        }
    }

    void start() {
        threads.forEach(WorkerThread::start);
    }

    boolean isThreaded() {
        return !threads.isEmpty();
    }

    int count() {
        return lanes.size();
    }

    Pipeline pipeline(final int worker) {
        return lanes.get(worker).pipeline();
    }

    List<FramePool> pools() {
        return lanes.stream().map(lane -> lane.pipeline().pool()).toList();
    }

    /** Waits until a worker has ended: null if it was told to, else the fault of the program that ended it. */
    @Nullable
    Throwable awaitEnd() throws InterruptedException {
        ended.await();
        for (final WorkerThread thread : threads) {
            if (thread.failure() != null) {
                return thread.failure();
            }
        }
        return null;
    }

    /** Ends the threads. */
    void stop() {
        threads.forEach(WorkerThread::stop);
    }

    /** Octets that the threads have allocated since they started. */
    long allocatedBytes() {
        return threads.stream().mapToLong(WorkerThread::allocatedBytes).sum();
    }

    /** What all workers answer, in their order. */
    <T> List<T> ask(final Question<T> question) throws RefusedException {
        final List<CompletableFuture<T>> results = new ArrayList<>();
        for (final Lane lane : lanes) {
            results.add(lane.executor().submit(() -> {
                lane.pipeline().hear();
                return question.ask(lane);
            }));
        }
        final List<T> answers = new ArrayList<>();
        for (final CompletableFuture<T> result : results) {
            answers.add(await(result));
        }
        return answers;
    }

    /** What the first worker answers. */
    <T> T askFirst(final Question<T> question) throws RefusedException {
        return ask(0, question);
    }

    /** What one worker answers. */
    <T> T ask(final int worker, final Question<T> question) throws RefusedException {
        final Lane lane = lanes.get(worker);
        return await(lane.executor().submit(() -> question.ask(lane)));
    }

    /** Changes all workers. */
    void change(final Change change) throws RefusedException {
        ask(lane -> {
            change.make(lane);
            return Boolean.TRUE;
        });
    }

    /** Takes something away from all workers: what they have told each other of it before is not heard any more. */
    <T> List<T> remove(final Question<T> removal) throws RefusedException {
        final List<T> answers = ask(removal);
        if (lanes.size() > 1) {
            change(lane -> lane.pipeline().forgetGossip());
        }
        return answers;
    }

    private static <T> T await(final CompletableFuture<T> result) throws RefusedException {
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
            if (e.getCause() instanceof PortException refused) {
                throw new RefusedException(String.valueOf(refused.getMessage()), e);
            }
            throw new RefusedException("the worker failed: " + e.getCause(), e);
        }
    }

    /** After {@link #stop}, and once the ports are closed. */
    @Override
    public void close() {
        threads.forEach(WorkerThread::close);
    }
}
