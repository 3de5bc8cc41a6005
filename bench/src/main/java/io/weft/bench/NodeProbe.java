// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.bench.SoakResults.Sample;
import io.weft.daemon.ControlClient;
import io.weft.daemon.RunDirectory;
import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.WorkerCounter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A node of Weft that is watched: by its counters' file and by proc(5), which it does not notice, and by its control
 * socket, which costs it memory: a command line is parsed in the node, with all the objects that this takes.
 */
final class NodeProbe implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final double KIBI = 1024;
    /** Questions of which the cheapest counts. */
    private static final int QUESTIONS = 5;

    private final String label;
    private final String name;
    private final long pid;
    private final ControlClient client;
    private final Counters counters;

    /**
     * What the node itself says, since it started.
     *
     * @param allocated octets, by the worker
     * @param collections of garbage
     * @param received frames
     * @param imbalance frames that the ledger does not account for
     */
    record Books(long allocated, long collections, long received, long imbalance) {}

    /**
     * A node that runs.
     *
     * @param label its short name
     * @param name its name
     */
    NodeProbe(final String label, final String name, final long pid, final RunDirectory directory) {
        this.label = label;
        this.name = name;
        this.pid = pid;
        this.client = new ControlClient(directory);
        this.counters = Counters.open(directory.counters(name).toFile());
    }

    /** Its short name. */
    String label() {
        return label;
    }

    /** Looks at it from outside. */
    Sample sample(final double seconds) throws BenchException {
        return new Sample(
                seconds,
                Math.round(ProcessUsage.residentMebibytes(List.of(pid)) * KIBI),
                counters.get(WorkerCounter.RECEIVED),
                drops());
    }

    /** Asks it. The worker answers between two of its cycles. */
    Books books() throws BenchException {
        final JsonNode stats = ask(false, "stats").path(0);
        return new Books(
                stats.path("allocated").asLong(),
                stats.path("collections").asLong(),
                stats.path("received").asLong(),
                stats.path("imbalance").asLong());
    }

    /** Octets that its worker allocates for one call of {@link #books}; to be asked while no frames come. */
    long questionOctets() throws BenchException {
        long least = Long.MAX_VALUE;
        long before = books().allocated();
        for (int i = 0; i < QUESTIONS; i++) {
            final long now = books().allocated();
            least = Math.min(least, now - before);
            before = now;
        }
        return least;
    }

    /** Has it collect its garbage now. */
    void collect() throws BenchException {
        final Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        Command.must(List.of(jcmd.toString(), Long.toString(pid), "GC.run"));
    }

    private Map<String, Long> drops() {
        final Map<String, Long> drops = new TreeMap<>();
        for (final DropReason reason : DropReason.values()) {
            final long frames = counters.getDrop(reason);
            if (frames > 0) {
                drops.put(reason.label(), frames);
            }
        }
        return drops;
    }

    /** Datagrams that the kernel lost at the node's socket, since it started. */
    long socketDrops() throws BenchException {
        long drops = 0;
        for (final JsonNode port : ask(true, "port")) {
            drops += port.path("kernel_dropped").asLong(0)
                    + port.path("kernel_bad_checksum").asLong(0);
        }
        return drops;
    }

    private JsonNode ask(final boolean statistics, final String object) throws BenchException {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        try {
            if (client.run(name, List.of(object), true, statistics, out, err) != 0) {
                throw new BenchException("node " + label + ": " + err.toString(StandardCharsets.UTF_8));
            }
            return JSON.readTree(out.toByteArray());
        } catch (final IOException | JacksonException e) {
            throw new BenchException("node " + label + ": " + object + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        counters.close();
    }
}
