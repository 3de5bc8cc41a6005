// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.capture.CapturePoint;
import io.weft.capture.FrameTrace;
import io.weft.dataplane.TraceStep;
import io.weft.frame.DropReason;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class TraceVerbsTest {
    private static final String MAC_A = "02:00:00:00:00:0a";
    private static final String ROUTER = "02:00:00:00:00:fe";

    @Test
    void shouldNumberTheStages() {
        final List<Row> rows = TraceVerbs.stages(List.of(
                new TraceStep("ethernet-input", "IPv4 UDP, to the router"), new TraceStep("router", "no route")));
        assertThat(Row.lines(rows))
                .containsExactly("1 ethernet-input IPv4 UDP, to the router", "2 router         no route");
        assertThat(rows.get(1).json()).isEqualTo("{\"stage\":\"router\",\"text\":\"no route\"}");
    }

    @Test
    void shouldShowEachPlaceOfAFrameBelowIt() {
        final List<Row> rows = TraceVerbs.ways(List.of(new FrameTrace.Way(
                "10.244.1.2 > 10.9.0.1 udp 4000 > 5000",
                List.of(
                        step(CapturePoint.RX, 1_700_000_000_000_001_000L, null, "network pods"),
                        step(CapturePoint.DROP, 1_700_000_000_123_456_789L, DropReason.NO_ROUTE, "dropped")))));
        assertThat(Row.lines(rows)).singleElement().asString().isEqualTo("""
                        1 10.244.1.2 > 10.9.0.1 udp 4000 > 5000
                        \t2023-11-14T22:13:20.000001Z +0.000us      rx   p1 98 02:00:00:00:00:0a > 02:00:00:00:00:fe ttl 64 network pods
                        \t2023-11-14T22:13:20.123456Z +123455.789us drop p1 98 02:00:00:00:00:0a > 02:00:00:00:00:fe ttl 64 dropped
                        \t+0.000us      port           received by port p1, 98 octets
                        \t+0.000us      ethernet-input 02:00:00:00:00:0a > 02:00:00:00:00:fe
                        \t+123455.789us router         dropped, no-route: No route to the destination.""");
        assertThat(rows.get(0).json())
                .startsWith("{\"frame\":\"10.244.1.2 > 10.9.0.1 udp 4000 > 5000\",\"steps\":[{\"timestamp\":")
                .contains(
                        "\"after_ns\":123455789,\"point\":\"drop\",\"port\":\"p1\",\"length\":98,\"source\":\"02:00:00:00:00:0a\","
                                + "\"destination\":\"02:00:00:00:00:fe\",\"ttl\":64,\"reason\":\"no-route\","
                                + "\"text\":\"dropped\"}],\"stages\":[{\"after_ns\":0,\"stage\":\"port\",")
                .endsWith("\"stage\":\"router\",\"text\":\"dropped, no-route: No route to the destination.\"}]}");
    }

    private static FrameTrace.Step step(
            final CapturePoint point, final long nanos, final @Nullable DropReason reason, final String text) {
        return new FrameTrace.Step(nanos, point, "p1", 98, MAC_A, ROUTER, 64, reason, text);
    }
}
