// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import static io.weft.routing.NeighborRig.A6;
import static io.weft.routing.NeighborRig.A_MAC;
import static io.weft.routing.NeighborRig.B6;
import static io.weft.routing.NeighborRig.B_MAC;
import static io.weft.routing.NeighborRig.C6;
import static io.weft.routing.NeighborRig.C_MAC;
import static io.weft.routing.NeighborRig.NETWORK;
import static io.weft.routing.NeighborRig.OWN6;
import static io.weft.routing.NeighborRig.OWN_LINK_LOCAL;
import static io.weft.routing.NeighborRig.OWN_MAC;
import static io.weft.routing.NeighborRig.SIBLING_MAC;
import static io.weft.routing.NeighborRig.UNROUTED;
import static io.weft.routing.NeighborRig.advertisement;
import static io.weft.routing.NeighborRig.discovery;
import static io.weft.routing.NeighborRig.neighborBody;
import static io.weft.routing.NeighborRig.option;
import static io.weft.routing.NeighborRig.solicitation;
import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.WorkerCounter;
import io.weft.testkit.FrameBuilder;
import io.weft.testkit.SlowChecksum;
import io.weft.wire.Icmp;
import io.weft.wire.IpAddress;
import io.weft.wire.Ndp;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Neighbor Discovery through the stage, each rule by its section of RFC 4861. */
final class NdpInputTest {
    private static final int S = Ndp.SOLICITED;
    private static final int O = Ndp.OVERRIDE;
    private static final int R = Ndp.ROUTER;
    private static final long ALL_NODES_MAC = 0x3333_0000_0001L;
    private static final String ALL_NODES = "ff02::1";
    private static final String A_LINK_LOCAL = "fe80::a";
    private static final int MESSAGE = 54;

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

    private static FrameBuilder ask() {
        return solicitation(A_MAC, A6, OWN6, A_MAC);
    }

    /** An advertisement by A of its own address to us alone. */
    private static FrameBuilder says(final long mac, final int flags, final long option) {
        return advertisement(mac, A6, OWN_MAC, OWN_LINK_LOCAL, flags, option);
    }

    private void reachable() {
        rig.send(1, A6);
        assertThat(rig.receive(says(A_MAC, S | O, A_MAC))).isEqualTo("consumed");
        assertThat(rig.entry(A6)).isEqualTo("REACHABLE a");
        rig.left();
    }

    @Test
    void shouldAnswerSolicitationForOwnAddressSection724() {
        assertThat(rig.receive(ask())).isEqualTo("consumed");
        assertThat(rig.left()).containsExactly("a own fd00:3::fe > fd00:3::1 NA fd00:3::fe RSO own");
        assertThat(rig.entry(A6)).isEqualTo("STALE a");
        assertThat(rig.receive(solicitation(A_MAC, A_LINK_LOCAL, OWN_LINK_LOCAL, A_MAC)))
                .isEqualTo("consumed");
        assertThat(rig.left()).containsExactly("a own fe80::ff:fe00:fe > fe80::a NA fe80::ff:fe00:fe RSO own");
    }

    @Test
    void shouldAnswerUnicastSolicitationWithoutLinkLayerAddressSection724() {
        final FrameBuilder probe = discovery(A_MAC, A6, OWN6)
                .to(OWN_MAC)
                .icmp(Icmp.NEIGHBOR_SOLICITATION, 0, 0)
                .payload(neighborBody(OWN6, Ndp.SOURCE_ADDRESS, 0));
        assertThat(rig.receive(probe)).isEqualTo("consumed");
        assertThat(rig.left()).containsExactly("a own fd00:3::fe > fd00:3::1 NA fd00:3::fe RSO own");
        assertThat(rig.table.size()).isZero();
    }

    @Test
    void shouldAnswerDuplicateAddressDetectionToAllNodesSection724() {
        assertThat(rig.receive(solicitation(A_MAC, "::", OWN6, 0))).isEqualTo("consumed");
        assertThat(rig.left()).containsExactly("a own fd00:3::fe > ff02::1 NA fd00:3::fe RO own");
        assertThat(rig.receive(solicitation(A_MAC, "::", A6, 0)))
                .as("for another")
                .isEqualTo("passed");
        assertThat(rig.table.size()).as("an unspecified source creates nothing").isZero();
    }

    @Test
    void shouldCreateStaleEntryFromSolicitationSection723() {
        assertThat(rig.receive(solicitation(A_MAC, A6, B6, A_MAC))).isEqualTo("passed");
        assertThat(rig.entry(A6)).isEqualTo("STALE a");
        assertThat(rig.receive(solicitation(B_MAC, B6, A6, 0)))
                .as("without an option")
                .isEqualTo("passed");
        assertThat(rig.entry(B6)).isEqualTo("none");
    }

    @Test
    void shouldMakeEntryStaleIfSolicitationHasAnotherMacSection723() {
        reachable();
        rig.receive(solicitation(A_MAC, A6, B6, A_MAC));
        assertThat(rig.entry(A6)).as("the same MAC changes nothing").isEqualTo("REACHABLE a");
        rig.receive(solicitation(B_MAC, A6, B6, B_MAC));
        assertThat(rig.entry(A6)).isEqualTo("STALE b");
    }

    @Test
    void shouldBecomeReachableBySolicitedAdvertisementSection725() {
        rig.send(1, A6);
        rig.left();
        assertThat(rig.receive(says(A_MAC, S, A_MAC))).isEqualTo("consumed");
        assertThat(rig.left()).containsExactly("a own frame 1");
        assertThat(rig.entry(A6)).as("the override flag does not matter").isEqualTo("REACHABLE a");
    }

    @Test
    void shouldBecomeStaleByUnsolicitedAdvertisementWhileIncompleteSection725() {
        rig.send(1, A6);
        rig.left();
        assertThat(rig.receive(advertisement(A_MAC, A6, ALL_NODES_MAC, ALL_NODES, R, A_MAC)))
                .isEqualTo("passed");
        assertThat(rig.left()).containsExactly("a own frame 1");
        assertThat(rig.entry(A6)).isEqualTo("STALE a router");
    }

    @Test
    void shouldIgnoreAdvertisementWithoutMacWhileIncompleteSection725() {
        rig.send(1, A6);
        assertThat(rig.receive(says(A_MAC, S | O, 0))).isEqualTo("consumed");
        assertThat(rig.entry(A6)).isEqualTo("INCOMPLETE");
    }

    @Test
    void shouldKeepMacAndBecomeStaleByAnotherWithoutOverrideWhileReachableSection725() {
        reachable();
        rig.receive(says(B_MAC, S, B_MAC));
        assertThat(rig.entry(A6)).isEqualTo("STALE a");
    }

    @Test
    void shouldIgnoreAnotherMacWithoutOverrideUnlessReachableSection725() {
        reachable();
        rig.pass(45_001);
        rig.receive(says(B_MAC, S | R, B_MAC));
        assertThat(rig.entry(A6)).as("stale, and no router").isEqualTo("STALE a");
        rig.send(1, A6);
        rig.receive(says(B_MAC, S, B_MAC));
        assertThat(rig.entry(A6)).isEqualTo("DELAY a");
        rig.pass(5000);
        rig.receive(says(B_MAC, S, B_MAC));
        assertThat(rig.entry(A6)).isEqualTo("PROBE a");
    }

    @Test
    void shouldTakeAnotherMacWithOverrideSection725() {
        reachable();
        rig.receive(says(B_MAC, S | O, B_MAC));
        assertThat(rig.entry(A6)).isEqualTo("REACHABLE b");
        rig.receive(says(C_MAC, O, C_MAC));
        assertThat(rig.entry(A6)).isEqualTo("STALE c");
    }

    @Test
    void shouldKeepStateIfUnsolicitedAdvertisementHasTheSameMacSection725() {
        reachable();
        rig.receive(says(A_MAC, O, A_MAC));
        assertThat(rig.entry(A6)).isEqualTo("REACHABLE a");
        rig.pass(45_001);
        rig.receive(says(A_MAC, O, A_MAC));
        assertThat(rig.entry(A6)).isEqualTo("STALE a");
    }

    @Test
    void shouldConfirmBySolicitedAdvertisementWithoutMacSection725() {
        reachable();
        rig.pass(45_001);
        assertThat(rig.entry(A6)).isEqualTo("STALE a");
        rig.receive(says(A_MAC, S, 0));
        assertThat(rig.entry(A6)).isEqualTo("REACHABLE a");
    }

    @Test
    void shouldNoteRouterFlagSection725() {
        reachable();
        rig.receive(says(A_MAC, S | O | R, A_MAC));
        assertThat(rig.entry(A6)).isEqualTo("REACHABLE a router");
        rig.receive(says(A_MAC, S | O, A_MAC));
        assertThat(rig.entry(A6)).isEqualTo("REACHABLE a");
    }

    @Test
    void shouldNotTakeAnswerToAnotherForAConfirmation() {
        rig.receive(solicitation(A_MAC, A6, B6, A_MAC));
        assertThat(rig.receive(advertisement(A_MAC, A6, B_MAC, B6, S | O, A_MAC)))
                .isEqualTo("passed");
        assertThat(rig.entry(A6)).isEqualTo("STALE a");
    }

    @Test
    void shouldLearnFromRouterSolicitationAndAdvertisementSections626And634() {
        final FrameBuilder advertised = discovery(A_MAC, A_LINK_LOCAL, ALL_NODES)
                .to(ALL_NODES_MAC)
                .icmp(Icmp.ROUTER_ADVERTISEMENT, 0, 0x40000708)
                .payload(concat(new byte[8], option(Ndp.SOURCE_ADDRESS, A_MAC)));
        assertThat(rig.receive(advertised)).isEqualTo("passed");
        assertThat(rig.entry(A_LINK_LOCAL)).isEqualTo("STALE a router");
        final FrameBuilder asked = discovery(A_MAC, A_LINK_LOCAL, "ff02::2")
                .to(0x3333_0000_0002L)
                .icmp(Icmp.ROUTER_SOLICITATION, 0, 0)
                .payload(option(Ndp.SOURCE_ADDRESS, A_MAC));
        assertThat(rig.receive(asked, UNROUTED, 1, Frame.NONE)).isEqualTo("passed");
        assertThat(rig.entry(UNROUTED, A_LINK_LOCAL)).isEqualTo("STALE a");
        assertThat(rig.receive(asked)).isEqualTo("consumed");
        assertThat(rig.entry(A_LINK_LOCAL)).as("who asks for routers is none").isEqualTo("STALE a");
    }

    @Test
    void shouldLearnNothingFromRedirectSection82() {
        assertThat(rig.receive(redirect(A_LINK_LOCAL, "fe80::b", "fd00:9::1"))).isEqualTo("passed");
        assertThat(rig.table.size()).isZero();
    }

    private static FrameBuilder redirect(final String source, final String target, final String destination) {
        return discovery(A_MAC, source, A6)
                .icmp(Icmp.REDIRECT_V6, 0, 0)
                .payload(concat(
                        concat(
                                IpAddress.parse(target).octets(),
                                IpAddress.parse(destination).octets()),
                        option(Ndp.TARGET_ADDRESS, B_MAC)));
    }

    @Test
    void shouldLearnNothingIfTheEthernetSourceIsAnother() {
        assertThat(rig.receive(solicitation(B_MAC, A6, B6, A_MAC))).isEqualTo("passed");
        assertThat(rig.receive(advertisement(B_MAC, A6, ALL_NODES_MAC, ALL_NODES, O, A_MAC)))
                .isEqualTo("passed");
        assertThat(rig.table.size()).isZero();
    }

    // ---- validity: sections 6.1.1, 6.1.2, 7.1.1, 7.1.2, 8.1 ----

    private void malformed(final FrameBuilder builder, final String why) {
        assertThat(rig.receive(builder)).as(why).isEqualTo("nd-malformed");
        assertThat(rig.table.size()).isZero();
    }

    @Test
    void shouldRequireHopLimit255Section711() {
        malformed(ask().ttl(254), "solicitation");
        malformed(says(A_MAC, S, A_MAC).ttl(64), "advertisement");
    }

    @Test
    void shouldRequireChecksumSection711() {
        malformed(ask().withoutChecksum(), "solicitation");
        malformed(says(A_MAC, S, A_MAC).withoutChecksum(), "advertisement");
        final Frame partial = ask().partialChecksum().parsedInto(rig.pool, 1);
        assertThat(rig.receive(partial, NETWORK, Frame.NONE))
                .as("to be completed")
                .isEqualTo("consumed");
        final Frame verified = ask().withoutChecksum().parsedInto(rig.pool, 1);
        verified.checksumState = Frame.CHECKSUM_VERIFIED;
        assertThat(rig.receive(verified, NETWORK, Frame.NONE)).as("vouched for").isEqualTo("consumed");
    }

    @Test
    void shouldRequireCode0Section711() {
        malformed(
                discovery(A_MAC, A6, OWN6)
                        .icmp(Icmp.NEIGHBOR_SOLICITATION, 1, 0)
                        .payload(neighborBody(OWN6, Ndp.SOURCE_ADDRESS, A_MAC)),
                "solicitation");
    }

    @Test
    void shouldRefuseMulticastTargetSections711And712() {
        malformed(
                discovery(A_MAC, A6, OWN6)
                        .icmp(Icmp.NEIGHBOR_SOLICITATION, 0, 0)
                        .payload(neighborBody(ALL_NODES, Ndp.SOURCE_ADDRESS, A_MAC)),
                "solicitation");
        malformed(
                discovery(A_MAC, A6, OWN6)
                        .icmp(Icmp.NEIGHBOR_ADVERTISEMENT, 0, 0)
                        .payload(neighborBody(ALL_NODES, Ndp.TARGET_ADDRESS, A_MAC)),
                "advertisement");
    }

    @Test
    void shouldRefuseOptionsOfLength0OrBeyondTheEndSection711() {
        for (final int units : new int[] {0, 2, 255}) {
            final byte[] body = neighborBody(OWN6, Ndp.SOURCE_ADDRESS, A_MAC);
            body[17] = (byte) units;
            malformed(
                    discovery(A_MAC, A6, OWN6)
                            .icmp(Icmp.NEIGHBOR_SOLICITATION, 0, 0)
                            .payload(body),
                    units + " units");
        }
    }

    @Test
    void shouldSkipUnknownOptionsSection711() {
        final byte[] body = concat(concat(neighborBody(OWN6, 0, 0), option(200, 1)), option(Ndp.SOURCE_ADDRESS, A_MAC));
        assertThat(rig.receive(discovery(A_MAC, A6, OWN6)
                        .icmp(Icmp.NEIGHBOR_SOLICITATION, 0, 0)
                        .payload(body)))
                .isEqualTo("consumed");
        assertThat(rig.entry(A6)).isEqualTo("STALE a");
    }

    @Test
    void shouldRefuseUnspecifiedSourceWithMacOrToUnicastSection711() {
        malformed(solicitation(A_MAC, "::", OWN6, A_MAC), "with link-layer address");
        malformed(
                discovery(A_MAC, "::", OWN6)
                        .icmp(Icmp.NEIGHBOR_SOLICITATION, 0, 0)
                        .payload(neighborBody(OWN6, 0, 0)),
                "to unicast");
    }

    @Test
    void shouldRefuseSolicitedFlagToMulticastSection712() {
        malformed(advertisement(A_MAC, A6, ALL_NODES_MAC, ALL_NODES, S, A_MAC), "advertisement");
    }

    @Test
    void shouldRefuseRouterSolicitationFromUnspecifiedSourceWithMacSection611() {
        malformed(
                discovery(A_MAC, "::", "ff02::2")
                        .icmp(Icmp.ROUTER_SOLICITATION, 0, 0)
                        .payload(option(Ndp.SOURCE_ADDRESS, A_MAC)),
                "router solicitation");
    }

    @Test
    void shouldRequireLinkLocalSourceOfRouterAdvertisementSection612() {
        malformed(
                discovery(A_MAC, A6, ALL_NODES)
                        .icmp(Icmp.ROUTER_ADVERTISEMENT, 0, 0)
                        .payload(new byte[8]),
                "router advertisement");
    }

    @Test
    void shouldCheckRedirectsSection81() {
        malformed(redirect(A6, "fe80::b", "fd00:9::1"), "global source");
        malformed(redirect(A_LINK_LOCAL, "fe80::b", ALL_NODES), "multicast destination");
        malformed(redirect(A_LINK_LOCAL, B6, "fd00:9::1"), "target neither link-local nor the destination");
        assertThat(rig.receive(redirect(A_LINK_LOCAL, B6, B6))).isEqualTo("passed");
    }

    @Test
    void shouldRefuseMulticastSource() {
        malformed(solicitation(A_MAC, ALL_NODES, OWN6, A_MAC), "solicitation");
    }

    @Test
    void shouldDropMessagesCutAtAnyLengthSection711() {
        final byte[] whole = ask().build();
        final byte[] asker = Arrays.copyOfRange(whole, 22, 54);
        for (int length = 8; length <= 32; length++) {
            final byte[] cut = Arrays.copyOf(whole, MESSAGE + length);
            cut[19] = (byte) length;
            cut[MESSAGE + 2] = 0;
            cut[MESSAGE + 3] = 0;
            final int sum = ~SlowChecksum.add(
                            SlowChecksum.pseudoHeader(asker, 58, length),
                            SlowChecksum.sum(cut, MESSAGE, MESSAGE + length))
                    & 0xFFFF;
            cut[MESSAGE + 2] = (byte) (sum >>> 8);
            cut[MESSAGE + 3] = (byte) sum;
            assertThat(rig.receive(frameOf(cut), NETWORK, Frame.NONE))
                    .as("%d octets", length)
                    .isEqualTo(length == 24 || length == 32 ? "consumed" : "nd-malformed");
        }
    }

    private Frame frameOf(final byte[] octets) {
        final Frame frame = FrameBuilder.frame().parsedInto(rig.pool, 1);
        frame.length = octets.length;
        frame.buffer.putBytes(frame.offset, octets);
        assertThat(FrameParser.parse(frame)).isNull();
        return frame;
    }

    @Test
    void shouldIgnoreFragmentsRfc6980() {
        final byte[] header = {58, 0, 0, 0, 0, 0, 0, 1};
        assertThat(rig.receive(ask().extensionHeaders(44, header))).isEqualTo("passed");
        assertThat(rig.table.size()).isZero();
        assertThat(rig.left()).isEmpty();
    }

    @Test
    void shouldLetOtherIcmpv6AndTaggedMessagesPass() {
        assertThat(rig.receive(discovery(A_MAC, A6, B6).icmp(Icmp.ECHO_REQUEST_V6, 0, 1)))
                .isEqualTo("passed");
        assertThat(rig.receive(ask().tag(5))).isEqualTo("passed");
        assertThat(rig.table.size()).isZero();
    }

    // ---- siblings, duplicates, suppression ----

    @Test
    void shouldReportDuplicatesOfOwnAddresses() {
        assertThat(rig.receive(advertisement(A_MAC, OWN6, ALL_NODES_MAC, ALL_NODES, O, A_MAC), 1))
                .isEqualTo("duplicate-address");
        assertThat(rig.receive(solicitation(A_MAC, OWN6, B6, A_MAC), 2)).isEqualTo("duplicate-address");
        assertThat(rig.receive(advertisement(A_MAC, OWN_LINK_LOCAL, ALL_NODES_MAC, ALL_NODES, O, A_MAC), 3))
                .isEqualTo("duplicate-address");
        assertThat(rig.receiveFromTunnel(advertisement(A_MAC, OWN_LINK_LOCAL, ALL_NODES_MAC, ALL_NODES, O, A_MAC), 1))
                .as("no sibling has our link-local address")
                .isEqualTo("duplicate-address");
        assertThat(rig.heard)
                .containsExactly(
                        "duplicate fd00:3::fe a port 1",
                        "duplicate fd00:3::fe a port 2",
                        "duplicate fe80::ff:fe00:fe a port 3",
                        "duplicate fe80::ff:fe00:fe a port 7");
    }

    @Test
    void shouldDropClaimAgainstPermanentEntry() {
        final IpAddress a = IpAddress.parse(A6);
        rig.table.addPermanent(NETWORK, a.high(), a.low(), A_MAC, false);
        assertThat(rig.receive(advertisement(B_MAC, A6, ALL_NODES_MAC, ALL_NODES, O, B_MAC)))
                .isEqualTo("duplicate-address");
        assertThat(rig.receive(solicitation(B_MAC, A6, OWN6, B_MAC))).isEqualTo("duplicate-address");
        assertThat(rig.entry(A6)).isEqualTo("PERMANENT a");
        assertThat(rig.left()).isEmpty();
    }

    @Test
    void shouldKeepSiblingsMessagesFromPods() {
        assertThat(rig.receiveFromTunnel(
                        advertisement(SIBLING_MAC, OWN6, ALL_NODES_MAC, ALL_NODES, O | R, SIBLING_MAC), 1))
                .isEqualTo("consumed");
        assertThat(rig.receiveFromTunnel(solicitation(SIBLING_MAC, OWN6, A6, SIBLING_MAC), 1))
                .isEqualTo("consumed");
        assertThat(rig.left())
                .containsExactly("local 33:33:ff:00:00:01 own fe80::ff:fe00:fe > ff02::1:ff00:1 NS fd00:3::1 own");
        rig.receive(says(A_MAC, S | O, A_MAC));
        assertThat(rig.left()).containsExactly("sibling a fd00:3::1 > fd00:3::fe NA fd00:3::1 S a");
        assertThat(rig.heard).isEmpty();
    }

    @Test
    void shouldAnswerForNeighborBehindTunnelWithoutOverrideSection728() {
        rig.receiveFromTunnel(solicitation(B_MAC, B6, C6, B_MAC), 1);
        rig.remote.add(B_MAC);
        assertThat(rig.receive(solicitation(A_MAC, A6, B6, A_MAC))).isEqualTo("consumed");
        assertThat(rig.left()).containsExactly("a b fd00:3::2 > fd00:3::1 NA fd00:3::2 S b");
        assertThat(rig.count(WorkerCounter.NEIGHBOR_SUPPRESSED)).isOne();
        assertThat(rig.receive(solicitation(A_MAC, "::", B6, 0)))
                .as("detection of duplicates")
                .isEqualTo("passed");
        assertThat(rig.receiveFromTunnel(solicitation(A_MAC, A6, B6, A_MAC), 1)).isEqualTo("passed");
    }

    private static byte[] concat(final byte[] a, final byte[] b) {
        return ByteBuffer.allocate(a.length + b.length).put(a).put(b).array();
    }
}
