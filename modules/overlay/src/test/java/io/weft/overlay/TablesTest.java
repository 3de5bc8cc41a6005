// SPDX-License-Identifier: Apache-2.0
package io.weft.overlay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.testkit.Seeds;
import io.weft.wire.IpAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class TablesTest {
    @Test
    void shouldAgreeWithMapOfVtepsThatComeAndGo() {
        Seeds.each(20, random -> {
            final VtepTable table = new VtepTable(50, 3);
            final Map<IpAddress, Integer> byAddress = new HashMap<>();
            for (int i = 0; i < 500; i++) {
                final int index = random.nextInt(50);
                final IpAddress address = address(random);
                if (random.nextInt(3) == 0) {
                    assertThat(table.remove(index)).isEqualTo(byAddress.values().remove(index));
                } else {
                    final boolean free = byAddress.getOrDefault(address, index) == index;
                    assertThat(table.add(new Vtep(index, address, 4789, 1450))).isEqualTo(free);
                    if (free) {
                        byAddress.values().remove(index);
                        byAddress.put(address, index);
                    }
                }
                final IpAddress asked = address(random);
                assertThat(table.find(asked.high(), asked.low()))
                        .isEqualTo(byAddress.getOrDefault(asked, VtepTable.NONE));
            }
        });
    }

    @Test
    void shouldKeepAVtepInItsNetworksWhileItIsAtNoAddress() {
        final VtepTable table = new VtepTable(4, 2);
        final IpAddress before = IpAddress.parse("198.19.0.2");
        final IpAddress after = IpAddress.parse("198.19.0.3");
        table.add(new Vtep(3, before, 4789, 1450));
        table.allow(3, 1);
        assertThat(table.withdraw(3)).isTrue();
        assertThat(table.withdraw(3)).isFalse();
        assertThat(table.find(before.high(), before.low())).isEqualTo(VtepTable.NONE);
        table.add(new Vtep(3, after, 4789, 1450));
        assertThat(table.find(after.high(), after.low())).isEqualTo(3);
        assertThat(table.isAllowed(3, 1)).isTrue();
        table.withdraw(3);
        table.remove(3);
        assertThat(table.isAllowed(3, 1)).as("removed while it was nowhere").isFalse();
    }

    private static IpAddress address(final SplittableRandom random) {
        final int host = random.nextInt(80);
        return random.nextBoolean() ? IpAddress.ofIpv4(0xC612_0000 + host) : new IpAddress(0xFD00L << 48, host);
    }

    @Test
    void shouldAgreeWithMapOfVnisThatComeAndGo() {
        Seeds.each(20, random -> {
            final VniTable table = new VniTable(30);
            final Map<Integer, Integer> byVni = new HashMap<>();
            for (int i = 0; i < 500; i++) {
                final int network = random.nextInt(30);
                final int vni = vni(random);
                if (random.nextInt(3) == 0) {
                    table.remove(network);
                    byVni.values().remove(network);
                    assertThat(table.vni(network)).isEqualTo(VniTable.NONE);
                } else {
                    final boolean free = byVni.getOrDefault(vni, network) == network;
                    assertThat(table.add(network, vni, network % 2 == 0)).isEqualTo(free);
                    if (free) {
                        byVni.values().remove(network);
                        byVni.put(vni, network);
                        assertThat(table.vni(network)).isEqualTo(vni);
                        assertThat(table.carriesTags(network)).isEqualTo(network % 2 == 0);
                    }
                }
                final int asked = vni(random);
                assertThat(table.network(asked)).isEqualTo(byVni.getOrDefault(asked, VniTable.NONE));
            }
        });
    }

    /** Few values, near each other and far apart. */
    private static int vni(final SplittableRandom random) {
        return random.nextInt(40) << (random.nextBoolean() ? 18 : 0);
    }

    @Test
    void shouldTakeFullTables() {
        final VtepTable vteps = new VtepTable(64, 1);
        final VniTable vnis = new VniTable(64);
        for (int i = 0; i < 64; i++) {
            assertThat(vteps.add(new Vtep(i, IpAddress.ofIpv4(i), 4789, 1450))).isTrue();
            assertThat(vnis.add(i, i * 1000, false)).isTrue();
        }
        assertThat(vteps.add(new Vtep(64, IpAddress.ofIpv4(64), 4789, 1450))).isFalse();
        assertThat(vteps.find(1, 2)).isEqualTo(VtepTable.NONE);
        assertThat(vnis.network(1)).isEqualTo(VniTable.NONE);
        assertThat(vnis.network(63_000)).isEqualTo(63);
    }

    @Test
    void shouldKeepNetworksOfVtepThatGetsAnotherAddress() {
        final Rig rig = new Rig();
        final IpAddress moved = IpAddress.parse("198.18.0.77");
        assertThat(rig.vteps.add(new Vtep(0, moved, 4789, 1450))).isTrue();
        assertThat(rig.vteps.find(moved.high(), moved.low())).isZero();
        assertThat(rig.vteps.find(Rig.V4.address().high(), Rig.V4.address().low()))
                .isEqualTo(VtepTable.NONE);
        assertThat(rig.vteps.isAllowed(0, Rig.RED)).isTrue();
        rig.vteps.disallow(0, Rig.RED);
        assertThat(rig.vteps.isAllowed(0, Rig.RED)).isFalse();
        assertThat(rig.vteps.isAllowed(0, Rig.BLUE)).isTrue();
        rig.vteps.disallowAll(Rig.BLUE);
        assertThat(rig.vteps.isAllowed(0, Rig.BLUE)).isFalse();
    }

    @Test
    void shouldRefuseWhatIsOutOfRange() {
        final VniTable vnis = new VniTable(4);
        assertThat(vnis.add(0, 1 << 24, false)).isFalse();
        assertThat(vnis.add(0, -1, false)).isFalse();
        assertThat(vnis.add(0, (1 << 24) - 1, false)).isTrue();
        assertThat(vnis.vni(-1)).isEqualTo(VniTable.NONE);
        assertThat(vnis.vni(4)).isEqualTo(VniTable.NONE);
        final IpAddress address = IpAddress.ofIpv4(1);
        assertThatThrownBy(() -> new Vtep(0x7FFF, address, 4789, 1450)).hasMessage("VTEP index 32767");
        assertThatThrownBy(() -> new Vtep(0, address, 0, 1450)).hasMessage("VTEP UDP port 0");
        assertThatThrownBy(() -> new Vtep(0, address, 1, 0)).hasMessage("VTEP MTU 0");
    }

    @Test
    void shouldLeaveRoomForOuterHeaders() {
        assertThat(Mtu.podMtu(1500, false)).isEqualTo(1450);
        assertThat(Mtu.podMtu(1500, true)).isEqualTo(1430);
    }
}
