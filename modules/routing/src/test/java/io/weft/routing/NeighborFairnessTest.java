// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import static io.weft.routing.NeighborRig.A_MAC;
import static io.weft.routing.NeighborRig.B;
import static io.weft.routing.NeighborRig.B_MAC;
import static io.weft.routing.NeighborRig.OWN;
import static io.weft.routing.NeighborRig.OWN_MAC;
import static io.weft.routing.NeighborRig.arpReply;
import static io.weft.routing.NeighborRig.arpRequest;
import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.DropReason;
import io.weft.frame.WorkerCounter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What one port does to the table must not hurt the others. */
final class NeighborFairnessTest {
    private static final int SCANNER = 1;
    private static final int VICTIM = 2;
    private static final int CAPACITY = 64;

    private final NeighborRig rig = new NeighborRig(NeighborRig.config(CAPACITY, 4, 32));

    @AfterEach
    void conserves() {
        rig.assertConservation();
        rig.table.flush(NeighborTable.ALL_NETWORKS, false);
        assertThat(rig.pool.inUse()).isZero();
    }

    /** The router's neighbor, by frames from a port. */
    private void resolve(final String address, final int port) {
        rig.send(0, address, port);
        assertThat(rig.receive(arpReply(A_MAC, address, OWN_MAC, OWN), port)).isEqualTo("consumed");
    }

    private void resolveVictims(final int count) {
        for (int i = 0; i < count; i++) {
            resolve("10.3.2." + i, VICTIM);
        }
        rig.left();
    }

    private static String scanned(final int i) {
        return "10.9." + (i >>> 8) + "." + (i & 0xFF);
    }

    @Test
    void shouldSurviveAPodThatScansASlash16() {
        resolveVictims(20);
        for (int i = 0; i < 65_536; i++) {
            rig.send(i, scanned(i), SCANNER);
            if (i % 64 == 0) {
                rig.pass(1);
            }
        }
        final long asked =
                rig.left().stream().filter(line -> line.contains("10.9.")).count();
        assertThat(asked).as("half of what may be held, 3 times, in a second").isLessThanOrEqualTo(16 * 3);
        assertThat(rig.counters.getDrop(SCANNER, DropReason.NEIGHBOR_QUEUE_FULL))
                .isGreaterThan(65_000);
        resolveVictims(20);
        resolve(B, VICTIM);
        assertThat(rig.left()).hasSize(2);
        assertThat(rig.entry(B)).isEqualTo("REACHABLE a");
        assertThat(rig.counters.getDrop(VICTIM, DropReason.NEIGHBOR_QUEUE_FULL)).isZero();
        assertThat(rig.count(WorkerCounter.NEIGHBOR_EVICTED)).isZero();
    }

    @Test
    void shouldSurviveAPodThatFloodsArpFromASlash16() {
        resolveVictims(20);
        for (int i = 0; i < 65_536; i++) {
            rig.receive(arpRequest(B_MAC, scanned(i), B), SCANNER);
            rig.pass(i % 2);
        }
        assertThat(rig.table.size()).isEqualTo(CAPACITY);
        assertThat(rig.heard).containsExactly("full");
        for (int i = 0; i < 20; i++) {
            assertThat(rig.entry("10.3.2." + i)).endsWith(" a");
        }
        for (int i = 20; i < 32; i++) {
            resolve("10.3.2." + i, VICTIM);
        }
        assertThat(rig.drops()).as("new neighbors of others find room").doesNotContain("neighbor-table-full");
        rig.table.flush(NeighborTable.ALL_NETWORKS, true);
        assertThat(rig.heard).containsExactly("full", "not full");
        assertThat(rig.table.isFull()).isFalse();
    }

    @Test
    void shouldTakeTheLeastRecentlyUsedOfWhoHasMost() {
        resolveVictims(10);
        for (int i = 0; i < CAPACITY - 10; i++) {
            resolve(scanned(i), SCANNER);
        }
        rig.pass(2000);
        rig.send(1, scanned(0), SCANNER);
        resolve(B, VICTIM);
        assertThat(rig.entry(scanned(0))).as("just used").isEqualTo("REACHABLE a");
        assertThat(rig.entry(scanned(1))).isEqualTo("none");
        assertThat(rig.entry(scanned(2))).isEqualTo("REACHABLE a");
        assertThat(rig.count(WorkerCounter.NEIGHBOR_EVICTED)).isOne();
        assertThat(rig.table.isFull()).isTrue();
    }

    @Test
    void shouldRefuseWhoHasMostUnlessHeHasStaleEntries() {
        for (int i = 0; i < CAPACITY; i++) {
            resolve(scanned(i), SCANNER);
        }
        rig.send(1, B, SCANNER);
        assertThat(rig.drops()).isEqualTo("neighbor-table-full:1");
        rig.pass(45_001);
        rig.send(2, B, SCANNER);
        assertThat(rig.drops()).isEqualTo("neighbor-table-full:1");
        assertThat(rig.entry(B)).isEqualTo("INCOMPLETE");
        assertThat(rig.entry(scanned(0))).isEqualTo("none");
    }

    @Test
    void shouldDropWhatWaitsForAnEvictedNeighborByName() {
        final NeighborRig small = new NeighborRig(NeighborRig.config(2, 4, 32));
        small.send(1, scanned(1), SCANNER);
        small.send(2, scanned(2), SCANNER);
        small.send(3, B, VICTIM);
        assertThat(small.drops()).isEqualTo("neighbor-table-full:1");
        assertThat(small.entry(scanned(1))).isEqualTo("none");
        assertThat(small.entry(B)).isEqualTo("INCOMPLETE");
        small.assertConservation();
    }

    @Test
    void shouldNeverTakePermanentEntries() {
        for (int i = 0; i < CAPACITY; i++) {
            assertThat(rig.table.addPermanent(3, 0, 0xFFFF_0A09_0000L + i, A_MAC, false))
                    .isTrue();
        }
        assertThat(rig.table.addPermanent(3, 0, 0xFFFF_0A0A_0000L, A_MAC, false))
                .isFalse();
        rig.send(1, B, SCANNER);
        assertThat(rig.drops()).isEqualTo("neighbor-table-full:1");
        assertThat(rig.table.flush(3, true)).isZero();
        assertThat(rig.table.size()).isEqualTo(CAPACITY);
    }

    @Test
    void shouldHoldFramesForOthersWhileOneHoldsAllThatHeMay() {
        for (int i = 0; i < 100; i++) {
            rig.send(i, scanned(i), SCANNER);
        }
        assertThat(rig.pool.inUse()).as("half").isEqualTo(16);
        for (int i = 0; i < 100; i++) {
            rig.send(i, rig.leg, scanned(1000 + i), NeighborRig.UPLINK, 1);
        }
        assertThat(rig.pool.inUse()).as("half of what was left, for a VTEP").isEqualTo(24);
        resolve(B, VICTIM);
        assertThat(rig.left()).contains("a own frame 0");
    }

    @Test
    void shouldForwardWhileStormsOfArpComeInAtEveryPort() {
        resolveVictims(1);
        for (int millisecond = 0; millisecond < 1000; millisecond++) {
            for (int i = 0; i < 100; i++) {
                rig.receive(arpRequest(B_MAC, scanned(millisecond), OWN), i % 8);
            }
            rig.send(millisecond, "10.3.2.0", VICTIM);
            rig.pass(1);
        }
        assertThat(rig.left().stream()
                        .filter(line -> line.startsWith("a own frame"))
                        .count())
                .isEqualTo(1000);
        assertThat(rig.count(WorkerCounter.NEIGHBOR_ANSWERED))
                .as("8 ports, 1000 a second and 200 at once each")
                .isBetween(8 * 1000L, 8 * 1200L);
        assertThat(rig.counters.getDrop(DropReason.NEIGHBOR_RATE)).isBetween(90_000L, 92_000L);
    }
}
