// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.testkit.FrameBuilder;
import io.weft.wire.Tcp;
import java.time.Duration;
import java.util.HexFormat;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** Events stand in files: not one octet of version 1 may change. */
class FlowEventLayoutTest {
    private static final String EVENT = """
            01 04 06 02 02 00 02 00
            00 00 00 a8 da 76 9b 09  80 93 d6 02 52 72 86 18
            00 00 fa ed 51 72 86 18  80 93 d6 02 52 72 86 18
            02 00 00 00 01 00 00 00
            00 00 00 00 00 00 00 00  00 00 ff ff 0a 00 00 01
            00 00 00 00 00 00 00 00  00 00 ff ff 0a 00 00 02
            40 9c 50 00 00 00 01 00  05 80 2d 00
            01 00 00 00
            02 00 00 00 00 00 00 00  50 00 00 00 00 00 00 00
            00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00
            """;

    @Test
    void shouldWriteEveryFieldToItsPlace() {
        final FlowRig rig = FlowRig.small();
        rig.forward(syn(), FlowEvent.VTEP + 5);
        rig.advance(Duration.ofMillis(350));
        final Frame frame = rig.feed(syn());
        rig.tracker.dropped(frame, DropReason.NO_ROUTE);
        rig.pool.consumed(frame);
        final byte[] octets = new byte[FlowEvent.LENGTH];
        rig.events(FlowEventType.DROP).getFirst().copyTo(new UnsafeBuffer(octets), 0);
        assertThat(HexFormat.ofDelimiter(" ").formatHex(octets))
                .isEqualTo(EVENT.strip().replaceAll("\\s+", " "));
    }

    private static FrameBuilder syn() {
        return FrameBuilder.frame().ipv4("10.0.0.1", "10.0.0.2").tcp(40_000, 80, 1, 0, Tcp.SYN, 1000, new byte[0]);
    }
}
