// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.DropReason;
import io.weft.wire.IpAddress;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What other people's programs say of our files. Needs tshark, capinfos and tcpdump, no rights. */
@Tag("netns")
@Timeout(120)
final class CaptureToolsTest {
    private static final int PACKETS = 3 + 1 + 47 + 47 + 5 + 1 + 1;

    @TempDir
    Path directory;

    private final TestFrames frames = new TestFrames();
    private final CaptureTap tap = frames.tap();
    private Path file = Path.of("");

    @BeforeEach
    void captureOneOfEach() throws IOException {
        file = directory.resolve("one-of-each.pcapng");
        try (OutputStream out = Files.newOutputStream(file)) {
            final CaptureSession session = CaptureSession.start(
                    CaptureRequest.of(CapturePoint.ALL), 1, TestFrames.CONTEXT, "Weft test", out, () -> {});
            tap.attach(session.ring());
            tap.record(frames.udp(10), CapturePoint.RX, TestFrames.PORT_A);
            tap.record(frames.udpPartial(11), CapturePoint.TX, TestFrames.PORT_B);
            tap.record(frames.tcpSuperFrame(65_000, 1398), CapturePoint.RX, TestFrames.PORT_A);
            tap.record(frames.tcp6SuperFrame(65_000, 1378), CapturePoint.RX, TestFrames.PORT_A);
            tunnel(65_000);
            tap.record(frames.train(5, 200, TestFrames.REMOTE), CapturePoint.TUNNEL_RX, TestFrames.UNDERLAY);
            tap.onDrop(frames.udp(10), DropReason.LEARN_LIMIT);
            tap.onDrop(frames.train(1, 10, TestFrames.REMOTE), DropReason.UNKNOWN_VNI);
            session.close();
            assertThat(session.lost()).isZero();
        }
    }

    private void tunnel(final int payload) {
        tap.record(
                TestFrames.encapsulated(frames.tcpSuperFrame(payload, 1398)),
                CapturePoint.TUNNEL_TX,
                TestFrames.UNDERLAY);
        tap.record(
                TestFrames.encapsulated(frames.tcp6SuperFrame(payload, 1398)),
                CapturePoint.TUNNEL_TX,
                TestFrames.UNDERLAY);
    }

    @Test
    void shouldBeCompleteAndInOrderForCapinfos() throws Exception {
        final String report = run("capinfos", "-M", file.toString());
        assertThat(report)
                .containsPattern("File type: .*pcapng")
                .contains("Number of packets:   " + PACKETS)
                .containsPattern("precision: +nanoseconds")
                .contains("Strict time order:   True")
                .contains("Capture application: Weft test")
                .contains("Name = n1/a rx")
                .contains("Name = n1/underlay tunnel-tx")
                .contains("Number of interfaces in file: 6");
    }

    @Test
    void shouldDecodeInTsharkWithoutMalformedOrBadChecksumMark() throws Exception {
        final String marked = tshark(
                "-Y",
                "_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0"
                        + " || _ws.expert.severity == 8388608");
        assertThat(marked).isEmpty();
        assertThat(tshark("-Y", "tcp.checksum.status == 1").lines()).hasSize(1 + 1 + 47 + 47);
        assertThat(tshark("-Y", "vxlan.vni == 100").lines()).hasSize(47 + 47 + 5 + 1);
    }

    @Test
    void shouldShowCommentsInterfacesAndLossInTshark() throws Exception {
        final String fields = tshark(
                "-T",
                "fields",
                "-e",
                "frame.interface_name",
                "-e",
                "frame.comment",
                "-e",
                "frame.packet_id",
                "-E",
                "separator=|");
        assertThat(fields.lines().toList())
                .contains("n1/a rx|network blue, VNI 100|1")
                .anyMatch(line -> line.startsWith(
                        "n1/underlay tunnel-tx|sent to VTEP 198.19.0.2; network blue, VNI 100; from port a"))
                .anyMatch(line -> line.contains("dropped, learn-limit: The network has learned as many MACs"))
                .anyMatch(line -> line.contains("dropped, unknown-vni: No network has this VNI."));
    }

    @Test
    void shouldBeReadableByTcpdump() throws Exception {
        final String lines = run("tcpdump", "-nn", "-r", file.toString());
        assertThat(lines.lines().filter(line -> line.contains("VXLAN"))).hasSize(47 + 47 + 5 + 1);
        assertThat(lines).contains("198.19.0.1.").contains("198.19.0.2.4789: VXLAN, flags [I] (0x08), vni 100");
    }

    @Test
    void shouldDecodeWithIpv6Underlay() throws Exception {
        try (OutputStream out = Files.newOutputStream(file)) {
            final CaptureSession session = CaptureSession.start(
                    CaptureRequest.of(CapturePoint.ALL),
                    1,
                    TestFrames.context(IpAddress.parse("fd00:19::1"), IpAddress.parse("fd00:19::2")),
                    "Weft test",
                    out,
                    () -> {});
            tap.attach(session.ring());
            tunnel(10_000);
            tap.record(frames.train(3, 77, IpAddress.parse("fd00:19::2")), CapturePoint.TUNNEL_RX, TestFrames.UNDERLAY);
            session.close();
        }
        assertThat(tshark("-Y", "ipv6.dst == fd00:19::2 && vxlan.vni == 100 && tcp.checksum.status == 1")
                        .lines())
                .hasSize(16);
        assertThat(tshark("-Y", "_ws.malformed || tcp.checksum.status == 0 || udp.checksum.status == 0"))
                .isEmpty();
        assertThat(tshark("-Y", "ipv6.src == fd00:19::2 && udp.checksum.status == 1")
                        .lines())
                .hasSize(3);
    }

    private String tshark(final String... arguments) throws Exception {
        final List<String> command = new java.util.ArrayList<>(List.of(
                "tshark",
                "-n",
                "-r",
                file.toString(),
                "-o",
                "tcp.check_checksum:TRUE",
                "-o",
                "udp.check_checksum:TRUE",
                "-o",
                "ip.check_checksum:TRUE",
                "-o",
                "tcp.analyze_sequence_numbers:FALSE"));
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new));
    }

    private static String run(final String... command) throws Exception {
        final Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (InputStream output = process.getInputStream()) {
            final String text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor())
                    .as("exit of %s", String.join(" ", command))
                    .isZero();
            return text;
        }
    }
}
