// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.capture.PacketReader;
import io.weft.capture.PcapngReader;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/**
 * The lab that comes with Weft, with real traffic.
 *
 * <pre>
 * a --\
 *      n1 --- 198.19.0.0/24, VXLAN --- n2 --- c
 * b --/
 * </pre>
 */
class TwoNodesSystemTest extends TwoNodesFixture {
    private static final int VXLAN_OVERHEAD = 50;
    /** Octets that the worker allocates to answer one {@code stats}. */
    private static final int QUESTION = 4_096;

    TwoNodesSystemTest() throws Exception {}

    @BeforeAll
    void shouldBeUp() throws Exception {
        assertThat(Program.weft("lab", "show", lab.name()).ok()).contains(lab.name() + "-a");
    }

    @ParameterizedTest
    @CsvSource({
        "a, 10.100.0.2", "a, 10.100.0.3", "b, 10.100.0.1", "b, 10.100.0.3", "c, 10.100.0.1", "c, 10.100.0.2",
        "a, fd00:100::2", "a, fd00:100::3", "b, fd00:100::1", "b, fd00:100::3", "c, fd00:100::1", "c, fd00:100::2"
    })
    void shouldAnswerPing(final String from, final String address) throws Exception {
        lab.ping(from, address);
    }

    @ParameterizedTest
    @CsvSource({
        "a, b, 10.100.0.2", "b, a, 10.100.0.1", "a, c, 10.100.0.3", "c, a, 10.100.0.1",
        "a, b, fd00:100::2", "b, a, fd00:100::1", "a, c, fd00:100::3", "c, a, fd00:100::1"
    })
    void shouldCarryTcpBulk(final String from, final String to, final String address) throws Exception {
        lab.tcp(from, to, address, 100);
        lab.assertConservation("n1");
        lab.assertConservation("n2");
    }

    @ParameterizedTest
    @CsvSource({
        "a, b, 10.100.0.2", "b, a, 10.100.0.1", "a, c, 10.100.0.3", "c, a, 10.100.0.1",
        "a, b, fd00:100::2", "b, a, fd00:100::1", "a, c, fd00:100::3", "c, a, fd00:100::1"
    })
    void shouldCarryUdp(final String from, final String to, final String address) throws Exception {
        final JsonNode sum = lab.iperf(from, to, address, "-u", "-b", "20M", "-l", "1200", "-n", "2M")
                .path("sum");

        final long sent = sum.path("packets").asLong();
        assertThat(sent).isGreaterThan(1_000);
        assertThat(sum.path("lost_packets").asLong()).isLessThan(sent / 2);
    }

    /** iperf3 writes datagrams of more than the MTU: the pod's kernel fragments them, and each fragment has to come through. */
    @ParameterizedTest
    @CsvSource({"b, 10.100.0.2", "c, 10.100.0.3", "b, fd00:100::2", "c, fd00:100::3"})
    void shouldCarryFragments(final String to, final String address) throws Exception {
        final JsonNode sum = lab.iperf("a", to, address, "-u", "-b", "20M", "-l", "8000", "-n", "1M")
                .path("sum");

        assertThat(sum.path("packets").asLong() - sum.path("lost_packets").asLong())
                .isGreaterThan(sum.path("packets").asLong() / 2);
    }

    @Test
    void shouldCarryFramesOfTheWholeMtu() throws Exception {
        final int mtu = Integer.parseInt(
                lab.in("a", "cat", "/sys/class/net/eth0/mtu").ok().strip());
        assertThat(mtu).isEqualTo(1500 - VXLAN_OVERHEAD);

        for (final String address : new String[] {"10.100.0.2", "10.100.0.3", "fd00:100::2", "fd00:100::3"}) {
            final int header = address.contains(":") ? 48 : 28;
            lab.in("a", "ping", "-n", "-c1", "-W2", "-M", "do", "-s", "" + (mtu - header), address)
                    .ok();
            assertThat(lab.in("a", "ping", "-n", "-c1", "-W1", "-M", "do", "-s", "" + (mtu - header + 1), address)
                            .code())
                    .as("one octet more than the MTU to %s", address)
                    .isNotZero();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "a, b, 10.100.0.2, b",
        "a, b, fd00:100::2, b",
        "a, c, 10.100.0.3, underlay",
        "a, c, fd00:100::3, underlay"
    })
    void shouldCarrySuperFramesWhole(final String from, final String to, final String address, final String egress)
            throws Exception {
        final JsonNode inBefore = lab.port("n1", from);
        final JsonNode outBefore = lab.port("n1", egress);

        lab.tcp(from, to, address, 100);

        assertThat(segmentsPerFrame(inBefore, lab.port("n1", from), "rx"))
                .as("from pod %s", from)
                .isGreaterThan(4.0);
        assertThat(segmentsPerFrame(outBefore, lab.port("n1", egress), "tx"))
                .as("to %s", egress)
                .isGreaterThan(2.0);
    }

    private static double segmentsPerFrame(final JsonNode before, final JsonNode after, final String way) {
        final long frames = after.path(way + "_frames").asLong()
                - before.path(way + "_frames").asLong();
        final long segments = after.path(way + "_segments").asLong()
                - before.path(way + "_segments").asLong();
        return (double) segments / frames;
    }

    /**
     * The worker's own counter of octets allocated. The compiler may throw code away and interpret it for a moment when
     * traffic changes; so one of a bounded number of runs has to be clean. The question itself costs a few objects, and those
     * of all tests before would fill the young generation one day: it begins empty.
     */
    @Test
    void shouldAllocateNothingPerFrameAndNeverCollect() throws Exception {
        for (final String node : new String[] {"n1", "n2"}) {
            double perFrame = Double.MAX_VALUE;
            collectGarbage(node);
            final long collections =
                    lab.ask(node, "stats").get(0).path("collections").asLong();
            for (int run = 0; run < 15 && perFrame > 0.02; run++) {
                final JsonNode before = lab.ask(node, "stats").get(0);
                lab.tcp("a", "c", "10.100.0.3", 1_000);
                final JsonNode after = lab.ask(node, "stats").get(0);
                final long frames = after.path("received").asLong()
                        - before.path("received").asLong();
                final long octets = after.path("allocated").asLong()
                        - before.path("allocated").asLong();
                perFrame = (double) Math.max(0, octets - QUESTION) / frames;
            }
            assertThat(perFrame).as("octets per frame on %s", node).isLessThan(0.02);
            assertThat(lab.ask(node, "stats").get(0).path("collections").asLong())
                    .as("collections on %s", node)
                    .isEqualTo(collections);
        }
    }

    private void collectGarbage(final String node) throws IOException {
        for (final JsonNode row : Program.weft("-j", "lab", "show", lab.name()).json()) {
            if (row.path("name").asString().equals(node)) {
                final String jcmd = System.getProperty("java.home") + "/bin/jcmd";
                Program.run(jcmd, row.path("pid").asString(), "GC.run").ok();
            }
        }
    }

    @Test
    void shouldKnowWhereEveryPodIs() throws Exception {
        lab.ping("a", "10.100.0.2");
        lab.ping("a", "10.100.0.3");

        final JsonNode fdb = lab.ask("n1", "fdb");

        assertThat(fdb.findValuesAsString("ifname")).contains("a", "b");
        assertThat(fdb.findValuesAsString("dst")).contains("198.19.0.2");
    }

    @Test
    void shouldShowTheFramesOfALiveCaptureToTshark() throws Exception {
        final String file = "/tmp/" + lab.name() + ".pcapng";
        final Process capture = new ProcessBuilder(
                        Program.WEFT, "-n", lab.namespace("n1"), "capture", "--count", "40", "-w", file)
                .redirectErrorStream(true)
                .start();
        try {
            // Traffic goes on until the capture has what it wants.
            while (capture.isAlive()) {
                lab.ping("a", "10.100.0.3");
                lab.ping("a", "fd00:100::2");
            }
            final String frames = Program.run("tshark", "-r", file, "-T", "fields", "-e", "frame.protocols")
                    .ok();
            assertThat(frames.lines().count()).isEqualTo(40);
            assertThat(frames).contains("icmp").doesNotContain("malformed");
        } finally {
            capture.destroyForcibly();
            Program.run("rm", "-f", file).ok();
        }
    }

    /** What {@code capture --point all} is for: one flow at every point of both nodes, known by its number within each. */
    @Test
    void shouldShowOneFlowAtEveryPointOfBothNodes() throws Exception {
        final Path[] files = {Files.createTempFile("weft-n1", ".pcapng"), Files.createTempFile("weft-n2", ".pcapng")};
        final Process[] captures = {
            capture("n1", files[0], "--count", "3000"), capture("n2", files[1], "--count", "3000")
        };
        try {
            while (captures[0].isAlive() || captures[1].isAlive()) {
                lab.tcp("a", "c", "10.100.0.3", 50);
            }
            for (int i = 0; i < 2; i++) {
                assertThat(captures[i].exitValue()).isZero();
                assertThat(Program.run("tshark", "-r", files[i].toString(), "-Y", "_ws.malformed")
                                .ok())
                        .isEmpty();
                assertThat(pointsByPacketId(files[i]).values())
                        .contains(Set.of("rx", "tunnel-tx"), Set.of("tunnel-rx", "tx"));
            }
        } finally {
            for (int i = 0; i < 2; i++) {
                captures[i].destroyForcibly();
                Files.delete(files[i]);
            }
        }
    }

    @Test
    void shouldWriteStatisticsWhenACaptureIsTerminated() throws Exception {
        final Path file = Files.createTempFile("weft-end", ".pcapng");
        final Process capture = capture("n1", file, "--pod", "a", "icmp");
        try {
            while (Files.size(file) < 1_000) {
                lab.ping("a", "10.100.0.3");
            }
            // Not by the process, which would close what is left to read.
            capture.toHandle().destroy();
            assertThat(capture.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(capture.exitValue()).isZero();
            assertThat(new String(capture.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .contains("packets captured, 0 lost");
            assertThat(Program.run("capinfos", file.toString()).ok()).contains("Number of stat entries = 1");
        } finally {
            capture.destroyForcibly();
            Files.delete(file);
        }
    }

    /** Returns once the file has its header. */
    private Process capture(final String node, final Path file, final String... more) throws Exception {
        final List<String> command = new ArrayList<>(
                List.of(Program.WEFT, "-n", lab.namespace(node), "capture", "--point", "all", "-w", file.toString()));
        command.addAll(List.of(more));
        final Process capture =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        while (capture.isAlive() && Files.size(file) == 0) {
            Thread.onSpinWait();
        }
        return capture;
    }

    /** The points at which each frame with TCP in it was seen. */
    private static Map<Long, Set<String>> pointsByPacketId(final Path file) throws IOException {
        final Map<Long, Set<String>> points = new HashMap<>();
        try (PcapngReader reader = new PcapngReader(new BufferedInputStream(Files.newInputStream(file)))) {
            for (PacketReader.Packet packet = reader.next(); packet != null; packet = reader.next()) {
                final String name = packet.interfaceName();
                points.computeIfAbsent(packet.packetId(), id -> new TreeSet<>())
                        .add(name.substring(name.indexOf(' ') + 1));
            }
        }
        return points;
    }

    @Test
    void shouldProveItselfByLabCheck() throws Exception {
        final JsonNode ways = Program.weft("-j", "lab", "check", lab.name()).json();

        assertThat(ways.size()).isEqualTo(12);
        for (final JsonNode way : ways) {
            assertThat(way.path("ping").asBoolean()).as(way.toString()).isTrue();
            assertThat(way.path("tcp_mbps").asDouble()).as(way.toString()).isPositive();
        }
    }
}
