// SPDX-License-Identifier: Apache-2.0
package io.weft.switching;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.frame.Destination;
import io.weft.switching.FdbEntry.State;
import io.weft.testkit.Seeds;
import io.weft.wire.MacAddress;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class MacTableTest {
    private static final long A = 0x0200_0000_000AL;
    private static final int P1 = Destination.ofPort(1);
    private static final int P2 = Destination.ofPort(2);

    private final MacTable table = new MacTable(new FdbConfig(100, 300, 2, 10, 60));

    @Test
    void shouldAgreeWithSlowOracleOverMillionRandomOperations() {
        // Few MACs meet each other in every order; many, at the learn limit, make long probe chains.
        Seeds.each(1, random -> {
            compare(12, 480_000, random);
            compare(80, 480_000, random);
            compare(3000, 60_000, random);
        });
    }

    private static void compare(final int macs, final int operations, final SplittableRandom random) {
        final FdbConfig config = new FdbConfig(macs * 2 / 3, 40, 3, 5, 20);
        final MacTable fast = new MacTable(config);
        final SlowMacTable slow = new SlowMacTable(config);
        int now = Integer.MAX_VALUE - 5000;
        for (int i = 0; i < operations; i++) {
            now += random.nextInt(40) == 0 ? random.nextInt(8) : 0;
            step(fast, slow, random, macs, now);
            if (i % 4096 == 0) {
                assertSame(fast, slow, now);
            }
        }
        assertSame(fast, slow, now);
    }

    private static void step(
            final MacTable fast,
            final SlowMacTable slow,
            final SplittableRandom random,
            final int macs,
            final int now) {
        final long mac = 0x0200_0000_0001L + random.nextInt(macs);
        final int place =
                random.nextInt(10) == 0 ? Destination.ofVtep(random.nextInt(3)) : Destination.ofPort((int) (mac % 5));
        switch (random.nextInt(5000)) {
            case 0 -> assertThat(fast.flushLearned()).isEqualTo(slow.flushLearned());
            case 1, 2, 3 -> assertThat(fast.flush(place, false)).isEqualTo(slow.flush(place, false));
            case 4 -> assertThat(fast.flush(place, true)).isEqualTo(slow.flush(place, true));
            case 5, 6, 7, 8, 9 -> assertThat(fast.age(now, fast.slots())).isEqualTo(slow.age(now));
            case 10, 11, 12, 13 ->
                assertThat(fast.addStatic(mac, place, now)).isEqualTo(slow.addStatic(mac, place, now));
            case 14, 15, 16, 17, 18, 19, 20, 21, 22 ->
                assertThat(fast.remove(mac)).isEqualTo(slow.remove(mac));
            default -> {
                assertThat(fast.learn(mac, place, now)).isEqualTo(slow.learn(mac, place, now));
                final long other = 0x0200_0000_0001L + random.nextInt(macs);
                assertThat(fast.lookup(other)).isEqualTo(slow.lookup(other));
            }
        }
    }

    private static void assertSame(final MacTable fast, final SlowMacTable slow, final int now) {
        assertThat(Set.copyOf(fast.snapshot(now))).isEqualTo(Set.copyOf(slow.snapshot(now)));
        assertThat(fast.learned()).isEqualTo(slow.learned());
        assertThat(fast.statics()).isEqualTo(slow.statics());
    }

    @Test
    void shouldKeepFullTableInOrderThroughDeletionsInOneProbeChain() {
        // MACs whose home is the last slot: their chain wraps around the end of the array.
        final MacTable full = new MacTable(FdbConfig.withLearnLimit(64));
        final long[] macs = new long[64];
        int found = 0;
        for (long mac = 1; found < macs.length; mac++) {
            if (!MacAddress.isGroup(mac) && MacTable.hash(mac) >>> 21 == 0x7FF) {
                macs[found++] = mac;
            }
        }
        assertThat(full.slots()).isEqualTo(2048);
        for (int i = 0; i < macs.length; i++) {
            assertThat(full.learn(macs[i], i, 0)).isEqualTo(MacTable.ADDED);
        }
        for (int i = 0; i < macs.length; i += 2) {
            assertThat(full.remove(macs[i])).isTrue();
        }
        for (int i = 0; i < macs.length; i++) {
            assertThat(full.lookup(macs[i])).isEqualTo(i % 2 == 0 ? Destination.NONE : i);
        }
        assertThat(full.age(1000, full.slots())).isEqualTo(32);
        assertThat(full.snapshot(1000)).isEmpty();
    }

    @Test
    void shouldAgeAfterConfiguredTimeAndNotBefore() {
        table.learn(A, P1, 1000);
        assertThat(table.age(1299, table.slots())).isZero();
        assertThat(table.lookup(A)).isEqualTo(P1);
        table.learn(A, P1, 1299);
        assertThat(table.age(1598, table.slots())).isZero();
        assertThat(table.age(1599, table.slots())).isEqualTo(1);
        assertThat(table.lookup(A)).isEqualTo(Destination.NONE);
    }

    @Test
    void shouldSweepWholeTableInSlices() {
        for (int i = 0; i < 100; i++) {
            table.learn(A + i, P1, 0);
        }
        int aged = 0;
        for (int slice = 0; slice < table.slots() / 64; slice++) {
            aged += table.age(300, 64);
        }
        // A deletion may shift an entry to where the sweep has been; the next round gets it.
        aged += table.age(300, table.slots());
        assertThat(aged).isEqualTo(100);
    }

    @Test
    void shouldNeitherAgeNorMoveStaticEntries() {
        assertThat(table.learn(A, P2, 0)).isEqualTo(MacTable.ADDED);
        assertThat(table.addStatic(A, P1, 0)).isTrue();
        assertThat(table.learn(A, P2, 1)).isEqualTo(MacTable.STATIC_ELSEWHERE);
        assertThat(table.learn(A, P1, 2)).isEqualTo(MacTable.REFRESHED);
        assertThat(table.age(10_000, table.slots())).isZero();
        assertThat(table.flushLearned()).isZero();
        assertThat(table.flush(P1, false)).isZero();
        assertThat(table.snapshot(5)).containsExactly(new FdbEntry(A, P1, State.STATIC, 3));
        assertThat(table.flush(P1, true)).isEqualTo(1);
    }

    @Test
    void shouldRefuseStaticEntriesForGroupsAndBeyondTheLimit() {
        assertThat(table.addStatic(MacAddress.BROADCAST, P1, 0)).isFalse();
        assertThat(table.addStatic(0, P1, 0)).isFalse();
        for (int i = 0; i < MacTable.MAX_STATIC; i++) {
            assertThat(table.addStatic(A + i, P1, 0)).isTrue();
        }
        assertThat(table.addStatic(A - 1, P1, 0)).isFalse();
        assertThat(table.addStatic(A, P2, 0)).isTrue();
        assertThat(table.lookup(A)).isEqualTo(P2);
    }

    @Test
    void shouldHoldDampedEntryWhileItAges() {
        final MacTable quick = new MacTable(new FdbConfig(100, 5, 1, 10, 60));
        quick.learn(A, P1, 0);
        quick.learn(A, P2, 1);
        assertThat(quick.learn(A, P1, 1)).isEqualTo(MacTable.FLAPPED);
        assertThat(quick.age(60, quick.slots())).isZero();
        assertThat(quick.snapshot(60)).containsExactly(new FdbEntry(A, P2, State.DAMPED, 59));
        assertThat(quick.learn(A, P1, 60)).isEqualTo(MacTable.DAMPED);
        assertThat(quick.age(61, quick.slots())).isEqualTo(1);
    }

    @Test
    void shouldForgetDampingWhenItsHoldIsOver() {
        table.learn(A, P1, 0);
        table.learn(A, P2, 1);
        table.learn(A, P1, 1);
        assertThat(table.learn(A, P2, 1)).isEqualTo(MacTable.FLAPPED);
        table.learn(A, P1, 61);
        table.age(61, table.slots());
        assertThat(table.snapshot(61)).containsExactly(new FdbEntry(A, P1, State.LEARNED, 0));
        assertThat(table.learn(A, P2, 61)).isEqualTo(MacTable.MOVED);
        assertThat(table.learn(A, P1, 61)).isEqualTo(MacTable.MOVED);
        assertThat(table.learn(A, P2, 61)).isEqualTo(MacTable.FLAPPED);
    }

    @Test
    void shouldSayWhatIsOutOfRange() {
        assertThatThrownBy(() -> new FdbConfig(0, 1, 1, 1, 1)).hasMessage("learn limit must be 1 to 1048576, not 0");
        assertThatThrownBy(() -> new FdbConfig(1, 1, 255, 1, 1)).hasMessage("flap moves must be 1 to 254, not 255");
    }
}
