// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.testkit.FrameBuilder;
import io.weft.testkit.WarmAllocation;
import java.time.Duration;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class FlowTrackerAllocationTest {
    private static final int FRAMES = 64;

    @Test
    void shouldAllocateNothingForFlowsThatBeginAndEndAndAreTold() {
        final FlowRig rig = FlowRig.small();
        final UnsafeBuffer copies = new UnsafeBuffer(new byte[64 * FlowEvent.LENGTH]);
        final FlowCursor cursor = new FlowCursor();
        final MessageHandler nobody = (type, buffer, index, length) -> {};
        final Duration step = Duration.ofSeconds(2);
        for (int i = 0; i < FRAMES; i++) {
            final Frame frame = frame(i).parsedInto(rig.pool, FlowRig.PORT);
            frame.network = FlowRig.NETWORK;
            rig.vector.add(frame);
        }
        assertThat(WarmAllocation.of(2_000, () -> {
                    rig.advance(step);
                    // Every frame is of another flow in each round, until all the flows come again.
                    for (int i = 0; i < FRAMES; i++) {
                        final Frame frame = rig.vector.get(i);
                        frame.buffer.putInt(frame.l3Offset + 12, frame.buffer.getInt(frame.l3Offset + 12) + 1);
                    }
                    rig.tracker.process(rig.vector);
                    for (int i = 0; i < FRAMES; i++) {
                        if ((i & 1) == 0) {
                            rig.sent(rig.vector.get(i), 3);
                        } else {
                            rig.tracker.dropped(rig.vector.get(i), DropReason.NO_ROUTE);
                        }
                    }
                    rig.tracker.settle();
                    cursor.next = 0;
                    rig.tracker.copy(cursor, 64, copies);
                    rig.ring.read(nobody, 1_000);
                }))
                .isZero();
        assertThat(rig.tracker.size()).isGreaterThan(FRAMES);
    }

    private static FrameBuilder frame(final int i) {
        final FrameBuilder frame = FrameBuilder.frame().ipv4("10.0.0." + i, "10.1.0.1");
        return switch (i % 4) {
            case 0 -> frame.tcp(1000, 80);
            case 1 -> frame.udp(1000, 80);
            case 2 -> frame.icmp(8, 0, i);
            default ->
                frame.protocol(17)
                        .identification(i)
                        .fragment(i % 8 == 3 ? 0x2000 : 0x10)
                        .payload(64);
        };
    }
}
