// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.bench.NodeProbe.Books;
import io.weft.bench.SoakResults.Load;
import io.weft.bench.SoakResults.Node;
import io.weft.bench.SoakResults.Resident;
import io.weft.bench.SoakResults.Sample;
import io.weft.daemon.RunDirectory;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Endurance: two nodes of Weft under mixed load for minutes. Between warm-up and run the generators pause, so that every
 * frame that counts is one of the run, and the books of both sides close.
 */
final class Soak implements AutoCloseable {
    private static final String IPV6 = "fd00:100::";
    private static final double NANOS = 1e9;
    /** More than a start takes on any machine. */
    private static final int SOCKET_SECONDS = 60;

    private static final double MEBI = 1024;
    private static final long TICK_MILLIS = 100;

    private final OffsetDateTime started =
            OffsetDateTime.now(ZoneId.systemDefault()).truncatedTo(ChronoUnit.SECONDS);
    private final SoakPlan plan;
    private final String weft;
    private final List<String> command;
    private final Contender contender;
    private final PrintStream progress;
    private final Path folder;
    private final Site site;
    private final List<NodeProbe> nodes = new ArrayList<>();
    private volatile @Nullable SoakLoad load;

    /**
     * A soak that has not begun.
     *
     * @param weft version of what is run
     * @param command as a reader would repeat it
     * @param contender Weft
     * @param progress gets a line now and then
     */
    Soak(
            final SoakPlan plan,
            final String weft,
            final List<String> command,
            final Contender contender,
            final PrintStream progress)
            throws BenchException {
        this.plan = plan;
        this.weft = weft;
        this.command = command;
        this.contender = contender;
        this.progress = progress;
        try {
            this.folder = Files.createTempDirectory("weft-bench");
        } catch (final IOException e) {
            throw new BenchException("no temporary directory: " + e.getMessage(), e);
        }
        this.site = new Site("wb" + ProcessHandle.current().pid() + "-0-", folder.resolve("s0"));
    }

    /** Does all of it, and takes everything down. */
    SoakResults run() throws BenchException {
        try (Soak soak = this) {
            return soak.measure();
        } finally {
            nodes.forEach(NodeProbe::close);
        }
    }

    private SoakResults measure() throws BenchException {
        setUp();
        final double warmUpSeconds = warmUp();
        final List<Long> questionOctets = new ArrayList<>();
        final List<Books> booksBefore = new ArrayList<>();
        for (final NodeProbe node : nodes) {
            questionOctets.add(node.questionOctets());
            // How full the young generation is by now is chance. From here on, what the run allocates counts.
            node.collect();
            booksBefore.add(node.books());
        }
        final List<Sample> before = look(0);
        final Map<String, Long> kernelBefore = KernelDrops.read(site, nodes);
        final List<List<Sample>> samples = new ArrayList<>();
        final Load sent;
        final double seconds;
        final Map<String, Long> kernelDrops;
        try (SoakLoad running = startLoad()) {
            final long start = System.nanoTime();
            sample(samples, running, start);
            sent = running.finish();
            seconds = seconds(start);
            kernelDrops = new TreeMap<>(KernelDrops.since(kernelBefore, KernelDrops.read(site, nodes)));
            kernelDrops.merge("generator socket", running.socketDrops(), Long::sum);
            kernelDrops.values().removeIf(count -> count == 0);
        }
        final List<Sample> after = look(seconds);
        final List<Node> rows = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            final NodeProbe node = nodes.get(i);
            rows.add(row(
                    node.label(),
                    booksBefore.get(i),
                    node.books(),
                    questionOctets.get(i),
                    KernelDrops.since(before.get(i).drops(), after.get(i).drops()),
                    samples.get(i)));
        }
        return new SoakResults(
                SoakResults.SCHEMA,
                started.toString(),
                command,
                weft,
                MachineInfo.read(),
                seconds,
                warmUpSeconds,
                sent,
                rows,
                kernelDrops,
                SoakJudgement.judge(sent, rows, kernelDrops));
    }

    private void setUp() throws BenchException {
        contender.build(BenchScenario.TWO_NODES, site);
        site.awaitReply();
        // The network is switched: what addresses its pods have besides is their own affair.
        site.ip("a", "addr", "add", IPV6 + "1/64", "dev", "eth0", "nodad");
        site.ip("b", "addr", "add", IPV6 + "2/64", "dev", "eth0", "nodad");
        Iperf.serve(site);
        final RunDirectory directory = new RunDirectory(WeftSetUps.runDirectory(site));
        final List<Long> pids = site.dataplanePids();
        for (int i = 0; i < pids.size(); i++) {
            final String label = "n" + (i + 1);
            awaitSocket(directory, site.namespace(label));
            nodes.add(new NodeProbe(label, site.namespace(label), pids.get(i), directory));
        }
    }

    /** A node forwards before it answers commands. */
    private void awaitSocket(final RunDirectory directory, final String node) throws BenchException {
        final long start = System.nanoTime();
        while (!directory.isRunning(node)) {
            site.checkAlive();
            if (seconds(start) > SOCKET_SECONDS) {
                throw new BenchException("node " + node + " does not answer commands");
            }
            if (!Site.pause()) {
                throw new BenchException("interrupted");
            }
        }
    }

    private SoakLoad startLoad() throws BenchException {
        // Who is a neighbor may be forgotten since the last traffic.
        Ping.run(site.ends(), 2);
        final SoakLoad started = SoakLoad.start(site.ends(), IPV6 + "2", plan.framesPerSecond());
        load = started;
        return started;
    }

    /** Until no worker allocates for frames from one question to the next; returns how long that was. */
    private double warmUp() throws BenchException {
        final List<Long> questionOctets = new ArrayList<>();
        for (final NodeProbe node : nodes) {
            questionOctets.add(node.questionOctets());
        }
        say("warm-up, at least %.0f s".formatted(plan.warmUp()));
        try (SoakLoad running = startLoad()) {
            final long start = System.nanoTime();
            boolean isSettled = false;
            List<Books> last = books();
            while (!isSettled || seconds(start) < plan.warmUp()) {
                if (seconds(start) >= plan.longestWarmUp()) {
                    say("a worker still allocates; the run begins all the same");
                    break;
                }
                await(running, start, Math.min(seconds(start) + plan.interval(), plan.longestWarmUp()));
                final List<Books> now = books();
                isSettled = true;
                for (int i = 0; i < now.size(); i++) {
                    final long octets = now.get(i).allocated() - last.get(i).allocated() - questionOctets.get(i);
                    final long frames = now.get(i).received() - last.get(i).received();
                    isSettled &= SoakJudgement.isNothing((double) octets / Math.max(1, frames));
                }
                last = now;
            }
            running.finish();
            return seconds(start);
        }
    }

    /** One sample of each node at the beginning, then one each interval, the last at the end. */
    private void sample(final List<List<Sample>> samples, final SoakLoad running, final long start)
            throws BenchException {
        nodes.forEach(node -> samples.add(new ArrayList<>()));
        final int count = (int) Math.max(1, Math.round(plan.seconds() / plan.interval()));
        for (int i = 0; i <= count; i++) {
            await(running, start, plan.seconds() * i / count);
            final List<Sample> now = look(seconds(start));
            for (int node = 0; node < nodes.size(); node++) {
                samples.get(node).add(now.get(node));
            }
            say("%4.0f of %.0f s: %s".formatted(seconds(start), plan.seconds(), words(now)));
        }
    }

    private void await(final SoakLoad running, final long start, final double until) throws BenchException {
        while (seconds(start) < until) {
            try {
                Thread.sleep(TICK_MILLIS);
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new BenchException("interrupted", e);
            }
            site.checkAlive();
            running.check();
        }
    }

    private List<Sample> look(final double seconds) throws BenchException {
        final List<Sample> samples = new ArrayList<>();
        for (final NodeProbe node : nodes) {
            samples.add(node.sample(seconds));
        }
        return samples;
    }

    private List<Books> books() throws BenchException {
        final List<Books> books = new ArrayList<>();
        for (final NodeProbe node : nodes) {
            books.add(node.books());
        }
        return books;
    }

    private String words(final List<Sample> now) {
        final List<String> words = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            final Sample sample = now.get(i);
            words.add(String.format(
                    Locale.ROOT,
                    "%s %,d frames, %.1f MiB",
                    nodes.get(i).label(),
                    sample.frames(),
                    sample.resident() / MEBI));
        }
        return String.join("; ", words);
    }

    /**
     * What the run did to a node. Books are from before the first frame and after the last; memory is what was seen
     * under load.
     */
    static Node row(
            final String label,
            final Books before,
            final Books after,
            final long questionOctets,
            final Map<String, Long> drops,
            final List<Sample> samples) {
        final long frames = after.received() - before.received();
        final long allocated = Math.max(0, after.allocated() - before.allocated() - questionOctets);
        return new Node(
                label,
                frames,
                allocated,
                (double) allocated / Math.max(1, frames),
                questionOctets,
                after.collections() - before.collections(),
                Resident.of(samples),
                drops,
                after.imbalance(),
                samples);
    }

    private static double seconds(final long start) {
        return (System.nanoTime() - start) / NANOS;
    }

    private void say(final String line) {
        progress.println(line);
    }

    /** Takes everything down. Any thread, at any time; what is under way fails then. */
    @Override
    public void close() {
        final SoakLoad running = load;
        if (running != null) {
            running.abort();
        }
        site.close();
        folder.toFile().delete();
    }
}
