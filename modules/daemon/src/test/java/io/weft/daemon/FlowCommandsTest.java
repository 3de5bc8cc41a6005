// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.frame.WorkerCounter;
import io.weft.journal.JournalState;
import io.weft.testkit.FrameBuilder;
import io.weft.wire.IpAddress;
import io.weft.wire.MacAddress;
import java.io.PrintStream;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Commands about flows, the table of flows and the journal, against a node with memory ports that keeps one. */
final class FlowCommandsTest extends CommandFixture {
    private static final int QUERIES = 3;
    private static final String FILTERS =
            "known here: --since --until --pod --network --verdict --drop-reason --port --protocol --address";

    FlowCommandsTest() {
        super(ROUTED + """
                journal: { dir: flows, retain: 64MiB }
                conntrack: { max: 1000, udp: 2m }
                """);
    }

    /** A pod that asks for a name three times and begins a connection, both to the other pod, and sends one packet nowhere. */
    @BeforeEach
    void traffic() throws Exception {
        // The router needs not ask for whom its error is.
        node.dataplane().routing().addNeighbor("blue", IpAddress.parse("10.100.0.1"), MacAddress.parse(MAC_A), false);
        port("b", "blue");
        final byte[] query = between().udp(4000, 53).payload(30).build();
        final byte[] lost = FrameBuilder.frame()
                .from(MAC_A)
                .to(node.dataplane().routing().routerMac("blue"))
                .ipv4("10.100.0.1", "172.16.0.1")
                .udp(4000, 9)
                .build();
        port("a", "blue", query, query, query, between().tcp(4001, 80).build(), lost);
        node.journal().look();
        // Three flows, of which one loses a frame, and the error about that.
        await().until(() -> Objects.requireNonNull(node.journal().status()).appended() >= 5);
        await().until(() -> node.counters().get(WorkerCounter.FLOWS) == 4);
    }

    private static FrameBuilder between() {
        return FrameBuilder.frame().from(MAC_A).to(MAC_B).ipv4("10.100.0.1", "10.100.0.2");
    }

    private Path flows() {
        return base.resolve("flows");
    }

    private List<String> lines(final String... args) {
        return weft(0, args).lines().toList();
    }

    private void assertOneLine(final String message, final String... args) {
        assertThat(error(1, args)).isEqualTo("Error: " + message + "\n");
    }

    @Test
    void shouldShowTheFlowsThatThereAre() {
        final JsonNode flows = json("flow", "show", "--protocol", "udp", "--port", "53");
        assertThat(flows).hasSize(1);
        final JsonNode flow = flows.get(0);
        assertThat(flow.get("source").asString()).isEqualTo("10.100.0.1");
        assertThat(flow.get("source_port").asInt()).isEqualTo(4000);
        assertThat(flow.get("network").asString()).isEqualTo("blue");
        assertThat(flow.get("frames").asLong()).isEqualTo(QUERIES);
        assertThat(flow.get("bytes").asLong()).isEqualTo(QUERIES * (20 + 8 + 30));
        assertThat(flow.get("ingress").asString()).isEqualTo("a");
        assertThat(flow.get("verdict").asString()).isEqualTo("forwarded");
        assertThat(lines("flow")).as("show is what a verb defaults to").hasSize(4);
        assertThat(lines("fl", "sh")).hasSize(4);
    }

    @Test
    void shouldSelectFlowsByWhatIsAsked() {
        assertThat(lines("flow", "show", "--verdict", "dropped"))
                .singleElement()
                .asString()
                .contains("172.16.0.1:9 ", " dropped:no-route*1 ");
        assertThat(lines("flow", "show", "--drop-reason", "no-route")).hasSize(1);
        assertThat(lines("flow", "show", "--drop-reason", "ttl-exceeded")).isEmpty();
        assertThat(lines("flow", "show", "--address", "10.100.0.2")).hasSize(2);
        assertThat(lines("flow", "show", "--address", "172.16.0.0/12")).hasSize(1);
        assertThat(lines("flow", "show", "--protocol", "icmp")).hasSize(1);
        assertThat(lines("flow", "show", "--protocol", "6", "--port", "80")).hasSize(1);
        assertThat(lines("flow", "show", "--network", "red")).isEmpty();
        assertThat(lines("flow", "show", "--pod", "nobody")).isEmpty();
    }

    @Test
    void shouldPrintFlowsInEachFormat() {
        final List<String> csv = lines("flow", "show", "-o", "csv");
        assertThat(csv).hasSize(1 + 4);
        assertThat(csv.getFirst()).startsWith("timestamp,event,flow,").contains(",verdict,reason,");
        assertThat(lines("flow", "show", "-o", "jsonl"))
                .hasSize(4)
                .allSatisfy(line -> assertThat(
                                JsonMapper.shared().readTree(line).get("node").asString())
                        .isEqualTo("n1"));
        assertThat(JsonMapper.shared().readTree(weft(0, "flow", "show", "-o", "json")))
                .hasSize(4);
        assertThat(json("flow", "show", "--pod", "nobody")).isEmpty();
    }

    @Test
    void shouldRefuseWrongWordsWithOneLine() {
        for (final String verb : List.of("show", "observe", "matrix", "top")) {
            assertOneLine("--port must be a number from 0 to 65535, not 'x'", "flow", verb, "--port", "x");
            assertOneLine("unknown drop reason 'bad-luck'", "flow", verb, "--drop-reason", "bad-luck");
            assertOneLine("unknown word 'all', " + FILTERS, "flow", verb, "all");
            assertOneLine("the value of '--pod' is missing", "flow", verb, "--pod");
            assertOneLine("'--pod' twice", "flow", verb, "--pod", "a", "--pod", "b");
            assertOneLine("--until must be later than --since", "flow", verb, "--since", "1m", "--until", "2m");
            assertThat(error(1, "flow", verb, "--address", "10.1.0.1.9"))
                    .startsWith("Error: ")
                    .endsWith("\n");
        }
        assertOneLine(
                "--verdict must be one of none forwarded dropped local, not 'maybe'", "flow", "--verdict", "maybe");
        assertThat(error(1, "flow", "show", "-o", "xml")).contains("xml", "compact json jsonl csv");
        assertOneLine("the value of -o is missing", "flow", "observe", "-o");
        assertOneLine("the value of --dir is missing", "flow", "observe", "--dir");
        assertOneLine("TIME is missing", "flow", "at");
        assertThat(error(1, "flow", "at", "yesterday")).startsWith("Error: not a time: 'yesterday'");
        assertOneLine("--by must be one of bytes frames flows, not 'weight'", "flow", "top", "--by", "weight");
        assertOneLine("--group must be one of pod pair port, not 'vni'", "flow", "top", "--group", "vni");
        assertOneLine("-n must be a number from 1 to 2147483647, not '0'", "flow", "top", "-n", "0");
        assertThat(error(1, "flow", "count"))
                .startsWith("Error: ")
                .contains("count")
                .containsOnlyOnce("\n");
        assertThat(error(1, "conntrack", "show", "all")).startsWith("Error: unknown word 'all'");
        assertOneLine("unknown word 'now'", "journal", "verify", "now");
        assertOneLine("say where to: --ipfix HOST:PORT", "journal", "export");
        assertOneLine(
                "a collector is HOST:PORT, ADDRESS:PORT or [IPV6]:PORT, not 'here:0'",
                "journal",
                "export",
                "--ipfix",
                "here:0");
        assertOneLine("say where to: --to lab, or --to memory", "journal", "replay", "--to", "moon");
        assertOneLine(
                "--speed must be a number above 0 and not above 1000000, not '0'",
                "journal",
                "replay",
                "--to",
                "memory",
                "--speed",
                "0");
    }

    @Test
    void shouldSayWhichDirectoryIsNone() throws Exception {
        final String none = base.resolve("none").toString();
        for (final String[] command : new String[][] {{"flow", "observe"}, {"journal", "verify"}, {"flow", "top"}}) {
            assertOneLine("no directory " + none, command[0], command[1], "--dir", none);
        }
        final Path file = Files.createFile(base.resolve("file"));
        assertOneLine("no directory " + file, "flow", "matrix", "--dir", file.toString());
        final Path empty = Files.createDirectory(base.resolve("empty"));
        assertThat(weft(0, "flow", "observe", "--dir", empty.toString())).isEmpty();
    }

    @Test
    void shouldSayWhatToDoWhereNoNodeRuns() {
        node.close();
        assertOneLine("no node runs here (" + directory.base() + ")", "flow", "observe");
        assertThat(error(1, "-n", "n7", "journal", "verify"))
                .startsWith("Error: node n7 can't be asked: ")
                .endsWith("; --dir DIR names a journal's directory\n")
                .containsOnlyOnce("\n");
    }

    @Test
    void shouldShowHowFullTheTableIs() {
        final JsonNode row = json("conntrack").get(0);
        assertThat(row.get("worker").asInt()).isZero();
        assertThat(row.get("flows").asInt()).isEqualTo(4);
        assertThat(row.get("max").asInt()).isEqualTo(1000);
        assertThat(row.get("per_source").asInt()).isEqualTo(250);
        assertThat(row.get("opened").asInt()).isEqualTo(4);
        assertThat(row.get("untracked").asInt()).isZero();
        assertThat(json("conntrack")).as("a row for each worker").hasSize(1);
        assertThat(weft(0, "conntrack", "show")).contains(" flows 4 max 1000 ", "timeouts ", " udp 120 ");
    }

    @Test
    void shouldShowHowTheJournalIs() {
        final JsonNode row = json("journal", "show").get(0);
        assertThat(row.get("dir").asString()).isEqualTo(flows().toString());
        assertThat(row.get("state").asString()).isEqualTo("writing");
        assertThat(row.get("events").asLong()).isGreaterThanOrEqualTo(5);
        assertThat(row.get("lost").asLong()).isZero();
        assertThat(row.get("retain").asLong()).isEqualTo(64L << 20);
        assertThat(weft(0, "jo")).startsWith(flows() + " writing events ");
    }

    @Test
    void shouldTellPrometheusOfTheJournal() {
        final List<String> lines = lines("stats", "show", "prometheus");
        assertThat(lines)
                .contains(
                        "# TYPE weft_journal_events_total counter",
                        "weft_journal_lost_total 0",
                        "# TYPE weft_journal_octets gauge",
                        "# TYPE weft_journal_state gauge",
                        "weft_journal_state{state=\"writing\"} 1")
                .anyMatch(line -> line.matches("weft_journal_events_total [5-9]"))
                .anyMatch(line -> line.matches("weft_journal_octets [1-9]\\d+"))
                .contains("# TYPE weft_flows gauge", "weft_flows 4");
        assertThat(lines.stream().filter(line -> line.startsWith("weft_journal_state{") && line.endsWith(" 0")))
                .hasSize(JournalState.values().length - 1);
    }

    @Test
    void shouldReadTheJournalWhileItIsWrittenAndAfterwards() {
        assertReads();
        assertThat(weft(0, "journal", "v")).contains(" of n1: ", "being written", " is sound\n");
        node.close();
        assertReads("--dir", flows().toString());
    }

    private void assertReads(final String... more) {
        assertThat(lines(with(more, "flow", "o", "--protocol", "tcp", "--verdict", "forwarded")))
                .first()
                .asString()
                .contains(" open ", " blue ", "10.100.0.1:4001 ", "10.100.0.2:80 ", " tcp ");
        assertThat(lines(with(more, "flow", "observe", "-o", "jsonl", "--drop-reason", "no-route")))
                .anySatisfy(line -> assertThat(line).contains("\"event\":\"drop\"", "\"reason\":\"no-route\""));
        assertThat(lines(with(more, "flow", "observe", "--until", "1h"))).isEmpty();
        assertThat(weft(0, with(more, "flow", "top", "--by", "flows", "--group", "port")))
                .contains("udp/53", "tcp/80");
        assertThat(JsonMapper.shared().readTree(weft(0, with(more, "-j", "flow", "matrix"))))
                .isNotEmpty();
        assertThat(weft(0, with(more, "flow", "matrix"))).contains("10.100.0.1", "10.100.0.2");
        assertThat(lines(with(more, "flow", "at", "1h"))).isEmpty();
    }

    private static String[] with(final String[] more, final String... words) {
        final List<String> all = new ArrayList<>(List.of(words));
        all.addAll(Arrays.asList(more));
        return all.toArray(String[]::new);
    }

    @Test
    void shouldShowWhatWasOpenAtATime() {
        assertThat(lines("flow", "at", "now")).hasSize(4);
        assertThat(lines("flow", "at", "now", "--port", "80", "-o", "jsonl")).hasSize(1);
    }

    @Test
    void shouldEndAllFlowsAndTheJournalInOrder() {
        node.close();
        final String dir = flows().toString();
        final List<String> closes = lines("flow", "observe", "--dir", dir).stream()
                .filter(line -> line.contains(" close "))
                .toList();
        assertThat(closes).hasSize(4).allMatch(line -> line.endsWith(" ended"));
        assertThat(lines("flow", "at", "now", "--dir", dir)).isEmpty();
        final JsonNode found = JsonMapper.shared()
                .readTree(weft(0, "-j", "journal", "verify", "--dir", dir))
                .get(0);
        assertThat(found.get("sound").asBoolean()).isTrue();
        final JsonNode session = found.get("sessions").get(0);
        assertThat(session.get("end").asString()).isEqualTo("ended");
        assertThat(List.of(session.get("lost").asLong(), session.get("missing").asLong()))
                .containsOnly(0L);
        assertThat(weft(0, "journal", "verify", "--dir", dir)).contains(" files, ended, lost 0, missing 0");
    }

    @Test
    void shouldReplayAsManyFramesAsWereRecorded() {
        node.close();
        final JsonNode row = JsonMapper.shared()
                .readTree(weft(
                        0, "-j", "journal", "replay", "--to", "memory", "--speed", "1e6", "--dir", flows().toString()))
                .get(0);
        // Three queries, a SYN, what was lost, and the error about it.
        assertThat(row.get("recorded").asInt()).isEqualTo(4);
        assertThat(row.get("frames").asLong()).isEqualTo(QUERIES + 3);
        assertThat(row.get("received").asLong()).isEqualTo(row.get("frames").asLong());
        assertThat(row.get("transmitted").asLong() + row.get("dropped").asLong())
                .isEqualTo(row.get("frames").asLong());
        assertThat(row.get("flows").asInt()).isEqualTo(4);
    }

    @Test
    void shouldSendTheJournalToACollector() throws Exception {
        node.close();
        try (DatagramSocket collector = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            err.reset();
            assertThat(weft(
                            0,
                            "journal",
                            "export",
                            "--ipfix",
                            "127.0.0.1:" + collector.getLocalPort(),
                            "--dir",
                            flows().toString()))
                    .isEmpty();
        }
        assertThat(err.toString(StandardCharsets.UTF_8))
                .startsWith("records 4 messages ")
                .contains(" failures 0");
    }

    @Test
    void shouldListTheVerbs() {
        assertThat(weft(0, "flow", "help")
                        .lines()
                        .map(line -> line.strip().replace("Usage: ", "").split(" ", -1)[2]))
                .containsExactly("show", "observe", "top", "at", "matrix");
        assertThat(weft(0, "journal", "help")
                        .lines()
                        .map(line -> line.strip().replace("Usage: ", "").split(" ", -1)[2]))
                .containsExactly("show", "verify", "export", "replay");
        assertThat(weft(0, "conntrack", "--help")).isEqualTo("Usage: weft conntrack show\n");
        assertThat(weft(0, "help")).contains("  flow ", "  conntrack ", "  journal ");
    }

    @Test
    void shouldStayQuietAboutAReaderThatHasReadEnough() {
        final PrintStream closed = new PrintStream(PrintStream.nullOutputStream()) {
            @Override
            public boolean checkError() {
                return true;
            }
        };
        err.reset();
        assertThat(Main.run(
                        directory, closed, new PrintStream(err, true), "flow", "observe", "--follow", "--since", "1h"))
                .isZero();
        assertThat(err.size()).isZero();
    }
}
