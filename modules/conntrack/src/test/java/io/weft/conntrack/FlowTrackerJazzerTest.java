// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import java.time.Duration;

/**
 * Any octets as a frame, twice, with other octets behind it, steered by coverage: {@code JAZZER_FUZZ=1 mvn -pl
 * modules/conntrack -am test -Dtest=FlowTrackerJazzerTest}. Without that, the kept inputs are replayed.
 */
class FlowTrackerJazzerTest {
    private static final int MAX_LENGTH = 9_000;
    private static final FlowRig RIG = FlowRig.small();

    @FuzzTest
    void shouldTrackWhateverAFrameHolds(final byte[] octets) {
        if (octets.length == 0 || octets.length > MAX_LENGTH) {
            return;
        }
        final int first = flowOf(octets, (byte) 0);
        // What lies behind a frame makes no difference.
        final int second = flowOf(octets, (byte) 0xFF);
        assertThat(second == Frame.NONE).isEqualTo(first == Frame.NONE);
        if (first != Frame.NONE) {
            assertThat(FlowEntries.entryOf(second)).isEqualTo(FlowEntries.entryOf(first));
        }
        assertThat(RIG.tracker.end()).isTrue();
        assertThat(RIG.tracker.size()).isZero();
        RIG.events();
        RIG.advance(Duration.ofSeconds(61));
    }

    private static int flowOf(final byte[] octets, final byte behind) {
        final Frame frame = RIG.pool.receive(FlowRig.PORT);
        if (frame == null) {
            throw new AssertionError("the pool is empty");
        }
        frame.length = octets.length;
        frame.network = FlowRig.NETWORK;
        frame.buffer.putBytes(frame.offset, octets);
        frame.buffer.setMemory(frame.end(), 256, behind);
        RIG.pool.received(frame);
        if (FrameParser.parse(frame) == null) {
            RIG.process(frame);
            RIG.tracker.dropped(frame, DropReason.NO_ROUTE);
            RIG.tracker.settle();
        }
        final int flow = frame.flow;
        RIG.pool.consumed(frame);
        return flow;
    }
}
