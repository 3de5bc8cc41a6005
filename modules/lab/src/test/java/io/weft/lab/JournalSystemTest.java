// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.lab.Direction.Carried;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What two nodes' journals tell of traffic between their pods, held against captures, against each other, and against other programs. */
@Tag("netns")
class JournalSystemTest {
    private static final String LAB = """
            name: journal
            nodes:
              n1: { underlay: 198.19.0.1/24 }
              n2: { underlay: 198.19.0.2/24 }
            networks:
              blue: { vni: 100, mode: switched, subnet: 10.100.0.0/24, gateway: 10.100.0.254 }
            pods:
              a: { node: n1, network: blue, address: 10.100.0.1 }
              b: { node: n1, network: blue, address: 10.100.0.2 }
              c: { node: n2, network: blue, address: 10.100.0.3 }
            conntrack: { tcp-closed: 2s, udp: 2s, icmp: 2s }
            """;

    private static final String C = "10.100.0.3";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static RunningLab lab;

    @TempDir
    private Path directory;

    @BeforeAll
    static void up() throws Exception {
        lab = RunningLab.ofText(LAB);
    }

    @AfterAll
    static void down() throws Exception {
        lab.assertConservation("n1");
        lab.assertConservation("n2");
        lab.close();
    }

    /** The last events of the TCP and UDP flows that began at {@code since} or later, of which there will be so many. */
    private static List<JsonNode> closed(final String node, final Instant since, final int flows) throws IOException {
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(events(node, since, "close")).hasSize(flows));
        return events(node, since, "close");
    }

    private static List<JsonNode> events(final String node, final Instant since, final String type) throws IOException {
        return lab.observe(node, "--since", since.toString()).stream()
                .filter(event -> event.has("source_port")
                        && event.path("event").asString().equals(type))
                .filter(event -> !Instant.parse(event.path("first").asString()).isBefore(since))
                .toList();
    }

    private static Map<Direction, Long> countByFlow(final List<JsonNode> events) {
        return events.stream().collect(Collectors.groupingBy(Direction::of, Collectors.counting()));
    }

    @Test
    void shouldTellOfEveryFlowOnceAndOfEveryOctet() throws Exception {
        final int each = 500;
        // iperf3 has a connection for control besides the one for data.
        final int flows = 2 * each + 2;
        final Instant since = Instant.now();
        final Map<Direction, Carried> first;
        final Map<Direction, Carried> second;
        try (FlowCapture at1 = FlowCapture.start(lab, "n1", directory, "a", C);
                FlowCapture at2 = FlowCapture.start(lab, "n2", directory, "a", C);
                ShortFlows shortFlows = new ShortFlows(lab, "a", "c", C)) {
            // No more than a ring of the capture holds, should its reader have to wait.
            lab.iperf("a", "c", C, "-n", "6M", "-b", "100M");
            shortFlows.run(each);
            closed("n1", since, flows);
            first = at1.stop();
            second = at2.stop();
            assertThat(at1.superFrames()).isPositive();
        }

        for (final String node : List.of("n1", "n2")) {
            final List<JsonNode> closes = closed(node, since, flows);
            assertThat(countByFlow(closes)).hasSize(flows);
            assertThat(countByFlow(events(node, since, "open"))).isEqualTo(countByFlow(closes));
            assertThat(Direction.carried(closes)).isEqualTo(node.equals("n1") ? first : second);
        }
        assertThat(first).isEqualTo(second);
        assertThat(lab.ask("n1", "journal", "show").get(0).path("lost").asLong())
                .isZero();
    }

    /** By a process of its own, which began before: the node writes, it reads. */
    @Test
    void shouldFollowWhatIsWritten() throws Exception {
        final Path seen = directory.resolve("seen");
        final Process follower = new ProcessBuilder(
                        Program.WEFT,
                        "-n",
                        lab.namespace("n1"),
                        "flow",
                        "observe",
                        "--follow",
                        "--protocol",
                        "icmp",
                        "--pod",
                        "b",
                        "-o",
                        "jsonl")
                .redirectOutput(seen.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            await().atMost(PATIENCE).until(() -> {
                lab.ping("b", C);
                return Files.readString(seen).contains("\"destination\":\"" + C + "\"");
            });
        } finally {
            follower.destroy();
            assertThat(follower.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(Files.readString(seen).lines())
                .allMatch(line -> line.contains("\"source\":\"10.100.0.2\"") || line.contains("\"source_pod\":\"b\""));
    }

    @Test
    void shouldFindWhatIsAskedFor() throws Exception {
        final Instant since = Instant.now();
        lab.in("a", "ping", "-n", "-c", "2", "-i", "0.1", "-W", "1", "203.0.113.9");
        lab.tcp("b", "c", C, 1);
        final String from = since.toString();

        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(lab.observe("n1", "--since", from, "--verdict", "dropped"))
                        .isNotEmpty()
                        .allMatch(event -> event.path("destination").asString().equals("203.0.113.9")));
        assertThat(lab.observe("n1", "--since", from, "--drop-reason", "no-route"))
                .isNotEmpty()
                .allMatch(event -> event.path("reason").asString().equals("no-route")
                        && event.path("source_pod").asString().equals("a"));
        final JsonNode transfer =
                lab.observe("n1", "--since", from, "--protocol", "tcp").getFirst();
        final String port = transfer.path("destination_port").asString();
        assertThat(lab.observe("n1", "--since", from, "--port", port))
                .isNotEmpty()
                .allMatch(event -> event.path("flow").equals(transfer.path("flow")));
        assertThat(lab.observe("n1", "--since", from, "--network", "blue", "--pod", "b"))
                .isNotEmpty();
        assertThat(lab.observe("n1", "--since", from, "--network", "red")).isEmpty();
        final List<String> all = List.of(
                "flow", "observe", "--since", from, "--until", Instant.now().toString());
        final List<JsonNode> lines = ask("n1", all, "-o", "jsonl").lines();
        assertThat(ask("n1", all, "-o", "json").json()).hasSameSizeAs(lines);
        final List<String> table = ask("n1", all, "-o", "csv").ok().lines().toList();
        assertThat(table).hasSize(lines.size() + 1);
        assertThat(table.getFirst()).startsWith("timestamp,event,flow,");
        final int columns = table.getFirst().split(",", -1).length;
        assertThat(table).allMatch(line -> line.split(",", -1).length == columns);
        assertThat(ask("n1", List.of("flow", "observe", "--since"), "yesterday").err())
                .startsWith("Error: ")
                .hasLineCount(1);
    }

    /** All commands count the same flows: what was open at a moment, and what is open now, are in the journal, and the totals agree. */
    @Test
    void shouldAddUpInEveryView() throws Exception {
        // Totals of a range have what flows that began before it carry in it.
        awaitNoFlow();
        final Instant since = Instant.now();
        try (ShortFlows shortFlows = new ShortFlows(lab, "b", "c", C)) {
            shortFlows.run(20);
        }
        lab.ping("a", "10.100.0.2");
        final List<JsonNode> open = lab.ask("n1", "flow", "show").valueStream().toList();
        assertThat(open).isNotEmpty();
        awaitNoFlow();
        final String from = since.toString();
        final String until = Instant.now().toString();
        final List<JsonNode> closes = lab.observe("n1", "--since", from, "--until", until).stream()
                .filter(event -> event.path("event").asString().equals("close"))
                .filter(event -> !Instant.parse(event.path("first").asString()).isBefore(since))
                .toList();
        assertThat(closes.stream().map(flow -> flow.path("flow").asString()))
                .containsAll(
                        open.stream().map(flow -> flow.path("flow").asString()).toList());

        final List<JsonNode> pairs = ask(
                        "n1", List.of("-j", "flow", "top", "--group", "pair"), "--since", from, "--until", until)
                .json()
                .valueStream()
                .toList();
        assertThat(sum(pairs, "bytes")).isEqualTo(both(closes, "bytes"));
        assertThat(sum(pairs, "frames")).isEqualTo(both(closes, "frames"));
        assertThat(sum(pairs, "flows")).isEqualTo(closes.size());
        final List<JsonNode> matrix = ask("n1", List.of("-j", "flow", "matrix"), "--since", from, "--until", until)
                .json()
                .valueStream()
                .toList();
        assertThat(sum(matrix, "bytes")).isEqualTo(sum(pairs, "bytes"));

        final JsonNode last = closes.getLast();
        final List<JsonNode> then = ask(
                        "n1", List.of("flow", "at", last.path("last").asString()), "-o", "jsonl")
                .lines();
        assertThat(then).anyMatch(flow -> flow.path("flow").equals(last.path("flow")));
        assertThat(ask("n1", List.of("flow", "at", until), "-o", "jsonl").lines())
                .isEmpty();
    }

    private static void awaitNoFlow() {
        await().atMost(PATIENCE).until(() -> lab.ask("n1", "flow", "show").isEmpty());
    }

    private static Program.Result ask(final String node, final List<String> words, final String... more)
            throws IOException {
        final List<String> command = new ArrayList<>(List.of(Program.WEFT, "-n", lab.namespace(node)));
        command.addAll(words);
        return Program.run(command, more);
    }

    private static long sum(final List<JsonNode> rows, final String key) {
        return rows.stream().mapToLong(row -> row.path(key).asLong()).sum();
    }

    /** Of both directions. */
    private static long both(final List<JsonNode> rows, final String key) {
        return sum(rows, key) + sum(rows, "reply_" + key);
    }

    /** In the node's namespace, which has a loopback interface of its own. */
    @Test
    void shouldAddUpInNfdump() throws Exception {
        try (ShortFlows shortFlows = new ShortFlows(lab, "a", "c", C)) {
            shortFlows.run(50);
        }
        awaitNoFlow();
        final String until = Instant.now().toString();
        final Path flows = Files.createDirectory(directory.resolve("flows"));
        final Path log = directory.resolve("log");
        final Process nfcapd = new ProcessBuilder(
                        "ip",
                        "netns",
                        "exec",
                        lab.namespace("n1"),
                        "nfcapd",
                        "-b",
                        "127.0.0.1",
                        "-p",
                        "2055",
                        "-w",
                        flows.toString(),
                        "-t",
                        "3600")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        final Program.Result export;
        try {
            await().atMost(PATIENCE).until(() -> Files.readString(log).contains("Startup nfcapd"));
            export = lab.in(
                    "n1",
                    Program.WEFT,
                    "-j",
                    "journal",
                    "export",
                    "--ipfix",
                    "127.0.0.1:2055",
                    "--until",
                    until,
                    "--dir",
                    lab.journal("n1").toString());
            export.ok();
            await().atMost(PATIENCE)
                    .until(() -> isRead(lab.in("n1", "cat", "/proc/net/udp").ok()));
        } finally {
            nfcapd.destroy();
            assertThat(nfcapd.waitFor(20, TimeUnit.SECONDS)).isTrue();
        }
        final List<JsonNode> pairs = ask("n1", List.of("-j", "flow", "top"), "--until", until)
                .json()
                .valueStream()
                .toList();
        final String summary =
                Program.run("nfdump", "-R", flows.toString(), "-I").ok();
        assertThat(number(summary, "Bytes")).isEqualTo(sum(pairs, "bytes"));
        assertThat(number(summary, "Packets")).isEqualTo(sum(pairs, "frames"));
        assertThat(number(summary, "Flows")).isEqualTo(sum(pairs, "flows"));
        assertThat(number(summary, "Sequence failures")).isZero();
        assertThat(Files.readString(log)).contains("Bad Packets: 0");
    }

    /** True if nothing waits in nfcapd's socket, and nothing was lost there: its line in /proc/net/udp. */
    private static boolean isRead(final String sockets) {
        return sockets.lines()
                .filter(line -> line.contains("0100007F:0807"))
                .allMatch(line -> line.contains(":00000000 00:") && line.strip().endsWith(" 0"));
    }

    private static long number(final String summary, final String key) {
        return summary.lines()
                .filter(line -> line.startsWith(key + ": "))
                .mapToLong(
                        line -> Long.parseLong(line.substring(key.length() + 2).strip()))
                .findFirst()
                .orElseThrow(() -> new AssertionError(summary));
    }

    /** UDP: as many datagrams, each flow of as many octets. */
    @Test
    void shouldReplayIntoThePodsItCameFrom() throws Exception {
        final int each = 40;
        final Instant since = Instant.now();
        try (ShortFlows shortFlows = new ShortFlows(lab, "a", "c", C)) {
            shortFlows.run(each);
        }
        final List<JsonNode> recorded = closed("n1", since, 2 * each);
        final Instant again = Instant.now();
        final JsonNode report = replay("lab", since, again, "--protocol", "udp");

        assertThat(report.path("flows").asInt()).isEqualTo(each);
        assertThat(report.path("failed").asInt()).isZero();
        assertThat(report.path("outside").asInt()).isZero();
        assertThat(report.path("received_octets")).isEqualTo(report.path("payload_octets"));
        final List<JsonNode> udp = recorded.stream()
                .filter(event -> event.path("protocol").asString().equals("udp"))
                .toList();
        for (final String node : List.of("n1", "n2")) {
            final List<JsonNode> replayed = closed(node, again, each);
            // Both ends keep to the times: a node may see the answer first.
            assertThat(both(replayed, "frames")).isEqualTo(both(udp, "frames"));
            assertThat(both(replayed, "bytes")).isEqualTo(both(udp, "bytes"));
        }

        final Instant third = Instant.now();
        final JsonNode tcp = replay("lab", since, again, "--protocol", "tcp");
        assertThat(tcp.path("flows").asInt()).isEqualTo(each);
        assertThat(tcp.path("failed").asInt()).isZero();
        assertThat(tcp.path("received_octets")).isEqualTo(tcp.path("payload_octets"));
        assertThat(closed("n1", third, each))
                .allMatch(event -> event.path("cause").asString().equals("fin"));

        final JsonNode memory = replay("memory", since, again, "--protocol", "udp");
        assertThat(memory.path("flows").asInt()).isEqualTo(each);
        assertThat(memory.path("frames").asLong()).isEqualTo(both(udp, "frames"));
        assertThat(memory.path("received").asLong())
                .isEqualTo(memory.path("frames").asLong());
    }

    private JsonNode replay(final String to, final Instant since, final Instant until, final String... filter)
            throws IOException {
        final List<String> command = new ArrayList<>(List.of(Program.WEFT, "-j", "-n", lab.namespace("n1")));
        command.addAll(List.of("journal", "replay", "--to", to, "--speed", to.equals("lab") ? "4" : "1000"));
        command.addAll(List.of("--since", since.toString(), "--until", until.toString()));
        return Program.run(command, filter).json().path(0);
    }
}
