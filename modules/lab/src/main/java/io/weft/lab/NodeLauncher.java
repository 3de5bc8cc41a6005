// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import io.weft.daemon.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Starts weft nodes in namespaces, as processes that outlive the command which started them. */
final class NodeLauncher {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(20);
    private static final int TAIL_LINES = 5;

    private final Path program;
    private final RunDirectory directory;

    /** {@code program} is the launcher that users call, {@code scripts/weft}. */
    NodeLauncher(final Path program, final RunDirectory directory) {
        this.program = program;
        this.directory = directory;
    }

    /** Starts node {@code name} in {@code namespace}; what it writes goes to {@code log}. */
    LabProcess start(final String name, final String namespace, final Path config, final Path log) throws LabException {
        try {
            // setsid, ip and the launcher each become the next program: the pid stays. A session of its own
            // keeps the terminal's Ctrl-C from it.
            final Process process = new ProcessBuilder(
                            "setsid",
                            "ip",
                            "netns",
                            "exec",
                            namespace,
                            program.toString(),
                            "node",
                            "run",
                            "--config",
                            config.toString())
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            return LabProcess.of(name, process.pid());
        } catch (final IOException e) {
            throw new LabException("node " + name + " can't be started: " + e.getMessage(), e);
        }
    }

    /** Returns when the node called {@code node} answers commands; throws with the end of its log if it doesn't. */
    void awaitReady(final LabProcess process, final String node, final Path log) throws LabException {
        final long deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (!directory.isRunning(node)) {
            if (!process.isAlive()) {
                throw new LabException("node " + process.name() + " ended: " + tail(log));
            }
            if (System.nanoTime() - deadline > 0) {
                throw new LabException("node " + process.name() + " is not ready after " + START_LIMIT.toSeconds()
                        + " s: " + tail(log));
            }
            pause();
        }
    }

    /** Removes what a node that was killed could not remove itself. */
    void removeLeftovers(final String node) throws LabException {
        try {
            directory.remove(node);
        } catch (final IOException e) {
            throw new LabException("files of node " + node + " can't be removed: " + e.getMessage(), e);
        }
    }

    private static String tail(final Path log) {
        try {
            final List<String> lines = Files.readAllLines(log);
            return String.join(" | ", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
        } catch (final IOException e) {
            return "no log (" + e.getMessage() + ")";
        }
    }

    /** Between two looks at a node that starts. */
    static void pause() throws LabException {
        try {
            Thread.sleep(POLL);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted", e);
        }
    }
}
