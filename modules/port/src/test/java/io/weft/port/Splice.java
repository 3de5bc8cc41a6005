// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import java.io.IOException;

/** A thread that copies frames between two ports until it is closed: the smallest worker there is. */
class Splice implements AutoCloseable {
    private static final int BUDGET = 64;

    final FramePool pool;
    final Port[] ports;
    private final Poller poller;
    private final Thread thread;
    private final FrameVector vector = new FrameVector();
    private volatile boolean running = true;
    private volatile boolean superFrameSeen;

    Splice(final FramePool pool, final Port a, final Port b) throws PortException {
        this.pool = pool;
        this.ports = new Port[] {a, b};
        this.poller = new Poller();
        poller.add(a.fileDescriptor(), 0);
        poller.add(b.fileDescriptor(), 1);
        this.thread = Thread.ofPlatform().name("splice").unstarted(this::run);
    }

    /** Begins; not before a subclass is complete. */
    final Splice start() {
        thread.start();
        return this;
    }

    boolean superFrameSeen() {
        return superFrameSeen;
    }

    private void run() {
        while (running) {
            poller.poll(-1);
            boolean more = true;
            while (more && running) {
                more = pass(0);
                more |= pass(1);
            }
        }
    }

    private boolean pass(final int from) {
        final boolean more = ports[from].receive(vector, BUDGET);
        int kept = 0;
        for (int i = 0; i < vector.size(); i++) {
            final Frame frame = vector.get(i);
            final DropReason reason = ports[from] instanceof UnderlayPort ? null : FrameParser.parse(frame);
            if (reason != null) {
                pool.drop(frame, reason);
                continue;
            }
            superFrameSeen |= frame.isSuperFrame();
            vector.set(kept++, frame);
        }
        vector.truncate(kept);
        forward(from, vector);
        for (int i = 0; i < ports.length; i++) {
            if (ports[i].state() == PortState.DOWN) {
                poller.remove(ports[i].fileDescriptor());
            }
        }
        return more;
    }

    /** Sends parsed frames on. */
    void forward(final int from, final FrameVector frames) {
        ports[1 - from].transmit(frames);
    }

    @Override
    public final void close() throws IOException {
        running = false;
        poller.wakeUp();
        try {
            thread.join();
        } catch (final InterruptedException e) {
            throw new IOException("interrupted", e);
        }
        poller.close();
    }
}
