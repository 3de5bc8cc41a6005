// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.frame.Counters;
import io.weft.frame.Destination;
import io.weft.overlay.VtepTable;
import io.weft.switching.BridgeDomain;
import io.weft.switching.MacTable;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import io.weft.wire.MacAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** VTEPs by name: where they are changes, what is known of them stays. */
class VtepControlTest {
    private static final IpAddress OWN = IpAddress.parse("198.19.0.1");
    private static final IpAddress A = IpAddress.parse("198.19.0.2");
    private static final IpAddress B = IpAddress.parse("198.19.0.3");
    private static final IpAddress C = IpAddress.parse("198.19.0.4");
    private static final long MAC = MacAddress.parse("02:00:00:00:00:01");
    private static final int PORT = 4789;

    private Dataplane dataplane;
    private VtepControl vteps;

    @BeforeEach
    void start() throws Exception {
        dataplane = Dataplane.offline("n1", Counters.inMemory(4), new Options(8, 4, 1, 0));
        dataplane.openUnderlay("underlay", OWN, (index, pool) -> new LoopUnderlay(index, pool), 1500);
        dataplane.addNetwork(NetworkSpec.switched("blue", 100));
        dataplane.addNetwork(new NetworkSpec(
                "pods",
                200,
                false,
                300,
                16,
                NetworkMode.OVERLAY,
                RouteSpec.DEFAULT_VRF,
                List.of(IpPrefix.parse("10.244.0.0/16")),
                List.of(IpPrefix.parse("10.244.1.1/24"))));
        vteps = dataplane.vteps();
        vteps.addNamed("blue", "n2", PORT, 0);
        vteps.addNamed("blue", "n3", PORT, 0);
    }

    @AfterEach
    void end() {
        dataplane.close();
    }

    @Test
    void shouldFloodToANameOnlyWhileItStandsForAnAddress() throws Exception {
        assertThat(states()).isEqualTo("n2 - UNRESOLVED, n3 - UNRESOLVED");
        assertThat(blue().vtepCount()).isZero();
        resolve("n2", A, "n3", null);
        assertThat(states()).isEqualTo("n2 198.19.0.2 READY, n3 - UNRESOLVED");
        assertThat(blue().vtepCount()).isOne();
        assertThat(table().find(A.high(), A.low())).isZero();
    }

    @Test
    void shouldKeepIndexEntriesAndPlacesWhenAddressesChange() throws Exception {
        resolve("n2", A, "n3", B);
        dataplane.fdb().add("blue", MAC, A, false);
        resolve("n2", C, "n3", B);
        assertThat(table().find(C.high(), C.low())).isZero();
        assertThat(table().find(A.high(), A.low())).isEqualTo(VtepTable.NONE);
        assertThat(table().isAllowed(0, blueIndex())).isTrue();
        assertThat(blue().macs().lookup(MAC)).isEqualTo(Destination.ofVtep(0));
        assertThat(dataplane.fdb().rows().getFirst().vtep()).isEqualTo(C);
    }

    @Test
    void shouldSwapTwoAddressesAtOnceAndOneAfterTheOther() throws Exception {
        resolve("n2", A, "n3", B);
        resolve("n2", B, "n3", A);
        assertThat(states()).isEqualTo("n2 198.19.0.3 READY, n3 198.19.0.2 READY");
        resolve("n2", A);
        assertThat(states())
                .as("the one that has it keeps it until it goes")
                .isEqualTo("n2 - CONFLICT, n3 198.19.0.2 READY");
        resolve("n3", B);
        assertThat(states()).isEqualTo("n2 198.19.0.2 READY, n3 198.19.0.3 READY");
        assertThat(blue().vtepCount()).isEqualTo(2);
        assertThat(table().find(A.high(), A.low())).isZero();
        assertThat(table().find(B.high(), B.low())).isOne();
    }

    @Test
    void shouldKeepTheLastAddressOfANameThatStandsForNothingUntilSomebodyElseHasIt() throws Exception {
        resolve("n2", A, "n3", B);
        resolve("n2", null);
        assertThat(states()).isEqualTo("n2 198.19.0.2 READY, n3 198.19.0.3 READY");
        resolve("n3", A);
        assertThat(states()).isEqualTo("n2 - UNRESOLVED, n3 198.19.0.2 READY");
        resolve("n2", B);
        assertThat(states()).isEqualTo("n2 198.19.0.3 READY, n3 198.19.0.2 READY");
    }

    @Test
    void shouldLeaveOutItself() throws Exception {
        resolve("n2", A);
        blue().macs().learn(MAC, Destination.ofVtep(0), 1);
        resolve("n2", OWN);
        assertThat(blue().macs().lookup(MAC)).as("nobody is behind it").isEqualTo(Destination.NONE);
        assertThat(states()).isEqualTo("n2 - SELF, n3 - UNRESOLVED");
        vteps.own(A);
        assertThat(states()).isEqualTo("n2 198.19.0.1 READY, n3 - UNRESOLVED");
    }

    @Test
    void shouldGiveAnAddressThatIsWrittenDownToWhomItIsWrittenFor() throws Exception {
        resolve("n2", A);
        vteps.add("blue", A, PORT);
        assertThat(states()).isEqualTo("n2 - CONFLICT, n3 - UNRESOLVED, null 198.19.0.2 READY");
        vteps.remove("blue", A);
        assertThat(states()).isEqualTo("n2 198.19.0.2 READY, n3 - UNRESOLVED");
        assertThatThrownBy(() -> vteps.remove("blue", A)).hasMessage("VTEP 198.19.0.2 is known by its name n2");
        vteps.removeNamed("blue", "n2");
        assertThat(states()).isEqualTo("n3 - UNRESOLVED");
        assertThatThrownBy(() -> vteps.removeNamed("blue", "n2")).hasMessage("no VTEP n2");
        assertThatThrownBy(() -> vteps.addNamed("blue", "n3", PORT, 0)).hasMessage("network blue has VTEP n3");
    }

    @Test
    void shouldKeepRoutesByANameWhereverItIs() throws Exception {
        vteps.addNamedPrefix("pods", "n2", PORT, IpPrefix.parse("10.244.2.0/24"), 0);
        assertThat(VtepControl.isPlaced(via("10.244.2.9"))).isFalse();
        resolve("n2", A);
        assertThat(via("10.244.2.9")).isEqualTo(A);
        dataplane
                .routing()
                .addRoute(
                        new RouteSpec(
                                RouteSpec.DEFAULT_VRF,
                                IpPrefix.parse("10.9.0.0/16"),
                                0,
                                RouteType.UNICAST,
                                RouteProtocol.BOOT,
                                List.of(new RouteSpec.Path(A, "pods"))),
                        false);
        resolve("n2", B);
        assertThat(via("10.244.2.9")).isEqualTo(B);
        assertThat(via("10.9.1.1")).as("a route to the address it had").isEqualTo(B);
    }

    @Test
    void shouldHaveTheMacsTowardsOthersThatTheyComeTo() throws Exception {
        vteps.addNamedPrefix("pods", "n2", PORT, IpPrefix.parse("10.244.2.0/24"), 0);
        resolve("n2", A);
        assertThat(tunnel().lookup(mac(A))).isEqualTo(Destination.ofVtep(0));
        assertThat(tunnel().lookup(mac(OWN))).isEqualTo(Destination.ROUTER);
        vteps.own(A);
        assertThat(tunnel().lookup(mac(A))).isEqualTo(Destination.ROUTER);
        resolve("n2", OWN);
        assertThat(tunnel().lookup(mac(OWN))).as("they have swapped").isEqualTo(Destination.ofVtep(0));
        assertThat(dataplane.routing().neighbors("pods"))
                .filteredOn(row -> row.address().equals(OWN))
                .extracting(NeighborRow::mac)
                .containsExactly(mac(OWN));
        vteps.own(null);
        assertThat(tunnel().lookup(mac(A))).as("nobody's now").isEqualTo(Destination.NONE);
    }

    /** Name and address by turns. */
    private void resolve(final @Nullable Object... found) throws RefusedException {
        final Map<String, @Nullable IpAddress> addresses = new HashMap<>();
        for (int i = 0; i < found.length; i += 2) {
            addresses.put(String.valueOf(found[i]), (IpAddress) found[i + 1]);
        }
        vteps.resolved(addresses);
    }

    private String states() throws RefusedException {
        final StringBuilder text = new StringBuilder();
        for (final VtepStatus row : vteps.rows()) {
            text.append(text.isEmpty() ? "" : ", ")
                    .append(row.name())
                    .append(' ')
                    .append(row.address() == null ? "-" : row.address())
                    .append(' ')
                    .append(row.state());
        }
        return text.toString();
    }

    private IpAddress via(final String destination) throws RefusedException {
        final RouteRow row =
                Objects.requireNonNull(dataplane.routing().lookup(RouteSpec.DEFAULT_VRF, IpAddress.parse(destination)));
        return Objects.requireNonNull(row.spec().paths().getFirst().via());
    }

    private static long mac(final IpAddress vtep) {
        return RoutingControl.tunnelMac(vtep.toString(), 200);
    }

    private VtepTable table() {
        return dataplane.pipeline().vteps();
    }

    private int blueIndex() throws RefusedException {
        return dataplane.networkIndex("blue");
    }

    private BridgeDomain blue() throws RefusedException {
        return Objects.requireNonNull(dataplane.pipeline().bridge().domain(blueIndex()));
    }

    private MacTable tunnel() throws RefusedException {
        return Objects.requireNonNull(
                        dataplane.pipeline().bridge().domain(dataplane.domainsOf("pods")[1]))
                .macs();
    }
}
