// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.testkit.FrameBuilder;
import io.weft.wire.Ethernet;
import io.weft.wire.Ipv4;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TunnelFragmenterTest {
    private static final int NETWORK = 5;
    private static final int VTEP = 7;
    private static final int MTU = 1350;
    private static final int DF = 0x4000;

    private final FramePool pool = new FramePool(8, Counters.inMemory(4));
    private final List<Integer> lengths = new ArrayList<>();
    private final Egress out = new Egress(this::sent);
    private final TunnelFragmenter fragmenter = new TunnelFragmenter(pool, out);

    @Test
    void rfc791_3_2_shouldCutWhatMayBeCutForTheSameTunnel() {
        assertThat(takes(udp(1400).fragment(0))).isTrue();

        assertThat(lengths).containsExactly(20 + 1328, 20 + 1408 - 1328);
        Octets.assertConserved(pool);
    }

    @Test
    void rfc791_3_2_shouldLeaveWhatMayNotBeCut() {
        assertThat(takes(udp(1400).fragment(DF))).isFalse();
        assertThat(takes(FrameBuilder.frame()
                        .ipv6("fd00::1", "fd00::2")
                        .udp(1, 2)
                        .payload(1400)))
                .isFalse();
        assertThat(takes(FrameBuilder.frame()
                        .arp(1, 2, "10.0.0.1", 0, "10.0.0.2")
                        .padTo(1400)))
                .isFalse();
    }

    @Test
    void shouldLeaveWhatCuttingDoesNotMakeShorter() {
        assertThat(takes(udp(MTU - 28).fragment(0).padTo(1400))).isFalse();
        assertThat(takes(udp(1400).fragment(0).tag(9))).isFalse();
    }

    @Test
    void rfc1812_5_2_2_shouldLeaveAHeaderWithAWrongChecksum() {
        final Frame frame = udp(1400).fragment(0).parsedInto(pool, 0);
        Ipv4.checksum(frame.buffer, frame.l3Offset, ~Ipv4.checksum(frame.buffer, frame.l3Offset) & 0xFFFF);

        assertThat(fragmenter.takes(frame, MTU)).isFalse();
    }

    private static FrameBuilder udp(final int payload) {
        return FrameBuilder.frame().ipv4("10.0.0.1", "10.0.0.2").udp(1, 2).payload(payload);
    }

    private boolean takes(final FrameBuilder builder) {
        final Frame frame = builder.parsedInto(pool, 0);
        frame.network = NETWORK;
        frame.vtep = VTEP;
        final boolean taken = fragmenter.takes(frame, MTU);
        if (!taken) {
            pool.consumed(frame);
        }
        out.flush();
        return taken;
    }

    private void sent(final FrameVector frames) {
        for (int i = 0; i < frames.size(); i++) {
            final Frame frame = frames.get(i);
            assertThat(frame.network).isEqualTo(NETWORK);
            assertThat(frame.vtep).isEqualTo(VTEP);
            lengths.add(frame.length - Ethernet.HEADER_LENGTH);
            pool.consumed(frame);
        }
        frames.clear();
    }
}
