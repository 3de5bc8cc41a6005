// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.lab.Direction.Carried;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** All that comes into a node, from pods and by tunnels, captured by the node and added up by tshark: the judge of its flows. */
final class FlowCapture implements AutoCloseable {
    private static final Pattern SUPER_FRAME = Pattern.compile("octets, segments of (\\d+) octets of payload");
    /** All headers of a tunnel's packet. */
    private static final String SNAP = "256";
    /** The order of what is asked of tshark. */
    private enum Field {
        PROTOCOLS("frame.protocols"),
        SOURCE("ip.src"),
        DESTINATION("ip.dst"),
        LENGTH("ip.len"),
        IP_HEADER("ip.hdr_len"),
        TCP_SOURCE("tcp.srcport"),
        TCP_DESTINATION("tcp.dstport"),
        TCP_PAYLOAD("tcp.len"),
        TCP_HEADER("tcp.hdr_len"),
        UDP_SOURCE("udp.srcport"),
        UDP_DESTINATION("udp.dstport"),
        COMMENT("frame.comment");

        final String name;

        Field(final String name) {
            this.name = name;
        }

        String of(final String[] fields) {
            return fields[ordinal()];
        }

        int number(final String[] fields) {
            return Integer.parseInt(of(fields));
        }
    }

    private final Path file;
    private final Process capture;
    private int superFrames;

    private FlowCapture(final Path file, final Process capture) {
        this.file = file;
        this.capture = capture;
    }

    /** Returns when a ping of {@code pod} to {@code address} is seen. */
    static FlowCapture start(
            final RunningLab lab, final String node, final Path directory, final String pod, final String address)
            throws IOException {
        final Path file = directory.resolve(node + ".pcapng");
        final Process process = new ProcessBuilder(
                        Program.WEFT,
                        "-n",
                        lab.namespace(node),
                        "capture",
                        "--point",
                        "rx,tunnel-rx",
                        "--snaplen",
                        SNAP,
                        "-w",
                        file.toString())
                .redirectErrorStream(true)
                .start();
        final FlowCapture capture = new FlowCapture(file, process);
        while (!capture.hasPing()) {
            assertThat(process.isAlive()).as("capture").isTrue();
            lab.ping(pod, address);
        }
        return capture;
    }

    private boolean hasPing() throws IOException {
        return Files.exists(file)
                && Files.size(file) > 0
                && Program.run("tshark", "-r", file.toString(), "-Y", "icmp")
                        .out()
                        .contains("Echo");
    }

    /** Ends it: what each direction of a TCP or UDP flow carried. */
    Map<Direction, Carried> stop() throws IOException, InterruptedException {
        // Not by the process, which would close what is left to read.
        capture.toHandle().destroy();
        final String said = String.join("\n", capture.inputReader().lines().toList());
        assertThat(capture.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(said).contains("packets captured, 0 lost");
        final List<String> command = new ArrayList<>(List.of("tshark", "-r", file.toString(), "-T", "fields"));
        // Of a tunnel's packet the inner headers.
        command.addAll(List.of("-E", "occurrence=l", "-E", "separator=|"));
        for (final Field field : Field.values()) {
            command.addAll(List.of("-e", field.name));
        }
        final Map<Direction, Carried> carried = new HashMap<>();
        Program.run(command).ok().lines().forEach(line -> add(carried, line.split("\\|", -1)));
        return carried;
    }

    /** After the end: packets that stand for several segments. */
    int superFrames() {
        return superFrames;
    }

    private void add(final Map<Direction, Carried> carried, final String[] fields) {
        final String inner = Field.PROTOCOLS.of(fields).replaceFirst(".*eth:ethertype:", "");
        final String source = Field.SOURCE.of(fields);
        final String destination = Field.DESTINATION.of(fields);
        final int octets = inner.startsWith("ip:") ? Field.LENGTH.number(fields) : 0;
        if (inner.startsWith("ip:tcp")) {
            final int segments = segments(fields);
            superFrames += segments > 1 ? 1 : 0;
            final int headers = Field.IP_HEADER.number(fields) + Field.TCP_HEADER.number(fields);
            new Direction(
                            "tcp",
                            source,
                            Field.TCP_SOURCE.number(fields),
                            destination,
                            Field.TCP_DESTINATION.number(fields))
                    .add(carried, segments, octets + (segments - 1L) * headers);
        } else if (inner.startsWith("ip:udp")) {
            new Direction(
                            "udp",
                            source,
                            Field.UDP_SOURCE.number(fields),
                            destination,
                            Field.UDP_DESTINATION.number(fields))
                    .add(carried, 1, octets);
        }
    }

    /** A super-frame is one packet of a capture, whose comment tells of what size its segments are. */
    private static int segments(final String[] fields) {
        final Matcher size = SUPER_FRAME.matcher(Field.COMMENT.of(fields));
        return size.find() ? Math.ceilDiv(Field.TCP_PAYLOAD.number(fields), Integer.parseInt(size.group(1))) : 1;
    }

    @Override
    public void close() {
        capture.destroyForcibly();
    }
}
