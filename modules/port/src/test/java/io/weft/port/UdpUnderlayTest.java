// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.PortCounter;
import io.weft.frame.WorkerCounter;
import io.weft.testkit.WarmAllocation;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("netns")
class UdpUnderlayTest {
    private static final int VXLAN_PORT = 4789;
    private static final int TIMEOUT_MILLIS = 10_000;

    @AutoClose
    private final TestNamespaces namespaces = new TestNamespaces();

    private final Counters counters = Counters.inMemory(4);
    private final FramePool pool = new FramePool(300, counters);
    private final FrameVector vector = new FrameVector();
    private String n1 = "";
    private String n2 = "";

    @BeforeEach
    void makeNamespaces() throws Exception {
        n1 = namespaces.add("n1");
        n2 = namespaces.add("n2");
        TestNamespaces.connect(n1, n2, "198.19.0.1/24", "198.19.0.2/24");
        TestNamespaces.address(n1, "under", "fd00:19::1/64");
        TestNamespaces.address(n2, "under", "fd00:19::2/64");
    }

    private UdpUnderlay open(final int index, final String namespace, final String address) throws PortException {
        return UdpUnderlay.open(
                index, new UdpConfig("underlay", namespace, IpAddress.parse(address), VXLAN_PORT, 4), pool);
    }

    private Frame frame(final int length, final int flowHash) {
        final Frame frame = Objects.requireNonNull(pool.create(3));
        frame.length = length;
        for (int i = 0; i < length; i++) {
            frame.buffer.putByte(frame.offset + i, (byte) (i + flowHash));
        }
        frame.vtep = 0;
        frame.flowHash = flowHash;
        return frame;
    }

    private static DatagramSocket kernelSocket(final String namespace, final String address) throws PortException {
        return NetworkNamespace.call(namespace, () -> {
            try {
                final DatagramSocket socket = new DatagramSocket(VXLAN_PORT, InetAddress.getByName(address));
                socket.setSoTimeout(TIMEOUT_MILLIS);
                return socket;
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** Receives until {@code octets} have arrived in all. */
    private void receive(final Port port, final int octets) throws PortException {
        try (Poller poller = new Poller()) {
            poller.add(port.fileDescriptor(), 0);
            int sum = 0;
            while (sum < octets && poller.poll(TIMEOUT_MILLIS) > 0) {
                port.receive(vector, 64);
                sum = AbstractPort.bytesIn(vector);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"198.19.0.", "fd00:19::"})
    void shouldExchangeDatagramsWithAKernelSocket(final String net) throws Exception {
        try (UdpUnderlay underlay = open(0, n1, net + 1);
                DatagramSocket kernel = kernelSocket(n2, net + 2)) {
            underlay.setRemote(0, IpAddress.parse(net + 2), VXLAN_PORT);
            final Set<Integer> sourcePorts = new HashSet<>();
            for (int flow = 0; flow < 64; flow++) {
                vector.add(frame(100, flow << 26));
                underlay.transmit(vector);
                final DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
                kernel.receive(packet);
                assertThat(packet.getLength()).isEqualTo(100);
                sourcePorts.add(packet.getPort());
            }
            assertThat(sourcePorts).hasSize(UdpSockets.SENDERS).allMatch(port -> port >= 49_152);

            final byte[] text = "hello".getBytes(StandardCharsets.UTF_8);
            kernel.send(new DatagramPacket(text, text.length, InetAddress.getByName(net + 1), VXLAN_PORT));
            receive(underlay, text.length);
            final Frame received = vector.get(0);
            assertThat(received.buffer.getStringWithoutLengthUtf8(received.offset, received.length))
                    .isEqualTo("hello");
            assertThat(new IpAddress(received.remoteHigh, received.remoteLow)).isEqualTo(IpAddress.parse(net + 2));
            assertThat(received.isSuperFrame()).isFalse();
            pool.consumed(received);
        }
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void shouldSendEqualNeighboursAsOneTrainAndReceiveItAsOne() throws Exception {
        try (UdpUnderlay first = open(0, n1, "198.19.0.1");
                UdpUnderlay second = open(1, n2, "198.19.0.2")) {
            first.setRemote(0, IpAddress.parse("198.19.0.2"), VXLAN_PORT);
            for (int i = 0; i < 10; i++) {
                vector.add(frame(1000, 7));
            }
            vector.add(frame(300, 7));
            first.transmit(vector);
            assertThat(counters.getPort(0, PortCounter.TX_SEGMENTS)).isEqualTo(11);
            receive(second, 10_300);
            assertThat(vector.size()).isEqualTo(1);
            final Frame train = vector.get(0);
            assertThat(train.gsoType).isEqualTo(Frame.GSO_UDP);
            assertThat(train.gsoSize).isEqualTo(1000);
            assertThat(train.length).isEqualTo(10_300);
            assertThat(counters.getPort(1, PortCounter.RX_SEGMENTS)).isEqualTo(11);
            pool.consumed(train);
        }
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void shouldSendAndReceiveDatagramByDatagramWithoutOffloads() throws Exception {
        final IpAddress address = IpAddress.parse("198.19.0.1");
        try (UdpUnderlay first = UdpUnderlay.open(0, new UdpConfig("u", n1, address, VXLAN_PORT, 4, false), pool);
                UdpUnderlay second = open(1, n2, "198.19.0.2")) {
            first.setRemote(0, IpAddress.parse("198.19.0.2"), VXLAN_PORT);
            second.setRemote(0, address, VXLAN_PORT);
            for (int i = 0; i < 10; i++) {
                vector.add(frame(1000, 7));
            }
            first.transmit(vector);
            receive(second, 10_000);
            assertThat(vector.size()).isEqualTo(10);
            for (int i = 0; i < vector.size(); i++) {
                vector.get(i).vtep = 0;
            }
            second.transmit(vector);
            assertThat(counters.getPort(1, PortCounter.TX_SEGMENTS)).isEqualTo(10);
            // The train is cut before it reaches a socket that takes none.
            receive(first, 10_000);
            assertThat(vector.size()).isEqualTo(10);
            for (int i = 0; i < vector.size(); i++) {
                assertThat(vector.get(i).gsoType).isEqualTo(Frame.GSO_NONE);
                pool.consumed(vector.get(i));
            }
        }
        assertThat(pool.inUse()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"198.19.0.", "fd00:19::"})
    void shouldCarryTcpBetweenTwoNodes(final String net) throws Exception {
        final String a = namespaces.add("a");
        final String b = namespaces.add("b");
        final FramePool pool2 = new FramePool(300, Counters.inMemory(4));
        try (TapPort pod1 = TapPort.open(0, tap(a, "10.1.0.1/24"), pool);
                TapPort pod2 = TapPort.open(0, tap(b, "10.1.0.2/24"), pool2);
                UdpUnderlay underlay1 = open(1, n1, net + 1);
                UdpUnderlay underlay2 = UdpUnderlay.open(
                        1, new UdpConfig("underlay", n2, IpAddress.parse(net + 2), VXLAN_PORT, 4), pool2)) {
            underlay1.setRemote(0, IpAddress.parse(net + 2), VXLAN_PORT);
            underlay2.setRemote(0, IpAddress.parse(net + 1), VXLAN_PORT);
            try (Splice node1 = new TunnelSplice(pool, pod1, underlay1).start();
                    Splice node2 = new TunnelSplice(pool2, pod2, underlay2).start()) {
                assertThat(Transfer.tcp(a, b, "10.1.0.2", 30_000_000)).isTrue();
                assertThat(node1.superFrameSeen()).isTrue();
                assertThat(node2.superFrameSeen()).isTrue();
            }
        }
        assertThat(pool.inUse()).isZero();
        assertThat(counters.get(WorkerCounter.DROPPED)).isZero();
    }

    private static TapConfig tap(final String namespace, final String address) {
        return new TapConfig(
                "pod", namespace, "eth0", AutoMac.of(namespace, "pod"), 1430, List.of(IpPrefix.parse(address)), true);
    }

    @Test
    void shouldDropWhatIsLongerThanTheUnderlaysMtu() throws Exception {
        try (UdpUnderlay underlay = open(0, n1, "198.19.0.1")) {
            underlay.setRemote(0, IpAddress.parse("198.19.0.2"), VXLAN_PORT);
            vector.add(frame(1473, 1));
            vector.add(frame(1473, 1));
            vector.add(frame(2000, 2));
            underlay.transmit(vector);
            assertThat(counters.getDrop(3, DropReason.MTU_EXCEEDED)).isEqualTo(3);
            vector.add(frame(1473, 1));
            vector.add(frame(1473, 1));
            vector.add(frame(1472, 1));
            underlay.transmit(vector);
            assertThat(counters.getDrop(3, DropReason.MTU_EXCEEDED)).isEqualTo(5);
            assertThat(counters.getPort(0, PortCounter.TX_FRAMES)).isEqualTo(1);

            final Frame superFrame = Objects.requireNonNull(pool.create(3));
            TestFrames.tcpSuperFrame(superFrame, 60_000, 1460);
            assertThat(FrameParser.parse(superFrame)).isNull();
            superFrame.vtep = 0;
            vector.add(superFrame);
            underlay.transmit(vector);
            assertThat(counters.getDrop(3, DropReason.MTU_EXCEEDED)).isEqualTo(6);
            assertThat(underlay.state()).isEqualTo(PortState.UP);
        }
    }

    @Test
    void shouldSayThatARemoteIsUnreachableAndRecover() throws Exception {
        try (UdpUnderlay underlay = open(0, n1, "198.19.0.1")) {
            underlay.setRemote(0, IpAddress.parse("198.18.7.7"), VXLAN_PORT);
            vector.add(frame(100, 1));
            underlay.transmit(vector);
            assertThat(counters.getDrop(3, DropReason.UNDERLAY_UNREACHABLE)).isEqualTo(1);
            assertThat(underlay.state()).isEqualTo(PortState.NO_CARRIER);
            assertThat(underlay.reason()).isEqualTo("send: Network is unreachable");

            underlay.setRemote(0, IpAddress.parse("198.19.0.2"), VXLAN_PORT);
            vector.add(frame(100, 1));
            underlay.transmit(vector);
            assertThat(underlay.state()).isEqualTo(PortState.UP);

            underlay.removeRemote(0);
            vector.add(frame(100, 1));
            underlay.transmit(vector);
            assertThat(counters.getDrop(3, DropReason.UNDERLAY_UNREACHABLE)).isEqualTo(2);
        }
    }

    @Test
    void shouldSurviveThatAddressAndInterfaceVanish() throws Exception {
        try (UdpUnderlay underlay = open(0, n1, "198.19.0.1")) {
            underlay.setRemote(0, IpAddress.parse("198.19.0.2"), VXLAN_PORT);
            TestNamespaces.run("ip", "-n", n1, "address", "del", "198.19.0.1/24", "dev", "under");
            vector.add(frame(100, 1));
            vector.add(frame(100, 1));
            underlay.transmit(vector);
            assertThat(counters.getDrop(3, DropReason.UNDERLAY_UNREACHABLE)).isEqualTo(2);
            assertThat(underlay.state()).isEqualTo(PortState.NO_CARRIER);

            TestNamespaces.run("ip", "-n", n1, "link", "del", "under");
            vector.add(frame(100, 1));
            underlay.transmit(vector);
            assertThat(underlay.receive(vector, 64)).isFalse();
            assertThat(underlay.state()).isEqualTo(PortState.NO_CARRIER);
            assertThat(pool.inUse()).isZero();
        }
    }

    @Test
    void shouldDiscardAndCountWhenThePoolIsEmpty() throws Exception {
        final FramePool small = new FramePool(1, counters);
        try (UdpUnderlay first = open(0, n1, "198.19.0.1");
                UdpUnderlay second = UdpUnderlay.open(
                        1, new UdpConfig("u", n2, IpAddress.parse("198.19.0.2"), VXLAN_PORT, 4), small)) {
            first.setRemote(0, IpAddress.parse("198.19.0.2"), VXLAN_PORT);
            for (int i = 0; i < 3; i++) {
                vector.add(frame(100 + i, i));
            }
            first.transmit(vector);
            receive(second, 100);
            while (second.receive(vector, 64)) {
                Thread.onSpinWait();
            }
            assertThat(vector.size()).isEqualTo(1);
            assertThat(counters.getDrop(1, DropReason.NO_FRAME_AVAILABLE)).isEqualTo(2);
            small.consumed(vector.get(0));
        }
    }

    @Test
    void shouldTellTheMtuOfItsAddressAndWhatTheKernelDropped() throws Exception {
        assertThat(UdpUnderlay.underlayMtu(n1, IpAddress.parse("198.19.0.1"))).isEqualTo(1500);
        assertThat(UdpUnderlay.underlayMtu(n1, IpAddress.parse("fd00:19::1"))).isEqualTo(1500);
        assertThatThrownBy(() -> UdpUnderlay.underlayMtu(n1, IpAddress.parse("198.19.0.2")))
                .isInstanceOf(PortException.class)
                .hasMessage("198.19.0.2 is not an address of this namespace");
        for (final String address : List.of("198.19.0.1", "fd00:19::1")) {
            try (UdpUnderlay underlay = open(0, n1, address)) {
                assertThat(underlay.kernelDrops()).isEqualTo(new UdpUnderlay.KernelDrops(0, 0));
            }
        }
    }

    @Test
    void shouldRefuseAnAddressThatIsNotThereAndAPortThatIsTaken() throws Exception {
        assertThatThrownBy(() -> open(0, n1, "198.19.0.9"))
                .isInstanceOf(PortException.class)
                .hasMessage("198.19.0.9 is not an address of this namespace");
        try (UdpUnderlay underlay = open(0, n1, "198.19.0.1")) {
            assertThat(underlay.state()).isEqualTo(PortState.UP);
            assertThatThrownBy(() -> open(1, n1, "198.19.0.1"))
                    .isInstanceOf(PortException.class)
                    .hasMessageContaining("port 4789: in use");
        }
    }

    @Test
    void shouldAllocateNothing() throws Exception {
        final FrameVector sent = new FrameVector();
        try (UdpUnderlay first = open(0, n1, "198.19.0.1");
                UdpUnderlay second = open(1, n2, "198.19.0.2")) {
            first.setRemote(0, IpAddress.parse("198.19.0.2"), VXLAN_PORT);
            final long bytes = WarmAllocation.of(20_000, () -> {
                final Frame ordinary = Objects.requireNonNull(pool.create(3));
                ordinary.length = 200;
                ordinary.vtep = 0;
                sent.add(ordinary);
                final Frame superFrame = Objects.requireNonNull(pool.create(3));
                TestFrames.tcpSuperFrame(superFrame, 3000, 1000);
                FrameParser.parse(superFrame);
                superFrame.vtep = 0;
                sent.add(superFrame);
                first.transmit(sent);
                second.receive(vector, 64);
                for (int i = 0; i < vector.size(); i++) {
                    pool.consumed(vector.get(i));
                }
                vector.clear();
            });
            assertThat(bytes).isZero();
            assertThat(counters.getPort(1, PortCounter.RX_SEGMENTS)).isGreaterThan(100_000);
        }
    }

    @Test
    void shouldJoinOrdinaryAndSuperFramesAndKeepTheirOrder() throws Exception {
        try (UdpUnderlay underlay = open(0, n1, "198.19.0.1");
                DatagramSocket kernel = kernelSocket(n2, "198.19.0.2")) {
            underlay.setRemote(0, IpAddress.parse("198.19.0.2"), VXLAN_PORT);
            final int[] payloads = {1054, 64_500, 40, 2500, 1054, 1200, 900};
            final List<Integer> expected = new ArrayList<>();
            for (final int payload : payloads) {
                final Frame frame;
                if (payload > 1400) {
                    frame = Objects.requireNonNull(pool.create(3));
                    TestFrames.tcpSuperFrame(frame, payload, 1000);
                    assertThat(FrameParser.parse(frame)).isNull();
                    for (int left = payload; left > 0; left -= 1000) {
                        expected.add(TestFrames.HEADERS + Math.min(left, 1000));
                    }
                } else {
                    frame = frame(payload, 5);
                    expected.add(payload);
                }
                frame.vtep = 0;
                frame.flowHash = 5;
                vector.add(frame);
            }
            underlay.transmit(vector);
            final List<Integer> received = new ArrayList<>();
            final DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
            while (received.size() < expected.size()) {
                kernel.receive(packet);
                received.add(packet.getLength());
                if (packet.getLength() == TestFrames.HEADERS + 1000 && packet.getData()[12] == 8) {
                    assertThat(TestFrames.isTcpSound(packet.getData(), 0)).isTrue();
                }
            }
            assertThat(received).isEqualTo(expected);
            assertThat(counters.getPort(0, PortCounter.TX_SEGMENTS)).isEqualTo(expected.size());
        }
        assertThat(pool.inUse()).isZero();
    }
}
