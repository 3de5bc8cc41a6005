// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.bench.Site.Ends;
import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** TCP by iperf3, which moves octets between two pods as fast as it can. */
final class Iperf {
    /** The servers of a site: measurements have the one, the flow beside which round trips are measured the other. */
    static final int PORT = 5201;

    static final int LOAD_PORT = 5202;

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration GRACE = Duration.ofSeconds(20);
    private static final int TRIES = 20;
    private static final long RETRY_MILLIS = 50;
    private static final long MIN_OCTETS = 1 << 20;

    private Iperf() {}

    /**
     * What one run moved.
     *
     * @param gigabitsPerSecond as the receivers saw it
     * @param octets that they got
     */
    record Transfer(double gigabitsPerSecond, double octets) {}

    /** Starts both servers of a site. */
    static void serve(final Site site) throws BenchException {
        for (final int port : new int[] {PORT, LOAD_PORT}) {
            site.serve("iperf3", "-s", "-p", Integer.toString(port));
        }
    }

    /** As {@code -t}; iperf3 takes whole seconds. */
    static List<String> forSeconds(final int seconds) {
        return List.of("-t", Integer.toString(seconds));
    }

    /** As {@code -n}: what takes about {@code seconds} at a rate known from before. */
    static List<String> forSeconds(final double seconds, final double gigabitsPerSecond) {
        final long octets = (long) (gigabitsPerSecond * 1e9 / 8 * seconds);
        return List.of("-n", Long.toString(Math.max(MIN_OCTETS, octets)));
    }

    /**
     * Moves octets.
     *
     * @param options of iperf3, among them how much or how long
     */
    static Transfer run(final Ends ends, final List<String> options) throws BenchException {
        final List<String> command = client(ends, PORT, options);
        command.add("-J");
        String problem = "";
        for (int i = 0; i < TRIES; i++) {
            final Command.Result result = Command.run(GRACE, command);
            problem = error(result.output());
            if (problem.isEmpty()) {
                return parse(result.output());
            }
            if (!isTemporary(problem)) {
                break;
            }
            pause();
        }
        throw new BenchException("iperf3: " + problem);
    }

    private static List<String> client(final Ends ends, final int port, final List<String> options) {
        final List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", ends.from(), "iperf3"));
        command.addAll(List.of("-c", ends.address(), "-p", Integer.toString(port)));
        command.addAll(options);
        return command;
    }

    /** Not there yet, or not done with the one before. */
    private static boolean isTemporary(final String problem) {
        return problem.contains("busy") || problem.contains("refused");
    }

    private static String error(final String output) throws BenchException {
        return read(output).path("error").asString("");
    }

    /** Reads the report of {@code iperf3 -J}; both directions are summed. */
    static Transfer parse(final String output) throws BenchException {
        final JsonNode end = read(output).path("end");
        final JsonNode there = end.path("sum_received");
        final JsonNode back = end.path("sum_received_bidir_reverse");
        if (!there.has("bits_per_second")) {
            throw new BenchException("iperf3 reports no octets received");
        }
        return new Transfer(
                (there.path("bits_per_second").asDouble()
                                + back.path("bits_per_second").asDouble(0))
                        / 1e9,
                there.path("bytes").asDouble() + back.path("bytes").asDouble(0));
    }

    private static JsonNode read(final String output) throws BenchException {
        try {
            return JSON.readTree(output);
        } catch (final JacksonException e) {
            throw new BenchException("iperf3: " + new Command.Result(1, output).lastLine(), e);
        }
    }

    /** One flow that goes on until it is closed. */
    static final class Load implements AutoCloseable {
        /** Longer than anything is measured beside it. */
        private static final String SECONDS = "300";

        private final Process process;

        private Load(final Process process) {
            this.process = process;
        }

        /** Returns when octets flow. */
        static Load start(final Ends ends) throws BenchException {
            String line = "";
            for (int i = 0; i < TRIES; i++) {
                final Load load = launch(ends);
                line = load.firstInterval();
                if (line.isEmpty()) {
                    return load;
                }
                load.close();
                if (!isTemporary(line)) {
                    break;
                }
                pause();
            }
            throw new BenchException("iperf3: " + line);
        }

        private static Load launch(final Ends ends) throws BenchException {
            final List<String> options = List.of("-t", SECONDS, "-i", "0.1", "--forceflush");
            try {
                return new Load(new ProcessBuilder(client(ends, LOAD_PORT, options))
                        .redirectErrorStream(true)
                        .start());
            } catch (final IOException e) {
                throw new BenchException("iperf3 can't be run: " + e.getMessage(), e);
            }
        }

        /** Waits for the second report of an interval; empty if it came, else what iperf3 said last. */
        private String firstInterval() throws BenchException {
            // Not closed: the process writes on.
            final BufferedReader reader = process.inputReader();
            String last = "iperf3 said nothing";
            int intervals = 0;
            try {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    last = line;
                    if (line.endsWith("Bytes") || line.contains("bits/sec")) {
                        intervals++;
                    }
                    if (intervals == 2) {
                        return "";
                    }
                }
            } catch (final IOException e) {
                throw new BenchException("iperf3: " + e.getMessage(), e);
            }
            return last;
        }

        /** True if it did not end by itself. */
        boolean isFlowing() {
            return process.isAlive();
        }

        /** Ends it as a user would, so that the server knows. */
        @Override
        public void close() {
            // Not by the process itself, which would close what it still writes to.
            process.toHandle().destroy();
            try {
                if (!process.waitFor(2, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (final InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void pause() throws BenchException {
        try {
            Thread.sleep(RETRY_MILLIS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", e);
        }
    }
}
