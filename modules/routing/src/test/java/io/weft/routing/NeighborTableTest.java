// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import static io.weft.routing.NeighborRig.A;
import static io.weft.routing.NeighborRig.A6;
import static io.weft.routing.NeighborRig.A_MAC;
import static io.weft.routing.NeighborRig.B;
import static io.weft.routing.NeighborRig.B_MAC;
import static io.weft.routing.NeighborRig.NETWORK;
import static io.weft.routing.NeighborRig.OWN;
import static io.weft.routing.NeighborRig.OWN_MAC;
import static io.weft.routing.NeighborRig.advertisement;
import static io.weft.routing.NeighborRig.arpReply;
import static io.weft.routing.NeighborRig.arpRequest;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.frame.Frame;
import io.weft.frame.WorkerCounter;
import io.weft.wire.IpAddress;
import io.weft.wire.MacAddress;
import io.weft.wire.Ndp;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** States and timers: RFC 4861 section 7.3, RFC 1122 section 2.3.2. */
final class NeighborTableTest {
    private static final String ASK_A = "all own ARP 1 own 10.3.0.254 - 10.3.0.1";
    private static final String PROBE_A = "a own ARP 1 own 10.3.0.254 a 10.3.0.1";

    private final NeighborRig rig = new NeighborRig();

    @AfterEach
    void conserves() {
        rig.assertConservation();
        rig.table.flush(NeighborTable.ALL_NETWORKS, false);
        assertThat(rig.pool.inUse()).isZero();
        rig.assertConservation();
    }

    private void answer() {
        assertThat(rig.receive(arpReply(A_MAC, A, OWN_MAC, OWN))).isEqualTo("consumed");
    }

    @Test
    void shouldAskAndHoldAndSendWhenAnsweredRfc4861Section722() {
        rig.send(1, A);
        rig.send(2, A);
        assertThat(rig.left()).containsExactly(ASK_A);
        assertThat(rig.entry(A)).isEqualTo("INCOMPLETE");
        answer();
        assertThat(rig.left()).containsExactly("a own frame 1", "a own frame 2");
        assertThat(rig.entry(A)).isEqualTo("REACHABLE a");
        rig.send(3, A);
        assertThat(rig.left()).containsExactly("a own frame 3");
        assertThat(rig.count(WorkerCounter.NEIGHBOR_SOLICITED)).isOne();
    }

    @Test
    void shouldSolicitIpv6FromLinkLocalAddressToSolicitedNodeMulticastRfc4861Section722() {
        rig.send(1, A6);
        assertThat(rig.left())
                .containsExactly("33:33:ff:00:00:01 own fe80::ff:fe00:fe > ff02::1:ff00:1 NS fd00:3::1 own");
        assertThat(rig.receive(advertisement(
                        A_MAC, A6, OWN_MAC, NeighborRig.OWN_LINK_LOCAL, Ndp.SOLICITED | Ndp.OVERRIDE, A_MAC)))
                .isEqualTo("consumed");
        assertThat(rig.left()).containsExactly("a own frame 1");
        rig.pass(45_001);
        rig.send(2, A6);
        rig.pass(5000);
        assertThat(rig.left()).containsExactly("a own frame 2", "a own fe80::ff:fe00:fe > fd00:3::1 NS fd00:3::1 own");
    }

    @Test
    void shouldSaveTheLatestFramesAndDropTheOldestRfc1122Section2322() {
        for (int i = 1; i <= 6; i++) {
            rig.send(i, A);
        }
        assertThat(rig.drops()).isEqualTo("neighbor-queue-full:2");
        answer();
        assertThat(rig.left().subList(1, 5))
                .containsExactly("a own frame 3", "a own frame 4", "a own frame 5", "a own frame 6");
    }

    @Test
    void shouldReportUnreachableOnlyAfterAllRetriesRfc1122Section2324() {
        rig.send(1, A);
        rig.pass(2999);
        assertThat(rig.left()).containsExactly(ASK_A, ASK_A, ASK_A);
        assertThat(rig.refused).isEmpty();
        rig.pass(1);
        assertThat(rig.refused).containsExactly(1);
        assertThat(rig.entry(A)).isEqualTo("FAILED");
        assertThat(rig.count(WorkerCounter.NEIGHBOR_FAILED)).isOne();
        assertThat(rig.left()).isEmpty();
    }

    @Test
    void shouldAskAtMostOnceASecondForOneThatDoesNotAnswerRfc1122Section2321() {
        rig.send(1, A);
        rig.pass(3000);
        rig.left();
        rig.send(2, A);
        rig.pass(999);
        rig.send(3, A);
        assertThat(rig.refused).containsExactly(1, 2, 3);
        assertThat(rig.left()).isEmpty();
        rig.pass(1);
        rig.send(4, A);
        assertThat(rig.refused).hasSize(3);
        assertThat(rig.left()).containsExactly(ASK_A);
        answer();
        assertThat(rig.left()).containsExactly("a own frame 4");
    }

    @Test
    void shouldForgetFailedEntryAfterAWhile() {
        rig.send(1, A);
        rig.pass(3000 + 4999);
        assertThat(rig.entry(A)).isEqualTo("FAILED");
        rig.pass(1);
        assertThat(rig.entry(A)).isEqualTo("none");
    }

    @Test
    void shouldGoFromReachableToStaleToDelayToProbeRfc4861Section733() {
        rig.send(1, A);
        answer();
        rig.pass(14_999);
        assertThat(rig.entry(A)).as("half the reachable time is not over").isEqualTo("REACHABLE a");
        rig.pass(30_002);
        assertThat(rig.entry(A)).as("1.5 times the reachable time is over").isEqualTo("STALE a");
        rig.left();
        rig.send(2, A);
        assertThat(rig.left()).containsExactly("a own frame 2");
        assertThat(rig.entry(A)).isEqualTo("DELAY a");
        rig.pass(4999);
        assertThat(rig.left()).isEmpty();
        rig.pass(1);
        assertThat(rig.entry(A)).isEqualTo("PROBE a");
        rig.send(3, A);
        assertThat(rig.left()).containsExactly(PROBE_A, "a own frame 3");
        answer();
        assertThat(rig.entry(A)).isEqualTo("REACHABLE a");
    }

    @Test
    void shouldRandomiseReachableTimeRfc4861Section632() {
        final NeighborRig many = new NeighborRig(NeighborRig.config(4096, 4, 32));
        for (int i = 0; i < 1000; i++) {
            final String address = "10.3.1." + i % 250;
            many.send(i, address);
            many.receive(arpReply(A_MAC, address, OWN_MAC, OWN), i % 8);
            many.pass(5);
        }
        // 250 neighbors confirmed within 1.25 s, 30 s ago: half of them, more or less, are stale.
        many.pass(29_000);
        final long stale = many.table.snapshot().stream()
                .filter(entry -> entry.state() == NeighborState.STALE)
                .count();
        assertThat(stale).isBetween(60L, 190L);
    }

    @Test
    void shouldProbeThreeTimesAndThenResolveAnewRfc4861Section733() {
        rig.send(1, A);
        answer();
        rig.pass(45_001);
        rig.send(2, A);
        rig.left();
        rig.pass(5000 + 2999);
        assertThat(rig.left()).containsExactly(PROBE_A, PROBE_A, PROBE_A);
        rig.send(3, A);
        assertThat(rig.left()).as("traffic does not stall while probed").containsExactly("a own frame 3");
        rig.pass(1);
        assertThat(rig.entry(A)).isEqualTo("FAILED");
        rig.send(4, A);
        assertThat(rig.left()).containsExactly(ASK_A);
        assertThat(rig.refused).isEmpty();
    }

    @Test
    void shouldForgetUnusedEntriesAfter300Seconds() {
        rig.send(1, A);
        answer();
        rig.pass(200_000);
        rig.send(2, A);
        answer();
        rig.pass(299_999);
        assertThat(rig.entry(A)).isEqualTo("STALE a");
        rig.pass(1);
        assertThat(rig.entry(A)).isEqualTo("none");
        assertThat(rig.table.nextTimeout(rig.now)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void shouldNeverStallSteadyTraffic() {
        rig.send(1, A);
        answer();
        rig.left();
        for (int second = 0; second < 600; second++) {
            rig.send(second, A);
            rig.pass(1000);
            if (rig.left().contains(PROBE_A)) {
                answer();
            }
        }
        assertThat(rig.refused).isEmpty();
        assertThat(rig.drops()).isEmpty();
        assertThat(rig.count(WorkerCounter.NEIGHBOR_SOLICITED))
                .as("one multicast, then unicast probes every 20 to 50 s")
                .isBetween(10L, 35L);
    }

    @Test
    void shouldKeepNetworksApart() {
        final RouterInterface other = new RouterInterface(5, "red", 0, B_MAC, List.of(), 1500);
        rig.legs.put(other);
        rig.send(1, A);
        answer();
        rig.left();
        rig.send(2, other, A, 0, Frame.NONE);
        assertThat(rig.left()).containsExactly("network 5 all b ARP 1 b 0.0.0.0 - 10.3.0.1");
        rig.table.removeNetwork(5);
        assertThat(rig.drops()).isEqualTo("neighbor-unresolved:1");
        assertThat(rig.entry(A)).isEqualTo("REACHABLE a");
    }

    @Test
    void shouldPreferPermanentEntries() {
        final IpAddress a = IpAddress.parse(A);
        rig.send(1, A);
        rig.left();
        assertThat(rig.table.addPermanent(NETWORK, a.high(), a.low(), B_MAC, false))
                .isTrue();
        rig.tick();
        assertThat(rig.left()).containsExactly("b own frame 1");
        assertThat(rig.receive(arpReply(A_MAC, A, OWN_MAC, OWN))).isNotEqualTo("consumed");
        assertThat(rig.entry(A)).isEqualTo("PERMANENT b");
        rig.pass(1_000_000);
        rig.send(2, A);
        assertThat(rig.left()).containsExactly("b own frame 2");
        assertThat(rig.table.addPermanent(NETWORK, a.high(), a.low(), A_MAC, false))
                .isFalse();
        assertThat(rig.table.addPermanent(NETWORK, a.high(), a.low(), A_MAC, true))
                .isTrue();
        assertThat(rig.table.addPermanent(NETWORK, a.high(), a.low(), MacAddress.BROADCAST, true))
                .isFalse();
        assertThat(rig.entry(A)).isEqualTo("PERMANENT a");
        assertThat(rig.table.flush(NETWORK, true)).isZero();
        assertThat(rig.table.remove(NETWORK, a.high(), a.low())).isTrue();
        assertThat(rig.table.remove(NETWORK, a.high(), a.low())).isFalse();
    }

    @Test
    void shouldDropWhatWaitsWhenItsEntryIsRemoved() {
        rig.send(1, A);
        rig.send(2, B);
        assertThat(rig.table.flush(NETWORK, true)).isEqualTo(2);
        assertThat(rig.drops()).isEqualTo("neighbor-unresolved:2");
        assertThat(rig.pool.inUse()).isZero();
    }

    @Test
    void shouldFailAtOnceWithoutALeg() {
        rig.send(1, A);
        rig.legs.remove(NETWORK);
        rig.pass(1000);
        assertThat(rig.refused).containsExactly(1);
    }

    @Test
    void shouldDoALimitedNumberOfThingsPerTick() {
        final NeighborRig many = new NeighborRig(NeighborRig.config(1000, 1, 2));
        for (int i = 0; i < 1000; i++) {
            final String address = "10.3." + i / 250 + "." + i % 250;
            many.receive(arpRequest(A_MAC, address, B), i % 8);
            many.send(i, address);
        }
        many.left();
        many.now += 5000;
        many.tick();
        assertThat(many.left()).hasSize(NeighborTable.TIMERS_PER_TICK);
        assertThat(many.table.nextTimeout(many.now)).isZero();
        many.pass(0);
        assertThat(many.left()).hasSize(1000 - NeighborTable.TIMERS_PER_TICK);
    }

    @Test
    void shouldSayWhatIsOutOfRange() {
        assertThatThrownBy(() -> NeighborRig.config(0, 1, 1)).hasMessage("capacity must be 1 to 1048576, not 0");
        assertThatThrownBy(() -> NeighborRig.config(1, 256, 1))
                .hasMessage("held per neighbor must be 1 to 255, not 256");
    }
}
