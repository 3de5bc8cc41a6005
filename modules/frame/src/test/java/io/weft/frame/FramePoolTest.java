// SPDX-License-Identifier: Apache-2.0
package io.weft.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FramePoolTest {
    private static final int CAPACITY = 4;
    private static final int PORT = 1;

    private final Counters counters = Counters.inMemory(3);
    private final FramePool pool = new FramePool(CAPACITY, counters);

    @Test
    void shouldGiveEmptyOrdinaryFramesBehindTheHeadroom() {
        final Frame used = receive(100);
        used.gsoType = Frame.GSO_TCPV4;
        used.gsoSize = 1400;
        used.checksumState = Frame.CHECKSUM_PARTIAL;
        used.vtep = 3;
        used.l3Offset = 14;
        used.push(8);
        pool.consumed(used);

        final Frame frame = Objects.requireNonNull(pool.receive(PORT));

        assertThat(frame).as("last in, first out").isSameAs(used);
        assertThat(frame.offset).isEqualTo(FramePool.HEADROOM);
        assertThat(frame.length).isZero();
        assertThat(frame.isSuperFrame()).isFalse();
        assertThat(frame.gsoSize).isZero();
        assertThat(frame.checksumState).isEqualTo(Frame.CHECKSUM_COMPLETE);
        assertThat(frame.port).isEqualTo(PORT);
        assertThat(frame.vtep).isEqualTo(Frame.NONE);
        assertThat(frame.l3Offset).isEqualTo(Frame.NONE);
        assertThat(frame.buffer.capacity()).isGreaterThanOrEqualTo(FramePool.HEADROOM + FramePool.MAX_FRAME_LENGTH);
    }

    @Test
    void shouldNotLetFramesShareMemory() {
        final List<Frame> frames = new ArrayList<>();
        for (int i = 0; i < CAPACITY; i++) {
            frames.add(receive(0));
            frames.get(i).buffer.setMemory(0, frames.get(i).buffer.capacity(), (byte) i);
        }
        for (int i = 0; i < CAPACITY; i++) {
            final Frame frame = frames.get(i);
            assertThat(frame.buffer.getByte(0)).isEqualTo((byte) i);
            assertThat(frame.buffer.getByte(frame.buffer.capacity() - 1)).isEqualTo((byte) i);
        }
    }

    @Test
    void shouldRefuseWhenEmptyAndCountIt() {
        for (int i = 0; i < CAPACITY; i++) {
            receive(60);
        }

        assertThat(pool.receive(PORT)).isNull();
        assertThat(counters.getDrop(DropReason.NO_FRAME_AVAILABLE)).isZero();
        pool.refused(PORT, DropReason.NO_FRAME_AVAILABLE);
        assertThat(pool.create(2)).isNull();

        assertThat(counters.getDrop(PORT, DropReason.NO_FRAME_AVAILABLE)).isOne();
        assertThat(counters.getDrop(2, DropReason.NO_FRAME_AVAILABLE)).isOne();
        assertLedger();
    }

    @Test
    void shouldCountEachWayOfGivingBack() {
        pool.transmitted(receive(100), 2);
        pool.consumed(receive(200));
        pool.drop(receive(300), DropReason.NO_OUTPUT);
        pool.unused(Objects.requireNonNull(pool.receive(PORT)));

        assertThat(counters.get(WorkerCounter.RECEIVED)).isEqualTo(3);
        assertThat(counters.get(WorkerCounter.CREATED)).isZero();
        assertThat(counters.get(WorkerCounter.TRANSMITTED)).isOne();
        assertThat(counters.get(WorkerCounter.CONSUMED)).isOne();
        assertThat(counters.get(WorkerCounter.DROPPED)).isOne();
        assertThat(counters.getPort(PORT, PortCounter.RX_FRAMES)).isEqualTo(3);
        assertThat(counters.getPort(PORT, PortCounter.RX_BYTES)).isEqualTo(600);
        assertThat(counters.getPort(2, PortCounter.TX_FRAMES)).isOne();
        assertThat(counters.getPort(2, PortCounter.TX_BYTES)).isEqualTo(100);
        assertThat(counters.getDrop(PORT, DropReason.NO_OUTPUT)).isOne();
        assertThat(pool.inUse()).isZero();
        assertLedger();
    }

    @Test
    void shouldBalanceTheLedgerWhateverHappens() {
        final SplittableRandom random = new SplittableRandom(1);
        final List<Frame> held = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            final Frame frame = held.isEmpty() ? null : held.get(random.nextInt(held.size()));
            final Frame more = take(random, frame);
            if (more != null) {
                held.add(more);
            } else if (frame != null) {
                held.remove(frame);
                giveBack(random, frame);
            }
            assertThat(pool.inUse()).isEqualTo(held.size());
            assertLedger();
        }
        assertThat(counters.getDrop(DropReason.NO_FRAME_AVAILABLE)).isPositive();
    }

    private @Nullable Frame take(final SplittableRandom random, final @Nullable Frame model) {
        return switch (random.nextInt(6)) {
            case 0 -> pool.create(PORT);
            case 1 -> model == null ? null : pool.copyOf(model);
            case 2 -> pool.inUse() == CAPACITY ? null : receive(60);
            default -> null;
        };
    }

    private void giveBack(final SplittableRandom random, final Frame frame) {
        switch (random.nextInt(3)) {
            case 0 -> pool.transmitted(frame, 2);
            case 1 -> pool.consumed(frame);
            default -> pool.drop(frame, DropReason.SAME_PORT);
        }
    }

    @Test
    void shouldCopyOctetsAndFieldsWithoutSharingThem() {
        final Frame frame = receive(3);
        frame.buffer.putBytes(frame.offset, new byte[] {1, 2, 3});
        frame.push(1);
        frame.buffer.putByte(frame.offset, (byte) 9);
        frame.network = 7;
        frame.gsoType = Frame.GSO_UDP;
        frame.gsoSize = 5;
        frame.checksumState = Frame.CHECKSUM_PARTIAL;
        frame.checksumStart = 40;
        frame.remoteLow = 11;
        frame.flowHash = 13;

        final Frame copy = Objects.requireNonNull(pool.copyOf(frame));
        frame.buffer.putByte(frame.offset, (byte) 0);

        assertThat(copy.buffer.getByte(copy.offset)).isEqualTo((byte) 9);
        assertThat(copy.buffer.getByte(copy.end() - 1)).isEqualTo((byte) 3);
        assertThat(copy.slot).isNotEqualTo(frame.slot);
        assertThat(copy)
                .usingRecursiveComparison()
                .ignoringFields("slot", "buffer")
                .isEqualTo(frame);
        assertThat(counters.get(WorkerCounter.CREATED)).isOne();
    }

    @Test
    void shouldNoticeAFrameGivenBackTwice() {
        final Frame frame = receive(60);
        pool.consumed(frame);

        assertThatThrownBy(() -> pool.consumed(frame))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("given back twice");
    }

    @Test
    void shouldTellAnObserverOfDropsWhileTheOctetsAreThere() {
        final List<String> seen = new ArrayList<>();
        pool.dropObserver((frame, reason) -> seen.add(reason.label() + " " + frame.length + " " + pool.inUse()));
        final FrameVector vector = new FrameVector();
        vector.add(receive(60));
        vector.add(receive(70));

        pool.dropAll(vector, DropReason.PORT_DOWN);
        pool.dropObserver(null);
        pool.drop(receive(80), DropReason.PORT_DOWN);

        assertThat(seen).containsExactly("port-down 60 2", "port-down 70 1");
        assertThat(vector.isEmpty()).isTrue();
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void shouldRefuseAPoolOfNoFrames() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new FramePool(0, counters))
                .withMessage("pool of 0 frames");
    }

    private Frame receive(final int length) {
        final Frame frame = Objects.requireNonNull(pool.receive(PORT));
        frame.length = length;
        pool.received(frame);
        return frame;
    }

    private void assertLedger() {
        assertThat(counters.get(WorkerCounter.RECEIVED))
                .isEqualTo(counters.get(WorkerCounter.TRANSMITTED)
                        + counters.get(WorkerCounter.CONSUMED)
                        + counters.get(WorkerCounter.DROPPED)
                        + pool.inUse());
        assertThat(counters.get(WorkerCounter.DROPPED)).isEqualTo(dropsOfAllReasons());
    }

    private long dropsOfAllReasons() {
        long sum = 0;
        for (final DropReason reason : DropReason.values()) {
            sum += counters.getDrop(reason);
        }
        return sum;
    }
}
