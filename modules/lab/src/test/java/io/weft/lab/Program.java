// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Runs commands as a user would: {@code scripts/weft} and the tools of the system. */
final class Program {
    /** The checkout, whose packaged program is under test. */
    static final Path HOME = Path.of(Objects.requireNonNull(System.getProperty("weft.home"), "weft.home"));

    static final String WEFT = HOME.resolve("scripts/weft").toString();

    private static final long LIMIT_SECONDS = 90;

    private Program() {}

    record Result(List<String> command, int code, String out, String err) {
        /** The output of a command that has to succeed. */
        String ok() {
            if (code != 0) {
                throw new AssertionError(this);
            }
            return out;
        }

        JsonNode json() {
            return JsonMapper.shared().readTree(ok());
        }

        /** The output of a command that has to succeed and writes an object a line. */
        List<JsonNode> lines() {
            return ok().lines().map(line -> JsonMapper.shared().readTree(line)).toList();
        }

        @Override
        public String toString() {
            return String.join(" ", command) + ": exit " + code + "\n" + out + err;
        }
    }

    static Result weft(final String... words) throws IOException {
        return run(List.of(WEFT), words);
    }

    static Result run(final String... command) throws IOException {
        return execute(List.of(command));
    }

    /** Runs a command that ends with these words. */
    static Result run(final List<String> command, final String... words) throws IOException {
        final List<String> all = new ArrayList<>(command);
        all.addAll(List.of(words));
        return execute(all);
    }

    /** Output goes to files: a daemon that a command leaves behind can't keep us waiting for the end of a pipe. */
    private static Result execute(final List<String> command) throws IOException {
        final Path out = Files.createTempFile("weft-test", ".out");
        final Path err = Files.createTempFile("weft-test", ".err");
        try {
            final Process process = new ProcessBuilder(command)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("no end after " + LIMIT_SECONDS + " s: " + String.join(" ", command) + "\n"
                        + Files.readString(out) + Files.readString(err));
            }
            return new Result(command, process.exitValue(), text(out), text(err));
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    private static String text(final Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }
}
