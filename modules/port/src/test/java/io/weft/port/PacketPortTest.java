// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.PortCounter;
import io.weft.frame.WorkerCounter;
import io.weft.testkit.FrameBuilder;
import io.weft.testkit.Seeds;
import io.weft.testkit.WarmAllocation;
import io.weft.wire.IpPrefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Two pods with veth pairs whose other ends are the node's:
 *
 * <pre>
 *   a: eth0 (10.1.0.1) ------ va :node: vb ------ eth0 (10.1.0.2) :b
 * </pre>
 */
@Tag("netns")
class PacketPortTest {
    private static final int TIMEOUT_MILLIS = 10_000;

    @AutoClose
    private final TestNamespaces namespaces = new TestNamespaces();

    private final Counters counters = Counters.inMemory(4);
    private final FramePool pool = new FramePool(300, counters);
    private final FrameVector vector = new FrameVector();
    private String a = "";
    private String b = "";
    private String node = "";

    @BeforeEach
    void makeNamespaces() throws Exception {
        a = namespaces.add("a");
        b = namespaces.add("b");
        node = namespaces.add("n");
        TestNamespaces.run("ip", "netns", "exec", node, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1");
        TestNamespaces.pair(a, "eth0", node, "va");
        TestNamespaces.pair(b, "eth0", node, "vb");
        TestNamespaces.awaitCarrier(node, "va");
        TestNamespaces.awaitCarrier(node, "vb");
        TestNamespaces.awaitCarrier(a, "eth0");
        TestNamespaces.awaitCarrier(b, "eth0");
    }

    private void addresses() throws Exception {
        TestNamespaces.address(a, "eth0", "10.1.0.1/24");
        TestNamespaces.address(a, "eth0", "fd00:1::1/64");
        TestNamespaces.address(b, "eth0", "10.1.0.2/24");
        TestNamespaces.address(b, "eth0", "fd00:1::2/64");
    }

    /** Nobody but the test sends. */
    private void quiet() throws Exception {
        for (final String namespace : new String[] {a, b}) {
            TestNamespaces.run("ip", "netns", "exec", namespace, "sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=1");
        }
    }

    private PacketPort open(final int index, final String namespace, final String dev) throws PortException {
        return open(index, namespace, dev, true);
    }

    private PacketPort open(final int index, final String namespace, final String dev, final boolean offloads)
            throws PortException {
        return PacketPort.open(index, new PacketConfig("p" + index, namespace, dev, offloads), pool);
    }

    private Frame frame(final int length) {
        final Frame frame = Objects.requireNonNull(pool.create(3));
        final byte[] octets = TestFrames.udp(length - 42);
        frame.buffer.putBytes(frame.offset, octets);
        frame.length = octets.length;
        return frame;
    }

    private void send(final Port port, final Frame frame) {
        vector.add(frame);
        port.transmit(vector);
    }

    /** The next frame, which the caller gives back. */
    private Frame receive(final Port port) throws PortException {
        final FrameVector received = new FrameVector();
        try (Poller poller = new Poller()) {
            poller.add(port.fileDescriptor(), 0);
            while (received.isEmpty() && poller.poll(TIMEOUT_MILLIS) > 0) {
                port.receive(received, 1);
            }
        }
        assertThat(received.size()).isEqualTo(1);
        return received.get(0);
    }

    private static byte[] octets(final Frame frame) {
        final byte[] octets = new byte[frame.length];
        frame.buffer.getBytes(frame.offset, octets);
        return octets;
    }

    private static long receivedPackets(final String namespace) throws Exception {
        return Long.parseLong(
                TestNamespaces.run("ip", "netns", "exec", namespace, "cat", "/sys/class/net/eth0/statistics/rx_packets")
                        .strip());
    }

    @Test
    void shouldCarryTcpInSuperFramesBothWays() throws Exception {
        addresses();
        try (PacketPort first = open(0, node, "va");
                PacketPort second = open(1, node, "vb");
                Splice splice = new Splice(pool, first, second).start()) {
            for (final String address : new String[] {"10.1.0.2", "fd00:1::2"}) {
                TestNamespaces.run("ip", "netns", "exec", a, "ping", "-c", "2", "-i", "0.2", "-W", "5", address);
            }
            assertThat(Transfer.tcp(a, b, "10.1.0.2", 50_000_000)).isTrue();
            assertThat(Transfer.tcp(b, a, "fd00:1::1", 50_000_000)).isTrue();
            assertThat(splice.superFrameSeen()).isTrue();
            assertThat(first.refusedOffloads() + second.refusedOffloads()).isZero();
        }
        for (int port = 0; port < 2; port++) {
            assertThat(counters.getPort(port, PortCounter.TX_SEGMENTS))
                    .isGreaterThan(2 * counters.getPort(port, PortCounter.TX_FRAMES));
        }
        // Whole on the wire too: the pod's interface counts super-frames.
        assertThat(receivedPackets(b)).isLessThan(counters.getPort(1, PortCounter.TX_SEGMENTS) / 2);
        assertThat(counters.get(WorkerCounter.DROPPED)).isZero();
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void shouldGiveTheKernelSegmentsWithoutOffloads() throws Exception {
        addresses();
        try (PacketPort first = open(0, node, "va", false);
                PacketPort second = open(1, node, "vb", false);
                Splice splice = new Splice(pool, first, second).start()) {
            assertThat(Transfer.tcp(a, b, "10.1.0.2", 10_000_000)).isTrue();
            assertThat(Transfer.tcp(a, b, "fd00:1::2", 10_000_000)).isTrue();
            assertThat(splice.superFrameSeen()).isTrue();
        }
        assertThat(receivedPackets(b)).isGreaterThanOrEqualTo(counters.getPort(1, PortCounter.TX_SEGMENTS));
        assertThat(counters.getPort(1, PortCounter.TX_SEGMENTS))
                .isGreaterThan(2 * counters.getPort(1, PortCounter.TX_FRAMES));
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void shouldCarryTcpBetweenATapAndAVeth() throws Exception {
        addresses();
        final String c = namespaces.add("c");
        final TapConfig tap = new TapConfig(
                "c", c, "eth0", AutoMac.of("n1", "c"), 1500, List.of(IpPrefix.parse("10.1.0.3/24")), true);
        try (TapPort first = TapPort.open(0, tap, pool);
                PacketPort second = open(1, node, "vb");
                Splice splice = new Splice(pool, first, second).start()) {
            assertThat(Transfer.tcp(c, b, "10.1.0.2", 20_000_000)).isTrue();
            assertThat(Transfer.tcp(b, c, "10.1.0.3", 20_000_000)).isTrue();
            assertThat(splice.superFrameSeen()).isTrue();
            assertThat(first.refusedOffloads() + second.refusedOffloads()).isZero();
        }
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void shouldPutTagsBackWhereTheyWere() throws Exception {
        quiet();
        try (PacketPort pod = open(0, a, "eth0");
                PacketPort port = open(1, node, "va")) {
            Seeds.each(200, random -> {
                final Frame frame = tagged(random).parsedInto(pool, 3);
                final byte[] sent = octets(frame);
                final int gsoSize = frame.gsoSize;
                final int gsoType = frame.gsoType;

                send(pod, frame);

                final Frame received = receive(port);
                assertThat(octets(received)).isEqualTo(sent);
                assertThat(received.gsoType).isEqualTo(gsoType);
                assertThat(received.gsoSize).isEqualTo(gsoSize);
                assertThat(FrameParser.parse(received)).isNull();
                pool.consumed(received);
            });
            assertThat(pod.refusedOffloads()).isZero();
        }
        assertThat(pool.inUse()).isZero();
    }

    private static FrameBuilder tagged(final SplittableRandom random) {
        final FrameBuilder builder = FrameBuilder.frame();
        for (int tags = random.nextInt(3); tags > 0; tags--) {
            builder.tag(random.nextBoolean() ? 0x88A8 : 0x8100, random.nextInt(0x10000));
        }
        if (random.nextBoolean()) {
            builder.ipv4("10.0.0.1", "10.0.1.1").tcp(1000, 80);
            return random.nextBoolean()
                    ? builder.payload(random.nextInt(1000))
                    : builder.payload(20_000).gso(1000);
        }
        return builder.ipv6("fd00::1", "fd00::2").udp(1000, 9).payload(random.nextInt(1000));
    }

    @Test
    void shouldNotSeeWhatThisHostSends() throws Exception {
        quiet();
        try (PacketPort pod = open(0, a, "eth0");
                PacketPort port = open(1, node, "va");
                PacketPort observer = open(2, node, "va")) {
            send(port, frame(100));
            send(pod, frame(200));
            for (final PacketPort each : new PacketPort[] {port, observer}) {
                final Frame received = receive(each);
                assertThat(received.length).isEqualTo(200);
                pool.consumed(received);
                assertThat(each.receive(vector, 64)).isFalse();
                assertThat(vector.isEmpty()).isTrue();
            }
            final Frame received = receive(pod);
            assertThat(received.length).isEqualTo(100);
            pool.consumed(received);
        }
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void shouldBePromiscuousAsLongAsItIsOpen() throws Exception {
        final String[] show = {"ip", "-n", node, "-d", "link", "show", "va"};
        assertThat(TestNamespaces.run(show)).contains("promiscuity 0");
        try (PacketPort port = open(0, node, "va")) {
            assertThat(port.state()).isEqualTo(PortState.UP);
            assertThat(TestNamespaces.run(show)).contains("promiscuity 1");
        }
        assertThat(TestNamespaces.run(show)).contains("promiscuity 0");
    }

    @Test
    void shouldKeepOrderAndDropWhatIsTooLongForTheInterface() throws Exception {
        quiet();
        try (PacketPort port = open(0, node, "va");
                PacketPort pod = open(1, a, "eth0")) {
            assertThat(port.mtu()).isEqualTo(1500);
            for (int i = 0; i < 200; i++) {
                vector.add(frame(i % 10 == 3 ? 1515 : 100 + i));
            }
            vector.add(frame(1514));
            port.transmit(vector);
            assertThat(vector.isEmpty()).isTrue();
            assertThat(counters.getDrop(3, DropReason.MTU_EXCEEDED)).isEqualTo(20);
            assertThat(counters.getPort(0, PortCounter.TX_FRAMES)).isEqualTo(181);
            assertThat(port.state()).isEqualTo(PortState.UP);
            for (int i = 0; i <= 200; i++) {
                if (i % 10 != 3) {
                    final Frame received = receive(pod);
                    assertThat(received.length).isEqualTo(i == 200 ? 1514 : 100 + i);
                    pool.consumed(received);
                }
            }
            TestNamespaces.run("ip", "-n", node, "link", "set", "va", "mtu", "1600");
            assertThat(port.mtu()).isEqualTo(1600);
            send(port, frame(1515));
            assertThat(counters.getPort(0, PortCounter.TX_FRAMES)).isEqualTo(182);
        }
    }

    @Test
    void shouldReceiveInManyCallsWhatIsMoreThanOneTakes() throws Exception {
        quiet();
        try (PacketPort port = open(0, node, "va");
                PacketPort pod = open(1, a, "eth0")) {
            for (int i = 0; i < 100; i++) {
                vector.add(frame(100 + i));
            }
            pod.transmit(vector);
            assertThat(port.receive(vector, 5)).isTrue();
            assertThat(vector.size()).isEqualTo(5);
            assertThat(port.receive(vector, 200)).isFalse();
            assertThat(vector.size()).isEqualTo(100);
            for (int i = 0; i < 100; i++) {
                assertThat(vector.get(i).length).isEqualTo(100 + i);
            }
            pool.dropAll(vector, DropReason.NO_NETWORK);
        }
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void shouldComeBackWhenTheInterfaceIsSetDownAndUp() throws Exception {
        quiet();
        try (PacketPort port = open(0, node, "va");
                PacketPort pod = open(1, a, "eth0")) {
            send(pod, frame(100));
            TestNamespaces.run("ip", "-n", node, "link", "set", "va", "down");
            // What came before is received still, and does not make the port believe that it is up.
            final Frame before = receive(port);
            pool.consumed(before);
            port.receive(vector, 64);
            assertThat(port.state()).isEqualTo(PortState.NO_CARRIER);
            assertThat(port.reason()).isEqualTo("interface va is set down");
            send(port, frame(100));
            assertThat(counters.getDrop(3, DropReason.PORT_DOWN)).isEqualTo(1);
            assertThat(counters.getPort(0, PortCounter.TX_DROPPED)).isEqualTo(1);
            assertThat(port.isOrphaned()).isFalse();

            TestNamespaces.run("ip", "-n", node, "link", "set", "va", "up");
            await().until(() -> {
                send(port, frame(100));
                return port.state() == PortState.UP;
            });
            assertThat(port.reason()).isEmpty();
            final Frame sent = receive(pod);
            assertThat(sent.length).isEqualTo(100);
            pool.consumed(sent);
            // And it hears again, without having been opened anew.
            await().until(() -> {
                send(pod, frame(120));
                return pod.state() == PortState.UP;
            });
            final Frame heard = receive(port);
            assertThat(heard.length).isEqualTo(120);
            pool.consumed(heard);
        }
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void shouldNoticeThatItIsSetDownWhenItOnlySends() throws Exception {
        quiet();
        try (PacketPort port = open(0, node, "va")) {
            TestNamespaces.run("ip", "-n", node, "link", "set", "va", "down");
            for (int i = 0; i < 3; i++) {
                vector.add(frame(100));
            }
            port.transmit(vector);
            assertThat(port.state()).isEqualTo(PortState.NO_CARRIER);
            assertThat(counters.getDrop(3, DropReason.PORT_DOWN)).isEqualTo(3);
            assertThat(counters.getPort(0, PortCounter.TX_FRAMES)).isZero();
        }
    }

    @Test
    void shouldNoticeThatTheOtherEndIsDownAndComeBack() throws Exception {
        quiet();
        try (PacketPort port = open(0, node, "va")) {
            TestNamespaces.run("ip", "-n", a, "link", "set", "eth0", "down");
            await().until(() -> {
                send(port, frame(100));
                return port.state() == PortState.NO_CARRIER;
            });
            assertThat(port.reason()).isEqualTo("interface va has no carrier");
            assertThat(counters.getDrop(3, DropReason.PORT_DOWN)).isPositive();
            TestNamespaces.run("ip", "-n", a, "link", "set", "eth0", "up");
            await().until(() -> {
                send(port, frame(100));
                return port.state() == PortState.UP;
            });
        }
    }

    @Test
    void shouldOpenOnAnInterfaceThatIsStillDown() throws Exception {
        quiet();
        TestNamespaces.run("ip", "-n", node, "link", "set", "va", "down");
        try (PacketPort port = open(0, node, "va");
                PacketPort pod = open(1, a, "eth0")) {
            assertThat(port.state()).isEqualTo(PortState.NO_CARRIER);
            TestNamespaces.run("ip", "-n", node, "link", "set", "va", "up");
            await().until(() -> {
                send(pod, frame(100));
                port.receive(vector, 64);
                final boolean heard = !vector.isEmpty();
                pool.dropAll(vector, DropReason.NO_NETWORK);
                return heard;
            });
            await().until(() -> {
                send(port, frame(100));
                return port.state() == PortState.UP;
            });
        }
    }

    @Test
    void shouldGoDownWhenTheInterfaceIsDeleted() throws Exception {
        quiet();
        try (PacketPort port = open(0, node, "va")) {
            TestNamespaces.run("ip", "-n", node, "link", "del", "va");
            assertThat(port.isOrphaned()).isTrue();
            assertGone(port);
            assertThatThrownBy(port::mtu).isInstanceOf(PortException.class).hasMessageStartingWith("interface va mtu");
        }
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void shouldGoDownWhenTheInterfaceMovesToAnotherNamespace() throws Exception {
        quiet();
        try (PacketPort port = open(0, node, "va")) {
            TestNamespaces.run("ip", "-n", node, "link", "set", "va", "netns", b);
            TestNamespaces.run("ip", "-n", b, "link", "set", "va", "netns", node);
            assertThat(port.isOrphaned()).isTrue();
            assertGone(port);
        }
    }

    private void assertGone(final PacketPort port) {
        send(port, frame(100));
        assertThat(port.state()).isEqualTo(PortState.DOWN);
        assertThat(port.reason()).isEqualTo("interface va is gone");
        assertThat(counters.getDrop(3, DropReason.PORT_DOWN)).isEqualTo(1);
        assertThat(port.receive(vector, 64)).isFalse();
        send(port, frame(100));
        assertThat(counters.getDrop(3, DropReason.PORT_DOWN)).isEqualTo(2);
    }

    @Test
    void shouldWakeAndGoDownWhenTheInterfaceIsDeletedWhileItOnlyReceives() throws Exception {
        quiet();
        try (PacketPort port = open(0, node, "va");
                Poller poller = new Poller()) {
            poller.add(port.fileDescriptor(), 0);
            TestNamespaces.run("ip", "-n", node, "link", "del", "va");
            assertThat(poller.poll(TIMEOUT_MILLIS)).isEqualTo(1);
            assertThat(port.receive(vector, 64)).isFalse();
            assertThat(port.state()).isEqualTo(PortState.DOWN);
            assertThat(port.reason()).isEqualTo("interface va is gone");
        }
    }

    @Test
    void shouldTellThatItsNamespaceIsDeleted() throws Exception {
        quiet();
        try (PacketPort port = open(0, node, "va")) {
            assertThat(port.isOrphaned()).isFalse();
            namespaces.delete(node);
            assertThat(port.isOrphaned()).isTrue();
        }
    }

    @Test
    void shouldSendInSoftwareWhatTheKernelRefuses() throws Exception {
        quiet();
        try (PacketPort port = open(0, node, "va");
                PacketPort pod = open(1, a, "eth0")) {
            // A segment size of 0xFFFF: sound for a parser, EINVAL for the kernel.
            for (int i = 0; i < 10; i++) {
                final Frame frame = Objects.requireNonNull(pool.create(3));
                TestFrames.udpSuperFrame(frame, 1000 + i, 1000);
                assertThat(FrameParser.parse(frame)).isNull();
                frame.gsoSize = 0xFFFF;
                vector.add(frame);
                vector.add(frame(100 + i));
            }
            port.transmit(vector);
            assertThat(counters.getPort(0, PortCounter.TX_FRAMES)).isEqualTo(20);
            // All were offered together; after that no more are.
            assertThat(port.refusedOffloads()).isEqualTo(10);
            for (int i = 0; i < 10; i++) {
                for (final int length : new int[] {1042 + i, 100 + i}) {
                    final Frame received = receive(pod);
                    assertThat(received.length).isEqualTo(length);
                    pool.consumed(received);
                }
            }
            final Frame frame = Objects.requireNonNull(pool.create(3));
            TestFrames.udpSuperFrame(frame, 3000, 1000);
            assertThat(FrameParser.parse(frame)).isNull();
            send(port, frame);
            for (int i = 0; i < 3; i++) {
                final Frame received = receive(pod);
                assertThat(received.length).isEqualTo(1042);
                assertThat(received.isSuperFrame()).isFalse();
                pool.consumed(received);
            }
            assertThat(port.refusedOffloads()).isEqualTo(10);
        }
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void shouldDiscardAndCountWhenThePoolIsEmpty() throws Exception {
        quiet();
        final FramePool tiny = new FramePool(2, counters);
        final Frame held = Objects.requireNonNull(tiny.create(3));
        try (PacketPort pod = open(0, a, "eth0");
                PacketPort port = PacketPort.open(1, new PacketConfig("p", node, "va", true), tiny)) {
            for (int i = 0; i < 5; i++) {
                vector.add(frame(100));
            }
            pod.transmit(vector);
            while (port.receive(vector, 64)) {
                Thread.onSpinWait();
            }
            assertThat(vector.size()).isEqualTo(1);
            assertThat(counters.getDrop(1, DropReason.NO_FRAME_AVAILABLE)).isEqualTo(4);
            tiny.consumed(vector.get(0));
        }
        tiny.consumed(held);
        assertThat(tiny.inUse()).isZero();
    }

    @Test
    void shouldTellWhatTheKernelLost() throws Exception {
        quiet();
        try (PacketPort pod = open(0, a, "eth0");
                PacketPort port = open(1, node, "va")) {
            assertThat(port.kernelDrops()).isZero();
            for (int round = 0; round < 1000 && port.kernelDrops() == 0; round++) {
                for (int i = 0; i < FrameVector.CAPACITY; i++) {
                    vector.add(frame(1000));
                }
                pod.transmit(vector);
            }
            final long lost = port.kernelDrops();
            assertThat(lost).isPositive();
            assertThat(port.kernelDrops()).isEqualTo(lost);
        }
    }

    @Test
    void shouldRefuseInOneLineAndLeaveNothingBehind() throws Exception {
        final Set<String> open = openDescriptors();
        assertThatThrownBy(() -> open(0, node, "none"))
                .isInstanceOf(PortException.class)
                .hasMessage("interface none index: No such device");
        assertThatThrownBy(() -> open(0, node, "lo"))
                .isInstanceOf(PortException.class)
                .hasMessage("interface lo is not Ethernet");
        assertThatThrownBy(() -> open(0, "weft-none", "va"))
                .isInstanceOf(PortException.class)
                .hasMessageStartingWith("no network namespace weft-none");
        // Others may close some meanwhile: what was left behind would be a new one.
        assertThat(openDescriptors()).isSubsetOf(open);
    }

    /** In place of what a descriptor led to that was closed since it was listed. */
    private static final String CLOSED = "closed";

    /** What they lead to, such as {@code socket:[4711]}. */
    private static Set<String> openDescriptors() throws Exception {
        final Set<String> targets = new HashSet<>(Set.of(CLOSED));
        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (final Path descriptor : descriptors.toList()) {
                targets.add(target(descriptor));
            }
        }
        return targets;
    }

    private static String target(final Path descriptor) throws IOException {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (final NoSuchFileException e) {
            return CLOSED;
        }
    }

    @Test
    void shouldAllocateNothing() throws Exception {
        quiet();
        final FrameVector sent = new FrameVector();
        try (PacketPort first = open(0, node, "va");
                PacketPort second = open(1, a, "eth0")) {
            // The state of the interface is asked for ten times a second, so that it would be interpreted code for
            // long,
            // whose downcalls allocate. While it is down, it is asked for each time.
            TestNamespaces.run("ip", "-n", node, "link", "set", "va", "down");
            await().until(() -> {
                first.transmit(sent);
                return first.state() == PortState.NO_CARRIER;
            });
            for (int i = 0; i < 50_000; i++) {
                first.transmit(sent);
            }
            TestNamespaces.run("ip", "-n", node, "link", "set", "va", "up");
            await().until(() -> {
                first.transmit(sent);
                return first.state() == PortState.UP;
            });
            final long bytes = WarmAllocation.of(20_000, () -> {
                final Frame superFrame = Objects.requireNonNull(pool.create(3));
                TestFrames.tcpSuperFrame(superFrame, 3000, 1000);
                sent.add(superFrame);
                final Frame ordinary = Objects.requireNonNull(pool.create(3));
                TestFrames.tcpSuperFrame(ordinary, 1000, 1000);
                ordinary.gsoType = Frame.GSO_NONE;
                ordinary.gsoSize = 0;
                sent.add(ordinary);
                first.transmit(sent);
                second.receive(vector, 64);
                for (int i = 0; i < vector.size(); i++) {
                    pool.consumed(vector.get(i));
                }
                vector.clear();
            });
            assertThat(bytes).isZero();
            assertThat(counters.getPort(1, PortCounter.RX_SEGMENTS)).isGreaterThan(60_000);
        }
        assertThat(pool.inUse()).isZero();
    }
}
