// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.wire.Ethernet;
import io.weft.wire.Ipv4;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class FrameTraceTest {
    private static final long LONG = 30_000;
    private static final long MAC_ROUTER = 0x02_0000_0000_feL;
    private static final long MAC_B = 0x02_0000_0000_0bL;

    private final TestFrames frames = new TestFrames();
    private final CaptureTap tap = frames.tap();

    @Test
    void shouldFollowAFrameFromPortToPortThroughTheRouter() {
        final FrameTrace trace = new FrameTrace(10);
        final CaptureSession session = start(trace, "");
        final Frame frame = frames.udp(10);
        tap.record(frame, CapturePoint.RX, TestFrames.PORT_A);
        route(frame);
        tap.record(frame, CapturePoint.TX, TestFrames.PORT_B);
        session.close();
        assertThat(trace.ways()).hasSize(1);
        final FrameTrace.Way way = trace.ways().get(0);
        assertThat(way.frame()).isEqualTo("10.100.0.1 > 10.100.0.2 udp 4000 > 5000");
        assertThat(way.steps()).extracting(FrameTrace.Step::point).containsExactly(CapturePoint.RX, CapturePoint.TX);
        assertThat(way.steps()).extracting(FrameTrace.Step::port).containsExactly("a", "b");
        assertThat(way.steps()).extracting(FrameTrace.Step::ttl).containsExactly(64, 63);
        assertThat(way.steps()).extracting(FrameTrace.Step::length).containsOnly(52);
        assertThat(way.steps().get(1).source()).isEqualTo("02:00:00:00:00:fe");
        assertThat(way.steps().get(1).text()).isEqualTo("sent to port b; network blue, VNI 100; from port a");
    }

    @Test
    void shouldTellWhyAFrameWasDropped() {
        final FrameTrace trace = new FrameTrace(10);
        final CaptureSession session = start(trace, "");
        final Frame frame = frames.udp(10);
        tap.record(frame, CapturePoint.RX, TestFrames.PORT_A);
        tap.onDrop(frame, DropReason.NO_ROUTE);
        session.close();
        assertThat(trace.ways()).hasSize(1);
        final FrameTrace.Step last = trace.ways().get(0).steps().getLast();
        assertThat(last.point()).isEqualTo(CapturePoint.DROP);
        assertThat(last.reason()).isEqualTo(DropReason.NO_ROUTE);
        assertThat(last.text()).startsWith("dropped, no-route: No route to the destination.; network blue");
    }

    @Test
    void shouldSeeASuperFrameInTheTunnelAsOneFrame() {
        final FrameTrace trace = new FrameTrace(10);
        final CaptureSession session = start(trace, "");
        final Frame frame = frames.tcpSuperFrame(60_000, 1398);
        tap.record(frame, CapturePoint.RX, TestFrames.PORT_A);
        final int length = frame.length;
        tap.record(TestFrames.encapsulated(frame), CapturePoint.TUNNEL_TX, TestFrames.UNDERLAY);
        tap.record(frames.train(3, 33, TestFrames.REMOTE), CapturePoint.TUNNEL_RX, TestFrames.UNDERLAY);
        session.close();
        final List<FrameTrace.Way> ways = trace.ways();
        assertThat(ways).hasSize(2);
        assertThat(ways.get(0).steps()).extracting(FrameTrace.Step::length).containsExactly(length, length);
        assertThat(ways.get(0).steps().get(1).text()).contains("to VTEP 198.19.0.2");
        assertThat(ways.get(1).steps()).hasSize(1);
        assertThat(ways.get(1).steps().get(0).text()).isEqualTo("from VTEP 198.19.0.2");
    }

    @Test
    void shouldTellEqualFramesApartAndKnowCopies() {
        final FrameTrace trace = new FrameTrace(10);
        final CaptureSession session = start(trace, "");
        final Frame first = frames.udp(10);
        final Frame second = frames.udp(10);
        tap.record(first, CapturePoint.RX, TestFrames.PORT_A);
        tap.record(second, CapturePoint.RX, TestFrames.PORT_A);
        tap.record(Objects.requireNonNull(frames.pool.copyOf(second)), CapturePoint.TX, TestFrames.PORT_B);
        tap.record(second, CapturePoint.TX, TestFrames.PORT_B);
        tap.record(first, CapturePoint.TX, TestFrames.PORT_B);
        session.close();
        assertThat(trace.ways()).extracting(way -> way.steps().size()).containsExactly(2, 3);
    }

    @Test
    void shouldFollowEveryFrameOfATrain() {
        final FrameTrace trace = new FrameTrace(10);
        final CaptureSession session = start(trace, "");
        final Frame train = frames.train(3, 33, TestFrames.REMOTE);
        tap.record(train, CapturePoint.TUNNEL_RX, TestFrames.UNDERLAY);
        for (int payload = 33; payload <= 34; payload++) {
            final Frame part = frames.udp(payload);
            Ipv4.identification(part.buffer, part.offset + Ethernet.HEADER_LENGTH, payload);
            part.packetId = train.packetId;
            tap.record(part, CapturePoint.TX, TestFrames.PORT_B);
        }
        session.close();
        assertThat(trace.ways())
                .hasSizeGreaterThan(1)
                .allSatisfy(way -> assertThat(way.steps().getFirst().point()).isEqualTo(CapturePoint.TUNNEL_RX));
    }

    @Test
    void shouldFollowTheFirstFramesOnlyAndEndSomeTimeAfterTheLast() throws InterruptedException {
        final FrameTrace trace = new FrameTrace(1, TimeUnit.SECONDS.toNanos(1));
        final CaptureSession session = start(trace, "");
        final Frame frame = frames.udp(10);
        tap.record(frame, CapturePoint.RX, TestFrames.PORT_A);
        tap.record(frame, CapturePoint.TX, TestFrames.PORT_B);
        final Frame next = frames.udp(10);
        tap.record(next, CapturePoint.RX, TestFrames.PORT_A);
        tap.record(next, CapturePoint.TX, TestFrames.PORT_B);
        assertThat(session.awaitEnd(LONG)).isTrue();
        assertThat(trace.isComplete()).isTrue();
        assertThat(trace.ways()).hasSize(1);
        assertThat(trace.ways().get(0).steps()).hasSize(2);
    }

    @Test
    void shouldShowWhatTheNodeMadeAsAFrameOfItsOwn() {
        final FrameTrace trace = new FrameTrace(10);
        final CaptureSession session = start(trace, "");
        tap.record(frames.udp(10), CapturePoint.TX, TestFrames.PORT_B);
        session.close();
        assertThat(trace.ways()).hasSize(1);
        assertThat(trace.ways().get(0).steps()).hasSize(1);
    }

    @Test
    void shouldHoldTheFilterAgainstPodsFramesInTheTunnelToo() {
        final FrameTrace trace = new FrameTrace(10);
        final CaptureSession session = start(trace, "udp port 5000");
        final Frame other = frames.tcpSuperFrame(100, 1398);
        tap.record(other, CapturePoint.RX, TestFrames.PORT_A);
        final Frame frame = frames.udp(10);
        tap.record(frame, CapturePoint.RX, TestFrames.PORT_A);
        tap.record(TestFrames.encapsulated(frame), CapturePoint.TUNNEL_TX, TestFrames.UNDERLAY);
        session.close();
        assertThat(trace.ways()).hasSize(1);
        assertThat(trace.ways().get(0).steps()).hasSize(2);
        assertThatThrownBy(() -> start(new FrameTrace(1), "no such filter"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("capture filter \"no such filter\"");
    }

    private static void route(final Frame frame) {
        Ethernet.put(frame.buffer, frame.offset, MAC_B, MAC_ROUTER, Ethernet.TYPE_IPV4);
        frame.buffer.putByte(frame.offset + Ethernet.HEADER_LENGTH + 8, (byte) 63);
        Ipv4.writeChecksum(frame.buffer, frame.offset + Ethernet.HEADER_LENGTH);
    }

    private CaptureSession start(final FrameTrace trace, final String filter) {
        final CaptureRequest request =
                new CaptureRequest(CapturePoint.ALL, CaptureSelection.ALL, FrameTrace.SNAP_LENGTH, 0, filter);
        final CaptureSession session = CaptureSession.start(request, 1, TestFrames.CONTEXT, trace);
        assertThat(tap.attach(session.ring())).isTrue();
        return session;
    }
}
