// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.frame.Counters;
import io.weft.frame.FrameVector;
import io.weft.port.MemoryPort;
import io.weft.port.MemoryQueue;
import io.weft.port.Port;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import io.weft.wire.MacAddress;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DataplaneTest {
    private static final NetworkSpec BLUE = NetworkSpec.switched("blue", 100, false, 300, 16);
    private static final long MAC = MacAddress.parse("02:00:00:00:00:01");

    private static final List<IpPrefix> GATEWAY = List.of(IpPrefix.parse("10.1.0.254/24"));

    private Dataplane dataplane;

    @BeforeEach
    void start() throws Exception {
        dataplane = new Dataplane("n1", Counters.inMemory(4), new Options(8, 4, 16, 0));
        dataplane.start();
        dataplane.addNetwork(BLUE);
    }

    @AfterEach
    void close() {
        dataplane.close();
    }

    @Test
    void shouldRefuseASecondNetworkOfTheSameNameOrVni() {
        assertThatThrownBy(() -> dataplane.addNetwork(BLUE)).hasMessage("network exists: blue");
        assertThatThrownBy(() -> dataplane.addNetwork(NetworkSpec.switched("red", 100, false, 300, 16)))
                .hasMessage("VNI 100 belongs to network blue");
    }

    @Test
    void shouldHaveSeveralNetworksWithoutAVni() throws Exception {
        dataplane.addNetwork(routed("x", "10.1.0.254/24", NetworkMode.SWITCHED));
        dataplane.addNetwork(routed("y", "10.2.0.254/24", NetworkMode.ROUTED));
        dataplane.addNetwork(NetworkSpec.switched("z", NetworkSpec.NO_VNI));
        assertThat(dataplane.networks()).extracting(row -> row.spec().name()).containsExactly("blue", "x", "y", "z");
        assertThatThrownBy(() -> dataplane.vteps().add("x", IpAddress.parse("198.18.0.1"), 4789))
                .hasMessage("network x has no VNI");
        dataplane.removeNetwork("x");
        assertThat(dataplane.networks()).extracting(row -> row.spec().name()).containsExactly("blue", "y", "z");
        assertThat(dataplane.routing().lookup(RouteSpec.DEFAULT_VRF, IpAddress.parse("10.1.0.1")))
                .isNull();
        assertThat(dataplane.routing().lookup(RouteSpec.DEFAULT_VRF, IpAddress.parse("10.2.0.1")))
                .isNotNull();
    }

    @Test
    void shouldLeaveNothingOfANetworkThatTheRouterRefuses() throws Exception {
        final NetworkSpec pods =
                new NetworkSpec("pods", 200, false, 300, 16, NetworkMode.OVERLAY, "red", List.of(), GATEWAY);
        assertThatThrownBy(() -> dataplane.addNetwork(pods))
                .hasMessage("network pods is in mode overlay, but the node has no underlay");
        assertThat(dataplane.networks()).hasSize(1);
        dataplane.addNetwork(NetworkSpec.switched("pods", 200));
    }

    private static NetworkSpec routed(final String name, final String gateway, final NetworkMode mode) {
        return new NetworkSpec(
                name,
                NetworkSpec.NO_VNI,
                false,
                300,
                16,
                mode,
                RouteSpec.DEFAULT_VRF,
                List.of(),
                List.of(IpPrefix.parse(gateway)));
    }

    @Test
    void shouldFollowThePathToAVtepInBothDirections() throws Exception {
        dataplane.openUnderlay(
                "underlay", IpAddress.parse("198.19.0.1"), (index, pool) -> new LoopUnderlay(index, pool), 1500);
        final IpAddress vtep = IpAddress.parse("198.18.0.1");
        dataplane.vteps().add("blue", vtep, 4789);
        for (final int[] mtus : new int[][] {{1400, 1350}, {1500, 1450}, {60, 68}}) {
            dataplane.vteps().pathMtu(vtep, mtus[0]);
            assertThat(dataplane.vteps().rows())
                    .singleElement()
                    .satisfies(row -> assertThat(row.mtu()).isEqualTo(mtus[1]));
        }
        assertThatThrownBy(() -> dataplane.vteps().pathMtu(IpAddress.parse("198.18.0.2"), 1400))
                .hasMessage("no VTEP 198.18.0.2");
    }

    @Test
    void shouldRefuseToRemoveANetworkThatHasPorts() throws Exception {
        addPort("a");
        assertThatThrownBy(() -> dataplane.removeNetwork("blue")).hasMessage("network blue has port a");
        dataplane.removePort("a");
        dataplane.removeNetwork("blue");
        assertThat(dataplane.networks()).isEmpty();
    }

    @Test
    void shouldRefuseMorePortsThanThereIsRoomForAndGiveAnIndexOutAgain() throws Exception {
        for (int i = 0; i < 4; i++) {
            addPort("p" + i);
        }
        assertThatThrownBy(() -> addPort("p4")).hasMessage("no more than 4 ports");
        assertThatThrownBy(() -> addPort("p3")).hasMessage("port exists: p3");
        dataplane.removePort("p1");
        addPort("p4");
        assertThat(dataplane.ports()).anyMatch(port -> port.name().equals("p4") && port.index() == 1);
    }

    @Test
    void shouldKeepStaticEntriesUntilTheirPortGoes() throws Exception {
        addPort("a");
        addPort("b");
        dataplane.fdb().add("blue", MAC, "a", false);
        assertThatThrownBy(() -> dataplane.fdb().add("blue", MAC, "b", false)).isInstanceOf(RefusedException.class);
        dataplane.fdb().add("blue", MAC, "b", true);
        assertThat(dataplane.fdb().flush("blue", null))
                .as("static entries stay")
                .isZero();
        assertThat(dataplane.fdb().rows())
                .singleElement()
                .satisfies(row -> assertThat(row.port()).isEqualTo("b"));
        dataplane.removePort("b");
        assertThat(dataplane.fdb().rows()).isEmpty();
        assertThatThrownBy(() -> dataplane.fdb().remove("blue", MAC))
                .hasMessage("network blue has no entry for 02:00:00:00:00:01");
    }

    @Test
    void shouldKnowAVtepAsLongAsANetworkUsesIt() throws Exception {
        dataplane.openUnderlay(
                "underlay", IpAddress.parse("198.19.0.1"), (index, pool) -> new LoopUnderlay(index, pool), 1500);
        dataplane.addNetwork(NetworkSpec.switched("red", 200, false, 300, 16));
        final IpAddress vtep = IpAddress.parse("198.18.0.1");
        dataplane.vteps().add("blue", vtep, 4789);
        dataplane.vteps().add("red", vtep, 4789);
        assertThatThrownBy(() -> dataplane.vteps().add("red", vtep, 4789)).isInstanceOf(RefusedException.class);
        assertThat(dataplane.vteps().rows()).singleElement().satisfies(row -> {
            assertThat(row.networks()).containsExactly("blue", "red");
            assertThat(row.mtu()).isEqualTo(1450);
        });
        dataplane.vteps().remove("blue", vtep);
        assertThat(dataplane.vteps().rows()).hasSize(1);
        dataplane.removeNetwork("red");
        assertThat(dataplane.vteps().rows()).isEmpty();
    }

    @Test
    void shouldSayWhatEndedTheWorkerAndRefuseCommandsFromThenOn() throws Exception {
        dataplane.addPort("broken", "blue", (index, pool) -> new BrokenPort(index));
        assertThat(dataplane.awaitEnd()).hasMessage("broken");
        assertThatThrownBy(() -> dataplane.ledger()).isInstanceOf(RefusedException.class);
    }

    /** Fails on the worker thread, as no port may. */
    private record BrokenPort(int index) implements Port {
        @Override
        public String name() {
            return "broken";
        }

        @Override
        public boolean receive(final FrameVector vector, final int budget) {
            throw new IllegalStateException("broken");
        }

        @Override
        public void transmit(final FrameVector vector) {
            throw new IllegalStateException("broken");
        }
    }

    private void addPort(final String name) throws RefusedException {
        dataplane.addPort(
                name,
                "blue",
                (index, pool) -> new MemoryPort(index, name, pool, new MemoryQueue(8), new MemoryQueue(8)));
    }
}
