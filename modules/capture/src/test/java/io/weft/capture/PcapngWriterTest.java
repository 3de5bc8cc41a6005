// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

final class PcapngWriterTest {
    private static final long TIME = 1_700_000_000_123_456_789L;
    private static final UnsafeBuffer OCTETS = new UnsafeBuffer(HexFormat.of().parseHex("0102030405"));

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @Test
    void shouldWritePacketBlockOctetForOctet() throws IOException {
        final byte[] file = oneOf(1, PcapngWriter.INBOUND, 7, 3, "hi");
        final String expected = "06000000" + "50000000" // EPB, total length 80
                + "00000000" // interface
                + "279c9717" + "15cd1a87" // time: upper half first, each half in the section's byte order
                + "05000000" + "09000000" // captured, original
                + "0102030405000000" // octets, padded
                + "0200" + "0400" + "01000000" // epb_flags: inbound
                + "0400" + "0800" + "0300000000000000" // epb_dropcount
                + "0500" + "0800" + "0700000000000000" // epb_packetid
                + "0100" + "0200" + "68690000" // opt_comment
                + "00000000"
                + "5c000000";
        final byte[] block = blocks(file).get(2);
        final byte[] wanted = HexFormat.of().parseHex(expected);
        // Lengths and the two halves of the time are computed here, not copied from the writer's output.
        ByteBuffer.wrap(wanted)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(4, wanted.length)
                .putInt(12, (int) (TIME >>> 32))
                .putInt(16, (int) TIME)
                .putInt(wanted.length - 4, wanted.length);
        assertThat(HexFormat.of().formatHex(block)).isEqualTo(HexFormat.of().formatHex(wanted));
    }

    @Test
    void shouldWriteSectionInterfacePacketAndStatisticsInThisOrder() throws IOException {
        final List<byte[]> blocks = blocks(oneOf(1, 0, 0, 0, ""));
        assertThat(blocks.stream().map(PcapngWriterTest::type))
                .containsExactly(
                        PcapngWriter.SECTION_HEADER,
                        PcapngWriter.INTERFACE_DESCRIPTION,
                        PcapngWriter.ENHANCED_PACKET,
                        PcapngWriter.INTERFACE_STATISTICS);
        assertThat(new String(blocks.get(0), java.nio.charset.StandardCharsets.ISO_8859_1))
                .contains("Weft test", System.getProperty("os.arch"), System.getProperty("os.name"));
        final ByteBuffer description = ByteBuffer.wrap(blocks.get(1)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(description.getShort(8)).isEqualTo((short) 1);
        assertThat(description.getInt(12)).isEqualTo(262_144);
    }

    @Test
    void shouldReadBackWhatItWrote() throws IOException {
        try (PcapngReader reader = new PcapngReader(
                new ByteArrayInputStream(oneOf(3, PcapngWriter.OUTBOUND, 42, 5, "network blue; größer")))) {
            for (int i = 0; i < 3; i++) {
                final PacketReader.Packet packet = java.util.Objects.requireNonNull(reader.next());
                assertThat(packet.interfaceName()).isEqualTo("n1/a rx");
                assertThat(packet.linkType()).isEqualTo(1);
                assertThat(packet.epochNanos()).isEqualTo(TIME);
                assertThat(packet.octets()).containsExactly(1, 2, 3, 4, 5);
                assertThat(packet.originalLength()).isEqualTo(9);
                assertThat(packet.flags()).isEqualTo(PcapngWriter.OUTBOUND);
                assertThat(packet.packetId()).isEqualTo(42);
                assertThat(packet.lost()).isEqualTo(5);
                assertThat(packet.comment()).isEqualTo("network blue; größer");
            }
            assertThat(reader.next()).isNull();
        }
    }

    @Test
    void shouldReadBigEndianFilesWithMicroseconds() throws IOException {
        final ByteBuffer file = ByteBuffer.allocate(28 + 20 + 36).order(ByteOrder.BIG_ENDIAN);
        file.putInt(0x0A0D0D0A)
                .putInt(28)
                .putInt(0x1A2B3C4D)
                .putInt(0x00010000)
                .putLong(-1)
                .putInt(28);
        file.putInt(1)
                .putInt(20)
                .putShort((short) 1)
                .putShort((short) 0)
                .putInt(0)
                .putInt(20);
        file.putInt(6).putInt(36).putInt(0).putInt(0).putInt(5).putInt(3).putInt(3);
        file.put(new byte[] {9, 8, 7, 0}).putInt(36);
        try (PcapngReader reader = new PcapngReader(new ByteArrayInputStream(file.array()))) {
            final PacketReader.Packet packet = java.util.Objects.requireNonNull(reader.next());
            assertThat(packet.epochNanos()).isEqualTo(5_000);
            assertThat(packet.octets()).containsExactly(9, 8, 7);
            assertThat(reader.next()).isNull();
        }
    }

    @Test
    void shouldRefuseFileCutAtAnyOctetWithinABlock() throws IOException {
        final byte[] file = oneOf(1, PcapngWriter.INBOUND, 7, 3, "hi");
        int complete = 0;
        final List<Integer> boundaries = new ArrayList<>(List.of(0));
        for (final byte[] block : blocks(file)) {
            boundaries.add(boundaries.get(boundaries.size() - 1) + block.length);
        }
        for (int length = 0; length <= file.length; length++) {
            final byte[] cut = Arrays.copyOf(file, length);
            if (boundaries.contains(length)) {
                readAll(cut);
                complete++;
            } else {
                assertThatThrownBy(() -> readAll(cut)).isInstanceOf(IOException.class);
            }
        }
        assertThat(complete).isEqualTo(5);
    }

    @Test
    void shouldRefuseWhatIsNotPcapng() {
        assertThatThrownBy(() -> readAll(HexFormat.of().parseHex("d4c3b2a1020004000000000000000000ffff000001000000")))
                .isInstanceOf(IOException.class)
                .hasMessage("not a pcapng file: does not begin with a section header");
    }

    private byte[] oneOf(
            final int packets, final int direction, final long packetId, final long lost, final String comment)
            throws IOException {
        out.reset();
        try (PcapngWriter writer = new PcapngWriter(out, "Weft test")) {
            final int number = writer.addInterface("n1/a rx", "description");
            for (int i = 0; i < packets; i++) {
                writer.packet(number, TIME, OCTETS, 0, 5, 9, direction, packetId, lost, comment);
            }
        }
        return out.toByteArray();
    }

    private static void readAll(final byte[] file) throws IOException {
        try (PcapngReader reader = new PcapngReader(new ByteArrayInputStream(file))) {
            PacketReader.Packet packet;
            do {
                packet = reader.next();
            } while (packet != null);
        }
    }

    private static int type(final byte[] block) {
        return ByteBuffer.wrap(block).order(ByteOrder.LITTLE_ENDIAN).getInt(0);
    }

    private static List<byte[]> blocks(final byte[] file) {
        final List<byte[]> blocks = new ArrayList<>();
        final ByteBuffer all = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        for (int start = 0; start < file.length; ) {
            final int length = all.getInt(start + 4);
            assertThat(length % 4).isZero();
            assertThat(all.getInt(start + length - 4)).isEqualTo(length);
            blocks.add(Arrays.copyOfRange(file, start, start + length));
            start += length;
        }
        return blocks;
    }
}
