// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import static io.weft.routing.RouterRig.fromHost1;
import static io.weft.routing.RouterRig.only;
import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.testkit.FrameBuilder;
import io.weft.wire.Bytes;
import io.weft.wire.Ethernet;
import io.weft.wire.Icmp;
import io.weft.wire.IpAddress;
import io.weft.wire.Ipv4;
import io.weft.wire.Ipv6;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The MUSTs of RFC 1812, RFC 8200, RFC 4443 and others for a router, one test for each, named after it. */
final class RouterConformanceTest {
    private static final int DF = 0x4000;

    private final RouterRig rig = new RouterRig();

    @AfterEach
    void nothingIsLost() {
        rig.assertConservation();
    }

    private static FrameBuilder ipv4(final String destination) {
        return fromHost1().ipv4("10.1.0.1", destination).udp(1000, 2000).payload(20);
    }

    private static FrameBuilder ipv6(final String destination) {
        return fromHost1().ipv6("fd00:1::1", destination).udp(1000, 2000).payload(20);
    }

    @Test
    void rfc1812Section521ShouldRewriteTheLinkLayerAndCountTheTtlDown() {
        final Frame frame = only(rig.route(ipv4("10.2.0.1").ttl(64)));
        assertThat(frame.network).isEqualTo(RouterRig.NET2);
        assertThat(Ethernet.destination(frame.buffer, frame.offset)).isEqualTo(RouterRig.HOST2);
        assertThat(Ethernet.source(frame.buffer, frame.offset)).isEqualTo(RouterRig.ROUTER2);
        assertThat(Ipv4.ttl(frame.buffer, frame.l3Offset)).isEqualTo(63);
        assertThat(Ipv4.isChecksumValid(frame.buffer, frame.l3Offset)).isTrue();
        assertThat(rig.counters.get(io.weft.frame.WorkerCounter.ROUTED)).isOne();
    }

    @Test
    void rfc1624ShouldKeepTheChecksumRightForEveryTtlAndIdentification() {
        for (int i = 0; i < 4096; i++) {
            final Frame frame = only(rig.route(ipv4("10.2.0.1")
                    .ttl(2 + i % 254)
                    .identification(i * 16 + 15)
                    .trafficClass(i & 0xFC)));
            assertThat(Ipv4.isChecksumValid(frame.buffer, frame.l3Offset)).isTrue();
        }
    }

    @Test
    void rfc1812Section522ShouldSilentlyDropHeadersThatFailTheirChecks() {
        final byte[] good = ipv4("10.2.0.1").build();
        final int[][] damages = {{14, 0x55}, {14, 0x44}, {16, 0xFF}, {17, 10}};
        for (final int[] damage : damages) {
            final byte[] bad = good.clone();
            bad[damage[0]] = (byte) damage[1];
            assertThat(rig.fate(bad)).as(Arrays.toString(damage)).isEqualTo("ip-malformed");
        }
        final byte[] wrongChecksum = good.clone();
        wrongChecksum[24] ^= 1;
        assertThat(rig.fate(wrongChecksum)).isEqualTo("ip-checksum");
        assertThat(rig.fate(fromHost1().etherType(0x88B5).payload(46))).isEqualTo("not-ip");
        assertThat(rig.fate(ipv4("10.2.0.1").tag(5))).isEqualTo("not-ip");
    }

    @Test
    void rfc1812Section531ShouldAnswerTtlZeroAndOneWithTimeExceeded() {
        assertThat(rig.fate(ipv4("10.2.0.1").ttl(1))).isEqualTo("ttl-exceeded net1 icmp 11/0");
        assertThat(rig.fate(ipv4("10.2.0.1").ttl(0))).isEqualTo("ttl-exceeded net1 icmp 11/0");
        assertThat(rig.fate(ipv4("10.2.0.1").ttl(2))).isEqualTo("net2");
        assertThat(rig.fate(ipv6("fd00:2::1").ttl(1))).isEqualTo("ttl-exceeded net1 icmp 3/0");
        assertThat(rig.fate(ipv6("fd00:2::1").ttl(2))).isEqualTo("net2");
    }

    @Test
    void rfc1812Section531ShouldNotLookAtTheTtlOfPacketsToItself() {
        assertThat(rig.fate(
                        fromHost1().ipv4("10.1.0.1", "10.1.0.254").icmp(8, 0, 7).ttl(1)))
                .isEqualTo("net1 icmp 0/0");
        assertThat(rig.fate(fromHost1()
                        .ipv6("fd00:1::1", "fd00:1::fe")
                        .icmp(128, 0, 7)
                        .ttl(1)))
                .isEqualTo("net1 icmp 129/0");
    }

    @Test
    void rfc1812Section5243ShouldTakeTheLongestMatch() {
        rig.route("10.9.0.0/16", NextHop.nowhere(NextHop.PROHIBIT));
        rig.route(
                "10.9.8.0/24",
                NextHop.gateway(rig.leg2, 0, IpAddress.parse("10.2.0.1").low()));
        rig.route("10.9.8.7/32", NextHop.nowhere(NextHop.BLACKHOLE));
        assertThat(rig.fate(ipv4("10.9.1.1"))).isEqualTo("prohibit-route net1 icmp 3/13");
        assertThat(rig.fate(ipv4("10.9.8.1"))).isEqualTo("net2");
        assertThat(rig.fate(ipv4("10.9.8.7"))).isEqualTo("blackhole-route");
    }

    @Test
    void rfc1812Section4331ShouldSayNetUnreachableWithoutARoute() {
        assertThat(rig.fate(ipv4("172.16.0.1"))).isEqualTo("no-route net1 icmp 3/0");
        assertThat(rig.fate(ipv6("2001:db8::1"))).isEqualTo("no-route net1 icmp 1/0");
        rig.route("172.17.0.0/16", NextHop.nowhere(NextHop.UNREACHABLE));
        assertThat(rig.fate(ipv4("172.17.0.1"))).isEqualTo("unreachable-route net1 icmp 3/1");
    }

    @Test
    void rfc1812Section5226ShouldForwardFragmentsWithoutReassembly() {
        assertThat(rig.fate(ipv4("10.2.0.1").fragment(0x2000))).isEqualTo("net2");
        assertThat(rig.fate(ipv4("10.2.0.1").fragment(0x2010))).isEqualTo("net2");
        assertThat(rig.fate(ipv4("10.2.0.1").fragment(0x0010))).isEqualTo("net2");
    }

    @Test
    void rfc1812Section4227ShouldFragmentWithoutDf() {
        rig.leg2.mtu = 576;
        final FrameBuilder big =
                fromHost1().ipv4("10.1.0.1", "10.2.0.1").udp(1, 2).payload(1400).fragment(0);
        int payload = 0;
        for (final Frame fragment : rig.route(big)) {
            assertThat(fragment.network).isEqualTo(RouterRig.NET2);
            assertThat(Ipv4.totalLength(fragment.buffer, fragment.l3Offset)).isLessThanOrEqualTo(576);
            assertThat(Ipv4.isChecksumValid(fragment.buffer, fragment.l3Offset)).isTrue();
            assertThat(Ipv4.ttl(fragment.buffer, fragment.l3Offset)).isEqualTo(63);
            assertThat(Ethernet.destination(fragment.buffer, fragment.offset)).isEqualTo(RouterRig.HOST2);
            payload += Ipv4.totalLength(fragment.buffer, fragment.l3Offset) - 20;
        }
        assertThat(payload).isEqualTo(1408);
        assertThat(rig.left).hasSize(3);
    }

    @Test
    void rfc1191Section4ShouldTellTheNextHopsMtuWithDf() {
        rig.leg2.mtu = 1280;
        final FrameBuilder big =
                fromHost1().ipv4("10.1.0.1", "10.2.0.1").udp(1, 2).payload(1400).fragment(DF);
        assertThat(rig.fate(big)).isEqualTo("fragmentation-needed net1 icmp 3/4");
        final Frame error = rig.left.getFirst();
        assertThat(Bytes.u16(error.buffer, error.l4Offset + 6)).isEqualTo(1280);
        assertThat(RouterRig.source(error)).hasToString("10.1.0.254");
    }

    @Test
    void rfc8200Section5ShouldNeverFragmentIpv6ButTellTheMtu() {
        rig.leg2.mtu = 1300;
        final FrameBuilder big =
                fromHost1().ipv6("fd00:1::1", "fd00:2::1").udp(1, 2).payload(1400);
        assertThat(rig.fate(big)).isEqualTo("fragmentation-needed net1 icmp 2/0");
        final Frame error = rig.left.getFirst();
        assertThat(Bytes.i32(error.buffer, error.l4Offset + 4)).isEqualTo(1300);
        assertThat(RouterRig.source(error)).hasToString("fd00:1::fe");
    }

    @Test
    void shouldJudgeASuperFrameByItsSegments() {
        rig.leg2.mtu = 1400;
        final FrameBuilder fits = fromHost1()
                .ipv4("10.1.0.1", "10.2.0.1")
                .tcp(1, 2)
                .payload(30_000)
                .gso(1360);
        assertThat(rig.fate(fits)).isEqualTo("net2");
        assertThat(rig.left.getFirst().gsoSize).isEqualTo(1360);
        final FrameBuilder tooLong = fromHost1()
                .ipv4("10.1.0.1", "10.2.0.1")
                .tcp(1, 2)
                .payload(30_000)
                .gso(1361);
        assertThat(rig.fate(tooLong)).isEqualTo("fragmentation-needed net1 icmp 3/4");
        assertThat(Bytes.u16(rig.left.getFirst().buffer, rig.left.getFirst().l4Offset + 6))
                .isEqualTo(1400);
    }

    @Test
    void rfc1812Section534ShouldNotForwardAPacketOfALinkBroadcast() {
        assertThat(rig.fate(ipv4("10.2.0.1").to(0xFFFF_FFFF_FFFFL))).isEqualTo("link-broadcast");
    }

    @Test
    void rfc1812Section535AndRfc2644ShouldForwardNoBroadcast() {
        assertThat(rig.fate(ipv4("255.255.255.255"))).isEqualTo("broadcast-not-routed");
        assertThat(rig.fate(ipv4("10.2.0.255"))).isEqualTo("broadcast-not-routed");
        assertThat(rig.fate(ipv4("224.0.0.5"))).isEqualTo("multicast-not-routed");
        assertThat(rig.fate(ipv6("ff0e::5"))).isEqualTo("multicast-not-routed");
    }

    @Test
    void rfc1812Section537ShouldDropMartians() {
        for (final String source : new String[] {"0.1.2.3", "127.0.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"}) {
            assertThat(rig.fate(fromHost1().ipv4(source, "10.2.0.1").udp(1, 2)))
                    .as(source)
                    .isEqualTo("martian-source");
        }
        for (final String destination : new String[] {"0.0.0.1", "127.0.0.1", "241.0.0.1"}) {
            assertThat(rig.fate(ipv4(destination))).as(destination).isEqualTo("martian-destination");
        }
        for (final String source : new String[] {"::", "::1", "ff02::1"}) {
            assertThat(rig.fate(fromHost1().ipv6(source, "fd00:2::1").udp(1, 2)))
                    .as(source)
                    .isEqualTo("martian-source");
        }
        final byte[] mapped = fromHost1().ipv6("::1", "fd00:2::1").udp(1, 2).build();
        mapped[14 + 8 + 10] = -1;
        mapped[14 + 8 + 11] = -1;
        assertThat(rig.fate(mapped)).isEqualTo("martian-source");
        assertThat(rig.fate(ipv6("::1"))).isEqualTo("martian-destination");
        assertThat(rig.fate(ipv6("::"))).isEqualTo("martian-destination");
    }

    @Test
    void rfc1812Section538ShouldDropPacketsThatClaimItsOwnAddress() {
        assertThat(rig.fate(fromHost1().ipv4("10.1.0.254", "10.2.0.1").udp(1, 2)))
                .isEqualTo("spoofed-local");
        assertThat(rig.fate(fromHost1().ipv4("10.2.0.254", "10.2.0.1").udp(1, 2)))
                .isEqualTo("spoofed-local");
        assertThat(rig.fate(fromHost1().ipv6("fd00:2::fe", "fd00:2::1").udp(1, 2)))
                .isEqualTo("spoofed-local");
    }

    @Test
    void rfc7126ShouldDropOptionsAndNameSourceRoutes() {
        final byte[] loose = {(byte) 131, 7, 4, 10, 2, 0, 1, 0};
        final byte[] strictBehindNop = {1, (byte) 137, 7, 4, 10, 2, 0, 1};
        final byte[] timestamp = {68, 8, 5, 0, 0, 0, 0, 0};
        final byte[] broken = {(byte) 131, 0, 0, 0};
        assertThat(rig.fate(ipv4("10.2.0.1").ipOptions(loose))).isEqualTo("source-route");
        assertThat(rig.fate(ipv4("10.2.0.1").ipOptions(strictBehindNop))).isEqualTo("source-route");
        assertThat(rig.fate(ipv4("10.2.0.1").ipOptions(timestamp))).isEqualTo("ip-options");
        assertThat(rig.fate(ipv4("10.2.0.1").ipOptions(new byte[] {68, 0, 0, 0})))
                .isEqualTo("ip-malformed");
        assertThat(rig.fate(ipv4("10.2.0.1").ipOptions(broken))).isEqualTo("source-route");
    }

    @Test
    void rfc3927Section7ShouldNotForwardIpv4LinkLocal() {
        assertThat(rig.fate(ipv4("169.254.1.1"))).isEqualTo("link-local-not-routed");
        assertThat(rig.fate(fromHost1().ipv4("169.254.1.1", "10.2.0.1").udp(1, 2)))
                .isEqualTo("link-local-not-routed");
    }

    @Test
    void rfc4291Section256ShouldNotForwardIpv6LinkLocal() {
        assertThat(rig.fate(ipv6("fe80::1"))).isEqualTo("link-local-not-routed");
        assertThat(rig.counters.getDrop(DropReason.LINK_LOCAL_NOT_ROUTED)).isOne();
    }

    @Test
    void rfc4443Section31ShouldSayBeyondScopeOfALinkLocalSource() {
        rig.neighbor(rig.leg1, "fe80::1", RouterRig.HOST1);
        assertThat(rig.fate(fromHost1().ipv6("fe80::1", "fd00:2::1").udp(1, 2)))
                .isEqualTo("link-local-not-routed net1 icmp 1/2");
    }

    @Test
    void rfc1812Section4336ShouldEchoEverythingFromTheAddressThatWasAsked() {
        final byte[] data = new byte[1300];
        for (int i = 0; i < data.length; i++) {
            data[i] = (byte) (i * 7);
        }
        final Frame reply = only(rig.route(fromHost1()
                .ipv4("10.1.0.1", "10.2.0.254")
                .icmp(8, 0, 0x12345678)
                .payload(data)));
        assertThat(RouterRig.source(reply)).hasToString("10.2.0.254");
        assertThat(reply.network).isEqualTo(RouterRig.NET1);
        assertThat(Ethernet.destination(reply.buffer, reply.offset)).isEqualTo(RouterRig.HOST1);
        assertThat(Ethernet.source(reply.buffer, reply.offset)).isEqualTo(RouterRig.ROUTER1);
        assertThat(Bytes.i32(reply.buffer, reply.l4Offset + 4)).isEqualTo(0x12345678);
        for (int i = 0; i < data.length; i++) {
            assertThat(reply.buffer.getByte(reply.l4Offset + 8 + i)).isEqualTo(data[i]);
        }
    }

    @Test
    void rfc4291ShouldAnswerItsLinkLocalAddress() {
        rig.neighbor(rig.leg1, "fe80::1", RouterRig.HOST1);
        final String own = new IpAddress(RouterInterface.linkLocalHigh(), rig.leg1.linkLocalLow).toString();
        assertThat(rig.fate(fromHost1().ipv6("fe80::1", own).icmp(128, 0, 1))).isEqualTo("net1 icmp 129/0");
        assertThat(RouterRig.source(rig.left.getFirst())).hasToString(own);
    }

    @Test
    void rfc1812Section5222ShouldSayThatNobodyListens() {
        assertThat(rig.fate(ipv4("10.1.0.254"))).isEqualTo("not-served net1 icmp 3/3");
        assertThat(rig.fate(ipv6("fd00:1::fe"))).isEqualTo("not-served net1 icmp 1/4");
        assertThat(rig.fate(
                        fromHost1().ipv4("10.1.0.1", "10.1.0.254").protocol(47).payload(20)))
                .isEqualTo("not-served net1 icmp 3/2");
    }

    @Test
    void rfc1812Section4327ShouldNotAnswerErrorsBroadcastsAndLaterFragments() {
        final byte[] quoted = Arrays.copyOfRange(ipv4("10.9.9.9").build(), 14, 50);
        assertThat(rig.fate(
                        fromHost1().ipv4("10.1.0.1", "172.16.0.1").icmp(3, 1, 0).payload(quoted)))
                .isEqualTo("no-route");
        assertThat(rig.fate(fromHost1().ipv4("10.1.0.1", "172.16.0.1").icmp(8, 0, 0)))
                .isEqualTo("no-route net1 icmp 3/0");
        assertThat(rig.fate(ipv4("172.16.0.1").fragment(0x0010))).isEqualTo("no-route");
        assertThat(rig.fate(ipv4("172.16.0.1").fragment(0x2000))).isEqualTo("no-route net1 icmp 3/0");
        assertThat(rig.fate(fromHost1().ipv4("10.1.0.255", "172.16.0.1").udp(1, 2)))
                .isEqualTo("no-route");
    }

    @Test
    void rfc1812Section4328ShouldLimitTheRateOfErrors() {
        int answered = 0;
        for (int i = 0; i < 500; i++) {
            answered += rig.route(ipv4("172.16.0.1")).size();
        }
        assertThat(answered).isBetween(1, 100);
        rig.advance(5_000);
        assertThat(rig.fate(ipv4("172.16.0.1"))).isEqualTo("no-route net1 icmp 3/0");
    }

    @Test
    void rfc1122Section2322ShouldHoldAPacketWhileResolvingAndFailOnlyAfterTheRetries() {
        assertThat(rig.fate(ipv4("10.2.0.77"))).isEqualTo("net2");
        assertThat(rig.left.getFirst().etherType).isEqualTo(Ethernet.TYPE_ARP);
        long drops = 0;
        for (int i = 0; i < 10 && drops == 0; i++) {
            assertThat(rig.counters.getDrop(DropReason.NEIGHBOR_UNRESOLVED)).isZero();
            rig.advance(500);
            drops = rig.counters.getDrop(DropReason.NEIGHBOR_UNRESOLVED);
        }
        assertThat(drops).isOne();
        final Frame error = only(rig.left);
        assertThat(Icmp.type(error.buffer, error.l4Offset)).isEqualTo(3);
        assertThat(Icmp.code(error.buffer, error.l4Offset)).isEqualTo(1);
        assertThat(error.network).isEqualTo(RouterRig.NET1);
    }

    @Test
    void rfc4861Section722ShouldSayAddressUnreachableIfANeighborDoesNotAnswer() {
        assertThat(rig.fate(ipv6("fd00:2::77"))).startsWith("net2 icmp 135/0");
        for (int i = 0; i < 10 && rig.counters.getDrop(DropReason.NEIGHBOR_UNRESOLVED) == 0; i++) {
            rig.advance(500);
        }
        final Frame error = only(rig.left);
        assertThat(Icmp.type(error.buffer, error.l4Offset)).isEqualTo(1);
        assertThat(Icmp.code(error.buffer, error.l4Offset)).isEqualTo(3);
        assertThat(Ipv6.hopLimit(error.buffer, error.l3Offset)).isGreaterThan(1);
    }

    @Test
    void rfc2992ShouldKeepAFlowOnOnePathAndSpreadMany() {
        rig.neighbor(rig.leg2, "10.2.0.2", RouterRig.HOST2 + 1);
        rig.route(
                "10.9.0.0/16",
                NextHop.gateway(rig.leg2, 0, IpAddress.parse("10.2.0.1").low()),
                NextHop.gateway(rig.leg2, 0, IpAddress.parse("10.2.0.2").low()));
        int first = 0;
        for (int port = 1; port <= 1000; port++) {
            final FrameBuilder packet =
                    fromHost1().ipv4("10.1.0.1", "10.9.1.1").udp(port, 53).payload(10);
            final long mac = macOf(only(rig.route(packet)));
            assertThat(macOf(only(rig.route(packet)))).isEqualTo(mac);
            first += mac == RouterRig.HOST2 ? 1 : 0;
        }
        assertThat(first).isBetween(350, 650);
    }

    private static long macOf(final Frame frame) {
        return Ethernet.destination(frame.buffer, frame.offset);
    }
}
