// SPDX-License-Identifier: Apache-2.0
package io.weft.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Lengths inside headers that contradict the packet, one case each; and setters. */
class ValidityTest {
    private static final String IPV4 = "450000140000400040060000 0a000001 0a000002";
    private static final String TCP = "0001000200000003000000045010ffff00000000";

    @Test
    void shouldRefuseAnotherIpVersion() {
        assertThat(ipv4(IPV4)).isTrue();
        assertThat(ipv4("55" + IPV4.substring(2))).isFalse();
        final String ipv6 = "000000000006 40" + "00".repeat(33);
        assertThat(ipv6("60" + ipv6)).isTrue();
        assertThat(ipv6("40" + ipv6)).isFalse();
    }

    @Test
    void shouldRefuseAnIpv4HeaderShorterThan20OrLongerThanThePacket() {
        assertThat(ipv4("44" + IPV4.substring(2))).isFalse();
        assertThat(ipv4("46" + IPV4.substring(2))).isFalse();
        assertThat(ipv4("46000018" + IPV4.substring(8) + "00000000")).isTrue();
    }

    @Test
    void shouldRefuseAnIpv4TotalLengthBelowTheHeaderOrAboveTheFrame() {
        assertThat(ipv4("45000013" + IPV4.substring(8))).isFalse();
        assertThat(ipv4("45000015" + IPV4.substring(8))).isFalse();
        assertThat(ipv4(IPV4 + "00")).as("Ethernet padding").isTrue();
    }

    @Test
    void shouldRefuseAnIpv6PayloadThatIsNotThere() {
        assertThat(ipv6("60000000000106 40" + "00".repeat(32))).isFalse();
        assertThat(ipv6("60000000000106 40" + "00".repeat(33))).isTrue();
    }

    @Test
    void shouldRefuseATcpHeaderShorterThan20OrLongerThanThePacket() {
        assertThat(tcp(TCP)).isTrue();
        assertThat(tcp(TCP.replace("5010ffff", "4010ffff"))).isFalse();
        assertThat(tcp(TCP.replace("5010ffff", "6010ffff"))).isFalse();
        assertThat(tcp(TCP.replace("5010ffff", "6010ffff") + "01010100")).isTrue();
    }

    @Test
    void shouldRefuseAUdpLengthBelow8OrAboveThePacket() {
        assertThat(udp("0001000200080000")).isTrue();
        assertThat(udp("0001000200070000")).isFalse();
        assertThat(udp("0001000200090000")).isFalse();
        assertThat(udp("000100020009000000")).isTrue();
    }

    @Test
    void shouldRefuseArpOfOtherKinds() {
        final String rest = "0001" + "00".repeat(20);
        assertThat(arp("000108000604" + rest)).isTrue();
        assertThat(arp("000608000604" + rest)).as("hardware type").isFalse();
        assertThat(arp("000186dd0604" + rest)).as("protocol type").isFalse();
        assertThat(arp("000108000804" + rest)).as("hardware length").isFalse();
        assertThat(arp("000108000610" + rest)).as("protocol length").isFalse();
    }

    @Test
    void shouldTellOtherKindsOfArpFromCutOnes() {
        final UnsafeBuffer ours = buffer("0001080006040001" + "00".repeat(20));
        assertThat(Arp.isOtherKind(ours, 0, 28)).isFalse();
        assertThat(Arp.isOtherKind(ours, 0, 8)).isFalse();
        final UnsafeBuffer other = buffer("000186dd06100001");
        assertThat(Arp.isOtherKind(other, 0, 8)).isTrue();
        assertThat(Arp.isOtherKind(other, 0, 7)).as("cut").isFalse();
        assertThat(Arp.isOtherKind(other, 1, 8)).as("beyond the buffer").isFalse();
    }

    @Test
    void shouldIgnoreReservedBitsOfVxlanButNotTheIFlag() {
        assertThat(Vxlan.hasVni(buffer("f7ffffff000001ff"), 0)).isFalse();
        assertThat(Vxlan.hasVni(buffer("ffffffff000001ff"), 0)).isTrue();
        assertThat(Vxlan.vni(buffer("ffffffff000001ff"), 0)).isOne();
    }

    @Test
    void shouldTellFragmentsFromWholePackets() {
        assertThat(Ipv4.isFragment(buffer(IPV4.replace("00004000", "00004000")), 0))
                .isFalse();
        assertThat(Ipv4.isFragment(buffer(IPV4.replace("00004000", "00002000")), 0))
                .as("the first")
                .isTrue();
        assertThat(Ipv4.isFragment(buffer(IPV4.replace("00004000", "00000001")), 0))
                .as("the last")
                .isTrue();
        assertThat(Ipv4.isFragment(buffer(IPV4.replace("00004000", "00008000")), 0))
                .as("the reserved bit")
                .isFalse();
    }

    @Test
    void shouldSetSingleFields() {
        final UnsafeBuffer ip = buffer(IPV4);
        Ipv4.totalLength(ip, 0, 65_535);
        Ipv4.identification(ip, 0, 0x1_BEEF);
        Ipv4.checksum(ip, 0, 0xCAFE);
        assertThat(hex(ip)).isEqualTo("4500ffffbeef40004006cafe0a0000010a000002");
        assertThat(Ipv4.isChecksumValid(ip, 0)).isFalse();
        Ipv4.writeChecksum(ip, 0);
        assertThat(Ipv4.isChecksumValid(ip, 0)).isTrue();

        final UnsafeBuffer tcp = buffer(TCP);
        Tcp.sequence(tcp, 0, -1);
        Tcp.flags(tcp, 0, Tcp.FIN | Tcp.ACK);
        Tcp.checksum(tcp, 0, 0xCAFE);
        assertThat(hex(tcp)).isEqualTo("00010002ffffffff000000045011ffffcafe0000");

        final UnsafeBuffer udp = buffer("0001000200080000");
        Udp.length(udp, 0, 0xBEEF);
        Udp.checksum(udp, 0, 0xCAFE);
        assertThat(hex(udp)).isEqualTo("00010002beefcafe");

        final UnsafeBuffer ipv6 = buffer("6".repeat(80));
        Ipv6.payloadLength(ipv6, 0, 0xBEEF);
        assertThat(hex(ipv6)).startsWith("66666666beef6666");
        assertThat(Ipv6.trafficClass(ipv6, 0)).isEqualTo(0x66);
        assertThat(Ipv6.flowLabel(ipv6, 0)).isEqualTo(0x66666);

        final UnsafeBuffer icmp = buffer("0800000000010002");
        Icmp.checksum(icmp, 0, 0xCAFE);
        assertThat(hex(icmp)).isEqualTo("0800cafe00010002");
    }

    private static boolean ipv4(final String hex) {
        return Ipv4.isValid(buffer(hex), 0, buffer(hex).capacity());
    }

    private static boolean ipv6(final String hex) {
        return Ipv6.isValid(buffer(hex), 0, buffer(hex).capacity());
    }

    private static boolean tcp(final String hex) {
        return Tcp.isValid(buffer(hex), 0, buffer(hex).capacity());
    }

    private static boolean udp(final String hex) {
        return Udp.isValid(buffer(hex), 0, buffer(hex).capacity());
    }

    private static boolean arp(final String hex) {
        return Arp.isValid(buffer(hex), 0, buffer(hex).capacity());
    }

    private static UnsafeBuffer buffer(final String hex) {
        return new UnsafeBuffer(HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    private static String hex(final UnsafeBuffer buffer) {
        return HexFormat.of().formatHex(buffer.byteArray());
    }
}
