// SPDX-License-Identifier: Apache-2.0
package io.weft.overlay;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Frame;
import io.weft.frame.FrameVector;
import io.weft.testkit.FrameBuilder;
import io.weft.wire.IpAddress;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Single datagrams: RFC 7348 sections 4 to 6. */
final class VxlanDecapTest {
    private final Rig rig = new Rig();

    @AfterEach
    void conserve() {
        rig.assertConservation();
    }

    @Test
    void shouldUncoverInnerFrameInPlace() {
        final Frame frame = rig.datagram(Rig.V4, Rig.packet(Rig.BLUE_VNI, udp()));
        final int start = frame.offset;
        rig.decapsulate();
        assertThat(rig.out.size()).isEqualTo(1);
        assertThat(rig.out.get(0)).isSameAs(frame);
        assertThat(frame.offset).isEqualTo(start + 8);
        assertThat(Rig.octets(frame)).isEqualTo(udp().build());
        assertThat(frame.network).isEqualTo(Rig.BLUE);
        assertThat(frame.vtep).isEqualTo(Rig.V4.index());
        assertThat(frame.l3Offset).isEqualTo(start + 8 + 14);
        assertThat(frame.l4Offset).isEqualTo(start + 8 + 14 + 20);
        assertThat(frame.checksumState).isEqualTo(Frame.CHECKSUM_COMPLETE);
        assertThat(rig.totalDrops()).isZero();
    }

    @Test
    void shouldTakeWhatEncapsulationMade() {
        final Frame frame = udp().parsedInto(rig.pool, 1);
        final byte[] octets = Rig.octets(frame);
        final int hash = frame.flowHash;
        frame.network = Rig.BLUE;
        frame.vtep = Rig.V6.index();
        final FrameVector tunnel = new FrameVector();
        tunnel.add(frame);
        rig.encap.process(tunnel);
        final Frame arrived = rig.datagram(Rig.V6, Rig.octets(frame));
        rig.pool.transmitted(frame, 1);
        rig.decapsulate();
        assertThat(Rig.octets(arrived)).isEqualTo(octets);
        assertThat(arrived.flowHash).isEqualTo(hash);
        assertThat(arrived.network).isEqualTo(Rig.BLUE);
        assertThat(arrived.vtep).isEqualTo(Rig.V6.index());
    }

    @Test
    void shouldDropPacketWithoutVniFlag() {
        for (int flags = 0; flags < 256; flags++) {
            final byte[] packet = Rig.packet(Rig.BLUE_VNI, udp());
            packet[0] = (byte) (flags & ~0x08);
            rig.datagram(Rig.V4, packet);
            rig.decapsulate();
        }
        assertThat(rig.drops()).isEqualTo("vxlan-no-vni:256");
        assertThat(rig.out.isEmpty()).isTrue();
    }

    @Test
    void shouldIgnoreReservedBits() {
        final byte[] header = HexFormat.of().parseHex("ffffffff000064ff");
        rig.datagram(Rig.V4, Rig.join(header, udp().build()));
        rig.decapsulate();
        assertThat(rig.out.size()).isEqualTo(1);
        assertThat(rig.out.get(0).network).isEqualTo(Rig.BLUE);
    }

    @Test
    void shouldKeepVnisApart() {
        rig.datagram(Rig.V4, Rig.packet(Rig.RED_VNI, udp()));
        rig.datagram(Rig.V4, Rig.packet(Rig.BLUE_VNI, udp()));
        rig.decapsulate();
        assertThat(rig.out.get(0).network).isEqualTo(Rig.RED);
        assertThat(rig.out.get(1).network).isEqualTo(Rig.BLUE);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 101, 0x640000, 0xFFFFFF})
    void shouldDropUnknownVni(final int vni) {
        rig.datagram(Rig.V4, Rig.packet(vni, udp()));
        rig.decapsulate();
        assertThat(rig.drops()).isEqualTo("unknown-vni:1");
    }

    @Test
    void shouldDropPacketFromUnknownVtep() {
        final Vtep stranger = new Vtep(0, IpAddress.parse("198.18.0.99"), 4789, 1450);
        rig.datagram(stranger, Rig.packet(Rig.BLUE_VNI, udp()));
        final Vtep strangeHalf = new Vtep(0, new IpAddress(1, Rig.V4.address().low()), 4789, 1450);
        rig.datagram(strangeHalf, Rig.packet(Rig.BLUE_VNI, udp()));
        rig.decapsulate();
        assertThat(rig.drops()).isEqualTo("unknown-vtep:2");
    }

    @Test
    void shouldDropPacketFromVtepOfOtherNetwork() {
        rig.datagram(Rig.V6, Rig.packet(Rig.RED_VNI, udp()));
        rig.decapsulate();
        assertThat(rig.drops()).isEqualTo("vtep-not-in-network:1");
    }

    @ParameterizedTest
    @ValueSource(ints = {0x8100, 0x88A8})
    void shouldDropInnerTagUnlessTheNetworkCarriesTags(final int tpid) {
        rig.datagram(Rig.V4, Rig.packet(Rig.BLUE_VNI, udp().tag(tpid, 5)));
        rig.datagram(Rig.V4, Rig.packet(Rig.RED_VNI, udp().tag(tpid, 5)));
        rig.decapsulate();
        assertThat(rig.drops()).isEqualTo("tag-on-tunnel:1");
        assertThat(rig.out.size()).isEqualTo(1);
        assertThat(rig.out.get(0).tagged).isTrue();
    }

    @Test
    void shouldPassWrongInnerChecksumOfSingleDatagramToItsReceiver() {
        final byte[] packet = Rig.broken(Rig.packet(Rig.BLUE_VNI, udp()), -1);
        rig.datagram(Rig.V4, packet);
        rig.decapsulate();
        assertThat(Rig.octets(rig.out.get(0))).isEqualTo(Arrays.copyOfRange(packet, 8, packet.length));
        assertThat(rig.out.get(0).checksumState).isEqualTo(Frame.CHECKSUM_COMPLETE);
    }

    @Test
    void shouldSurvivePacketCutAtEveryLength() {
        final byte[] packet = Rig.packet(
                Rig.RED_VNI,
                FrameBuilder.frame().tag(5).ipv6("fd00::1", "fd00::2").tcp(1, 2).payload(10));
        for (int length = 0; length <= packet.length; length++) {
            final long before = rig.totalDrops();
            rig.datagram(Rig.V4, Arrays.copyOf(packet, length));
            rig.decapsulate();
            assertThat(rig.totalDrops() - before + rig.out.size()).isEqualTo(1);
            assertThat(rig.out.size()).as("length %d", length).isEqualTo(length < 8 + 14 + 4 ? 0 : 1);
            rig.sent();
        }
        assertThat(rig.drops()).isEqualTo("malformed-tag:4 vxlan-malformed:22");
    }

    @Test
    void shouldEndEarlyWhereTheOutputIsFull() {
        for (int i = 0; i < FrameVector.CAPACITY - 1; i++) {
            rig.out.add(udp().parsedInto(rig.pool, 1));
        }
        final Frame first = rig.datagram(Rig.V4, Rig.packet(Rig.BLUE_VNI, udp()));
        final Frame stranger = rig.datagram(Rig.V4, Rig.packet(999, udp()));
        final Frame last = rig.datagram(Rig.V4, Rig.packet(Rig.BLUE_VNI, udp()));
        assertThat(rig.decap.process(rig.in, rig.out)).isFalse();
        assertThat(rig.out.get(FrameVector.CAPACITY - 1)).isSameAs(first);
        assertThat(rig.in.size()).isEqualTo(2);
        assertThat(rig.in.get(0)).isSameAs(stranger);
        rig.sent();
        rig.decapsulate();
        assertThat(rig.out.size()).isEqualTo(1);
        assertThat(rig.out.get(0)).isSameAs(last);
    }

    private static FrameBuilder udp() {
        return FrameBuilder.frame().ipv4("10.0.0.1", "10.0.0.2").udp(1000, 2000).payload(64);
    }
}
