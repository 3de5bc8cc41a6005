// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.frame.Counters;
import io.weft.frame.FramePool;
import io.weft.frame.WorkerCounter;
import io.weft.port.MemoryPort;
import io.weft.port.MemoryQueue;
import io.weft.port.Port;
import io.weft.testkit.FrameBuilder;
import io.weft.wire.MacAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** Several workers without threads: driven by hand, in an order that the seed says. */
class WorkersTest {
    private static final int PORTS = 4;
    private static final int FLOWS = 40;
    private static final int BUDGET = 16;
    private static final String ALL = "ff:ff:ff:ff:ff:ff";

    /** A node of a few ports in one network; frames of a flow enter by one worker's queue. */
    private static final class Node {
        final int workers;
        final Dataplane dataplane;
        final MemoryQueue[][] toNode;
        final MemoryQueue[][] toPod;
        private long millis = 1_000;

        Node(final int workers) throws RefusedException {
            this.workers = workers;
            this.dataplane =
                    Dataplane.offline("n1", Counters.inMemory(8, workers), new Options(128, 8, BUDGET, 0, workers));
            this.toNode = new MemoryQueue[PORTS][workers];
            this.toPod = new MemoryQueue[PORTS][workers];
            dataplane.addNetwork(NetworkSpec.switched("blue", 100, false, 300, 64));
            for (int port = 0; port < PORTS; port++) {
                addPort(port);
            }
        }

        private void addPort(final int number) throws RefusedException {
            for (int worker = 0; worker < workers; worker++) {
                toNode[number][worker] = new MemoryQueue(1024);
                toPod[number][worker] = new MemoryQueue(4096);
            }
            dataplane.addPort("p" + number, "blue", opener(number));
        }

        PortOpener opener(final int number) {
            return new PortOpener() {
                @Override
                public Port open(final int index, final FramePool pool) {
                    return open(index, List.of(pool)).getFirst();
                }

                @Override
                public List<Port> open(final int index, final List<FramePool> pools) {
                    final List<Port> queues = new ArrayList<>();
                    for (int worker = 0; worker < pools.size(); worker++) {
                        queues.add(new MemoryPort(
                                index, "p" + number, pools.get(worker), toNode[number][worker], toPod[number][worker]));
                    }
                    return queues;
                }
            };
        }

        /** One cycle of one worker; returns what it found to do. */
        int cycle(final int worker) {
            final Pipeline pipeline = dataplane.pipeline(worker);
            pipeline.tick(++millis);
            int work = pipeline.hear();
            for (int port = 0; port < PORTS; port++) {
                work += pipeline.poll(port, BUDGET);
            }
            return work;
        }

        void settle() {
            int work;
            do {
                work = 0;
                for (int worker = 0; worker < workers; worker++) {
                    work += cycle(worker);
                }
            } while (work > 0);
        }

        void pass(final int seconds) {
            millis += seconds * 1000L;
        }

        void assertBalanced() throws RefusedException {
            for (final Ledger ledger : dataplane.ledgers()) {
                assertThat(ledger.imbalance()).as(ledger.toString()).isZero();
                assertThat(ledger.held()).isZero();
            }
            assertThat(dataplane.ledger().imbalance()).isZero();
        }

        /** What arrived at each port, by flow. */
        Map<String, List<Integer>> delivered() {
            final Map<String, List<Integer>> flows = new LinkedHashMap<>();
            for (int port = 0; port < PORTS; port++) {
                for (final MemoryQueue queue : toPod[port]) {
                    for (byte[] frame = queue.poll(); frame != null; frame = queue.poll()) {
                        final ByteBuffer payload = ByteBuffer.wrap(frame, 42, 8);
                        flows.computeIfAbsent(port + "/" + payload.getInt(), key -> new ArrayList<>())
                                .add(payload.getInt());
                    }
                }
            }
            return flows;
        }
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

    @RepeatedTest(8)
    void shouldDeliverEachFlowAsOneWorkerWould() throws Exception {
        final long seed = System.nanoTime();
        final Map<String, List<Integer>> one = run(1, seed);
        for (final int workers : new int[] {2, 3, 8}) {
            assertThat(run(workers, seed))
                    .as("seed %d, %d workers", seed, workers)
                    .isEqualTo(one);
        }
    }

    /** Every MAC is learned by some worker, the others hear of it; then frames of all flows, in random portions. */
    private static Map<String, List<Integer>> run(final int workers, final long seed) throws Exception {
        final SplittableRandom random = new SplittableRandom(seed);
        final SplittableRandom turns = new SplittableRandom(seed + workers);
        final Node node = new Node(workers);
        for (int port = 0; port < PORTS; port++) {
            node.toNode[port][turns.nextInt(workers)].offer(udp(mac(port), ALL, 1_000 + port, 0));
            node.settle();
        }
        for (int number = 0; number < 600; number++) {
            final int flow = random.nextInt(FLOWS);
            final int from = flow % PORTS;
            final int to = (from + 1 + flow / PORTS % (PORTS - 1)) % PORTS;
            node.toNode[from][flow % workers].offer(frame(from, to, flow, number));
            if (turns.nextInt(8) == 0) {
                node.cycle(turns.nextInt(workers));
            }
        }
        node.settle();
        node.assertBalanced();
        final Map<String, List<Integer>> delivered = node.delivered();
        return new TreeMap<>(delivered);
    }

    @Test
    void shouldKnowEverywhereWhatOneWorkerLearned() throws Exception {
        final Node node = new Node(3);
        node.toNode[0][1].offer(udp(mac(0), ALL, 1, 0));
        node.settle();
        node.delivered();
        node.toNode[2][2].offer(frame(2, 0, 2, 1));
        node.settle();

        assertThat(node.delivered()).containsOnlyKeys("0/2");
        assertThat(node.dataplane.counters().get(WorkerCounter.LEARNED)).isEqualTo(2);
        assertThat(node.dataplane.counters().get(WorkerCounter.TOLD)).isEqualTo(4);
        assertThat(node.dataplane.counters().get(WorkerCounter.HEARD)).isEqualTo(4);
        assertThat(node.dataplane.fdb().rows()).hasSize(2);
        node.assertBalanced();
    }

    @Test
    void shouldFollowAMacThatMoves() throws Exception {
        final Node node = new Node(2);
        node.toNode[0][0].offer(udp(mac(0), ALL, 1, 0));
        node.settle();
        node.toNode[1][1].offer(udp(mac(0), ALL, 1, 1));
        node.settle();
        node.delivered();
        for (int worker = 0; worker < 2; worker++) {
            node.toNode[2][worker].offer(frame(2, 0, 5 + worker, 2));
        }
        node.settle();

        assertThat(node.delivered()).containsOnlyKeys("1/5", "1/6");
    }

    @Test
    void shouldKeepAliveEverywhereWhatOneWorkerSeesAndForgetWhatNoneDoes() throws Exception {
        final Node node = new Node(2);
        for (int i = 0; i < 100; i++) {
            node.toNode[0][0].offer(udp(mac(0), mac(1), 1, i));
            node.settle();
            node.pass(10);
        }
        assertThat(Objects.requireNonNull(node.dataplane.pipeline(1).bridge().domain(0))
                        .macs()
                        .lookup(MacAddress.parse(mac(0))))
                .as("after 1,000 s, at the worker that saw no frame")
                .isZero();
        for (int i = 0; i < 100; i++) {
            node.pass(10);
            node.settle();
        }
        assertThat(node.dataplane.fdb().rows()).isEmpty();
    }

    @Test
    void shouldNotHearOfAPortThatIsGone() throws Exception {
        final Node node = new Node(2);
        node.toNode[3][0].offer(udp(mac(3), ALL, 1, 0));
        node.cycle(0);
        node.dataplane.removePort("p3");
        node.settle();
        assertThat(node.dataplane.fdb().rows()).isEmpty();
    }

    @Test
    void shouldLoseWhatAWorkerDoesNotListenToAndCountIt() throws Exception {
        final Node node = new Node(2);
        node.dataplane.addNetwork(NetworkSpec.switched("red", 200, false, 300, 4096));
        node.dataplane.addPort("r", "red", node.opener(0));
        for (int i = 0; i < GossipRing.CAPACITY + 10; i++) {
            node.toNode[0][0].offer(udp(MacAddress.format(0x02_00_00_01_00_00L + i), ALL, 1, 0));
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
