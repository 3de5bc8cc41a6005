// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.port.Port;
import io.weft.port.PortException;
import io.weft.port.UnderlayPort;
import io.weft.testkit.FrameBuilder;
import io.weft.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An underlay with a queue for each of two workers, that is lost and comes back. */
class UnderlayWorkersTest {
    private static final int VXLAN = 4789;

    private final SeveralWorkers node = new SeveralWorkers(2);
    private final Opener opener = new Opener();

    @BeforeEach
    void open() throws Exception {
        node.dataplane.openUnderlay("underlay", IpAddress.parse("198.19.0.1"), opener, 1500);
        node.dataplane.addNetwork(NetworkSpec.switched("blue", 100));
        node.addPod("blue");
        addVtep("198.19.0.2");
        addVtep("198.19.0.3");
    }

    @Test
    void shouldTellEveryQueueOfAReopenedUnderlayOfItsPeers() throws Exception {
        assertFloodsTo("198.19.0.2", "198.19.0.3");

        opener.away = true;
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> node.dataplane.reopenPort("underlay")).hasMessage("port underlay: away");
        }
        addVtep("198.19.0.4");
        opener.away = false;
        node.dataplane.reopenPort("underlay");
        assertFloodsTo("198.19.0.2", "198.19.0.3", "198.19.0.4");

        node.dataplane.vteps().remove("blue", IpAddress.parse("198.19.0.3"));
        assertFloodsTo("198.19.0.2", "198.19.0.4");
        node.assertBalanced();
    }

    private void addVtep(final String address) throws RefusedException {
        node.dataplane.vteps().add("blue", IpAddress.parse(address), VXLAN);
    }

    /** A broadcast that either worker gets from the pod goes by its own queue to each of these. */
    private void assertFloodsTo(final String... addresses) {
        for (int worker = 0; worker < 2; worker++) {
            node.send(
                    0,
                    worker,
                    FrameBuilder.frame()
                            .from("02:00:00:00:00:01")
                            .to("ff:ff:ff:ff:ff:ff")
                            .ipv4("10.1.0.1", "10.1.0.255")
                            .udp(1, 2)
                            .build());
            node.settle();
            assertThat(opener.queues.get(worker).sentTo).as("worker %d", worker).containsExactlyInAnyOrder(addresses);
            assertThat(opener.queues.get(1 - worker).sentTo).isEmpty();
            opener.queues.get(worker).sentTo.clear();
        }
    }

    /** Opens queues, unless the interface is away. */
    private static final class Opener implements PortOpener {
        boolean away;
        List<Queue> queues = List.of();

        @Override
        public Port open(final int index, final FramePool pool) throws PortException {
            return open(index, List.of(pool)).getFirst();
        }

        @Override
        public List<Port> open(final int index, final List<FramePool> pools) throws PortException {
            if (away) {
                throw new PortException("away");
            }
            queues = pools.stream().map(pool -> new Queue(index, pool)).toList();
            return List.copyOf(queues);
        }
    }

    /** Notes to whom it has sent. */
    private static final class Queue implements UnderlayPort {
        final List<String> sentTo = new ArrayList<>();
        private final int index;
        private final FramePool pool;
        private final Map<Integer, String> remotes = new TreeMap<>();

        Queue(final int index, final FramePool pool) {
            this.index = index;
            this.pool = pool;
        }

        @Override
        public void setRemote(final int vtep, final IpAddress address, final int udpPort) {
            remotes.put(vtep, address.toString());
        }

        @Override
        public void removeRemote(final int vtep) {
            remotes.remove(vtep);
        }

        @Override
        public boolean receive(final FrameVector vector, final int budget) {
            return false;
        }

        @Override
        public void transmit(final FrameVector vector) {
            for (int i = 0; i < vector.size(); i++) {
                sentTo.add(remotes.getOrDefault(vector.get(i).vtep, "nobody"));
                pool.transmitted(vector.get(i), index);
            }
            vector.clear();
        }

        @Override
        public int index() {
            return index;
        }

        @Override
        public String name() {
            return "underlay";
        }
    }
}
