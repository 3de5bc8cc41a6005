// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PcapPortTest {
    private final FramePool pool = new FramePool(16, Counters.inMemory(2));
    private final FrameVector vector = new FrameVector();

    @TempDir
    Path directory = Path.of("");

    @Test
    void shouldReadWhatItWroteAndSayThatTheFileEnds() throws Exception {
        final Path file = directory.resolve("a.pcap");
        try (PcapPort port = PcapPort.open(0, "out", pool, null, file)) {
            port.time(1_700_000_000_123L);
            for (int i = 0; i < 3; i++) {
                final Frame frame = Objects.requireNonNull(pool.create(1));
                final byte[] octets = TestFrames.udp(100 + i);
                frame.buffer.putBytes(frame.offset, octets);
                frame.length = octets.length;
                vector.add(frame);
            }
            final Frame superFrame = Objects.requireNonNull(pool.create(1));
            TestFrames.tcpSuperFrame(superFrame, 2500, 1000);
            assertThat(FrameParser.parse(superFrame)).isNull();
            vector.add(superFrame);
            port.transmit(vector);
        }
        try (PcapPort port = PcapPort.open(0, "in", pool, file, null)) {
            assertThat(port.receive(vector, 2)).isTrue();
            assertThat(port.receive(vector, 64)).isFalse();
            assertThat(vector.size()).isEqualTo(6);
            for (int i = 0; i < 6; i++) {
                final Frame frame = vector.get(i);
                final byte[] octets = new byte[frame.length];
                frame.buffer.getBytes(frame.offset, octets);
                if (i < 3) {
                    assertThat(octets).isEqualTo(TestFrames.udp(100 + i));
                } else {
                    assertThat(TestFrames.isTcpSound(octets, 0)).isTrue();
                }
            }
            assertThat(port.state()).isEqualTo(PortState.DOWN);
            assertThat(port.reason()).isEqualTo("end of file");
            port.transmit(vector);
        }
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void shouldRefuseWhatIsNoCapture() throws Exception {
        final Path file = Files.writeString(directory.resolve("b.pcap"), "not a capture file at all");
        assertThatThrownBy(() -> PcapPort.open(0, "in", pool, file, null))
                .isInstanceOf(PortException.class)
                .hasMessageStartingWith("read " + file);
        assertThatThrownBy(() -> PcapPort.open(0, "in", pool, directory.resolve("none.pcap"), null))
                .isInstanceOf(PortException.class)
                .hasMessageContaining("No such file");
        assertThatThrownBy(() -> PcapPort.open(0, "out", pool, null, directory.resolve("no/where.pcap")))
                .isInstanceOf(PortException.class)
                .hasMessageStartingWith("write ");
    }
}
