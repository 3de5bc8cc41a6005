// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.conntrack.FlowEvent;
import io.weft.conntrack.FlowRing;
import io.weft.journal.LossRecord.Cause;
import io.weft.journal.SessionRecord.Before;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Takes the events of all workers and appends them, on a thread of its own, which sleeps most of the time and allocates nothing while
 * events come. Workers never wait for it. What it can't write it counts; the package's description tells when that is.
 */
public final class JournalWriter implements Closeable {
    /** Events of a ring before the next one's turn. */
    private static final int TURN = 4_096;

    private static final long NANOS = 1_000_000_000;
    private static final long SHORT_PARK = 1_000_000;
    private static final long LONG_PARK = 20_000_000;
    /** Turns without an event after which the thread sleeps longer. */
    private static final int PATIENCE = 200;
    /** Seconds between looks at the age of files. */
    private static final int AGE_SECONDS = 60;

    /** Something that may fail. */
    private interface Step {
        void run() throws IOException;
    }

    private final JournalSettings settings;
    private final String node;
    private final List<FlowRing> rings;
    private final Supplier<FlowNames> names;
    private final Consumer<String> events;
    private final JournalLock lock;
    private final Retention retention;
    private final Losses losses;
    private final WorkerNumbers numbers = new WorkerNumbers();
    private final FlowEvent event = new FlowEvent(new UnsafeBuffer(0, 0), 0);
    private final MessageHandler handler = this::onEvent;
    private final Step begin = this::beginSession;
    private final Step prepare = () -> writer().prepare();
    private final Step append;
    private final Step tellLosses = this::tellLosses;
    private final Step resume = this::resume;
    private final Thread thread;

    // Of the journal's thread.
    private @Nullable SessionWriter session;
    private SessionRecord next;
    private long lastSession;
    private int worker;
    private int taken;
    private long firstTime;
    private long lastTime;
    private int seconds;
    private long lostBefore;

    private volatile boolean closing;
    private volatile JournalState state = JournalState.STARTING;
    private volatile @Nullable String alarm;
    private final AtomicLong appended = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();
    private volatile long octets;
    private volatile int files;
    private volatile long oldest;
    private volatile long newest;
    private volatile long longest;

    private JournalWriter(
            final JournalSettings settings,
            final String node,
            final List<FlowRing> rings,
            final Supplier<FlowNames> names,
            final long[] made,
            final Consumer<String> events,
            final JournalLock lock)
            throws IOException {
        this.settings = settings;
        this.node = node;
        this.rings = List.copyOf(rings);
        this.names = names;
        this.events = events;
        this.lock = lock;
        losses = new Losses(rings.size());
        append = () -> writer().append(taken, lastTime);
        for (int i = 0; i < rings.size(); i++) {
            numbers.begin(i, rings.get(i).made() == 0 ? 0 : -1);
        }
        final LastSession last = LastSession.of(settings.dir());
        next = new SessionRecord(node, 0, numbers.next(), last.before(), last.missing(made));
        retention = new Retention(settings, events);
        final List<Long> sessions = JournalFile.sessions(settings.dir());
        lastSession = sessions.isEmpty() ? 0 : sessions.getLast();
        thread = Thread.ofPlatform().daemon().name("weft-journal").unstarted(this::run);
    }

    /**
     * Opens a journal. Its thread begins a session, for which Chronicle needs a fifth of a second, and takes events, which wait in their
     * rings so long.
     *
     * @param node name of the node
     * @param rings of the workers, worker 0's first
     * @param names what numbers in events stand for, asked for about once a millisecond: it gives the same object again while nothing
     *     has changed
     * @param made number of events that each worker had made in the session before, as far as the caller knows: -1 where he does not
     * @param events told, in one line, of what an operator should know; on any thread
     * @throws JournalException if the directory can't be used, or another writer uses it. All else is a state, as a full disk
     */
    public static JournalWriter open(
            final JournalSettings settings,
            final String node,
            final List<FlowRing> rings,
            final Supplier<FlowNames> names,
            final long[] made,
            final Consumer<String> events) {
        final Path dir = settings.dir();
        try {
            Files.createDirectories(dir);
            final JournalLock lock = JournalLock.take(dir);
            try {
                final JournalWriter writer = new JournalWriter(settings, node, rings, names, made, events, lock);
                writer.thread.start();
                return writer;
            } catch (final IOException | RuntimeException e) {
                lock.close();
                throw e;
            }
        } catch (final IOException e) {
            throw new JournalException("journal " + dir + ": " + Reasons.of(e), e);
        }
    }

    private void beginSession() throws IOException {
        lastSession = Math.max(lastSession + 1, SessionWriter.now() / NANOS);
        session = new SessionWriter(settings, lastSession, next, numbers, names, retention);
        retention.sweep(lastSession);
        // Should this one fail, the next one follows it.
        next = new SessionRecord(node, 0, List.of(), Before.KILLED, List.of());
    }

    /** Any thread. */
    public JournalStatus status() {
        long ringLost = 0;
        for (final FlowRing ring : rings) {
            ringLost += ring.lost();
        }
        return new JournalStatus(
                state,
                appended.getAcquire(),
                ringLost,
                lost.getAcquire(),
                octets,
                files,
                oldest,
                newest,
                longest,
                alarm);
    }

    /** Takes what is in the rings, ends the session and returns when all is on the disk. */
    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (final InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        if (attempt(begin)) {
            state = JournalState.WRITING;
        }
        publish();
        int idle = 0;
        long second = System.nanoTime() + NANOS;
        while (!closing) {
            final int most = turn(TURN);
            idle = most == 0 ? idle + 1 : 0;
            if (System.nanoTime() - second >= 0) {
                second += NANOS;
                everySecond();
            }
            if (most < TURN) {
                LockSupport.parkNanos(idle > PATIENCE ? LONG_PARK : SHORT_PARK);
            }
        }
        takeTheRest();
        end();
    }

    /** All that was made until now: what then is not there was lost, though no later event shows it. */
    private void takeTheRest() {
        final long[] made = rings.stream().mapToLong(FlowRing::made).toArray();
        // A ring gives nothing once when it begins anew at its start.
        for (int idle = 0; idle < 2; ) {
            idle = turn(TURN) == 0 ? idle + 1 : 0;
        }
        final long now = SessionWriter.now();
        for (worker = 0; worker < made.length; worker++) {
            final long gap = numbers.skipTo(worker, made[worker]);
            if (gap > 0) {
                losses.add(worker, Cause.RING, gap, now, now);
            }
        }
    }

    /** Takes events of every ring: how many of the one that had the most. */
    private int turn(final int limit) {
        int most = 0;
        for (worker = 0; worker < rings.size(); worker++) {
            int all = 0;
            int read;
            do {
                read = takeBatch(rings.get(worker));
                all += read;
            } while (read == SessionWriter.BATCH && all < limit);
            most = Math.max(most, all);
        }
        return most;
    }

    private int takeBatch(final FlowRing ring) {
        taken = 0;
        final long start = System.nanoTime();
        if (state == JournalState.WRITING) {
            attempt(prepare);
        }
        final int read = ring.read(handler, SessionWriter.BATCH);
        if (taken > 0) {
            if (state == JournalState.WRITING && attempt(append)) {
                appended.setRelease(appended.getPlain() + taken);
                newest = lastTime;
                longest = Math.max(longest, System.nanoTime() - start);
                publish();
            } else {
                lose(state == JournalState.FULL ? Cause.FULL : Cause.FAILED);
            }
        }
        return read;
    }

    private void onEvent(final int type, final MutableDirectBuffer from, final int index, final int length) {
        if (type != FlowEvent.MESSAGE_TYPE || length != FlowEvent.LENGTH) {
            return;
        }
        event.wrap(from, index);
        final long time = event.time();
        final long gap = numbers.take(worker, event.number());
        if (gap > 0) {
            losses.add(worker, Cause.RING, gap, time, time);
        }
        final SessionWriter to = session;
        if (to != null) {
            to.put(event, taken);
        }
        if (taken++ == 0) {
            firstTime = time;
        }
        lastTime = time;
    }

    private void lose(final Cause cause) {
        losses.add(worker, cause, taken, firstTime, lastTime);
        lost.setRelease(lost.getPlain() + taken);
    }

    private SessionWriter writer() throws IOException {
        final SessionWriter to = session;
        if (to == null) {
            throw new IOException("no session");
        }
        return to;
    }

    /** Does something with the journal: false if it can't be done, which then is the state. */
    private boolean attempt(final Step step) {
        try {
            step.run();
            return true;
        } catch (final SpaceAhead.FullException e) {
            stop(JournalState.FULL, e);
        } catch (final IOException | RuntimeException | InternalError | AssertionError e) {
            // An InternalError is what a fault in a mapped file becomes.
            stop(JournalState.FAILED, e);
        }
        return false;
    }

    private void stop(final JournalState to, final Throwable why) {
        final String reason = Reasons.of(why);
        final String text = "journal " + settings.dir() + " is " + to.label() + ", flows are not kept: " + reason;
        if (state != to) {
            if (state == JournalState.WRITING) {
                lostBefore = lost.getPlain();
            }
            events.accept(text);
        }
        alarm = text;
        state = to;
        final SessionWriter failed = session;
        if (to == JournalState.FAILED && failed != null) {
            session = null;
            try {
                failed.abandon();
            } catch (final IOException | RuntimeException | InternalError | AssertionError e) {
                events.accept("journal " + settings.dir() + ": " + Reasons.of(e));
            }
        }
    }

    private void everySecond() {
        if (state == JournalState.WRITING) {
            attempt(tellLosses);
        } else if (attempt(resume)) {
            events.accept("journal " + settings.dir() + " is written again; " + (lost.getPlain() - lostBefore)
                    + " events were not kept");
            alarm = null;
            state = JournalState.WRITING;
        }
        final SessionWriter of = session;
        if (of != null && ++seconds % AGE_SECONDS == 0) {
            retention.apply(of.file(), SessionWriter.now());
        }
        publish();
    }

    private void resume() throws IOException {
        if (session == null) {
            beginSession();
        }
        writer().probe();
        writer().prepare();
        writer().append(losses);
    }

    private void tellLosses() throws IOException {
        if (losses.any()) {
            writer().append(losses);
        }
    }

    private void publish() {
        final SessionWriter of = session;
        octets = retention.octets() + (of == null ? 0 : of.octets());
        files = retention.files() + (of == null ? 0 : 1);
        oldest = retention.oldest(of == null ? 0 : of.began()) * NANOS;
    }

    private void end() {
        if (state != JournalState.WRITING) {
            attempt(resume);
        }
        attempt(tellLosses);
        final boolean inOrder = session != null && attempt(() -> writer().end());
        try {
            final SessionWriter of = session;
            if (of != null) {
                of.close();
            }
            lock.close();
        } catch (final IOException | RuntimeException | InternalError | AssertionError e) {
            events.accept("journal " + settings.dir() + ": " + Reasons.of(e));
        }
        publish();
        if (!inOrder) {
            events.accept("journal " + settings.dir() + " is not ended in order");
        }
        state = JournalState.CLOSED;
    }
}
