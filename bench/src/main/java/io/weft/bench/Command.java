// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs commands of the system, each for a bounded time. */
final class Command {
    /** Enough for any command of a set-up. */
    static final Duration LIMIT = Duration.ofSeconds(20);

    /** What {@link Result#code} is of a command that ran out of time, as with timeout(1). */
    private static final int OUT_OF_TIME = 124;

    private static final int MAX_OUTPUT = 16 << 20;

    private Command() {}

    /** What a command left: its exit code and what it wrote, errors included. */
    record Result(int code, String output) {
        boolean ok() {
            return code == 0;
        }

        /** The last line that says anything, which is where programs tell what was wrong. */
        String lastLine() {
            return output.lines()
                    .filter(line -> !line.isBlank())
                    .reduce((first, second) -> second)
                    .orElse(code == OUT_OF_TIME ? "no end in time" : "exit code " + code);
        }
    }

    /**
     * Runs {@code command} for at most {@code limit}.
     *
     * @throws BenchException if it can't be started, or this thread was interrupted
     */
    static Result run(final Duration limit, final List<String> command) throws BenchException {
        Path output = null;
        Process process = null;
        try {
            // To a file: a daemon that the command leaves can't hold us up by keeping a pipe open.
            output = Files.createTempFile("weft-bench", ".out");
            process = new ProcessBuilder(command)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            final boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
            return new Result(ended ? process.exitValue() : OUT_OF_TIME, text(output));
        } catch (final IOException e) {
            throw new BenchException(command.getFirst() + " can't be run: " + e.getMessage(), e);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        } finally {
            if (process != null) {
                process.destroyForcibly();
            }
            if (output != null) {
                output.toFile().delete();
            }
        }
    }

    /** Runs {@code command} and returns what it wrote; a failure throws with its last line. */
    static String must(final List<String> command) throws BenchException {
        final Result result = run(LIMIT, command);
        if (!result.ok()) {
            throw new BenchException(command.getFirst() + ": " + result.lastLine());
        }
        return result.output();
    }

    private static String text(final Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return new String(in.readNBytes(MAX_OUTPUT), StandardCharsets.UTF_8);
        }
    }
}
