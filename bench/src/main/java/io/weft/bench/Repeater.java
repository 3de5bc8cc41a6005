// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Does something again and again in a thread of its own. What fails is done again, unless it never succeeds. */
final class Repeater {
    /** Failures in a row. */
    private static final int MAX_FAILURES = 3;

    private final String name;
    private final Task task;
    private final Thread thread;
    private final List<String> retries = new CopyOnWriteArrayList<>();
    private volatile boolean stopping;
    private volatile @Nullable BenchException failure;

    /** One of the things, which ends by itself. */
    @FunctionalInterface
    interface Task {
        void run() throws BenchException;
    }

    private Repeater(final String name, final Task task) {
        this.name = name;
        this.task = task;
        this.thread = Thread.ofPlatform().name(name).daemon().unstarted(this::repeat);
    }

    static Repeater start(final String name, final Task task) {
        final Repeater repeater = new Repeater(name, task);
        repeater.thread.start();
        return repeater;
    }

    private void repeat() {
        int failures = 0;
        while (!stopping) {
            try {
                task.run();
                failures = 0;
            } catch (final BenchException e) {
                failures++;
                if (failures == MAX_FAILURES) {
                    failure = new BenchException(name + ": " + e.line(), e);
                    return;
                }
                retries.add(name + ": " + e.line());
            } catch (final RuntimeException e) {
                failure = new BenchException(name + ": " + e, e);
                return;
            }
        }
    }

    /** Throws what it failed with for good. */
    void check() throws BenchException {
        final BenchException known = failure;
        if (known != null) {
            throw known;
        }
    }

    /** Has it end with what it does now. */
    void stop() {
        stopping = true;
    }

    /** Has it break off what it does now. Any thread. */
    void abort() {
        stopping = true;
        thread.interrupt();
    }

    /** Waits for the end. */
    void join() throws BenchException {
        try {
            thread.join();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
        check();
    }

    /** What failed and was done again. */
    List<String> retries() {
        return List.copyOf(retries);
    }
}
