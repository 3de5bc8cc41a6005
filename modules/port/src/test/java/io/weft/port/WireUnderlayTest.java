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
import io.weft.wire.Ipv4;
import io.weft.wire.Vxlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WireUnderlayTest {
    private static final IpAddress LOCAL = IpAddress.parse("198.19.0.1");
    private static final IpAddress REMOTE = IpAddress.parse("198.19.0.2");
    private static final byte[] PAYLOAD = TestFrames.udp(40);

    private final Counters counters = Counters.inMemory(2);
    private final FramePool pool = new FramePool(300, counters);
    private final FrameVector vector = new FrameVector();
    private final MemoryQueue there = new MemoryQueue(256);
    private final MemoryQueue back = new MemoryQueue(256);

    private WireUnderlay underlay(final int index, final IpAddress local, final boolean forward) {
        final MemoryPort wire =
                forward ? new MemoryPort(index, "w", pool, back, there) : new MemoryPort(index, "w", pool, there, back);
        return new WireUnderlay(wire, new WireConfig(local, Vxlan.PORT, 1500, 4), pool);
    }

    private Frame frame(final byte[] octets) {
        final Frame frame = Objects.requireNonNull(pool.create(1));
        frame.buffer.putBytes(frame.offset, octets);
        frame.length = octets.length;
        frame.vtep = 0;
        frame.flowHash = 0xABCD_EF01;
        return frame;
    }

    /** What becomes of one outer frame: null if it gets through. */
    private DropReason[] receive(final byte[] octets) {
        final WireUnderlay underlay = underlay(0, LOCAL, false);
        there.offer(octets);
        underlay.receive(vector, 1);
        pool.dropAll(vector, DropReason.NO_NETWORK);
        return Arrays.stream(DropReason.values())
                .filter(reason -> counters.getDrop(0, reason) > 0)
                .toArray(DropReason[]::new);
    }

    private byte[] outer() {
        return TestFrames.outerIpv4(REMOTE, LOCAL, Vxlan.PORT, PAYLOAD);
    }

    @ParameterizedTest
    @ValueSource(strings = {"198.19.0.", "fd00:19::"})
    void shouldDeliverWhatItSends(final String net) {
        final IpAddress first = IpAddress.parse(net + 1);
        final IpAddress second = IpAddress.parse(net + 2);
        final WireUnderlay sender = underlay(0, first, true);
        final WireUnderlay receiver = underlay(1, second, false);
        sender.setRemote(0, second, Vxlan.PORT);
        vector.add(frame(PAYLOAD));
        sender.transmit(vector);
        receiver.receive(vector, 8);
        assertThat(vector.size()).isEqualTo(1);
        final Frame received = vector.get(0);
        final byte[] octets = new byte[received.length];
        received.buffer.getBytes(received.offset, octets);
        assertThat(octets).isEqualTo(PAYLOAD);
        assertThat(new IpAddress(received.remoteHigh, received.remoteLow)).isEqualTo(first);
        assertThat(counters.get(WorkerCounter.DROPPED)).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"198.19.0.", "fd00:19::"})
    void shouldSegmentSuperFrames(final String net) {
        final WireUnderlay sender = underlay(0, IpAddress.parse(net + 1), true);
        final WireUnderlay receiver = underlay(1, IpAddress.parse(net + 2), false);
        sender.setRemote(0, IpAddress.parse(net + 2), Vxlan.PORT);
        final Frame frame = Objects.requireNonNull(pool.create(1));
        TestFrames.tcpSuperFrame(frame, 60_000, 1380);
        assertThat(FrameParser.parse(frame)).isNull();
        frame.push(Vxlan.HEADER_LENGTH);
        Vxlan.put(frame.buffer, frame.offset, 42);
        frame.vtep = 0;
        vector.add(frame);
        sender.transmit(vector);
        receiver.receive(vector, 256);
        assertThat(vector.size()).isEqualTo(44);
        int payload = 0;
        for (int i = 0; i < vector.size(); i++) {
            final Frame segment = vector.get(i);
            final byte[] octets = new byte[segment.length];
            segment.buffer.getBytes(segment.offset, octets);
            assertThat(TestFrames.isTcpSound(octets, Vxlan.HEADER_LENGTH)).isTrue();
            payload += segment.length - Vxlan.HEADER_LENGTH - TestFrames.HEADERS;
        }
        assertThat(payload).isEqualTo(60_000);
    }

    @Test
    void shouldAcceptNoChecksumAndARightOneButNotAWrongOne() {
        assertThat(receive(outer())).containsExactly(DropReason.NO_NETWORK);
        final byte[] wrong = outer();
        Bytes.putU16(new UnsafeBuffer(wrong), 40, 0x1234);
        assertThat(receive(wrong)).contains(DropReason.OUTER_CHECKSUM);
    }

    @Test
    void shouldDropAWrongHeaderChecksum() {
        final byte[] octets = outer();
        octets[24] ^= 1;
        assertThat(receive(octets)).containsExactly(DropReason.OUTER_CHECKSUM);
    }

    @Test
    void shouldDropEveryFragment() {
        assertThat(receive(TestFrames.withIpv4Field(outer(), 6, Ipv4.FLAG_MF)))
                .containsExactly(DropReason.OUTER_FRAGMENT);
        assertThat(receive(TestFrames.withIpv4Field(outer(), 6, 5))).containsExactly(DropReason.OUTER_FRAGMENT);
    }

    @Test
    void shouldDropWhatIsForAnotherAddressPortOrProtocol() {
        assertThat(receive(TestFrames.outerIpv4(LOCAL, REMOTE, Vxlan.PORT, PAYLOAD)))
                .containsExactly(DropReason.NOT_FOR_US);
        assertThat(receive(TestFrames.outerIpv4(REMOTE, LOCAL, 8472, PAYLOAD))).containsExactly(DropReason.NOT_FOR_US);
        assertThat(receive(TestFrames.withIpv4Field(outer(), 8, 64 << 8 | Ipv4.PROTOCOL_TCP)))
                .containsExactly(DropReason.NOT_FOR_US);
        final byte[] arp = outer();
        Bytes.putU16(new UnsafeBuffer(arp), 12, 0x0806);
        assertThat(receive(arp)).containsExactly(DropReason.NOT_FOR_US);
        assertThat(counters.getDrop(0, DropReason.NOT_FOR_US)).isEqualTo(4);
    }

    @Test
    void shouldDropEveryTruncation() {
        final byte[] octets = outer();
        for (int length = 0; length < octets.length; length++) {
            receive(Arrays.copyOf(octets, length));
        }
        assertThat(counters.getDrop(0, DropReason.OUTER_MALFORMED)).isEqualTo(octets.length);
    }

    @Test
    void shouldIgnoreEthernetPadding() {
        final WireUnderlay underlay = underlay(0, LOCAL, false);
        there.offer(Arrays.copyOf(outer(), outer().length + 6));
        underlay.receive(vector, 1);
        assertThat(vector.get(0).length).isEqualTo(PAYLOAD.length);
    }

    @Test
    void shouldDropWhatIsTooLongForTheMtuAndUnknownRemotes() {
        final WireUnderlay underlay = underlay(0, LOCAL, true);
        underlay.setRemote(0, REMOTE, Vxlan.PORT);
        final List<Integer> told = new ArrayList<>();
        underlay.pathMtuListener((vtep, mtu) -> told.add(mtu));
        vector.add(frame(new byte[1473]));
        vector.add(frame(new byte[1472]));
        underlay.transmit(vector);
        assertThat(counters.getDrop(1, DropReason.MTU_EXCEEDED)).isEqualTo(1);
        assertThat(told).containsExactly(1500);
        assertThat(Objects.requireNonNull(there.poll())).hasSize(1514);
        underlay.removeRemote(0);
        vector.add(frame(PAYLOAD));
        underlay.transmit(vector);
        assertThat(counters.getDrop(1, DropReason.UNDERLAY_UNREACHABLE)).isEqualTo(1);
    }

    @Test
    void shouldSurviveAndAccountForRandomChanges() {
        final long seed = 20_261_123L;
        final Random random = new Random(seed);
        final WireUnderlay underlay = underlay(0, LOCAL, false);
        final byte[] original = outer();
        final int rounds = 20_000;
        for (int round = 0; round < rounds; round++) {
            final byte[] octets = Arrays.copyOf(original, random.nextInt(original.length + 20));
            for (int change = random.nextInt(4); change > 0 && octets.length > 0; change--) {
                octets[random.nextInt(octets.length)] = (byte) random.nextInt();
            }
            there.offer(octets);
            underlay.receive(vector, 1);
            pool.dropAll(vector, DropReason.NO_NETWORK);
        }
        assertThat(counters.get(WorkerCounter.RECEIVED)).as("seed " + seed).isEqualTo(rounds);
        assertThat(counters.get(WorkerCounter.DROPPED)).as("seed " + seed).isEqualTo(rounds);
    }
}
