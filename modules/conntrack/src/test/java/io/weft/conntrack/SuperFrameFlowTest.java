// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testkit.FrameBuilder;
import io.weft.wire.Tcp;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What leaves by a wire is counted, whatever offloads make of it. */
class SuperFrameFlowTest {
    private static final byte[] OPTIONS = new byte[12];

    private final FlowRig rig = FlowRig.small();

    @ParameterizedTest
    @CsvSource({"4000,1000,4", "4001,1000,5", "3999,1000,4", "60000,1448,42", "0,1000,1", "1,1000,1"})
    void shouldCountSegments(final int payload, final int size, final int segments) {
        final FrameBuilder[] frames = {
            FrameBuilder.frame().ipv4("10.0.0.1", "10.0.0.2").tcp(1, 2, 1, 1, Tcp.ACK, 1, OPTIONS),
            FrameBuilder.frame().tag(5).ipv6("fd00::1", "fd00::2").tcp(1, 2, 1, 1, Tcp.ACK, 1, OPTIONS),
            FrameBuilder.frame().ipv4("10.0.0.1", "10.0.0.2").udp(1, 2)
        };
        final int[] headers = {20 + 32, 40 + 32, 20 + 8};
        for (int i = 0; i < frames.length; i++) {
            rig.count(frames[i].payload(payload).gso(size));
            final FlowEvent flow = rig.flows().get(i);
            assertThat(flow.frames()).isEqualTo(segments);
            assertThat(flow.octets()).isEqualTo(payload + (long) segments * headers[i]);
        }
    }
}
