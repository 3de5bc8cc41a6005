// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.PortCounter;
import io.weft.offload.Coalescer;
import io.weft.offload.SegmentList;
import io.weft.offload.Segmenter;
import io.weft.testkit.FrameBuilder;
import io.weft.testkit.Seeds;
import io.weft.wire.IpPrefix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The kernel as judge of segmentation and coalescing in software. */
@Tag("netns")
class KernelOffloadTest {
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final long MAC = 0x02_00_00_00_00_02L;

    @AutoClose
    private final TestNamespaces namespaces = new TestNamespaces();

    private final Counters counters = Counters.inMemory(4);
    private final FramePool pool = new FramePool(300, counters);
    private final FrameVector vector = new FrameVector();
    private final Coalescer coalescer = new Coalescer();
    private String a = "";
    private String b = "";

    @BeforeEach
    void makeNamespaces() throws Exception {
        a = namespaces.add("ka");
        b = namespaces.add("kb");
    }

    /** A bridge of the kernel gets super-frames and has to cut them for a port without offloads. */
    @Test
    void shouldCutAsTheKernelDoesAndCoalesceWhatItCut() throws Exception {
        // No addresses and no IPv6: nobody but the test sends.
        TestNamespaces.run("ip", "netns", "exec", a, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1");
        try (TapPort whole = open(0, a, "whole", true);
                TapPort cut = open(1, a, "cut", false);
                Poller poller = new Poller()) {
            TestNamespaces.run("ip", "-n", a, "link", "add", "name", "br0", "type", "bridge", "mcast_snooping", "0");
            TestNamespaces.run("ip", "-n", a, "link", "set", "whole", "master", "br0");
            TestNamespaces.run("ip", "-n", a, "link", "set", "cut", "master", "br0");
            TestNamespaces.run("ip", "-n", a, "link", "set", "br0", "up");
            poller.add(cut.fileDescriptor(), 0);
            final boolean takesUdp = whole.offloads().contains("uso");
            Seeds.each(100, random -> {
                final boolean tcp = !takesUdp || random.nextBoolean();
                final Frame frame = superFrame(random, tcp).parsedInto(pool, 2);
                final byte[] octets = octets(frame);
                final List<byte[]> ours = cut(frame);

                send(whole, frame);
                final List<byte[]> kernels = receive(cut, poller, ours.size());

                assertThat(kernels).hasSameSizeAs(ours);
                for (int i = 0; i < ours.size(); i++) {
                    assertThat(kernels.get(i))
                            .as("segment %d of %d", i, ours.size())
                            .isEqualTo(ours.get(i));
                }
                assertCoalesces(kernels, octets);
            });
            assertThat(whole.refusedOffloads()).isZero();
        }
    }

    private static FrameBuilder superFrame(final SplittableRandom random, final boolean tcp) {
        final FrameBuilder builder = FrameBuilder.frame()
                .identification(random.nextInt(0x10000))
                .fragment(random.nextBoolean() ? 0x4000 : 0)
                .ttl(1 + random.nextInt(255))
                .trafficClass(random.nextInt(64) << 2)
                .flowLabel(random.nextInt(1 << 20));
        for (int tags = random.nextInt(3); tags > 0; tags--) {
            builder.tag(random.nextInt(8) << 13 | 1 + random.nextInt(4094));
        }
        if (random.nextBoolean()) {
            builder.ipv4("10.0.0." + random.nextInt(256), "10.0.1." + random.nextInt(256));
        } else {
            builder.ipv6("fd00::1:" + random.nextInt(10), "fd00::2:" + random.nextInt(10));
        }
        final int gsoSize = 100 + random.nextInt(1300);
        final byte[] payload = new byte[gsoSize + 1 + random.nextInt(Math.min(60 * gsoSize, 64_000 - gsoSize))];
        random.nextBytes(payload);
        if (tcp) {
            final byte[] options = new byte[4 * random.nextInt(11)];
            Arrays.fill(options, (byte) 1);
            builder.tcp(random.nextInt(0x10000), 80, random.nextInt(), 5, 0x10 | random.nextInt(2) << 3, 9, options);
        } else {
            builder.udp(random.nextInt(0x10000), 9);
        }
        return builder.payload(payload).gso(gsoSize);
    }

    private List<byte[]> cut(final Frame frame) {
        assertThat(Segmenter.isSegmentable(frame)).isTrue();
        final SegmentList list = new SegmentList();
        final List<byte[]> segments = new ArrayList<>();
        int done = 0;
        do {
            done = Segmenter.segment(frame, done, SegmentList.MAX_SEGMENTS, Integer.MAX_VALUE, list);
            for (int i = 0; i < list.count; i++) {
                final byte[] segment = new byte[list.headerLength + list.payloadLength[i]];
                list.headers.getBytes(i * SegmentList.MAX_HEADER_LENGTH, segment, 0, list.headerLength);
                frame.buffer.getBytes(list.payloadOffset[i], segment, list.headerLength, list.payloadLength[i]);
                segments.add(segment);
            }
        } while (done < Segmenter.payloadLength(frame));
        return segments;
    }

    private void send(final Port port, final Frame frame) {
        vector.add(frame);
        port.transmit(vector);
    }

    private List<byte[]> receive(final Port port, final Poller poller, final int count) {
        final List<byte[]> frames = new ArrayList<>();
        final long deadline = System.nanoTime() + TIMEOUT_MILLIS * 1_000_000L;
        while (frames.size() < count && System.nanoTime() < deadline) {
            if (!port.receive(vector, 64)) {
                poller.poll(100);
            }
            for (int i = 0; i < vector.size(); i++) {
                frames.add(octets(vector.get(i)));
                pool.consumed(vector.get(i));
            }
            vector.clear();
        }
        return frames;
    }

    private void assertCoalesces(final List<byte[]> segments, final byte[] superFrame) {
        final Frame frame = Objects.requireNonNull(pool.receive(2));
        frame.length = segments.getFirst().length;
        frame.buffer.putBytes(frame.offset, segments.getFirst());
        pool.received(frame);
        assertThat(FrameParser.parse(frame)).isNull();
        assertThat(coalescer.begin(frame)).isTrue();
        for (final byte[] segment : segments.subList(1, segments.size())) {
            assertThat(coalescer.append(new UnsafeBuffer(segment), 0, segment.length))
                    .isEqualTo(Coalescer.APPENDED);
        }
        coalescer.finish();
        assertThat(octets(frame)).isEqualTo(superFrame);
        pool.consumed(frame);
    }

    /** The receiver's kernel verifies each checksum: it is told of none that somebody else did. */
    @Test
    void shouldMakeDatagramsThatTheKernelAccepts() throws Exception {
        try (TapPort port = open(0, a, "eth0", false, "10.1.0.2/24", "fd00:1::2/64")) {
            for (final String address : List.of("10.1.0.2", "fd00:1::2")) {
                try (DatagramSocket socket = NetworkNamespace.call(a, () -> bind(address))) {
                    final FrameBuilder builder = address.contains(":")
                            ? FrameBuilder.frame().ipv6("fd00:1::1", address)
                            : FrameBuilder.frame().ipv4("10.1.0.1", address);
                    final Frame frame = builder.to(MAC)
                            .udp(7, socket.getLocalPort())
                            .payload(40_000)
                            .gso(1300)
                            .parsedInto(pool, 2);
                    final byte[] sent = octets(frame);
                    final int headers = Segmenter.headerLength(frame);

                    send(port, frame);

                    assertThat(received(socket, 40_000)).isEqualTo(Arrays.copyOfRange(sent, headers, sent.length));
                }
            }
        }
    }

    private static DatagramSocket bind(final String address) {
        try {
            final DatagramSocket socket = new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral(address), 0));
            socket.setReceiveBufferSize(1 << 20);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            return socket;
        } catch (final SocketException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] received(final DatagramSocket socket, final int length) throws IOException {
        final byte[] octets = new byte[length];
        for (int position = 0; position < length; ) {
            final DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
            socket.receive(packet);
            System.arraycopy(packet.getData(), 0, octets, position, packet.getLength());
            position += packet.getLength();
        }
        return octets;
    }

    @Test
    void shouldCoalesceTcpSoThatTheKernelAcceptsIt() throws Exception {
        try (TapPort first = open(0, a, "eth0", false, "10.1.0.1/24", "fd00:1::1/64");
                TapPort second = open(1, b, "eth0", true, "10.1.0.2/24", "fd00:1::2/64");
                Splice splice = new CoalescingSplice(pool, first, second).start()) {
            assertThat(Transfer.tcp(a, b, "10.1.0.2", 20_000_000)).isTrue();
            assertThat(Transfer.tcp(a, b, "fd00:1::2", 20_000_000)).isTrue();
            // Acknowledgments and data the other way take the same path.
            assertThat(Transfer.tcp(b, a, "10.1.0.1", 5_000_000)).isTrue();
            assertThat(splice.ports).hasSize(2);
            assertThat(second.refusedOffloads()).isZero();
        }
        assertThat(counters.getPort(1, PortCounter.TX_SEGMENTS))
                .isGreaterThan(2 * counters.getPort(1, PortCounter.TX_FRAMES));
        assertThat(counters.getDrop(DropReason.INNER_CHECKSUM)).isZero();
        assertThat(pool.inUse()).isZero();
    }

    /** Makes one frame of those in a vector that continue each other. */
    private static final class CoalescingSplice extends Splice {
        private final Coalescer coalescer = new Coalescer();

        CoalescingSplice(final FramePool pool, final Port a, final Port b) throws PortException {
            super(pool, a, b);
        }

        @Override
        void forward(final int from, final FrameVector frames) {
            int kept = 0;
            for (int i = 0; i < frames.size(); ) {
                final Frame frame = frames.get(i++);
                if (!coalescer.begin(frame)) {
                    pool.drop(frame, DropReason.INNER_CHECKSUM);
                    continue;
                }
                while (i < frames.size() && append(frames.get(i))) {
                    pool.consumed(frames.get(i++));
                }
                coalescer.finish();
                frames.set(kept++, frame);
            }
            frames.truncate(kept);
            super.forward(from, frames);
        }

        private boolean append(final Frame next) {
            return !next.isSuperFrame()
                    && next.checksumState != Frame.CHECKSUM_PARTIAL
                    && coalescer.append(next.buffer, next.offset, next.length) == Coalescer.APPENDED;
        }
    }

    private TapPort open(
            final int index,
            final String namespace,
            final String name,
            final boolean offloads,
            final String... addresses)
            throws PortException {
        final List<IpPrefix> prefixes =
                Arrays.stream(addresses).map(IpPrefix::parse).toList();
        final long mac = name.equals("eth0") && namespace.equals(a) ? MAC : AutoMac.of("n1", "k" + index);
        return TapPort.open(index, new TapConfig("k" + index, namespace, name, mac, 1450, prefixes, offloads), pool);
    }

    private static byte[] octets(final Frame frame) {
        final byte[] octets = new byte[frame.length];
        frame.buffer.getBytes(frame.offset, octets);
        return octets;
    }
}
