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
import io.weft.wire.MacAddress;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DataplaneTest {
    private static final NetworkSpec BLUE = NetworkSpec.switched("blue", 100, false, 300, 16);
    private static final long MAC = MacAddress.parse("02:00:00:00:00:01");

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
        dataplane.addVtep("blue", vtep, 4789);
        dataplane.addVtep("red", vtep, 4789);
        assertThatThrownBy(() -> dataplane.addVtep("red", vtep, 4789)).isInstanceOf(RefusedException.class);
        assertThat(dataplane.vteps()).singleElement().satisfies(row -> {
            assertThat(row.networks()).containsExactly("blue", "red");
            assertThat(row.mtu()).isEqualTo(1450);
        });
        dataplane.removeVtep("blue", vtep);
        assertThat(dataplane.vteps()).hasSize(1);
        dataplane.removeNetwork("red");
        assertThat(dataplane.vteps()).isEmpty();
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
