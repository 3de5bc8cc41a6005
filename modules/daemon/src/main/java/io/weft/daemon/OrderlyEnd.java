// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** When this process is told to end while a command runs in a node: asks for the command's end and waits for it. */
final class OrderlyEnd implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OrderlyEnd.class);
    private static final long PATIENCE_SECONDS = 3;

    private final SocketChannel channel;
    private final Thread hook = new Thread(this::end, "weft-client-end");
    private final CountDownLatch done = new CountDownLatch(1);
    private volatile int code = 1;

    OrderlyEnd(final SocketChannel channel) {
        this.channel = channel;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** The command has ended. */
    int code(final int exitCode) {
        code = exitCode;
        done.countDown();
        return exitCode;
    }

    /** The exit code is the command's, not that of the signal: to end it was what was asked for. */
    private void end() {
        try {
            channel.shutdownOutput();
            if (done.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                Runtime.getRuntime().halt(code);
            }
        } catch (final IOException | InterruptedException e) {
            LOG.debug("at the end: {}", e.getMessage());
        }
    }

    @Override
    public void close() {
        done.countDown();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (final IllegalStateException e) {
            LOG.trace("ending already: {}", e.getMessage());
        }
    }
}
