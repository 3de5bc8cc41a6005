// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.frame.Counters;
import io.weft.frame.WorkerCounter;
import io.weft.port.Poller;
import io.weft.port.Port;
import io.weft.port.PortException;
import io.weft.port.PortState;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/**
 * One thread that owns a {@link Pipeline} and turns its crank.
 *
 * <p>A cycle: carry out a few commands; hear what other workers learned; ask the active ports; if none had anything, ask the
 * kernel which ports are ready. A port is active from the moment that the kernel called it ready until it is drained; one
 * that delivered {@value #BULK} frames at once is asked once more, because more come while those are forwarded. While busy,
 * the kernel is asked again every {@value #ASK_NANOS} ns: a quiet port does not wait for a loud one. After {@code spinMicros}
 * without work the thread blocks until a descriptor or a command wakes it.
 */
final class Worker implements Runnable {
    private static final int COMMANDS_PER_CYCLE = 8;
    /** Some super-frames, or many small ones. */
    private static final long ASK_NANOS = 20_000;

    /** What the end of all flows may take. */
    private static final long END_NANOS = 500_000_000;

    private static final long PARK_NANOS = 1_000_000;
    private static final int BULK = 2;
    private static final int BLOCK_MILLIS = 1000;
    private static final int COMMAND_QUEUE_LENGTH = 1024;

    private final Pipeline pipeline;
    private final Poller poller;
    private final Counters counters;
    private final int budget;
    private final long spinNanos;
    private final ManyToOneConcurrentArrayQueue<Runnable> commands =
            new ManyToOneConcurrentArrayQueue<>(COMMAND_QUEUE_LENGTH);
    private final int[] active;
    private final boolean[] isActive;
    private int activeCount;
    private long lastWorkNanos;
    private long askedNanos;
    private volatile boolean running = true;

    Worker(final Pipeline pipeline, final Poller poller, final Options options) {
        this.pipeline = pipeline;
        this.poller = poller;
        this.counters = pipeline.pool().counters();
        this.budget = options.budget();
        this.spinNanos = TimeUnit.MICROSECONDS.toNanos(options.spinMicros());
        this.active = new int[options.maxPorts()];
        this.isActive = new boolean[options.maxPorts()];
    }

    /** Hands a command to the worker; false if its queue is full or the worker has ended. */
    boolean submit(final Runnable command) {
        final boolean taken = running && commands.offer(command);
        poller.wakeUp();
        return taken;
    }

    /** Ends {@link #run} soon. */
    void stop() {
        running = false;
        poller.wakeUp();
    }

    @Override
    public void run() {
        while (running) {
            cycle();
        }
        runCommands();
        endFlows();
    }

    /** Whoever reads of flows hears how each has ended; what he does not hear in time is counted as lost. */
    private void endFlows() {
        final long deadline = System.nanoTime() + END_NANOS;
        pipeline.tick(System.nanoTime());
        while (!pipeline.flows().end() && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(PARK_NANOS);
        }
    }

    /** By itself, so that it is compiled after some hundreds of calls; a loop would be after 60,000 rounds. */
    private void cycle() {
        final long now = System.nanoTime();
        pipeline.tick(now);
        int work = runCommands() + pipeline.hear();
        work += pollActive();
        if (work > 0) {
            counters.add(WorkerCounter.CYCLES, 1);
            lastWorkNanos = now;
            // Without an active port the next cycle asks in any case.
            if (activeCount > 0 && now - askedNanos >= ASK_NANOS) {
                askedNanos = now;
                findReady(0);
            }
        } else if (now - lastWorkNanos < spinNanos) {
            findReady(0);
        } else {
            block();
        }
    }

    private void block() {
        counters.set(WorkerCounter.HELD, pipeline.pool().inUse());
        counters.add(WorkerCounter.BLOCKED, 1);
        findReady(Math.clamp(pipeline.nextTimeout(), 1, BLOCK_MILLIS));
    }

    /** A port is new at {@code index}; it is asked once even if it has no descriptor. */
    void watch(final Port port) throws PortException {
        if (port.fileDescriptor() >= 0) {
            poller.add(port.fileDescriptor(), port.index());
        }
        activate(port.index());
    }

    /** The port is about to be closed. */
    void unwatch(final Port port) {
        if (port.fileDescriptor() >= 0) {
            poller.remove(port.fileDescriptor());
        }
    }

    private int runCommands() {
        int done = 0;
        Runnable command;
        while (done < COMMANDS_PER_CYCLE && (command = commands.poll()) != null) {
            command.run();
            done++;
        }
        if (done > 0) {
            counters.add(WorkerCounter.COMMANDS, done);
        }
        return done;
    }

    private int pollActive() {
        int work = 0;
        int kept = 0;
        for (int i = 0; i < activeCount; i++) {
            final int port = active[i];
            final int frames = pipeline.poll(port, budget);
            work += frames;
            if (frames >= BULK || pipeline.mayHaveMore()) {
                active[kept++] = port;
            } else {
                isActive[port] = false;
                unwatchIfDown(port);
            }
        }
        activeCount = kept;
        return work;
    }

    /** The descriptor of a lost interface polls ready for ever. */
    private void unwatchIfDown(final int index) {
        final Port port = pipeline.port(index);
        if (port != null && port.state() == PortState.DOWN) {
            unwatch(port);
        }
    }

    private int findReady(final int timeoutMillis) {
        final int ready = poller.poll(timeoutMillis);
        for (int i = 0; i < ready; i++) {
            activate(poller.ready(i));
        }
        return ready;
    }

    private void activate(final int port) {
        if (!isActive[port]) {
            isActive[port] = true;
            active[activeCount++] = port;
        }
    }
}
