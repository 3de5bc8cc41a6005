// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * A process that a lab started. A pid alone may have gone to another process since, so the time of its start goes with it.
 *
 * @param name what it is to the lab: a node's name, or {@code up}
 * @param pid process id
 * @param start start time in clock ticks since boot: field 22 of /proc/PID/stat, see proc(5)
 */
record LabProcess(String name, long pid, long start) {
    private static final Path PROC = Path.of("/proc");
    private static final Duration GRACE = Duration.ofSeconds(4);
    private static final Duration POLL = Duration.ofMillis(10);

    /** The process {@code pid} as it runs now; its start time is 0 if there is none. */
    static LabProcess of(final String name, final long pid) {
        return new LabProcess(name, pid, startTime(pid));
    }

    /** True while this very process runs. */
    boolean isAlive() {
        return start != 0 && startTime(pid) == start;
    }

    /** Ends {@code processes}: SIGTERM to all, then SIGKILL to those that stay. */
    static void end(final Collection<LabProcess> processes) {
        signal(processes, false);
        if (!awaitEnd(processes)) {
            signal(processes, true);
            awaitEnd(processes);
        }
    }

    /**
     * Weft nodes that run with {@code nodeFile}, found by their command line: for those that were started just before a crash,
     * before their pid could be written down.
     */
    static List<LabProcess> nodesRunning(final String name, final Path nodeFile) throws LabException {
        final String tail = "\0node\0run\0--config\0" + nodeFile + "\0";
        final List<LabProcess> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (final Path entry : entries) {
                final long pid = Long.parseLong(entry.getFileName().toString());
                final LabProcess process = of(name, pid);
                if (commandLine(entry).endsWith(tail) && process.isAlive()) {
                    found.add(process);
                }
            }
        } catch (final IOException e) {
            throw new LabException("/proc can't be read: " + e.getMessage(), e);
        }
        return found;
    }

    private static void signal(final Collection<LabProcess> processes, final boolean kill) {
        for (final LabProcess process : processes) {
            if (process.isAlive()) {
                ProcessHandle.of(process.pid).ifPresent(handle -> {
                    if (kill) {
                        handle.destroyForcibly();
                    } else {
                        handle.destroy();
                    }
                });
            }
        }
    }

    /** Polls: they are no children of this process, so nothing tells when they end. A zombie has ended. */
    private static boolean awaitEnd(final Collection<LabProcess> processes) {
        final long deadline = System.nanoTime() + GRACE.toNanos();
        while (processes.stream().anyMatch(LabProcess::isAlive)) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            try {
                Thread.sleep(POLL);
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }

    private static long startTime(final long pid) {
        try {
            final String stat = Files.readString(PROC.resolve(pid + "/stat"), StandardCharsets.ISO_8859_1);
            // Field 2 is the name in brackets, which may hold blanks and brackets: fields are counted from its end.
            final String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return fields[0].equals("Z") ? 0 : Long.parseLong(fields[19]);
        } catch (final IOException | RuntimeException e) {
            return 0;
        }
    }

    private static String commandLine(final Path entry) {
        try {
            return Files.readString(entry.resolve("cmdline"), StandardCharsets.ISO_8859_1);
        } catch (final IOException e) {
            return "";
        }
    }
}
