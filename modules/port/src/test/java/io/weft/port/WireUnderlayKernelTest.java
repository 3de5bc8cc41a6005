// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.WorkerCounter;
import io.weft.wire.Bytes;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import io.weft.wire.Vxlan;
import java.util.List;
import java.util.Objects;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernel judges what a wire underlay writes, and writes what it judges. */
@Tag("netns")
class WireUnderlayKernelTest {
    // What a wire underlay makes of both of the kernel's addresses.
    private static final long KERNEL_MAC = 0x0200_C613_0501L;
    private static final int TIMEOUT_MILLIS = 10_000;

    @AutoClose
    private final TestNamespaces namespaces = new TestNamespaces();

    private final Counters counters = Counters.inMemory(4);
    private final FramePool pool = new FramePool(300, counters);
    private final FrameVector vector = new FrameVector();
    private String a = "";

    @BeforeEach
    void makeNamespace() throws Exception {
        a = namespaces.add("a");
    }

    private TapPort tap() throws Exception {
        final List<IpPrefix> addresses =
                List.of(IpPrefix.parse("198.19.5.1/24"), IpPrefix.parse("fd00:5::c613:501/64"));
        final TapPort tap = TapPort.open(0, new TapConfig("w", a, "eth0", KERNEL_MAC, 1500, addresses, true), pool);
        TestNamespaces.awaitLocal(a, "fd00:5::c613:501");
        for (final String neighbour : new String[] {"198.19.5.2", "fd00:5::c613:502"}) {
            TestNamespaces.run("ip", "-n", a, "neigh", "add", neighbour, "lladdr", "02:00:c6:13:05:02", "dev", "eth0");
        }
        return tap;
    }

    private UdpUnderlay kernel(final IpAddress address) throws PortException {
        return UdpUnderlay.open(1, new UdpConfig("u", a, address, Vxlan.PORT, 4), pool);
    }

    private Frame frame(final byte[] octets) {
        final Frame frame = Objects.requireNonNull(pool.create(3));
        frame.buffer.putBytes(frame.offset, octets);
        frame.length = octets.length;
        frame.vtep = 0;
        return frame;
    }

    /** Receives until something for a VTEP arrives; the kernel also says this and that of its own. */
    private Frame receive(final Port port) throws PortException {
        try (Poller poller = new Poller()) {
            poller.add(port.fileDescriptor(), 0);
            while (vector.isEmpty() && poller.poll(TIMEOUT_MILLIS) > 0) {
                port.receive(vector, 64);
            }
        }
        assertThat(vector.size()).isEqualTo(1);
        final Frame frame = vector.get(0);
        vector.clear();
        return frame;
    }

    private static byte[] octets(final Frame frame) {
        final byte[] octets = new byte[frame.length];
        frame.buffer.getBytes(frame.offset, octets);
        return octets;
    }

    @ParameterizedTest
    @ValueSource(strings = {"198.19.5.", "fd00:5::c613:50"})
    void shouldUnderstandAndBeUnderstood(final String net) throws Exception {
        final IpAddress ours = IpAddress.parse(net + 2);
        final IpAddress kernels = IpAddress.parse(net + 1);
        try (WireUnderlay wire = new WireUnderlay(tap(), new WireConfig(ours, Vxlan.PORT, 1500, 4), pool);
                UdpUnderlay kernel = kernel(kernels)) {
            final byte[] payload = TestFrames.udp(101);
            wire.setRemote(0, kernels, Vxlan.PORT);
            vector.add(frame(payload));
            wire.transmit(vector);
            final Frame atKernel = receive(kernel);
            assertThat(octets(atKernel)).isEqualTo(payload);
            assertThat(new IpAddress(atKernel.remoteHigh, atKernel.remoteLow)).isEqualTo(ours);
            pool.consumed(atKernel);
            assertThat(kernel.kernelDrops()).isEqualTo(new UdpUnderlay.KernelDrops(0, 0));

            kernel.setRemote(0, ours, Vxlan.PORT);
            vector.add(frame(payload));
            kernel.transmit(vector);
            final Frame atWire = receive(wire);
            assertThat(octets(atWire)).isEqualTo(payload);
            assertThat(new IpAddress(atWire.remoteHigh, atWire.remoteLow)).isEqualTo(kernels);
            pool.consumed(atWire);
        }
        assertThat(counters.getDrop(DropReason.OUTER_CHECKSUM)).isZero();
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void shouldReceiveATrainThatTheTapGivesInOnePiece() throws Exception {
        final IpAddress ours = IpAddress.parse("198.19.5.2");
        try (WireUnderlay wire = new WireUnderlay(tap(), new WireConfig(ours, Vxlan.PORT, 1500, 4), pool);
                UdpUnderlay kernel = kernel(IpAddress.parse("198.19.5.1"))) {
            kernel.setRemote(0, ours, Vxlan.PORT);
            final Frame superFrame = Objects.requireNonNull(pool.create(3));
            TestFrames.tcpSuperFrame(superFrame, 20_000, 1000);
            assertThat(FrameParser.parse(superFrame)).isNull();
            superFrame.vtep = 0;
            vector.add(superFrame);
            kernel.transmit(vector);
            final Frame train = receive(wire);
            assertThat(train.gsoType).isEqualTo(Frame.GSO_UDP);
            assertThat(train.gsoSize).isEqualTo(TestFrames.HEADERS + 1000);
            assertThat(train.length).isEqualTo(20 * (TestFrames.HEADERS + 1000));
            assertThat(train.checksumState).isEqualTo(Frame.CHECKSUM_COMPLETE);
            pool.consumed(train);
        }
    }

    @Test
    void shouldTellWhatTheKernelDropped() throws Exception {
        try (TapPort tap = tap();
                UdpUnderlay kernel = kernel(IpAddress.parse("198.19.5.1"))) {
            final byte[] wrong = TestFrames.outerIpv4(
                    IpAddress.parse("198.19.5.2"), IpAddress.parse("198.19.5.1"), Vxlan.PORT, TestFrames.udp(10));
            final UnsafeBuffer view = new UnsafeBuffer(wrong);
            Bytes.putU48(view, 0, KERNEL_MAC);
            Bytes.putU16(view, 40, 0x1234);
            vector.add(frame(wrong));
            tap.transmit(vector);
            assertThat(kernel.kernelDrops().badChecksum()).isEqualTo(1);

            Bytes.putU16(view, 40, 0);
            final long limit = 200_000;
            long sent = 0;
            while (kernel.kernelDrops().full() < 2 && sent < limit) {
                for (int i = 0; i < 256; i++) {
                    vector.add(frame(wrong));
                }
                sent += vector.size();
                tap.transmit(vector);
            }
            assertThat(sent).isBetween(256L, limit - 1);
        }
        assertThat(counters.get(WorkerCounter.DROPPED)).isZero();
    }
}
