// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.weft.frame.Counters;
import io.weft.frame.WorkerCounter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A journal whose node is killed, whose disk is full, whose files are damaged. */
@Tag("netns")
class JournalFaultSystemTest {
    private static final String LAB = """
            name: faults
            nodes:
              n1: { underlay: 198.19.0.1/24 }
            networks:
              blue: { vni: 100, mode: switched, subnet: 10.100.0.0/24 }
            pods:
              a: { node: n1, network: blue, address: 10.100.0.1 }
              b: { node: n1, network: blue, address: 10.100.0.2 }
            conntrack: { tcp-closed: 2s, udp: 2s, icmp: 1s }
            """;

    private static final String B = "10.100.0.2";
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private RunningLab lab;

    @BeforeEach
    void up() throws Exception {
        lab = RunningLab.ofText(LAB);
    }

    @AfterEach
    void down() throws Exception {
        lab.close();
    }

    private ProcessHandle node() throws IOException {
        final long pid = lab.ask("n1", "node", "show").get(0).path("pid").asLong();
        return ProcessHandle.of(pid).orElseThrow();
    }

    /** Returns when the node has ended. */
    private void stop() throws Exception {
        final ProcessHandle node = node();
        node.destroy();
        node.onExit().get(20, TimeUnit.SECONDS);
    }

    /** As the lab has started it, and waits until pods can talk. Taking the lab down ends it. */
    private void start() throws IOException {
        new ProcessBuilder(
                        "setsid",
                        "ip",
                        "netns",
                        "exec",
                        lab.namespace("n1"),
                        Program.WEFT,
                        "node",
                        "run",
                        "--config",
                        lab.journal("n1").resolveSibling("n1.yaml").toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        await().atMost(PATIENCE)
                .until(() -> lab.in("a", "ping", "-n", "-c", "1", "-W", "1", B).code() == 0);
    }

    private Program.Result verify() throws IOException {
        return Program.weft(
                "-j", "journal", "verify", "--dir", lab.journal("n1").toString());
    }

    /** What the journal's files hold, also while no node runs. */
    private Program.Result observe(final String... words) throws IOException {
        final List<String> command = new ArrayList<>(List.of(Program.WEFT, "flow", "observe", "-o", "jsonl", "--dir"));
        command.add(lab.journal("n1").toString());
        return Program.run(command, words);
    }

    private void shortFlows(final int each) throws IOException {
        try (ShortFlows flows = new ShortFlows(lab, "a", "b", B)) {
            flows.run(each);
        }
    }

    @Test
    void shouldLoseNothingButWhatWasNotWrittenWhenItsNodeIsKilled() throws Exception {
        final FutureTask<Void> traffic;
        try (ShortFlows more = new ShortFlows(lab, "a", "b", B);
                ShortFlows counted = new ShortFlows(lab, "b", "a", "10.100.0.1")) {
            traffic = new FutureTask<>(() -> {
                more.runOn();
                return null;
            });
            Thread.ofPlatform().daemon().name("traffic").start(traffic);
            counted.run(100);
            final ProcessHandle node = node();
            node.destroyForcibly();
            node.onExit().get(20, TimeUnit.SECONDS);
        }
        assertThatThrownBy(() -> traffic.get(20, TimeUnit.SECONDS)).hasRootCauseInstanceOf(IOException.class);
        final long made = eventsMade();
        final JsonNode killed = verify().json().path(0);
        assertThat(killed.path("sound").asBoolean()).as(killed.toString()).isTrue();
        assertThat(killed.path("sessions").path(0).path("end").asString()).isEqualTo("killed");
        final List<JsonNode> before = observe().lines();
        assertThat(before).hasSizeGreaterThan(400);

        start();
        final Instant since = Instant.now();
        shortFlows(20);
        // And what ends of connections still have to say to each other.
        await().atMost(PATIENCE).until(() -> flowsBegun(since) >= 40);

        final JsonNode found = verify().json().path(0);
        assertThat(found.path("sound").asBoolean()).as(found.toString()).isTrue();
        assertThat(found.path("sessions")).hasSize(2);
        final JsonNode first = found.path("sessions").path(0);
        assertThat(first.path("end").asString()).isEqualTo("killed");
        assertThat(first.path("missing").asLong()).isZero();
        assertThat(first.path("events").asInt()).isEqualTo(before.size());
        // The worker's counter may be behind what the journal has taken already.
        assertThat(first.path("unwritten").asLong(-1)).isEqualTo(Math.max(0, made - before.size()));
        assertThat(found.path("sessions").path(1).path("end").asString()).isEqualTo("live");
        assertThat(ofType(observe().lines(), "open")).doesNotHaveDuplicates();
    }

    /** The flows' numbers of all events of one type. */
    private static List<String> ofType(final List<JsonNode> events, final String type) {
        return events.stream()
                .filter(event -> event.path("event").asString().equals(type))
                .map(event -> event.path("flow").asString())
                .toList();
    }

    /** What the counters tell, which outlive a node that is killed. */
    private long eventsMade() {
        final Counters counters = Counters.open(RunningLab.RUN_DIRECTORY
                .resolve(lab.namespace("n1") + ".counters")
                .toFile());
        try {
            return counters.worker(0).get(WorkerCounter.FLOW_EVENTS);
        } finally {
            counters.close();
        }
    }

    /** Killed sessions do not end: who follows goes on with the next one all the same. */
    @Test
    void shouldBeFollowedFromAKilledSessionIntoTheNext() throws Exception {
        final Path seen = Files.createTempFile("weft-follow", ".jsonl");
        final Process follower = new ProcessBuilder(
                        Program.WEFT,
                        "flow",
                        "observe",
                        "--follow",
                        "--since",
                        "1h",
                        "--protocol",
                        "udp",
                        "-o",
                        "jsonl",
                        "--dir",
                        lab.journal("n1").toString())
                .redirectOutput(seen.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            shortFlows(5);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(Files.readAllLines(seen)).hasSize(10));
            final ProcessHandle node = node();
            node.destroyForcibly();
            node.onExit().get(20, TimeUnit.SECONDS);
            start();
            shortFlows(5);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(Files.readAllLines(seen)).hasSize(20));
        } finally {
            follower.destroy();
            assertThat(follower.waitFor(10, TimeUnit.SECONDS)).isTrue();
            Files.delete(seen);
        }
    }

    private long flowsBegun(final Instant since) throws IOException {
        return observe("--since", since.toString()).lines().stream()
                .filter(event -> event.path("event").asString().equals("close"))
                .filter(event -> event.has("source_port")
                        && !Instant.parse(event.path("first").asString()).isBefore(since))
                .count();
    }

    @Test
    void shouldForwardWhileTheDiskIsFullAndGoOnWhenItIsNot() throws Exception {
        stop();
        final String dir = lab.journal("n1").toString();
        Program.run("mount", "-t", "tmpfs", "-o", "size=64m,mode=700", "weft-test", dir)
                .ok();
        try {
            start();
            final Path other = lab.journal("n1").resolve("other");
            Program.run("sh", "-c", "head -c 64M /dev/zero > " + other);
            shortFlows(1_500);
            lab.ping("a", B);
            await().atMost(PATIENCE).untilAsserted(() -> {
                final JsonNode journal = lab.ask("n1", "journal", "show").get(0);
                assertThat(journal.path("state").asString()).isEqualTo("full");
                assertThat(journal.path("alarms")).isNotEmpty();
                assertThat(journal.path("lost").asLong()).isPositive();
            });
            assertThat(lab.ask("n1", "node", "show").get(0).path("alarms").toString())
                    .contains("flows are not kept");
            lab.tcp("a", "b", B, 20);

            Files.delete(other);
            await().atMost(PATIENCE).untilAsserted(() -> {
                final JsonNode journal = lab.ask("n1", "journal", "show").get(0);
                assertThat(journal.path("state").asString()).isEqualTo("writing");
                assertThat(journal.path("alarms")).isEmpty();
            });
            final Instant since = Instant.now();
            shortFlows(10);
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(flowsBegun(since)).isEqualTo(20));
            final long lost =
                    lab.ask("n1", "journal", "show").get(0).path("lost").asLong();
            final JsonNode found = verify().json().path(0);
            assertThat(found.path("sound").asBoolean()).as(found.toString()).isTrue();
            assertThat(found.path("sessions").path(0).path("lost").asLong()).isEqualTo(lost);
            lab.assertConservation("n1");
            stop();
        } finally {
            // Detached at once, whoever still looks at it.
            Program.run("umount", "-l", dir).ok();
        }
        assertThat(Files.readString(Path.of("/proc/mounts"))).doesNotContain(dir);
    }

    @Test
    void shouldReadAroundDamageAndAppendBehindIt() throws Exception {
        shortFlows(200);
        stop();
        start();
        shortFlows(200);
        stop();
        final List<Path> files = files();
        assertThat(files).hasSizeGreaterThanOrEqualTo(2);
        final List<JsonNode> whole = observe().lines();
        // A node that ends in order tells of the end of every flow.
        assertThat(ofType(whole, "open")).hasSizeGreaterThanOrEqualTo(800).hasSameElementsAs(ofType(whole, "close"));
        assertThat(verify().json().path(0).path("sessions"))
                .allMatch(session -> session.path("end").asString().equals("ended"));
        final Path first = files.getFirst();
        final Path last = files.getLast();
        try (RandomAccessFile file = new RandomAccessFile(first.toFile(), "rw")) {
            file.seek(file.length() / 2);
            file.write("not what was written here".repeat(8).getBytes(StandardCharsets.US_ASCII));
        }
        try (RandomAccessFile file = new RandomAccessFile(last.toFile(), "rw")) {
            file.setLength(file.length() * 2 / 3);
        }

        final Program.Result damaged = verify();
        assertThat(damaged.code()).as(damaged.toString()).isEqualTo(2);
        final JsonNode places = json(damaged).path("damaged");
        assertThat(places.valueStream().map(place -> place.path("file").asString()))
                .contains(label(first), label(last));
        assertThat(places)
                .allMatch(place -> place.path("position").asLong() > 0
                        && !place.path("reason").asString().isEmpty());
        final Program.Result read = observe();
        assertThat(read.lines()).hasSizeBetween(whole.size() / 4, whole.size() - 1);
        assertThat(read.err()).contains(label(first)).contains(label(last));

        start();
        final Instant since = Instant.now();
        shortFlows(10);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(flowsBegun(since)).isEqualTo(20));
        final Program.Result after = verify();
        assertThat(after.code()).isEqualTo(2);
        assertThat(json(after).path("damaged")).isEqualTo(places);
        assertThat(json(after).path("sessions")).hasSize(3);
    }

    private static JsonNode json(final Program.Result result) {
        return JsonMapper.shared().readTree(result.out()).path(0);
    }

    private List<Path> files() throws IOException {
        try (var files = Files.walk(lab.journal("n1"))) {
            return files.filter(file -> file.toString().endsWith(".cq4"))
                    .sorted()
                    .toList();
        } catch (final UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private String label(final Path file) {
        return lab.journal("n1").relativize(file).toString();
    }
}
