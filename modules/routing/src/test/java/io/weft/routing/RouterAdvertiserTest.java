// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import static io.weft.routing.NeighborRig.A_MAC;
import static io.weft.routing.NeighborRig.discovery;
import static io.weft.routing.NeighborRig.option;
import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testkit.FrameBuilder;
import io.weft.wire.Icmp;
import io.weft.wire.IpPrefix;
import io.weft.wire.Ndp;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Router advertisements: RFC 4861 section 6.2. */
final class RouterAdvertiserTest {
    private static final String TO_ALL = "local 33:33:00:00:00:01 own fe80::ff:fe00:fe > ff02::1 RA 1800 own";

    private final NeighborRig rig = new NeighborRig();

    @AfterEach
    void conserves() {
        rig.table.flush(NeighborTable.ALL_NETWORKS, false);
        rig.assertConservation();
    }

    private void start() {
        rig.advertiser.start(rig.leg);
        rig.egress.flush();
        assertThat(rig.left()).as("its addresses are announced").hasSize(3);
    }

    private static FrameBuilder ask() {
        return discovery(A_MAC, "fe80::a", "ff02::2")
                .to(0x3333_0000_0002L)
                .icmp(Icmp.ROUTER_SOLICITATION, 0, 0)
                .payload(option(Ndp.SOURCE_ADDRESS, A_MAC));
    }

    @Test
    void shouldSendThreeInitialAdvertisements16SecondsApartSection624() {
        start();
        rig.pass(0);
        assertThat(rig.left()).containsExactly(TO_ALL);
        rig.pass(15_999);
        assertThat(rig.left()).isEmpty();
        rig.pass(1);
        assertThat(rig.left()).containsExactly(TO_ALL);
        rig.pass(16_000);
        assertThat(rig.left()).containsExactly(TO_ALL);
    }

    @Test
    void shouldAdvertiseEvery200To600SecondsSection624() {
        start();
        rig.pass(32_000);
        rig.left();
        rig.pass(199_999);
        assertThat(rig.left()).isEmpty();
        rig.pass(400_001);
        assertThat(rig.left()).isNotEmpty();
        rig.pass(60_000_000);
        assertThat(rig.left()).hasSizeBetween(110, 200).containsOnly(TO_ALL);
    }

    @Test
    void shouldAnswerSolicitationsTogetherAndNotMoreOftenThanEvery3SecondsSection626() {
        start();
        rig.pass(100_000);
        rig.left();
        for (int i = 0; i < 50; i++) {
            assertThat(rig.receive(ask())).isEqualTo("consumed");
        }
        rig.pass(500);
        assertThat(rig.left()).containsExactly(TO_ALL);
        rig.receive(ask());
        rig.pass(2499);
        assertThat(rig.left()).isEmpty();
        rig.pass(501);
        assertThat(rig.left()).containsExactly(TO_ALL);
    }

    @Test
    void shouldAnswerHostBehindTunnelAloneSection626() {
        start();
        rig.pass(100_000);
        rig.left();
        rig.receiveFromTunnel(ask(), 1);
        rig.receiveFromTunnel(ask(), 1);
        assertThat(rig.left()).containsExactly("a own fe80::ff:fe00:fe > fe80::a RA 1800 own");
        rig.pass(3000);
        rig.receiveFromTunnel(ask(), 1);
        assertThat(rig.left()).hasSize(1);
    }

    @Test
    void shouldSayThatItIsNoRouterAnyMoreSection625() {
        start();
        rig.pass(0);
        rig.left();
        rig.advertiser.stop(rig.leg);
        rig.legs.remove(rig.leg.network);
        rig.pass(1_000_000);
        assertThat(rig.left()).containsExactly("local 33:33:00:00:00:01 own fe80::ff:fe00:fe > ff02::1 RA 0 own");
        assertThat(rig.advertiser.nextTimeout(rig.now)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void shouldBeSilentWithoutIpv6() {
        final RouterInterface four =
                new RouterInterface(3, "blue", 0, rig.leg.mac, List.of(IpPrefix.parse("10.3.0.254/24")), 1500);
        rig.legs.put(four);
        rig.advertiser.start(four);
        rig.pass(100_000);
        assertThat(rig.left()).containsExactly("local all own ARP 1 own 10.3.0.254 - 10.3.0.254");
        assertThat(rig.receive(ask())).isEqualTo("passed");
        rig.advertiser.stop(four);
        rig.pass(0);
        assertThat(rig.left()).isEmpty();
    }
}
