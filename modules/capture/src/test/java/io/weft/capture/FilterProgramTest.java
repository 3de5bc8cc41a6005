// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.testkit.WarmAllocation;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pcap4j.core.BpfProgram;
import org.pcap4j.core.BpfProgram.BpfCompileMode;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.Pcaps;
import org.pcap4j.packet.namednumber.DataLinkType;

/** Our interpreter against libpcap's. */
final class FilterProgramTest {
    private static final int PACKETS = 2_000;
    private static final int LONGEST = 200;
    private static final int RETURN = 0x06;
    private static final FilterInstruction MATCH = new FilterInstruction(RETURN, 0, 0, 1);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ip",
                "ip6",
                "arp",
                "tcp",
                "udp",
                "icmp",
                "icmp6",
                "ether host 02:00:00:00:00:0a",
                "ether broadcast",
                "ether multicast",
                "ether proto 0x88cc",
                "vlan",
                "vlan 7",
                "vlan 7 and tcp",
                "vlan and vlan 3",
                "vlan and ip6 and udp port 53",
                "host 10.100.0.1",
                "src host 10.100.0.1 or dst host 10.100.0.2",
                "net 10.100.0.0/16",
                "ip6 host fd00:100::1",
                "dst net fd00:100::/64",
                "port 53",
                "tcp port 5201",
                "udp src port 4000",
                "portrange 4000-6000",
                "udp dst portrange 1-1023",
                "ip proto 47",
                "len > 100",
                "less 60",
                "greater 128 and not arp",
                "ip[0] & 0xf != 5",
                "ip[6:2] & 0x1fff != 0",
                "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
                "tcp[13] = 2 and not port 22",
                "(tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420)",
                "udp[8:4] / 3 = 5",
                "ether[12:2] % 7 = 1",
                "ip[2:2] * 2 - 4 > 80",
                "ip[8] ^ 3 = 67",
                "ip and not (tcp or udp) and ip[9] << 1 > 20",
                "ip[1] / ip[0] = 0",
                "ether[6] & 1 = 1 or (ip and -ip[8] > 5)",
                "icmp[icmptype] = icmp-echo",
                "ip broadcast or ip multicast"
            })
    void shouldSayWhatLibpcapSays(final String expression) throws Exception {
        final FilterProgram program;
        final BpfProgram oracle;
        try (PcapHandle handle = Pcaps.openDead(DataLinkType.EN10MB, PcapngWriter.SNAP_LENGTH)) {
            // What an older libpcap does not understand it can't judge.
            oracle = handle.compileFilter(expression, BpfCompileMode.OPTIMIZE, PcapHandle.PCAP_NETMASK_UNKNOWN);
            program = Objects.requireNonNull(CaptureFilter.compile(expression));
        } catch (final org.pcap4j.core.PcapNativeException e) {
            assertThatThrownBy(() -> CaptureFilter.compile(expression)).isInstanceOf(IllegalArgumentException.class);
            return;
        }
        final long seed = System.nanoTime();
        final RandomPackets random = new RandomPackets(new Random(seed));
        final UnsafeBuffer head = new UnsafeBuffer(new byte[LONGEST]);
        for (int i = 0; i < PACKETS; i++) {
            final byte[] packet = random.next();
            final int original = packet.length + random.below(100);
            final boolean expected = oracle.applyFilter(packet, original, packet.length);
            final UnsafeBuffer octets = new UnsafeBuffer(packet);
            assertThat(program.matches(octets, 0, packet.length, original))
                    .as("seed %d, packet %d", seed, i)
                    .isEqualTo(expected);
            final int cut = random.below(packet.length + 1);
            head.putBytes(0, packet, 0, cut);
            assertThat(program.matches(head, cut, octets, cut, packet.length - cut, original))
                    .as("seed %d, packet %d in two parts, the first of %d octets", seed, i, cut)
                    .isEqualTo(expected);
        }
        oracle.free();
    }

    @Test
    void shouldRefuseProgramsThatAreNone() {
        assertRefused("must be 1 to 4096");
        assertRefused("does not end with a return", new FilterInstruction(0x00, 0, 0, 1));
        assertRefused("unknown code 0xffff", new FilterInstruction(0xFFFF, 0, 0, 0), MATCH);
        assertRefused("unknown code 0x008c", new FilterInstruction(0x8C, 0, 0, 0), MATCH);
        assertRefused("jumps out", new FilterInstruction(0x05, 0, 0, 1), MATCH);
        assertRefused("jumps back", new FilterInstruction(0x05, 0, 0, -2), MATCH);
        assertRefused("jumps out", new FilterInstruction(0x15, 1, 0, 0), MATCH);
        assertRefused("jumps out", new FilterInstruction(0x15, 0, 255, 0), MATCH);
        assertRefused("no such scratch word", new FilterInstruction(0x02, 0, 0, 16), MATCH);
        assertRefused("no such scratch word", new FilterInstruction(0x61, 0, 0, -1), MATCH);
        assertRefused("division by zero", new FilterInstruction(0x34, 0, 0, 0), MATCH);
        assertRefused("division by zero", new FilterInstruction(0x94, 0, 0, 0), MATCH);
        final List<FilterInstruction> tooLong = new ArrayList<>();
        for (int i = 0; i <= FilterProgram.MAX_LENGTH; i++) {
            tooLong.add(MATCH);
        }
        assertThatThrownBy(() -> FilterProgram.load(tooLong)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldRefuseFiltersThatLoop() {
        assertThatThrownBy(() -> CaptureFilter.compile("ip6 protochain 6"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("capture filter \"ip6 protochain 6\": ")
                .hasMessageContaining("protochain");
    }

    private static void assertRefused(final String why, final FilterInstruction... instructions) {
        assertThatThrownBy(() -> FilterProgram.load(List.of(instructions)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }

    @Test
    void shouldEndWithoutAMatchAtADivisionByZeroAndBeyondThePacket() {
        final UnsafeBuffer packet = new UnsafeBuffer(new byte[4]);
        final FilterInstruction one = new FilterInstruction(0x00, 0, 0, 1);
        assertThat(run(packet, one, new FilterInstruction(0x3C, 0, 0, 0), MATCH))
                .isFalse();
        assertThat(run(packet, one, new FilterInstruction(0x9C, 0, 0, 0), MATCH))
                .isFalse();
        assertThat(run(packet, new FilterInstruction(0x20, 0, 0, 0), MATCH)).isTrue();
        assertThat(run(packet, new FilterInstruction(0x20, 0, 0, 1), MATCH)).isFalse();
        assertThat(run(packet, new FilterInstruction(0x20, 0, 0, -2), MATCH)).isFalse();
        assertThat(run(packet, new FilterInstruction(0x01, 0, 0, -1), new FilterInstruction(0x50, 0, 0, 1), MATCH))
                .as("index and constant together wrap around")
                .isFalse();
        assertThat(run(packet, new FilterInstruction(0xB1, 0, 0, 4), MATCH)).isFalse();
    }

    private static boolean run(final UnsafeBuffer packet, final FilterInstruction... instructions) {
        return FilterProgram.load(List.of(instructions)).matches(packet, 0, packet.capacity(), packet.capacity());
    }

    /** Whatever is loaded ends, and stays within the packet: the buffer checks its bounds in tests. */
    @Test
    void shouldSurviveWhateverIsLoaded() {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        final int[] codes = {
            0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0x00, 0x80, 0x60, 0x01, 0x81, 0x61, 0xB1, 0x02, 0x03, 0x04, 0x0C, 0x14,
            0x24, 0x34, 0x3C, 0x44, 0x54, 0x64, 0x6C, 0x74, 0x7C, 0x84, 0x94, 0x9C, 0xA4, 0xAC, 0x05, 0x15, 0x1D, 0x25,
            0x2D, 0x35, 0x45, 0x06, 0x16, 0x07, 0x87
        };
        int loaded = 0;
        for (int i = 0; i < 50_000; i++) {
            final List<FilterInstruction> instructions = new ArrayList<>();
            final int count = random.nextInt(12);
            for (int at = 0; at < count; at++) {
                final int code =
                        random.nextInt(40) == 0 ? random.nextInt(1 << 16) : codes[random.nextInt(codes.length)];
                final int k = random.nextInt(8) == 0 ? random.nextInt() : random.nextInt(16);
                instructions.add(new FilterInstruction(code, random.nextInt(4), random.nextInt(4), k));
            }
            if (random.nextInt(8) > 0) {
                instructions.add(MATCH);
            }
            final byte[] octets = new byte[random.nextInt(40)];
            random.nextBytes(octets);
            final UnsafeBuffer packet = new UnsafeBuffer(octets);
            try {
                FilterProgram.load(instructions).matches(packet, 0, octets.length, octets.length);
                loaded++;
            } catch (final IllegalArgumentException e) {
                assertThat(e.getMessage()).as("seed %d", seed).startsWith("filter");
            }
        }
        assertThat(loaded).as("seed %d", seed).isGreaterThan(1_000);
    }

    @Test
    void shouldAllocateNothing() {
        final FilterProgram program = Objects.requireNonNull(
                CaptureFilter.compile("vlan or (tcp port 5201 and tcp[13] & 2 = 0) or udp[8:4] / 3 = 5"));
        final RandomPackets random = new RandomPackets(new Random(1));
        final List<UnsafeBuffer> packets = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            packets.add(new UnsafeBuffer(random.next()));
        }
        final UnsafeBuffer[] all = packets.toArray(new UnsafeBuffer[0]);
        final int[] matched = new int[1];
        assertThat(WarmAllocation.of(500, () -> {
                    for (final UnsafeBuffer packet : all) {
                        matched[0] += program.matches(packet, 0, packet.capacity(), packet.capacity()) ? 1 : 0;
                    }
                }))
                .isZero();
        assertThat(matched[0]).isPositive();
    }

    /** Packets that look like what filters ask for, more or less, and are cut anywhere. */
    private static final class RandomPackets {
        private static final int[] TYPES = {0x0800, 0x0800, 0x0800, 0x86DD, 0x86DD, 0x0806, 0x8100, 0x88A8, 0x88CC, 60};
        private static final int[] PROTOCOLS = {1, 6, 6, 17, 17, 47, 58, 0, 44, 60};
        private static final int[] PORTS = {22, 53, 4000, 5000, 5201, 4789, 80};

        private final Random random;

        RandomPackets(final Random random) {
            this.random = random;
        }

        int below(final int limit) {
            return random.nextInt(limit);
        }

        byte[] next() {
            final byte[] octets = new byte[1 + random.nextInt(LONGEST)];
            random.nextBytes(octets);
            final UnsafeBuffer packet = new UnsafeBuffer(new byte[LONGEST]);
            packet.putBytes(0, octets);
            packet.putInt(0, random.nextInt(4) == 0 ? -1 : 2);
            packet.putShort(4, (short) (random.nextInt(4) == 0 ? -1 : 0x0A00));
            int at = 12;
            int type = pick(TYPES);
            put16(packet, at, type);
            at += 2;
            for (int tags = 0; tags < 2 && (type == 0x8100 || type == 0x88A8); tags++) {
                put16(packet, at, random.nextInt(8));
                type = pick(TYPES);
                put16(packet, at + 2, type);
                at += 4;
            }
            if (type == 0x0800) {
                ipv4(packet, at);
            } else if (type == 0x86DD) {
                ipv6(packet, at);
            }
            packet.getBytes(0, octets);
            return octets;
        }

        private void ipv4(final UnsafeBuffer packet, final int at) {
            final int words = random.nextInt(4) == 0 ? random.nextInt(16) : 5;
            packet.putByte(at, (byte) (0x40 | words));
            put16(packet, at + 2, random.nextInt(200));
            put16(packet, at + 6, random.nextInt(3) == 0 ? random.nextInt(1 << 16) : 0);
            packet.putByte(at + 8, (byte) random.nextInt(80));
            packet.putByte(at + 9, (byte) pick(PROTOCOLS));
            address(packet, at + 12);
            address(packet, at + 16);
            transport(packet, at + 4 * words);
        }

        private void address(final UnsafeBuffer packet, final int at) {
            put16(packet, at, 0x0A64);
            put16(packet, at + 2, random.nextInt(3));
        }

        private void ipv6(final UnsafeBuffer packet, final int at) {
            packet.putByte(at, (byte) 0x60);
            packet.putByte(at + 6, (byte) pick(PROTOCOLS));
            for (int address = at + 8; address < at + 40; address += 16) {
                packet.setMemory(address, 16, (byte) 0);
                put16(packet, address, 0xFD00);
                put16(packet, address + 2, 0x0100);
                put16(packet, address + 14, random.nextInt(3));
            }
            transport(packet, at + 40);
        }

        private void transport(final UnsafeBuffer packet, final int at) {
            put16(packet, at, pick(PORTS));
            put16(packet, at + 2, pick(PORTS));
            packet.putByte(at + 13, (byte) random.nextInt(32));
        }

        private int pick(final int[] from) {
            return from[random.nextInt(from.length)];
        }

        private static void put16(final UnsafeBuffer packet, final int at, final int value) {
            packet.putByte(at, (byte) (value >>> 8));
            packet.putByte(at + 1, (byte) value);
        }
    }
}
