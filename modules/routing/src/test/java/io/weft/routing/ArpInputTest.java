// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import static io.weft.routing.NeighborRig.A;
import static io.weft.routing.NeighborRig.A_MAC;
import static io.weft.routing.NeighborRig.B;
import static io.weft.routing.NeighborRig.B_MAC;
import static io.weft.routing.NeighborRig.C;
import static io.weft.routing.NeighborRig.C_MAC;
import static io.weft.routing.NeighborRig.NETWORK;
import static io.weft.routing.NeighborRig.OWN;
import static io.weft.routing.NeighborRig.OWN_MAC;
import static io.weft.routing.NeighborRig.SIBLING_MAC;
import static io.weft.routing.NeighborRig.UNROUTED;
import static io.weft.routing.NeighborRig.arpReply;
import static io.weft.routing.NeighborRig.arpRequest;
import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.WorkerCounter;
import io.weft.testkit.FrameBuilder;
import io.weft.wire.Arp;
import io.weft.wire.IpAddress;
import io.weft.wire.MacAddress;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ARP through the stage: RFC 826, RFC 1122 section 2.3.2, RFC 1812 section 3.3.2, RFC 5227. */
final class ArpInputTest {
    private static final String ASK_A_LOCALLY = "local all own ARP 1 own 10.3.0.254 - 10.3.0.1";

    private final NeighborRig rig = new NeighborRig();

    @BeforeEach
    void watch() {
        rig.watchDrops();
    }

    @AfterEach
    void conserves() {
        rig.assertConservation();
        rig.table.flush(NeighborTable.ALL_NETWORKS, false);
        assertThat(rig.pool.inUse()).isZero();
    }

    private static long low(final String address) {
        return IpAddress.parse(address).low();
    }

    @Test
    void shouldAnswerForOwnAddressAndLearnTheAskerRfc826() {
        assertThat(rig.receive(arpRequest(A_MAC, A, OWN))).isEqualTo("consumed");
        assertThat(rig.left()).containsExactly("a own ARP 2 own 10.3.0.254 a 10.3.0.1");
        assertThat(rig.entry(A)).isEqualTo("STALE a");
        assertThat(rig.count(WorkerCounter.NEIGHBOR_ANSWERED)).isOne();
    }

    @Test
    void shouldAnswerUnicastRequestForOwnAddress() {
        assertThat(rig.receive(arpRequest(A_MAC, A, OWN).to(OWN_MAC))).isEqualTo("consumed");
        assertThat(rig.left()).containsExactly("a own ARP 2 own 10.3.0.254 a 10.3.0.1");
    }

    @Test
    void shouldAnswerProbeForOwnAddressAndLearnNothingRfc5227Section211() {
        assertThat(rig.receive(arpRequest(A_MAC, "0.0.0.0", OWN))).isEqualTo("consumed");
        assertThat(rig.left()).containsExactly("a own ARP 2 own 10.3.0.254 a 0.0.0.0");
        assertThat(rig.receive(arpRequest(A_MAC, "0.0.0.0", A))).isEqualTo("passed");
        assertThat(rig.table.size()).isZero();
    }

    @Test
    void shouldLetRequestsForOthersPassAndLearnTheSenderRfc826() {
        assertThat(rig.receive(arpRequest(A_MAC, A, B))).isEqualTo("passed");
        assertThat(rig.receive(arpReply(B_MAC, B, A_MAC, A))).isEqualTo("passed");
        assertThat(rig.entry(A)).isEqualTo("STALE a");
        assertThat(rig.entry(B)).isEqualTo("STALE b");
        assertThat(rig.left()).isEmpty();
    }

    @Test
    void shouldLearnInNetworksWithoutARouter() {
        assertThat(rig.receive(arpRequest(A_MAC, A, B), UNROUTED, 1, Frame.NONE))
                .isEqualTo("passed");
        assertThat(rig.entry(UNROUTED, A)).isEqualTo("STALE a");
        assertThat(rig.entry(A)).isEqualTo("none");
    }

    @Test
    void shouldUpdateEntryOnGratuitousArpRfc5227Section3() {
        rig.send(1, A);
        rig.receive(arpReply(A_MAC, A, OWN_MAC, OWN));
        assertThat(rig.entry(A)).isEqualTo("REACHABLE a");
        assertThat(rig.receive(arpRequest(A_MAC, A, A))).isEqualTo("passed");
        assertThat(rig.entry(A)).as("the same MAC confirms nothing").isEqualTo("REACHABLE a");
        assertThat(rig.receive(arpRequest(B_MAC, A, A))).isEqualTo("passed");
        assertThat(rig.entry(A)).isEqualTo("STALE b");
        assertThat(rig.receive(arpReply(C_MAC, A, MacAddress.BROADCAST, A))).isEqualTo("passed");
        assertThat(rig.entry(A)).isEqualTo("STALE c");
    }

    @Test
    void shouldSendWhatWaitsWhenTheNeighborAsksItself() {
        rig.send(1, A);
        rig.left();
        assertThat(rig.receive(arpRequest(A_MAC, A, B))).isEqualTo("passed");
        assertThat(rig.left()).containsExactly("a own frame 1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "00:00:00:00:00:00"})
    void shouldNotBelieveGroupOrZeroMacsRfc1812Section332(final String mac) {
        rig.send(1, A);
        final FrameBuilder reply =
                FrameBuilder.frame().from(B_MAC).to(OWN_MAC).arp(Arp.REPLY, MacAddress.parse(mac), A, OWN_MAC, OWN);
        assertThat(rig.receive(reply)).isEqualTo("passed");
        assertThat(rig.entry(A)).isEqualTo("INCOMPLETE");
    }

    @Test
    void shouldLearnNothingIfTheEthernetSourceIsAnother() {
        final FrameBuilder forged =
                FrameBuilder.frame().from(B_MAC).to(MacAddress.BROADCAST).arp(Arp.REQUEST, A_MAC, A, 0, OWN);
        assertThat(rig.receive(forged)).isEqualTo("passed");
        assertThat(rig.receive(arpRequest(OWN_MAC, A, B))).as("our own MAC").isEqualTo("passed");
        assertThat(rig.table.size()).isZero();
        assertThat(rig.left()).isEmpty();
    }

    @Test
    void shouldDoNothingWithWhatTheBridgeRefuses() {
        rig.refusedSources.add(A_MAC);
        assertThat(rig.receive(arpRequest(A_MAC, A, OWN))).isEqualTo("passed");
        assertThat(rig.table.size()).isZero();
        assertThat(rig.left()).isEmpty();
    }

    @Test
    void shouldDropPacketsCutAtAnyLengthRfc826() {
        final byte[] whole = arpRequest(A_MAC, A, OWN).build();
        for (int length = 14; length < 42; length++) {
            assertThat(rig.receive(frameOf(Arrays.copyOf(whole, length)), NETWORK, Frame.NONE))
                    .as("%d octets", length)
                    .isEqualTo("arp-malformed");
        }
        assertThat(rig.receive(frameOf(whole), NETWORK, Frame.NONE)).isEqualTo("consumed");
    }

    private Frame frameOf(final byte[] octets) {
        final Frame frame = FrameBuilder.frame().parsedInto(rig.pool, 1);
        frame.length = octets.length;
        frame.buffer.putBytes(frame.offset, octets);
        assertThat(FrameParser.parse(frame)).isNull();
        return frame;
    }

    @Test
    void shouldLetOtherProtocolsAndOperationsPass() {
        final byte[] octets = arpRequest(A_MAC, A, OWN).build();
        octets[16] = (byte) 0x86;
        octets[17] = (byte) 0xDD;
        assertThat(rig.receive(frameOf(octets), NETWORK, Frame.NONE)).isEqualTo("passed");
        assertThat(rig.receive(arpRequest(A_MAC, A, OWN).arp(8, A_MAC, A, 0, OWN)))
                .as("inverse ARP")
                .isEqualTo("passed");
        assertThat(rig.receive(arpRequest(A_MAC, A, OWN).tag(5)))
                .as("of a VLAN")
                .isEqualTo("passed");
        assertThat(rig.table.size()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"224.0.0.1", "255.255.255.255", "127.0.0.1", "240.0.0.1"})
    void shouldDropAddressesThatNoHostHasRfc1812Section537(final String address) {
        assertThat(rig.receive(arpRequest(A_MAC, address, OWN))).isEqualTo("arp-malformed");
        assertThat(rig.receive(arpRequest(A_MAC, A, address))).isEqualTo("arp-malformed");
    }

    @Test
    void shouldReportDuplicateOfOwnAddressFromALocalPort() {
        assertThat(rig.receive(arpRequest(A_MAC, OWN, B), 2)).isEqualTo("duplicate-address");
        assertThat(rig.receive(arpReply(A_MAC, OWN, B_MAC, B), 2)).isEqualTo("duplicate-address");
        assertThat(rig.receive(arpRequest(A_MAC, OWN, OWN), 3)).isEqualTo("duplicate-address");
        assertThat(rig.heard)
                .as("once in 10 s for each port")
                .containsExactly("duplicate 10.3.0.254 a port 2", "duplicate 10.3.0.254 a port 3");
        assertThat(rig.count(WorkerCounter.NEIGHBOR_DUPLICATES)).isEqualTo(3);
        rig.pass(10_000);
        rig.receive(arpRequest(A_MAC, OWN, B), 2);
        assertThat(rig.heard).hasSize(3);
        final FrameBuilder forged =
                FrameBuilder.frame().from(B_MAC).to(MacAddress.BROADCAST).arp(Arp.REPLY, A_MAC, OWN, 0, OWN);
        assertThat(rig.receive(forged)).as("in another's frame").isEqualTo("duplicate-address");
    }

    @Test
    void shouldDropClaimAgainstPermanentEntry() {
        rig.table.addPermanent(NETWORK, 0, low(A), A_MAC, false);
        assertThat(rig.receive(arpRequest(A_MAC, A, B))).isEqualTo("passed");
        assertThat(rig.receive(arpRequest(B_MAC, A, A))).isEqualTo("duplicate-address");
        assertThat(rig.receiveFromTunnel(arpReply(B_MAC, A, C_MAC, C), 1)).isEqualTo("duplicate-address");
        assertThat(rig.entry(A)).isEqualTo("PERMANENT a");
        assertThat(rig.heard).contains("duplicate 10.3.0.1 b port 1");
    }

    @Test
    void shouldAnswerForNeighborBehindTunnelInsteadOfFlooding() {
        rig.receiveFromTunnel(arpRequest(B_MAC, B, C), 1);
        rig.remote.add(B_MAC);
        assertThat(rig.receive(arpRequest(A_MAC, A, B))).isEqualTo("consumed");
        assertThat(rig.left()).containsExactly("a b ARP 2 b 10.3.0.2 a 10.3.0.1");
        assertThat(rig.count(WorkerCounter.NEIGHBOR_SUPPRESSED)).isOne();
        assertThat(rig.entry(A)).as("the asker is learned").isEqualTo("STALE a");
    }

    @Test
    void shouldAnswerForNeighborBehindTunnelInNetworkWithoutRouter() {
        rig.receive(arpRequest(B_MAC, B, C), UNROUTED, NeighborRig.UPLINK, 1);
        rig.remote.add(B_MAC);
        assertThat(rig.receive(arpRequest(A_MAC, A, B), UNROUTED, 1, Frame.NONE))
                .isEqualTo("consumed");
        assertThat(rig.left()).containsExactly("network 4 a b ARP 2 b 10.3.0.2 a 10.3.0.1");
    }

    @Test
    void shouldNotAnswerForOthersWhereTheQuestionMustGoItsWay() {
        rig.receive(arpRequest(B_MAC, B, C));
        assertThat(rig.receive(arpRequest(A_MAC, A, B))).as("on this node").isEqualTo("passed");
        rig.remote.add(B_MAC);
        assertThat(rig.receive(arpRequest(A_MAC, A, B).to(B_MAC))).as("unicast").isEqualTo("passed");
        assertThat(rig.receive(arpRequest(A_MAC, "0.0.0.0", B))).as("probe").isEqualTo("passed");
        assertThat(rig.receive(arpRequest(B_MAC, B, B))).as("announcement").isEqualTo("passed");
        assertThat(rig.receiveFromTunnel(arpRequest(A_MAC, A, B), 1))
                .as("from a tunnel")
                .isEqualTo("passed");
        assertThat(rig.receive(arpRequest(B_MAC, C, B))).as("his own").isEqualTo("passed");
        rig.receive(arpRequest(B_MAC, B, C));
        rig.pass(NeighborClaims.SUPPRESS_MILLIS + 1);
        assertThat(rig.receive(arpRequest(A_MAC, A, B)))
                .as("not heard of for long")
                .isEqualTo("passed");
        assertThat(rig.left()).isEmpty();
    }

    @Test
    void shouldKeepSiblingsQuestionFromPodsAndAskOnThisNodeOnly() {
        assertThat(rig.receiveFromTunnel(arpRequest(SIBLING_MAC, OWN, A), 2)).isEqualTo("consumed");
        assertThat(rig.left()).containsExactly(ASK_A_LOCALLY);
        rig.receive(arpReply(A_MAC, A, OWN_MAC, OWN));
        assertThat(rig.left()).containsExactly("sibling a ARP 2 a 10.3.0.1 sibling 10.3.0.254");
        assertThat(rig.receiveFromTunnel(arpRequest(SIBLING_MAC, OWN, A), 2)).isEqualTo("consumed");
        assertThat(rig.left()).as("known now").containsExactly("sibling a ARP 2 a 10.3.0.1 sibling 10.3.0.254");
        assertThat(rig.heard).isEmpty();
    }

    @Test
    void shouldForgetWhatOnlyASiblingAskedFor() {
        rig.receiveFromTunnel(arpRequest(SIBLING_MAC, OWN, A), 2);
        rig.pass(1000);
        assertThat(rig.left()).as("the sibling repeats its question itself").containsExactly(ASK_A_LOCALLY);
        assertThat(rig.entry(A)).isEqualTo("none");
        assertThat(rig.count(WorkerCounter.NEIGHBOR_FAILED)).isZero();
    }

    @Test
    void shouldAskEverywhereIfAFrameWaitsForWhatASiblingAskedFor() {
        rig.receiveFromTunnel(arpRequest(SIBLING_MAC, OWN, A), 2);
        rig.left();
        rig.send(1, A);
        assertThat(rig.left()).containsExactly("all own ARP 1 own 10.3.0.254 - 10.3.0.1");
        rig.pass(1000);
        assertThat(rig.left()).containsExactly("all own ARP 1 own 10.3.0.254 - 10.3.0.1");
    }

    @Test
    void shouldLeaveSiblingsQuestionToTheNodeThatHasTheNeighbor() {
        rig.receiveFromTunnel(arpRequest(A_MAC, A, B), 1);
        rig.remote.add(A_MAC);
        assertThat(rig.receiveFromTunnel(arpRequest(SIBLING_MAC, OWN, A), 2)).isEqualTo("consumed");
        assertThat(rig.left()).isEmpty();
    }

    @Test
    void shouldVerifyBeforeItAnswersASiblingsProbe() {
        rig.receive(arpRequest(A_MAC, A, B));
        assertThat(rig.receiveFromTunnel(arpRequest(SIBLING_MAC, OWN, A).to(A_MAC), 2))
                .isEqualTo("consumed");
        assertThat(rig.left()).containsExactly("a own ARP 1 own 10.3.0.254 a 10.3.0.1");
        rig.receive(arpReply(A_MAC, A, OWN_MAC, OWN));
        assertThat(rig.left()).containsExactly("sibling a ARP 2 a 10.3.0.1 sibling 10.3.0.254");
    }

    @Test
    void shouldKeepSiblingsAnnouncementsAndRepliesFromPods() {
        assertThat(rig.receiveFromTunnel(arpRequest(SIBLING_MAC, OWN, OWN), 2)).isEqualTo("consumed");
        assertThat(rig.receiveFromTunnel(arpReply(SIBLING_MAC, OWN, A_MAC, A), 2))
                .isEqualTo("consumed");
        assertThat(rig.left()).isEmpty();
        assertThat(rig.table.size()).isZero();
        assertThat(rig.heard).isEmpty();
    }

    @Test
    void shouldAnswerForeignHostBehindTunnelThatUsesOurAddress() {
        assertThat(rig.receiveFromTunnel(arpRequest(C_MAC, C, OWN), 1)).isEqualTo("consumed");
        assertThat(rig.left()).containsExactly("c own ARP 2 own 10.3.0.254 c 10.3.0.3");
    }

    @Test
    void shouldAnnounceOwnAddressesOnThisNodeOnly() {
        rig.advertiser.announce(rig.leg);
        rig.egress.flush();
        assertThat(rig.left())
                .containsExactly(
                        "local all own ARP 1 own 10.3.0.254 - 10.3.0.254",
                        "local 33:33:00:00:00:01 own fd00:3::fe > ff02::1 NA fd00:3::fe RO own",
                        "local 33:33:00:00:00:01 own fe80::ff:fe00:fe > ff02::1 NA fe80::ff:fe00:fe RO own");
    }

    @Test
    void shouldLookAtALimitedNumberPerPort() {
        for (int i = 0; i < 10_000; i++) {
            rig.receive(arpRequest(A_MAC, A, OWN), 1);
        }
        assertThat(rig.count(WorkerCounter.NEIGHBOR_ANSWERED)).isEqualTo(200);
        assertThat(rig.counters.getDrop(1, DropReason.NEIGHBOR_RATE)).isEqualTo(9800);
        assertThat(rig.receive(arpRequest(B_MAC, B, OWN), 2)).as("another port").isEqualTo("consumed");
        assertThat(rig.receiveFromTunnel(arpRequest(C_MAC, C, OWN), 1))
                .as("a tunnel")
                .isEqualTo("consumed");
        rig.pass(10);
        for (int i = 0; i < 100; i++) {
            rig.receive(arpRequest(A_MAC, A, OWN), 1);
        }
        assertThat(rig.counters.getDrop(1, DropReason.NEIGHBOR_RATE)).isEqualTo(9890);
    }
}
