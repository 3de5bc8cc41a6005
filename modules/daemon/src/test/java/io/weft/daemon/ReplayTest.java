// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.capture.PcapngWriter;
import io.weft.testkit.FrameBuilder;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class ReplayTest extends ReplayFixture {
    private static final String CONFIG = """
            node: n1
            underlay: { address: 198.19.0.1 }
            networks:
              - { name: blue, vni: 100, remotes: [198.19.0.2] }
            ports:
              - { name: a, type: tap, network: blue, address: 10.100.0.1/24 }
              - { name: b, type: tap, network: blue, address: 10.100.0.2/24 }
            """;
    private static final long MAC_A = 0x02_00_00_00_00_0aL;
    private static final long MAC_B = 0x02_00_00_00_00_0bL;
    private static final long MAC_C = 0x02_00_00_00_00_0cL;

    ReplayTest() {
        super(CONFIG);
    }

    @Test
    void shouldFloodThenSwitchBetweenPortsFoundByAddress() throws IOException {
        writePcap(unicast(MAC_A, MAC_B, "10.100.0.1", "10.100.0.2"), unicast(MAC_B, MAC_A, "10.100.0.2", "10.100.0.1"));
        assertThat(replay()).isZero();
        assertThat(sent()).containsExactly("n1/b tx 60", "n1/underlay tunnel-tx 110", "n1/a tx 60");
        assertThat(text(out))
                .startsWith("frames received 3 created 1 transmitted 3 consumed 0 dropped 0 held 0 skipped 0");
    }

    @Test
    void shouldKeepTheTimesOfTheInput() throws IOException {
        writePcap(unicast(MAC_A, MAC_B, "10.100.0.1", "10.100.0.2"));
        replay();
        assertThat(packets())
                .allSatisfy(packet -> assertThat(packet.epochNanos()).isEqualTo(TIME));
    }

    @Test
    void shouldDecapsulateWhatIsForTheUnderlayAddress() throws IOException {
        writePcap(vxlan(100, unicast(MAC_C, MAC_A, "10.100.0.3", "10.100.0.1")));
        assertThat(replay()).isZero();
        assertThat(sent()).containsExactly("n1/a tx 60", "n1/b tx 60");
    }

    @Test
    void shouldReportDropsByReason() throws IOException {
        writePcap(vxlan(101, unicast(MAC_C, MAC_A, "10.100.0.3", "10.100.0.1")));
        assertThat(replay()).isZero();
        assertThat(sent()).isEmpty();
        assertThat(text(out))
                .contains("dropped 1")
                .containsPattern("drop +unknown-vni frames 1 No network has this VNI\\.");
    }

    @Test
    void shouldLetUnknownSourcesInAtTheGivenPort() throws IOException {
        writePcap(unicast(MAC_C, MAC_A, "10.100.0.3", "10.100.0.1"));
        assertThat(replay("--port", "b")).isZero();
        assertThat(sent()).containsExactly("n1/a tx 60", "n1/underlay tunnel-tx 110");
    }

    @Test
    void shouldTakeOnlyWhatTheNodeReceivedFromAWeftCapture() throws IOException {
        final byte[] frame = unicast(MAC_C, MAC_A, "10.100.0.3", "10.100.0.1");
        try (OutputStream stream = Files.newOutputStream(file("in.pcap"));
                PcapngWriter writer = new PcapngWriter(stream, "test")) {
            for (final String name : List.of("n1/b rx", "n1/a tx", "n1/b drop")) {
                final int number = writer.addInterface(name, "");
                writer.packet(number, TIME, new UnsafeBuffer(frame), 0, frame.length, frame.length, 0, 0, 0, "");
            }
        }
        assertThat(replay()).isZero();
        assertThat(sent()).containsExactly("n1/a tx 60", "n1/underlay tunnel-tx 110");
        assertThat(text(out)).contains("skipped 2");
    }

    @Test
    void shouldRefuseWithOneLine() throws IOException {
        writePcap();
        assertThat(replay("--port", "z")).isEqualTo(1);
        assertThat(text(err)).isEqualToIgnoringNewLines("Error: " + file("n1.yaml") + ":1: no such port: z");
        assertThat(Files.exists(file("out.pcap"))).isFalse();

        err.reset();
        Files.writeString(file("in.pcap"), "no capture, but long enough to look like one");
        assertThat(replay()).isEqualTo(1);
        assertThat(text(err).lines()).hasSize(1).first().asString().contains("in.pcap: ", "unknown file format");
        assertThat(Files.exists(file("out.pcap"))).isFalse();
    }

    @Test
    void shouldRefuseCutFileNamingIt() throws IOException {
        writePcap(unicast(MAC_A, MAC_B, "10.100.0.1", "10.100.0.2"));
        final byte[] whole = Files.readAllBytes(file("in.pcap"));
        Files.write(file("in.pcap"), Arrays.copyOf(whole, whole.length - 1));
        assertThat(replay()).isEqualTo(1);
        assertThat(text(err).lines()).hasSize(1).first().asString().contains("in.pcap: ", "truncated dump file");
    }

    private static byte[] unicast(final long from, final long to, final String source, final String destination) {
        return FrameBuilder.frame()
                .from(from)
                .to(to)
                .ipv4(source, destination)
                .udp(1, 2)
                .payload(18)
                .build();
    }

    private static byte[] vxlan(final int vni, final byte[] inner) {
        final byte[] payload = ByteBuffer.allocate(8 + inner.length)
                .putInt(0x0800_0000)
                .putInt(vni << 8)
                .put(inner)
                .array();
        return FrameBuilder.frame()
                .ipv4("198.19.0.2", "198.19.0.1")
                .udp(50_000, 4789)
                .payload(payload)
                .build();
    }
}
