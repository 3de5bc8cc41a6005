// SPDX-License-Identifier: Apache-2.0
package io.weft.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every codec. Buffers have exactly the header's size and Agrona checks bounds. */
class CodecsTest {
    private static final long MAC_A = 0x02_00_00_00_00_0AL;
    private static final long MAC_B = 0x02_00_00_00_00_0BL;
    private static final IpAddress A6 = IpAddress.parse("fd00::a");
    private static final IpAddress B6 = IpAddress.parse("fd00::b");

    interface Validity {
        boolean of(UnsafeBuffer buffer, int offset, int length);
    }

    interface Access {
        void to(UnsafeBuffer buffer, int offset);
    }

    interface Reading {
        String of(UnsafeBuffer buffer, int offset);
    }

    /**
     * A codec and one packet of its kind.
     *
     * @param golden the packet as RFCs draw it
     * @param fields what all getters say of it, in order
     */
    record Codec(String name, String golden, String fields, Validity validity, Access put, Reading get) {
        byte[] octets() {
            return HexFormat.of().parseHex(golden.replace(" ", ""));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Codec> codecs() {
        return Stream.of(ethernet(), vlan(), arp(), ipv4(), ipv6(), tcp(), udp(), icmp(), vxlan());
    }

    private static Codec ethernet() {
        return new Codec(
                "Ethernet",
                "02000000000b 02000000000a 0800",
                "02:00:00:00:00:0b 02:00:00:00:00:0a 2048",
                Ethernet::isValid,
                (b, o) -> Ethernet.put(b, o, MAC_B, MAC_A, Ethernet.TYPE_IPV4),
                (b, o) -> MacAddress.format(Ethernet.destination(b, o)) + " " + MacAddress.format(Ethernet.source(b, o))
                        + " " + Ethernet.type(b, o));
    }

    private static Codec vlan() {
        return new Codec(
                "802.1Q",
                "afff 86dd",
                "5 4095 34525",
                Vlan::isValid,
                (b, o) -> Vlan.put(b, o, 5, 4095, Ethernet.TYPE_IPV6),
                (b, o) -> Vlan.priority(b, o) + " " + Vlan.id(b, o) + " " + Vlan.type(b, o));
    }

    private static Codec arp() {
        return new Codec(
                "ARP",
                "0001 0800 06 04 0002 02000000000a 0a000001 02000000000b 0a0000fe",
                "2 2000000000a 10.0.0.1 2000000000b 10.0.0.254",
                Arp::isValid,
                (b, o) -> Arp.put(b, o, Arp.REPLY, MAC_A, 0x0A000001, MAC_B, 0x0A0000FE),
                (b, o) -> Arp.operation(b, o) + " " + Long.toHexString(Arp.senderMac(b, o)) + " "
                        + IpAddress.ofIpv4(Arp.senderIp(b, o)) + " " + Long.toHexString(Arp.targetMac(b, o)) + " "
                        + IpAddress.ofIpv4(Arp.targetIp(b, o)));
    }

    private static Codec ipv4() {
        return new Codec(
                "IPv4",
                "4500 0014 0000 4000 40 06 25d5 0a000001 0a00010f",
                "4 20 0 20 0 4000 false 64 6 25d5 true 10.0.0.1 10.0.1.15",
                Ipv4::isValid,
                (b, o) -> Ipv4.put(b, o, 20, 64, Ipv4.PROTOCOL_TCP, 0x0A000001, 0x0A00010F),
                (b, o) -> Ipv4.version(b, o) + " " + Ipv4.headerLength(b, o) + " " + Ipv4.trafficClass(b, o) + " "
                        + Ipv4.totalLength(b, o) + " " + Ipv4.identification(b, o) + " "
                        + Integer.toHexString(Ipv4.fragment(b, o)) + " " + Ipv4.isFragment(b, o) + " "
                        + Ipv4.ttl(b, o) + " " + Ipv4.protocol(b, o) + " " + Integer.toHexString(Ipv4.checksum(b, o))
                        + " " + Ipv4.isChecksumValid(b, o) + " " + IpAddress.ofIpv4(Ipv4.source(b, o)) + " "
                        + IpAddress.ofIpv4(Ipv4.destination(b, o)));
    }

    private static Codec ipv6() {
        return new Codec(
                "IPv6",
                "60000000 0000 3a ff fd00000000000000000000000000000a fd00000000000000000000000000000b",
                "6 0 0 0 58 255 fd00::a fd00::b",
                Ipv6::isValid,
                (b, o) -> Ipv6.put(b, o, 0, Ipv6.PROTOCOL_ICMPV6, 255, A6, B6),
                (b, o) -> Ipv6.version(b, o) + " " + Ipv6.trafficClass(b, o) + " " + Ipv6.flowLabel(b, o) + " "
                        + Ipv6.payloadLength(b, o) + " " + Ipv6.nextHeader(b, o) + " " + Ipv6.hopLimit(b, o) + " "
                        + new IpAddress(Ipv6.sourceHigh(b, o), Ipv6.sourceLow(b, o)) + " "
                        + new IpAddress(Ipv6.destinationHigh(b, o), Ipv6.destinationLow(b, o)));
    }

    private static Codec tcp() {
        return new Codec(
                "TCP",
                "ffff 0050 fffffffe 80000001 5 0 12 fffd 0000 0000",
                "65535 80 -2 -2147483647 20 18 65533 0",
                Tcp::isValid,
                (b, o) -> Tcp.put(b, o, 65535, 80, -2, 0x80000001, Tcp.SYN | Tcp.ACK, 65533),
                (b, o) -> Tcp.sourcePort(b, o) + " " + Tcp.destinationPort(b, o) + " " + Tcp.sequence(b, o) + " "
                        + Tcp.acknowledgment(b, o) + " " + Tcp.headerLength(b, o) + " " + Tcp.flags(b, o) + " "
                        + Tcp.window(b, o) + " " + Tcp.checksum(b, o));
    }

    private static Codec udp() {
        return new Codec(
                "UDP",
                "c000 12b5 0008 0000",
                "49152 4789 8 0",
                Udp::isValid,
                (b, o) -> Udp.put(b, o, 49152, Vxlan.PORT, 8),
                (b, o) -> Udp.sourcePort(b, o) + " " + Udp.destinationPort(b, o) + " " + Udp.length(b, o) + " "
                        + Udp.checksum(b, o));
    }

    private static Codec icmp() {
        return new Codec(
                "ICMP",
                "08 01 0000 ffff 8001",
                "8 1 0 65535 32769",
                Icmp::isValid,
                (b, o) -> Icmp.put(b, o, Icmp.ECHO_REQUEST, 1, 0xFFFF8001),
                (b, o) -> Icmp.type(b, o) + " " + Icmp.code(b, o) + " " + Icmp.checksum(b, o) + " "
                        + Icmp.identifier(b, o) + " " + Icmp.sequence(b, o));
    }

    private static Codec vxlan() {
        return new Codec(
                "VXLAN",
                "08 000000 ffffff 00",
                "true 16777215",
                Vxlan::isValid,
                (b, o) -> Vxlan.put(b, o, Vxlan.MAX_VNI),
                (b, o) -> Vxlan.hasVni(b, o) + " " + Vxlan.vni(b, o));
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void shouldWriteGoldenOctetsOverWhateverWasThere(final Codec codec) {
        final byte[] octets = new byte[codec.octets().length];
        Arrays.fill(octets, (byte) 0xEE);

        codec.put.to(new UnsafeBuffer(octets), 0);

        assertThat(octets).isEqualTo(codec.octets());
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void shouldReadGoldenOctets(final Codec codec) {
        final UnsafeBuffer buffer = new UnsafeBuffer(codec.octets());

        assertThat(codec.validity.of(buffer, 0, buffer.capacity())).isTrue();
        assertThat(codec.get.of(buffer, 0)).isEqualTo(codec.fields);
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void shouldRefuseAPacketCutAtAnyLength(final Codec codec) {
        final byte[] octets = codec.octets();
        final UnsafeBuffer whole = new UnsafeBuffer(octets);
        for (int length = 0; length < octets.length; length++) {
            assertThat(codec.validity.of(new UnsafeBuffer(Arrays.copyOf(octets, length)), 0, length))
                    .as("%d octets", length)
                    .isFalse();
            assertThat(codec.validity.of(whole, 0, length))
                    .as("%d of the octets that are there", length)
                    .isFalse();
            assertThat(codec.validity.of(whole, octets.length - length, octets.length))
                    .as("%d octets before the buffer's end", length)
                    .isFalse();
        }
        assertThat(codec.validity.of(whole, -1, octets.length)).isFalse();
    }

    @ParameterizedTest
    @MethodSource("codecs")
    void shouldReadNothingOutsideOfAValidPacket(final Codec codec) {
        final SplittableRandom random = new SplittableRandom(codec.name.hashCode());
        int valid = 0;
        for (int i = 0; i < 20_000; i++) {
            // The golden octets with some changed: purely random ones would hardly ever be valid.
            final byte[] octets = Arrays.copyOf(codec.octets(), random.nextInt(100));
            for (int changes = random.nextInt(4); changes > 0 && octets.length > 0; changes--) {
                octets[random.nextInt(octets.length)] = (byte) random.nextInt();
            }
            final UnsafeBuffer buffer = new UnsafeBuffer(octets);
            if (codec.validity.of(buffer, 0, octets.length)) {
                assertThat(codec.get.of(buffer, 0)).isNotEmpty();
                valid++;
            }
        }
        assertThat(valid).isGreaterThan(100);
    }
}
