// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs commands of the system, each for a bounded time. */
final class Shell {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int MAX_OUTPUT = 1 << 20;

    private Shell() {}

    /** What a command left: its exit code (124 if it ran out of time) and what it wrote, errors included. */
    record Result(int code, String output) {
        boolean ok() {
            return code == 0;
        }

        /** The first line of the output, for messages. */
        String firstLine() {
            return output.lines().findFirst().orElse("exit code " + code);
        }
    }

    /** Runs {@code command}; a failure throws with what it said. */
    static String run(final String... command) throws LabException {
        return must(List.of(command), feed("", LIMIT, List.of(command)));
    }

    /** Runs {@code command} with {@code input}; a failure throws with what it said. */
    static String feed(final String input, final String... command) throws LabException {
        return must(List.of(command), feed(input, LIMIT, List.of(command)));
    }

    /** Runs {@code command} for at most {@code limit} and returns what became of it. */
    static Result tryRun(final Duration limit, final String... command) throws LabException {
        return feed("", limit, List.of(command));
    }

    private static String must(final List<String> command, final Result result) throws LabException {
        if (!result.ok()) {
            throw new LabException(command.getFirst() + ": " + result.firstLine());
        }
        return result.output();
    }

    private static Result feed(final String input, final Duration limit, final List<String> command)
            throws LabException {
        Path output = null;
        Process process = null;
        try {
            // Output goes to a file: a child of the child that keeps a pipe open can't hold us up.
            output = Files.createTempFile("weft-lab", ".out");
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            try (OutputStream in = process.getOutputStream()) {
                in.write(input.getBytes(StandardCharsets.UTF_8));
            } catch (final IOException e) {
                // The command ended without reading: its exit code tells why.
            }
            final boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
            return new Result(ended ? process.exitValue() : 124, text(output));
        } catch (final IOException e) {
            throw new LabException(command.getFirst() + " can't be run: " + e.getMessage(), e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted", e);
        } finally {
            if (process != null) {
                process.destroyForcibly();
            }
            delete(output);
        }
    }

    private static String text(final Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return new String(in.readNBytes(MAX_OUTPUT), StandardCharsets.UTF_8);
        }
    }

    private static void delete(final @org.jspecify.annotations.Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (final IOException e) {
            // A file of a few bytes in the temporary directory; nothing depends on it.
        }
    }
}
