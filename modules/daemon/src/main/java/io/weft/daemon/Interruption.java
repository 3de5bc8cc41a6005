// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** When this process is told to end (Ctrl-C): interrupts the command that made this, and waits until it has come to its end. */
final class Interruption implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 3;

    private final Thread command = Thread.currentThread();
    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread hook = new Thread(this::end, "weft-command-end");

    /** From now on. */
    void begin() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** To end was what was asked for: no failure, unless it takes too long. */
    private void end() {
        command.interrupt();
        try {
            if (done.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                Runtime.getRuntime().halt(0);
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The command has come to its end. */
    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (final IllegalStateException e) {
            // The process ends already, and waits for this.
            done.countDown();
        }
    }
}
