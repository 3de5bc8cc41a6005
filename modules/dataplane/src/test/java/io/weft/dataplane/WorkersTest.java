// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.frame.Counters;
import io.weft.frame.Destination;
import io.weft.frame.WorkerCounter;
import io.weft.port.MemoryPort;
import io.weft.port.MemoryQueue;
import io.weft.testkit.FrameBuilder;
import io.weft.testkit.Seeds;
import io.weft.wire.MacAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Several workers without threads: driven by hand, in an order that the seed says. */
class WorkersTest {
    private static final int PORTS = 4;
    private static final int FLOWS = 40;
    private static final String ALL = "ff:ff:ff:ff:ff:ff";

    /** A node with a few pods in one network; frames of a flow enter by one worker's queue. */
    private static SeveralWorkers node(final int workers) throws RefusedException {
        final SeveralWorkers node = new SeveralWorkers(workers);
        node.dataplane.addNetwork(NetworkSpec.switched("blue", 100, false, 300, 64));
        for (int port = 0; port < PORTS; port++) {
            node.addPod("blue");
        }
        return node;
    }

    /** What arrived at each port, by flow. */
    private static Map<String, List<Integer>> delivered(final SeveralWorkers node) {
        final Map<String, List<Integer>> flows = new LinkedHashMap<>();
        for (int port = 0; port < PORTS; port++) {
            for (final byte[] frame : node.received(port)) {
                final ByteBuffer payload = ByteBuffer.wrap(frame, 42, 8);
                flows.computeIfAbsent(port + "/" + payload.getInt(), key -> new ArrayList<>())
                        .add(payload.getInt());
            }
        }
        return flows;
    }

    private static byte[] frame(final int from, final int to, final int flow, final int number) {
        return udp(mac(from), mac(to), flow, number);
    }

    private static byte[] udp(final String from, final String to, final int flow, final int number) {
        final byte[] payload =
                ByteBuffer.allocate(16).putInt(flow).putInt(number).array();
        return FrameBuilder.frame()
                .from(from)
                .to(to)
                .ipv4("10.100.0.1", "10.100.0.2")
                .udp(1000 + flow, 2000)
                .payload(payload)
                .build();
    }

    private static String mac(final int port) {
        return "02:00:00:00:00:0" + port;
    }

    @Test
    void shouldDeliverEachFlowAsOneWorkerWould() {
        Seeds.each(8, random -> {
            final long seed = random.nextLong();
            final Map<String, List<Integer>> one = run(1, seed);
            for (final int workers : new int[] {2, 3, 8}) {
                assertThat(run(workers, seed)).as("%d workers", workers).isEqualTo(one);
            }
        });
    }

    /** Every MAC is learned by some worker, the others hear of it; then frames of all flows, in random portions. */
    private static Map<String, List<Integer>> run(final int workers, final long seed) throws Exception {
        final SplittableRandom random = new SplittableRandom(seed);
        final SplittableRandom turns = new SplittableRandom(seed + workers);
        final SeveralWorkers node = node(workers);
        for (int port = 0; port < PORTS; port++) {
            node.send(port, turns.nextInt(workers), udp(mac(port), ALL, 1_000 + port, 0));
            node.settle();
        }
        for (int number = 0; number < 600; number++) {
            final int flow = random.nextInt(FLOWS);
            final int from = flow % PORTS;
            final int to = (from + 1 + flow / PORTS % (PORTS - 1)) % PORTS;
            node.send(from, flow % workers, frame(from, to, flow, number));
            if (turns.nextInt(8) == 0) {
                node.cycle(turns.nextInt(workers));
            }
        }
        node.settle();
        node.assertBalanced();
        return new TreeMap<>(delivered(node));
    }

    @Test
    void shouldKnowEverywhereWhatOneWorkerLearned() throws Exception {
        final SeveralWorkers node = node(3);
        node.send(0, 1, udp(mac(0), ALL, 1, 0));
        node.settle();
        delivered(node);
        node.send(2, 2, frame(2, 0, 2, 1));
        node.settle();

        assertThat(delivered(node)).containsOnlyKeys("0/2");
        assertThat(node.dataplane.counters().get(WorkerCounter.LEARNED)).isEqualTo(2);
        assertThat(node.dataplane.counters().get(WorkerCounter.TOLD)).isEqualTo(4);
        assertThat(node.dataplane.counters().get(WorkerCounter.HEARD)).isEqualTo(4);
        assertThat(node.dataplane.fdb().rows()).hasSize(2);
        node.assertBalanced();
    }

    @Test
    void shouldFollowAMacThatMoves() throws Exception {
        final SeveralWorkers node = node(2);
        node.send(0, 0, udp(mac(0), ALL, 1, 0));
        node.settle();
        node.send(1, 1, udp(mac(0), ALL, 1, 1));
        node.settle();
        delivered(node);
        for (int worker = 0; worker < 2; worker++) {
            node.send(2, worker, frame(2, 0, 5 + worker, 2));
        }
        node.settle();

        assertThat(delivered(node)).containsOnlyKeys("1/5", "1/6");
    }

    @Test
    void shouldKeepAliveEverywhereWhatOneWorkerSeesAndForgetWhatNoneDoes() throws Exception {
        final SeveralWorkers node = node(2);
        for (int i = 0; i < 100; i++) {
            node.send(0, 0, udp(mac(0), mac(1), 1, i));
            node.settle();
            node.pass(10);
        }
        assertThat(node.lookup(1, MacAddress.parse(mac(0))))
                .as("after 1,000 s, at the worker that saw no frame")
                .isEqualTo(Destination.ofPort(0));
        for (int i = 0; i < 100; i++) {
            node.pass(10);
            node.settle();
        }
        assertThat(node.dataplane.fdb().rows()).isEmpty();
    }

    @Test
    void shouldNotHearOfAPortThatIsGone() throws Exception {
        final SeveralWorkers node = node(2);
        node.send(3, 0, udp(mac(3), ALL, 1, 0));
        node.cycle(0);
        node.dataplane.removePort("p3");
        node.settle();
        assertThat(node.dataplane.fdb().rows()).isEmpty();
    }

    @Test
    void shouldLoseWhatAWorkerDoesNotListenToAndCountIt() throws Exception {
        final SeveralWorkers node = node(2);
        node.dataplane.addNetwork(NetworkSpec.switched("red", 200, false, 300, 4096));
        node.addPod("red");
        for (int i = 0; i < GossipRing.CAPACITY + 10; i++) {
            node.send(PORTS, 0, udp(MacAddress.format(0x02_00_00_01_00_00L + i), ALL, 1, 0));
            node.dataplane.pipeline(0).poll(PORTS, 1);
        }
        assertThat(node.dataplane.counters().get(WorkerCounter.UNTOLD)).isEqualTo(10);
        node.settle();
        node.assertBalanced();
    }

    @Test
    void shouldRefuseAPortWithOneQueue() throws Exception {
        final Dataplane dataplane = Dataplane.offline("n1", Counters.inMemory(4, 2), new Options(8, 4, 16, 0, 2));
        dataplane.addNetwork(NetworkSpec.switched("blue", 100));
        assertThatThrownBy(() -> dataplane.addPort(
                        "a",
                        "blue",
                        (index, pool) -> new MemoryPort(index, "a", pool, new MemoryQueue(8), new MemoryQueue(8))))
                .hasMessage("port a: this kind of port has one queue, and works with one worker only");
        assertThat(dataplane.ports()).isEmpty();
    }
}
