// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One epoll set of one worker, level triggered, with an eventfd by which any thread can end a wait.
 *
 * <p>All methods belong to the worker's thread, except {@link #wakeUp}, {@link #waker} and, once the worker has ended,
 * {@link #close}. A
 * port that went {@link PortState#DOWN} polls ready for ever: remove it.
 */
public final class Poller implements AutoCloseable {
    private static final int MAX_EVENTS = 256;

    // struct epoll_event is packed on x86-64 only.
    private static final boolean PACKED = "amd64".equals(System.getProperty("os.arch"));
    private static final int EVENT_LENGTH = PACKED ? 12 : 16;
    private static final int DATA_OFFSET = PACKED ? 4 : 8;

    private static final int EPOLLIN = 1;
    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLL_CTL_DEL = 2;
    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final int EFD_NONBLOCK = 0x800;
    private static final int EFD_CLOEXEC = 0x80000;
    private static final int WAKE_UP = -1;
    private static final ByteBuffer ONE = Libc.bytes(Long.BYTES).putLong(0, 1);

    private final SystemCalls calls = new SystemCalls();
    private final UnsafeBuffer events =
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(MAX_EVENTS * EVENT_LENGTH, 64));
    private final UnsafeBuffer scratch = new UnsafeBuffer(BufferUtil.allocateDirectAligned(16, 16));
    private final int[] ready = new int[MAX_EVENTS];
    private final AtomicBoolean signalled = new AtomicBoolean();
    private final int epoll;
    private final int event;
    private boolean closed;

    /** An empty set. */
    public Poller() throws PortException {
        epoll = calls.epollCreate(EPOLL_CLOEXEC);
        if (epoll < 0) {
            throw PortException.of("epoll_create1", -epoll);
        }
        event = calls.eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (event < 0) {
            calls.close(epoll);
            throw PortException.of("eventfd", -event);
        }
        add(event, WAKE_UP);
    }

    /**
     * Watches a file descriptor for something to read.
     *
     * @param index what {@link #ready} says when there is
     */
    public void add(final int fileDescriptor, final int index) throws PortException {
        scratch.putInt(0, EPOLLIN);
        scratch.putLong(DATA_OFFSET, index);
        final int result = calls.epollControl(epoll, EPOLL_CTL_ADD, fileDescriptor, scratch.addressOffset());
        if (result < 0) {
            throw PortException.of("epoll_ctl add " + fileDescriptor, -result);
        }
    }

    /** Stops watching. One that is not watched, or closed already, is no error. */
    public void remove(final int fileDescriptor) {
        calls.epollControl(epoll, EPOLL_CTL_DEL, fileDescriptor, scratch.addressOffset());
    }

    /**
     * Waits until something can be read, {@link #wakeUp} is called or the time is over.
     *
     * @param timeoutMillis 0: only look; -1: no end
     * @return how many indices {@link #ready} has
     */
    public int poll(final int timeoutMillis) {
        final int count = calls.epollWait(epoll, events.addressOffset(), MAX_EVENTS, timeoutMillis);
        int readyCount = 0;
        for (int i = 0; i < count; i++) {
            final int index = (int) events.getLong(i * EVENT_LENGTH + DATA_OFFSET);
            if (index == WAKE_UP) {
                calls.read(event, scratch.addressOffset(), Long.BYTES);
                signalled.set(false);
            } else {
                ready[readyCount++] = index;
            }
        }
        return readyCount;
    }

    /** The {@code i}-th index that the last {@link #poll} found ready. */
    public int ready(final int i) {
        return ready[i];
    }

    /**
     * Ends the current or the next wait. Any thread. What was handed over before this call is seen by a worker that looks
     * for it after {@link #poll} has returned.
     */
    public void wakeUp() {
        if (signalled.compareAndSet(false, true)) {
            signal();
        }
    }

    /** A way for one other worker to end waits. */
    public Waker waker() {
        return new Waker();
    }

    /** Does what {@link Poller#wakeUp} does, allocates nothing, and must not be used once the poller is closed. One thread. */
    public final class Waker {
        private final SystemCalls systemCalls = new SystemCalls();
        private final UnsafeBuffer one = new UnsafeBuffer(BufferUtil.allocateDirectAligned(Long.BYTES, Long.BYTES));

        private Waker() {
            one.putLong(0, 1);
        }

        /** Ends the current or the next wait. */
        public void wakeUp() {
            if (signalled.compareAndSet(false, true)) {
                systemCalls.write(event, one.addressOffset(), Long.BYTES);
            }
        }
    }

    private synchronized void signal() {
        if (!closed) {
            Libc.write(event, ONE, Long.BYTES);
        }
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Libc.close(event);
            Libc.close(epoll);
        }
    }
}
