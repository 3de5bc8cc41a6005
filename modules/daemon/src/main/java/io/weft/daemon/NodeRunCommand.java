// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.RefusedException;
import io.weft.dataplane.Warmup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code weft node run}: a node in the foreground. Ends on SIGTERM and SIGINT within two seconds, exit 0. */
@Command(name = "run", description = "runs a node in the foreground")
final class NodeRunCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(NodeRunCommand.class);
    private static final int WARMUP_MILLIS = 1_000;
    private static final long END_MILLIS = 1_500;

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "The node file.")
    private @Nullable Path config;

    private volatile boolean failed;

    @Override
    public Integer call()
            throws ConfigException, CommandException, RefusedException, IOException, InterruptedException {
        if (config == null) {
            throw new CommandException("--config FILE is missing");
        }
        final NodeConfig wanted = NodeConfig.read(config);
        final RunDirectory directory = RunDirectory.ofEnvironment();
        if (directory.isRunning(wanted.name())) {
            throw new RefusedException("node " + wanted.name() + " runs already");
        }
        Preflight.check(wanted);
        // Beside the set-up: frames that come before its end are forwarded all the same, by code that is still slow.
        Thread.ofPlatform().daemon().name("weft-warm-up").start(() -> Warmup.run(WARMUP_MILLIS));
        final Node node = Node.start(wanted, directory);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(node, directory), "weft-end"));
        System.out.println("node " + wanted.name() + " ready");
        System.out.flush();
        final Throwable failure = node.dataplane().awaitEnd();
        if (failure == null) {
            // Being ended: the process goes with the shutdown hook.
            new CountDownLatch(1).await();
        }
        // A node that no longer forwards must not look alive: whoever watches it starts another.
        LOG.error("the worker failed", failure);
        failed = true;
        return 2;
    }

    /** A worker that doesn't come to its end must not keep the process: what is left then is the kernel's to close. */
    private void end(final Node node, final RunDirectory directory) {
        final Thread closer = Thread.ofPlatform().daemon().name("weft-close").start(node::close);
        try {
            closer.join(END_MILLIS);
            if (closer.isAlive()) {
                directory.remove(node.config().name());
            }
        } catch (final InterruptedException | IOException e) {
            // What stays is replaced by the next node of this name.
            System.err.println("Error: " + e.getMessage());
        }
        Runtime.getRuntime().halt(failed || closer.isAlive() ? 2 : 0);
    }
}
