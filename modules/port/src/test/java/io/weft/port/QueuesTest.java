// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.WorkerCounter;
import io.weft.testkit.FrameBuilder;
import io.weft.wire.Bytes;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Ports with two queues, as two workers have them. Many flows are sent by the kernel: each must come by one queue, whole and in
 * order, and both queues must have some.
 */
@Tag("netns")
class QueuesTest {
    private static final int FLOWS = 64;
    private static final int ROUNDS = 4;
    private static final int FIRST_PORT = 20_000;
    private static final int TIMEOUT_MILLIS = 10_000;

    /** What our datagrams begin with; behind it the flow and the round. */
    private static final int MARK = 0x57454654;

    private static final int LENGTH = 3 * Integer.BYTES;
    private static final int HEADERS = 42;
    private static final String MAC_B = "02:00:00:00:00:0b";

    @AutoClose
    private final TestNamespaces namespaces = new TestNamespaces();

    private final Counters counters = Counters.inMemory(4, 2);
    private final List<FramePool> pools =
            List.of(new FramePool(300, counters.worker(0)), new FramePool(300, counters.worker(1)));
    private String a = "";
    private String b = "";

    @BeforeEach
    void makeNamespaces() throws Exception {
        a = namespaces.add("a");
        b = namespaces.add("b");
    }

    @AfterEach
    void assertNoFrameIsHeld() {
        assertThat(pools).allMatch(pool -> pool.inUse() == 0);
    }

    @Test
    void shouldGiveTheTapQueueOnWhichTheOtherDirectionWasWrittenLast() throws Exception {
        final TapConfig config = new TapConfig(
                "p", a, "eth0", AutoMac.of("n1", "p"), 1500, List.of(IpPrefix.parse("10.1.0.1/24")), true);
        final List<TapPort> queues = TapPort.open(0, config, pools);
        try {
            TestNamespaces.run(
                    "ip", "-n", a, "neigh", "add", "10.1.0.2", "lladdr", MAC_B, "dev", "eth0", "nud", "permanent");
            sendAll(a, "10.1.0.1", "10.1.0.2");
            assertDivided(collect(queues));

            for (int flow = 0; flow < FLOWS; flow++) {
                final FrameVector vector = new FrameVector();
                vector.add(FrameBuilder.frame()
                        .from(MAC_B)
                        .to(config.mac())
                        .ipv4("10.1.0.2", "10.1.0.1")
                        .udp(9, FIRST_PORT + flow)
                        .parsedInto(pools.get(1), 1));
                queues.get(1).transmit(vector);
            }
            sendAll(a, "10.1.0.1", "10.1.0.2");
            assertThat(collect(queues).values()).allMatch(queue -> queue == 1);
        } finally {
            queues.forEach(TapPort::close);
        }
    }

    @Test
    void shouldGiveBothDirectionsOnWiresToTheSameWorker() throws Exception {
        try (Wires wires = new Wires()) {
            TestNamespaces.run("ip", "-n", a, "neigh", "add", "10.1.0.2", "lladdr", MAC_B, "dev", "eth0");
            TestNamespaces.run("ip", "-n", b, "neigh", "add", "10.1.0.1", "lladdr", MAC_B, "dev", "eth0");
            sendAll(a, "10.1.0.1", "10.1.0.2");
            final Map<Integer, Integer> there = collect(wires.first);
            assertDivided(there);

            try (DatagramSocket socket = socket(b, "10.1.0.2", 9)) {
                for (int round = 0; round < ROUNDS; round++) {
                    for (int flow = 0; flow < FLOWS; flow++) {
                        socket.send(datagram(flow, round, "10.1.0.1", FIRST_PORT + flow));
                    }
                }
            }
            assertThat(collect(wires.second)).isEqualTo(there);
        }
    }

    /** While the sockets join one by one, frames arrive. */
    @Test
    void shouldReceiveNoFrameTwiceWhenAWireIsOpened() throws Exception {
        try (Wires wires = new Wires()) {
            TestNamespaces.run("ip", "-n", a, "neigh", "add", "10.1.0.2", "lladdr", MAC_B, "dev", "eth0");
            final AtomicBoolean sending = new AtomicBoolean(true);
            final CompletableFuture<Integer> sender = CompletableFuture.supplyAsync(() -> sendWhile(sending));
            for (int i = 0; i < 20; i++) {
                wires.first.forEach(PacketPort::close);
                wires.first = PacketPort.open(0, wires.config, pools);
                assertThat(numbers(wires.first, 100)).doesNotHaveDuplicates();
            }
            sending.set(false);
            assertThat(sender.get()).isPositive();
        }
    }

    /** Numbered datagrams of all flows in turn; returns how many. */
    private int sendWhile(final AtomicBoolean sending) {
        int number = 0;
        final List<DatagramSocket> sockets = new ArrayList<>();
        try {
            for (int flow = 0; flow < FLOWS; flow++) {
                sockets.add(socket(a, "10.1.0.1", FIRST_PORT + flow));
            }
            while (sending.get()) {
                sockets.get(number % FLOWS).send(datagram(number % FLOWS, number, "10.1.0.2", 9));
                number++;
            }
            return number;
        } catch (final IOException | PortException e) {
            throw new IllegalStateException(e);
        } finally {
            sockets.forEach(DatagramSocket::close);
        }
    }

    @Test
    void shouldCarryTcpByTwoWorkersBetweenWires() throws Exception {
        try (Wires wires = new Wires();
                Splice one = new Splice(pools.get(0), wires.first.get(0), wires.second.get(0)).start();
                Splice other = new Splice(pools.get(1), wires.first.get(1), wires.second.get(1)).start()) {
            for (int flow = 0; flow < 16; flow++) {
                assertThat(Transfer.tcp(a, b, "10.1.0.2", 2_000_000)).isTrue();
                assertThat(Transfer.tcp(b, a, "fd00:1::1", 2_000_000)).isTrue();
            }
            assertThat(one.superFrameSeen() || other.superFrameSeen()).isTrue();
        }
        for (int worker = 0; worker < 2; worker++) {
            assertThat(counters.worker(worker).get(WorkerCounter.TRANSMITTED))
                    .as("worker %d", worker)
                    .isGreaterThan(100);
        }
        assertThat(counters.get(WorkerCounter.DROPPED)).isZero();
    }

    @Test
    void shouldGiveEachOuterFlowToOneSocketAndSendByTheSamePortsFromAll() throws Exception {
        TestNamespaces.connect(a, b, "198.19.0.1/24", "198.19.0.2/24");
        final UdpConfig config = new UdpConfig("underlay", b, IpAddress.parse("198.19.0.2"), 9, 4);
        final List<UdpUnderlay> queues = UdpUnderlay.open(0, config, pools);
        try (DatagramSocket kernel = socket(a, "198.19.0.1", 4789)) {
            sendAll(a, "198.19.0.1", "198.19.0.2");
            assertDivided(collect(queues));

            final Set<Integer> sourcePorts = new HashSet<>();
            for (int flow = 0; flow < UdpSockets.SENDERS; flow++) {
                final int first = sourcePort(queues, 0, flow << 28, kernel);
                assertThat(sourcePort(queues, 1, flow << 28, kernel)).isEqualTo(first);
                sourcePorts.add(first);
            }
            assertThat(sourcePorts).hasSize(UdpSockets.SENDERS);

            assertThatThrownBy(() -> UdpUnderlay.open(1, config, pools))
                    .hasMessage("bind 198.19.0.2 port 9: in use (kernel VXLAN or another node?)");
        } finally {
            queues.forEach(UdpUnderlay::close);
        }
        UdpUnderlay.open(1, config, pools).forEach(UdpUnderlay::close);
    }

    /** Two pods whose veth pairs end in a third namespace, as wires of a node with two workers. */
    private final class Wires implements AutoCloseable {
        final PacketConfig config;
        final List<PacketPort> second;
        List<PacketPort> first;

        Wires() throws Exception {
            final String node = namespaces.add("n");
            TestNamespaces.run("ip", "netns", "exec", node, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1");
            TestNamespaces.pair(a, "eth0", node, "va");
            TestNamespaces.pair(b, "eth0", node, "vb");
            for (final String[] end : new String[][] {{node, "va"}, {node, "vb"}, {a, "eth0"}, {b, "eth0"}}) {
                TestNamespaces.awaitCarrier(end[0], end[1]);
            }
            TestNamespaces.address(a, "eth0", "10.1.0.1/24");
            TestNamespaces.address(b, "eth0", "10.1.0.2/24");
            TestNamespaces.address(a, "eth0", "fd00:1::1/64");
            TestNamespaces.address(b, "eth0", "fd00:1::2/64");
            config = new PacketConfig("va", node, "va", true);
            first = PacketPort.open(0, config, pools);
            second = PacketPort.open(1, new PacketConfig("vb", node, "vb", true), pools);
        }

        @Override
        public void close() {
            first.forEach(PacketPort::close);
            second.forEach(PacketPort::close);
        }
    }

    /** The source port that a queue sends a flow from. */
    private int sourcePort(
            final List<UdpUnderlay> queues, final int queue, final int flowHash, final DatagramSocket receiver)
            throws IOException {
        final FrameVector vector = new FrameVector();
        final Frame frame = FrameBuilder.frame().payload(60).into(pools.get(queue), 1);
        frame.vtep = 0;
        frame.flowHash = flowHash;
        vector.add(frame);
        queues.get(queue).setRemote(0, IpAddress.parse("198.19.0.1"), 4789);
        queues.get(queue).transmit(vector);
        final DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
        receiver.receive(packet);
        return packet.getPort();
    }

    /** All flows send to port 9 of {@code to}, in rounds. */
    private static void sendAll(final String namespace, final String from, final String to) throws Exception {
        for (int flow = 0; flow < FLOWS; flow++) {
            try (DatagramSocket socket = socket(namespace, from, FIRST_PORT + flow)) {
                for (int round = 0; round < ROUNDS; round++) {
                    socket.send(datagram(flow, round, to, 9));
                }
            }
        }
    }

    private static DatagramSocket socket(final String namespace, final String address, final int port)
            throws PortException {
        return NetworkNamespace.call(namespace, () -> {
            try {
                final DatagramSocket socket = new DatagramSocket(new InetSocketAddress(address, port));
                socket.setSoTimeout(TIMEOUT_MILLIS);
                return socket;
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static DatagramPacket datagram(final int flow, final int round, final String to, final int port)
            throws IOException {
        final byte[] octets = ByteBuffer.allocate(LENGTH)
                .putInt(MARK)
                .putInt(flow)
                .putInt(round)
                .array();
        return new DatagramPacket(octets, LENGTH, InetAddress.getByName(to), port);
    }

    /** Receives datagrams by all queues until there are {@code count}: their numbers. */
    private List<Integer> numbers(final List<? extends Port> queues, final int count) throws PortException {
        final List<Integer> numbers = new ArrayList<>();
        try (Poller poller = poller(queues)) {
            while (numbers.size() < count) {
                final int ready = poller.poll(TIMEOUT_MILLIS);
                assertThat(ready).isPositive();
                for (int i = 0; i < ready; i++) {
                    final int queue = poller.ready(i);
                    receive(queues.get(queue), pools.get(queue)).forEach(mine -> numbers.add(mine[1]));
                }
            }
        }
        return numbers;
    }

    private static Poller poller(final List<? extends Port> queues) throws PortException {
        final Poller poller = new Poller();
        for (int queue = 0; queue < queues.size(); queue++) {
            poller.add(queues.get(queue).fileDescriptor(), queue);
        }
        return poller;
    }

    /** Receives all rounds of all flows, each by one queue and in order: which queue. Other frames are none of ours. */
    private Map<Integer, Integer> collect(final List<? extends Port> queues) throws PortException {
        final Map<Integer, Integer> queueOfFlow = new TreeMap<>();
        final int[] next = new int[FLOWS];
        int left = FLOWS * ROUNDS;
        try (Poller poller = poller(queues)) {
            while (left > 0) {
                final int ready = poller.poll(TIMEOUT_MILLIS);
                assertThat(ready).as("%d of the datagrams are missing", left).isPositive();
                for (int i = 0; i < ready; i++) {
                    final int queue = poller.ready(i);
                    for (final int[] mine : receive(queues.get(queue), pools.get(queue))) {
                        final int flow = mine[0];
                        assertThat(mine[1]).as("next of flow %d", flow).isEqualTo(next[flow]++);
                        assertThat(queueOfFlow.computeIfAbsent(flow, key -> queue))
                                .as("queue of flow %d", flow)
                                .isEqualTo(queue);
                        left--;
                    }
                }
            }
        }
        return queueOfFlow;
    }

    /** Flow and round of each datagram of ours; a frame may be a train of several. */
    private static List<int[]> receive(final Port port, final FramePool pool) {
        final FrameVector vector = new FrameVector();
        port.receive(vector, FrameVector.CAPACITY);
        final List<int[]> datagrams = new ArrayList<>();
        for (int i = 0; i < vector.size(); i++) {
            final Frame frame = vector.get(i);
            final int headers = port instanceof UnderlayPort ? 0 : HEADERS;
            final int step = frame.gsoSize > 0 ? frame.gsoSize : LENGTH;
            for (int at = headers; at + LENGTH <= frame.length; at += step) {
                final UnsafeBuffer buffer = frame.buffer;
                if (Bytes.i32(buffer, frame.offset + at) == MARK) {
                    datagrams.add(new int[] {
                        Bytes.i32(buffer, frame.offset + at + 4), Bytes.i32(buffer, frame.offset + at + 8)
                    });
                }
            }
            pool.consumed(frame);
        }
        return datagrams;
    }

    private static void assertDivided(final Map<Integer, Integer> queueOfFlow) {
        assertThat(queueOfFlow).hasSize(FLOWS).containsValues(0, 1);
    }
}
