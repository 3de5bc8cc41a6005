// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.capture.PacketReader;
import io.weft.capture.PcapngReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A node file, captures for it, and whole {@code weft replay} commands. */
abstract class ReplayFixture {
    /** Of the first packet: nanoseconds since 1970. */
    static final long TIME = 1_700_000_000_123_456_000L;

    final ByteArrayOutputStream out = new ByteArrayOutputStream();
    final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private final String config;

    @TempDir
    private Path directory = Path.of("");

    ReplayFixture(final String config) {
        this.config = config;
    }

    @BeforeEach
    void writeConfig() throws IOException {
        Files.writeString(file("n1.yaml"), config);
    }

    int replay(final String... more) {
        final List<String> words = new ArrayList<>(List.of(
                "replay",
                file("in.pcap").toString(),
                "--config",
                file("n1.yaml").toString(),
                "-w",
                file("out.pcap").toString()));
        words.addAll(List.of(more));
        return Main.run(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                words.toArray(String[]::new));
    }

    Path file(final String name) {
        return directory.resolve(name);
    }

    static String text(final ByteArrayOutputStream stream) {
        return stream.toString(StandardCharsets.UTF_8);
    }

    List<PacketReader.Packet> packets() throws IOException {
        final List<PacketReader.Packet> packets = new ArrayList<>();
        try (InputStream in = Files.newInputStream(file("out.pcap"));
                PacketReader reader = new PcapngReader(in)) {
            for (PacketReader.Packet packet = reader.next(); packet != null; packet = reader.next()) {
                packets.add(packet);
            }
        }
        return packets;
    }

    List<String> sent() throws IOException {
        return packets().stream()
                .map(packet -> packet.interfaceName() + " " + packet.octets().length)
                .toList();
    }

    /** Classic pcap, big endian, microseconds. */
    void writePcap(final byte[]... packets) throws IOException {
        writePcap(0, packets);
    }

    /** The same with {@code gapMillis} from packet to packet. */
    void writePcap(final int gapMillis, final byte[]... packets) throws IOException {
        try (OutputStream stream = Files.newOutputStream(file("in.pcap"))) {
            stream.write(ByteBuffer.allocate(24)
                    .putInt(0xA1B2_C3D4)
                    .putShort((short) 2)
                    .putShort((short) 4)
                    .putLong(0)
                    .putInt(65_535)
                    .putInt(1)
                    .array());
            long time = TIME;
            for (final byte[] packet : packets) {
                stream.write(ByteBuffer.allocate(16)
                        .putInt((int) (time / 1_000_000_000))
                        .putInt((int) (time % 1_000_000_000 / 1_000))
                        .putInt(packet.length)
                        .putInt(packet.length)
                        .array());
                stream.write(packet);
                time += gapMillis * 1_000_000L;
            }
        }
    }
}
