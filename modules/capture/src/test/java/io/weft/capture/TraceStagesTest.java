// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.DropReason;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class TraceStagesTest {
    private static final String A = "02:00:00:00:00:0a";
    private static final String B = "02:00:00:00:00:0b";
    private static final String ROUTER = "02:00:00:00:00:fe";

    @Test
    void shouldTellARoutedFramesStagesIntoTheTunnel() {
        assertThat(stages(
                        step(0, CapturePoint.RX, "a", A, ROUTER, 64, null),
                        step(7, CapturePoint.TUNNEL_TX, "underlay", ROUTER, B, 63, null)))
                .containsExactly(
                        "0 port received by port a, 98 octets",
                        "0 ethernet-input " + A + " > " + ROUTER,
                        "7 bridge " + ROUTER + " is the router",
                        "7 router TTL 64 to 63, now " + ROUTER + " > " + B,
                        "7 bridge " + B + " is behind port underlay",
                        "7 vxlan-encap said",
                        "7 port sent by port underlay");
    }

    @Test
    void shouldTellFloodingAndFragments() {
        assertThat(stages(
                        step(0, CapturePoint.TUNNEL_RX, "underlay", A, B, 64, null),
                        step(1, CapturePoint.TX, "b", A, B, 64, null),
                        step(2, CapturePoint.TX, "c", A, B, 64, null)))
                .contains("0 vxlan-decap taken out of the tunnel: " + A + " > " + B, "1 bridge flooded to b, c");
        assertThat(stages(
                        step(0, CapturePoint.RX, "a", A, B, 64, null),
                        step(1, CapturePoint.TX, "b", A, B, 64, null),
                        step(2, CapturePoint.TX, "b", A, B, 64, null)))
                .contains("1 bridge " + B + " is behind port b in 2 parts");
    }

    @Test
    void shouldTellTheStageThatDropped() {
        assertThat(stages(
                        step(0, CapturePoint.RX, "a", A, ROUTER, 64, null),
                        step(5, CapturePoint.DROP, "a", A, ROUTER, 64, DropReason.NO_ROUTE)))
                .endsWith("5 router dropped, no-route: No route to the destination.");
        assertThat(stages(
                        step(0, CapturePoint.TUNNEL_RX, "underlay", A, B, 64, null),
                        step(5, CapturePoint.DROP, "underlay", A, B, 64, DropReason.UNKNOWN_VNI)))
                .containsExactly(
                        "0 port received by port underlay as VXLAN",
                        "5 vxlan-decap dropped, unknown-vni: No network has this VNI.");
    }

    private static List<String> stages(final FrameTrace.Step... steps) {
        return TraceStages.of(List.of(steps)).stream()
                .map(stage -> stage.nanos() + " " + stage.name() + " " + stage.text())
                .toList();
    }

    private static FrameTrace.Step step(
            final long nanos,
            final CapturePoint point,
            final String port,
            final String source,
            final String destination,
            final int ttl,
            final @Nullable DropReason reason) {
        return new FrameTrace.Step(nanos, point, port, 98, source, destination, ttl, reason, "said");
    }
}
