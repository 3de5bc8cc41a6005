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
import io.weft.frame.WorkerCounter;
import io.weft.testkit.WarmAllocation;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class MemoryPortTest {
    private final Counters counters = Counters.inMemory(2);
    private final FramePool pool = new FramePool(8, counters);
    private final FrameVector vector = new FrameVector();
    private final MemoryQueue in = new MemoryQueue(8);
    private final MemoryQueue out = new MemoryQueue(64);

    @Test
    void shouldCarryFramesInOrder() {
        final MemoryPort port = new MemoryPort(0, "m", pool, in, out);
        for (int i = 0; i < 5; i++) {
            assertThat(in.offer(TestFrames.udp(i))).isTrue();
        }
        assertThat(port.receive(vector, 3)).isTrue();
        assertThat(vector.size()).isEqualTo(3);
        assertThat(port.receive(vector, 8)).isFalse();
        port.transmit(vector);
        for (int i = 0; i < 5; i++) {
            assertThat(out.poll()).isEqualTo(TestFrames.udp(i));
        }
        assertThat(out.poll()).isNull();
        assertThat(pool.inUse()).isZero();
        assertThat(counters.getPort(0, PortCounter.TX_FRAMES)).isEqualTo(5);
    }

    @Test
    void shouldCarryOffloadFields() {
        final MemoryPort port = new MemoryPort(0, "m", pool, in, out);
        final Frame frame = Objects.requireNonNull(pool.create(1));
        frame.push(8);
        TestFrames.tcpSuperFrame(frame, 60_000, 1400);
        frame.gsoEcn = true;
        assertThat(in.offer(frame)).isTrue();
        pool.consumed(frame);
        port.receive(vector, 8);
        final Frame received = vector.get(0);
        assertThat(FrameParser.parse(received)).isNull();
        assertThat(received.gsoType).isEqualTo(Frame.GSO_TCPV4);
        assertThat(received.gsoSize).isEqualTo(1400);
        assertThat(received.gsoEcn).isTrue();
        assertThat(received.checksumStart).isEqualTo(received.l4Offset);
        assertThat(counters.getPort(0, PortCounter.RX_SEGMENTS)).isEqualTo(43);
        pool.consumed(received);
    }

    @Test
    void shouldSegmentIfItTakesNoSuperFrames() {
        final MemoryPort port = new MemoryPort(0, "m", pool, in, out, false);
        final Frame frame = Objects.requireNonNull(pool.create(1));
        TestFrames.tcpSuperFrame(frame, 2500, 1000);
        assertThat(FrameParser.parse(frame)).isNull();
        vector.add(frame);
        port.transmit(vector);
        final int[] lengths = {1000, 1000, 500};
        for (final int length : lengths) {
            final byte[] segment = Objects.requireNonNull(out.poll());
            assertThat(segment).hasSize(TestFrames.HEADERS + length);
            assertThat(TestFrames.isTcpSound(segment, 0)).isTrue();
        }
        assertThat(counters.getPort(0, PortCounter.TX_SEGMENTS)).isEqualTo(3);
    }

    @Test
    void shouldCountWhatAFullQueueAndAnEmptyPoolLose() {
        final FramePool tiny = new FramePool(1, counters);
        final MemoryQueue small = new MemoryQueue(1);
        final MemoryPort port = new MemoryPort(0, "m", tiny, in, small);
        for (int i = 0; i < 3; i++) {
            in.offer(TestFrames.udp(10));
        }
        assertThat(in.size()).isEqualTo(3);
        assertThat(port.receive(vector, 8)).isFalse();
        assertThat(counters.getDrop(0, DropReason.NO_FRAME_AVAILABLE)).isEqualTo(2);
        port.transmit(vector);
        in.offer(TestFrames.udp(10));
        port.receive(vector, 8);
        port.transmit(vector);
        assertThat(counters.getDrop(0, DropReason.TX_FULL)).isEqualTo(1);
        assertThat(counters.getPort(0, PortCounter.TX_DROPPED)).isEqualTo(1);
        assertThat(counters.get(WorkerCounter.RECEIVED))
                .isEqualTo(counters.get(WorkerCounter.TRANSMITTED) + counters.get(WorkerCounter.DROPPED));
        assertThat(small.offer(TestFrames.udp(1))).isFalse();
    }

    @Test
    void shouldEndAVectorAtOneMegabyte() {
        final FramePool big = new FramePool(40, counters);
        final MemoryQueue queue = new MemoryQueue(32);
        final MemoryPort port = new MemoryPort(0, "m", big, queue, null);
        while (queue.offer(new byte[60_000])) {
            assertThat(queue.size()).isPositive();
        }
        assertThat(port.receive(vector, 256)).isTrue();
        assertThat(vector.size()).isEqualTo(FrameVector.MAX_BYTES / 60_000 + 1);
        port.transmit(vector);
        assertThat(big.inUse()).isZero();
    }

    @Test
    void shouldDropWhileSetDownAndAfterClose() {
        final MemoryPort port = new MemoryPort(0, "m", pool, in, out);
        port.carrier(false);
        assertThat(port.state()).isEqualTo(PortState.NO_CARRIER);
        in.offer(TestFrames.udp(1));
        port.receive(vector, 1);
        port.transmit(vector);
        assertThat(counters.getDrop(0, DropReason.PORT_DOWN)).isEqualTo(1);
        port.carrier(true);
        assertThat(port.state()).isEqualTo(PortState.UP);
        port.close();
        in.offer(TestFrames.udp(1));
        assertThat(port.receive(vector, 1)).isFalse();
        assertThat(port.reason()).isEqualTo("closed");
    }

    @Test
    void shouldRepeatFramesWithoutAllocating() {
        final MemoryPort port = new MemoryPort(0, "m", pool, in, null);
        while (in.offer(TestFrames.udp(22))) {
            assertThat(in.size()).isPositive();
        }
        final long bytes = WarmAllocation.of(50_000, () -> {
            in.repeat(8);
            port.receive(vector, 8);
            port.transmit(vector);
        });
        assertThat(bytes).isZero();
        assertThat(counters.getPort(0, PortCounter.TX_FRAMES)).isGreaterThan(400_000);
    }
}
