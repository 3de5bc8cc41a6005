// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.testkit.WarmAllocation;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

final class DropRingTest {
    private static final int FRAMES = 8;
    private final TestFrames frames = new TestFrames();
    private final DropRing ring = new DropRing(FRAMES);

    @Test
    void shouldTellWhatWasDroppedAndWhy() {
        final Frame frame = frames.udp(10);
        frame.packetId = 7;
        final long before = System.currentTimeMillis() - 1;
        ring.put(frame, DropReason.SAME_PORT, System.nanoTime());
        ring.put(frames.train(1, 500, TestFrames.REMOTE), DropReason.UNKNOWN_VNI, System.nanoTime());
        final List<DroppedFrame> seen = ring.read(TestFrames.CONTEXT);
        assertThat(seen).hasSize(2);
        assertThat(seen.get(0).reason()).isEqualTo(DropReason.SAME_PORT);
        assertThat(seen.get(0).port()).isEqualTo("a");
        assertThat(seen.get(0).network()).isEqualTo("blue");
        assertThat(seen.get(0).vtep()).isNull();
        assertThat(seen.get(0).packetId()).isEqualTo(7);
        assertThat(seen.get(0).epochNanos() / 1_000_000).isBetween(before, System.currentTimeMillis() + 1);
        assertThat(seen.get(0).summary())
                .isEqualTo("02:00:00:00:00:0a > 02:00:00:00:00:0b 10.100.0.1 > 10.100.0.2 udp 4000 > 5000");
        assertThat(seen.get(1).vtep()).isEqualTo(TestFrames.REMOTE);
        assertThat(seen.get(1).network()).isEmpty();
        assertThat(seen.get(1).length()).isEqualTo(542);
        assertThat(seen.get(1).summary()).isEqualTo(seen.get(0).summary());
    }

    @Test
    void shouldKeepTheLastOnesUntilTheyAreCleared() {
        final Frame frame = frames.udp(10);
        for (int i = 1; i <= 3 * FRAMES + 1; i++) {
            frame.packetId = i;
            ring.put(frame, DropReason.TX_FULL, i);
        }
        assertThat(ids()).hasSize(FRAMES).startsWith(2L * FRAMES + 2).endsWith(3L * FRAMES + 1);
        ring.clear();
        assertThat(ids()).isEmpty();
        ring.put(frame, DropReason.TX_FULL, 0);
        assertThat(ids()).containsExactly(3L * FRAMES + 1);
    }

    @Test
    void shouldNeverShowHalfOfAFrame() throws InterruptedException {
        final AtomicBoolean done = new AtomicBoolean();
        final Frame frame = frames.udp(60);
        final Thread writer = new Thread(() -> {
            for (long id = 1; !done.get(); id++) {
                frame.packetId = id;
                frame.port = (int) (id & 1);
                frame.buffer.setMemory(frame.offset, frame.length, (byte) (id & 1));
                ring.put(frame, DropReason.TX_FULL, 0);
            }
        });
        writer.start();
        int read = 0;
        while (read < 10_000) {
            for (final DroppedFrame seen : ring.read(TestFrames.CONTEXT)) {
                final boolean odd = (seen.packetId() & 1) == 1;
                assertThat(seen.port()).isEqualTo(odd ? "b" : "a");
                assertThat(seen.summary()).startsWith(odd ? "01:01:01:01:01:01" : "00:00:00:00:00:00");
                read++;
            }
        }
        done.set(true);
        writer.join();
    }

    @Test
    void shouldAllocateNothing() {
        final Frame frame = frames.udp(500);
        assertThat(WarmAllocation.of(20_000, () -> ring.put(frame, DropReason.TX_FULL, 1)))
                .isZero();
    }

    private List<Long> ids() {
        return ring.read(TestFrames.CONTEXT).stream()
                .map(DroppedFrame::packetId)
                .toList();
    }
}
