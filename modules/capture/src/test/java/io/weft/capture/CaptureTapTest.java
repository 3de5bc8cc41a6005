// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameVector;
import io.weft.frame.WorkerCounter;
import io.weft.testkit.WarmAllocation;
import io.weft.wire.Ethernet;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class CaptureTapTest {
    private final TestFrames frames = new TestFrames();
    private final CaptureTap tap = frames.tap();
    private final FrameVector vector = new FrameVector();

    @Test
    void shouldBeInactiveUntilARingIsAttachedAndAgainWhenItIsDetached() {
        final CaptureRing ring = ring(CapturePoint.RX.mask(), CaptureSelection.ALL, 100);
        assertThat(tap.isActive(CapturePoint.ALL)).isFalse();
        tap.attach(ring);
        assertThat(tap.isActive(CapturePoint.RX.mask())).isTrue();
        assertThat(tap.isActive(CapturePoint.DROP.mask())).isFalse();
        tap.detach(ring);
        assertThat(tap.isActive(CapturePoint.ALL)).isFalse();
    }

    @Test
    void shouldCopyEveryFrameOfAVectorUpToTheSnapLength() {
        final CaptureRing ring = attached(CapturePoint.RX.mask(), CaptureSelection.ALL, 60);
        vector.add(frames.udp(10));
        vector.add(frames.udp(500));
        tap.record(vector, CapturePoint.RX, TestFrames.PORT_A);
        assertThat(captures(ring)).containsExactly("rx 0 52/52", "rx 0 60/542");
        assertThat(frames.counters.get(WorkerCounter.CAPTURED)).isEqualTo(2);
    }

    @Test
    void shouldCopyOnlyFramesOfTheSelectedPort() {
        final CaptureRing ring =
                attached(CapturePoint.ALL, CaptureSelection.of(List.of(TestFrames.PORT_B), List.of(), List.of()), 1000);
        final Frame frame = frames.udp(10);
        tap.record(frame, CapturePoint.RX, TestFrames.PORT_A);
        tap.record(frame, CapturePoint.TX, TestFrames.PORT_B);
        tap.record(TestFrames.encapsulated(frame), CapturePoint.TUNNEL_TX, TestFrames.UNDERLAY);
        frame.port = TestFrames.PORT_B;
        tap.record(frame, CapturePoint.TUNNEL_TX, TestFrames.UNDERLAY);
        assertThat(captures(ring)).containsExactly("tx 1 52/52", "tunnel-tx 2 60/60");
    }

    @Test
    void shouldServeSeveralCapturesEachWithItsOwnSelection() {
        final CaptureRing rx = attached(CapturePoint.RX.mask(), CaptureSelection.ALL, 1000);
        final CaptureRing tx = attached(CapturePoint.TX.mask(), CaptureSelection.ALL, 20);
        final Frame frame = frames.udp(10);
        tap.record(frame, CapturePoint.RX, TestFrames.PORT_A);
        tap.record(frame, CapturePoint.TX, TestFrames.PORT_B);
        assertThat(captures(rx)).containsExactly("rx 0 52/52");
        assertThat(captures(tx)).containsExactly("tx 1 20/52");
    }

    @Test
    void shouldRefuseAFifthCaptureAndTakeItOnceAnotherHasEnded() {
        final List<CaptureRing> rings = new ArrayList<>();
        for (int i = 0; i < CaptureTap.MAX_RINGS; i++) {
            rings.add(attached(CapturePoint.RX.mask(), CaptureSelection.ALL, 100));
        }
        final CaptureRing fifth = ring(CapturePoint.TX.mask(), CaptureSelection.ALL, 100);
        assertThat(tap.attach(fifth)).isFalse();
        rings.get(1).end();
        assertThat(tap.attach(fifth)).isTrue();
    }

    @Test
    void shouldLetGoOfAnEndedRingWithTheNextFrame() {
        final CaptureRing ring = attached(CapturePoint.RX.mask(), CaptureSelection.ALL, 100);
        ring.end();
        tap.record(frames.udp(10), CapturePoint.RX, TestFrames.PORT_A);
        assertThat(tap.isActive(CapturePoint.ALL)).isFalse();
        assertThat(captures(ring)).isEmpty();
        assertThat(frames.counters.get(WorkerCounter.CAPTURE_LOST)).isZero();
    }

    @Test
    void shouldCountLossWhenTheRingIsFullAndTellItWithTheNextFrame() {
        final CaptureRing ring = attached(CapturePoint.RX.mask(), CaptureSelection.ALL, 100_000);
        final Frame frame = frames.udp(60_000);
        for (int i = 0; i < 30; i++) {
            tap.record(frame, CapturePoint.RX, TestFrames.PORT_A);
        }
        final long captured = frames.counters.get(WorkerCounter.CAPTURED);
        final long lost = frames.counters.get(WorkerCounter.CAPTURE_LOST);
        assertThat(captured).isBetween(1L, 29L);
        assertThat(captured + lost).isEqualTo(30);
        assertThat(ring.lost()).isEqualTo(lost);

        assertThat(captures(ring)).hasSize((int) captured);
        tap.record(frame, CapturePoint.RX, TestFrames.PORT_A);
        final List<Integer> told = new ArrayList<>();
        final CaptureRecord record = new CaptureRecord();
        while (!ring.isEmpty()) {
            ring.read(
                    (type, buffer, index, length) ->
                            told.add(record.wrap(buffer, index, length).lost()),
                    10);
        }
        assertThat(told).containsExactly((int) lost);
    }

    @Test
    void shouldRecordDropsWithReasonAndForm() {
        final CaptureRing ring = attached(CapturePoint.DROP.mask(), CaptureSelection.ALL, 1000);
        frames.pool.dropObserver(tap);
        frames.pool.drop(frames.udp(10), DropReason.SAME_PORT);
        frames.pool.drop(TestFrames.encapsulated(frames.udp(10)), DropReason.TX_FULL);
        frames.pool.drop(frames.train(1, 10, TestFrames.REMOTE), DropReason.UNKNOWN_VNI);
        final Frame decapsulated = frames.train(1, 10, TestFrames.REMOTE);
        decapsulated.pop(8);
        frames.pool.drop(decapsulated, DropReason.NO_OUTPUT);
        final List<String> seen = new ArrayList<>();
        final CaptureRecord record = new CaptureRecord();
        ring.read(
                (type, buffer, index, length) -> {
                    record.wrap(buffer, index, length);
                    seen.add(record.reason() + " " + record.isTunnelForm());
                },
                10);
        assertThat(seen).containsExactly("SAME_PORT false", "TX_FULL true", "UNKNOWN_VNI true", "NO_OUTPUT false");
    }

    @Test
    void shouldTellWhatBecameOfWhatCameIn() {
        final CaptureRing ring = attached(CapturePoint.RX.mask(), CaptureSelection.ALL, 1000);
        frames.pool.dropObserver(tap);
        for (int i = 0; i < 6; i++) {
            vector.add(frames.udp(10));
        }
        final List<Frame> came = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            came.add(vector.get(i));
        }
        tap.received(vector, CapturePoint.RX, TestFrames.PORT_A);
        assertThat(ring.read((type, buffer, index, length) -> {}, 10))
                .as("held until the vector has gone")
                .isZero();
        tap.record(came.get(0), CapturePoint.TX, TestFrames.PORT_B);
        tap.record(Objects.requireNonNull(frames.pool.copyOf(came.get(1))), CapturePoint.TX, TestFrames.PORT_A);
        tap.record(came.get(1), CapturePoint.TX, TestFrames.PORT_B);
        Ethernet.source(came.get(2).buffer, came.get(2).offset, 0x02_0000_0000_feL);
        tap.record(TestFrames.encapsulated(came.get(2)), CapturePoint.TUNNEL_TX, TestFrames.UNDERLAY);
        frames.pool.drop(came.get(3), DropReason.NO_ROUTE);
        frames.pool.consumed(came.get(4));
        tap.settle();
        final PacketComment comment = new PacketComment(TestFrames.CONTEXT);
        final List<String> comments = new ArrayList<>();
        final CaptureRecord record = new CaptureRecord();
        ring.read((type, buffer, index, length) -> comments.add(comment.of(record.wrap(buffer, index, length))), 10);
        assertThat(comments)
                .containsExactly(
                        "forwarded to port b; network blue, VNI 100",
                        "flooded to 2 outputs; network blue, VNI 100",
                        "routed to VTEP 198.19.0.2; network blue, VNI 100",
                        "dropped, no-route: No route to the destination.; network blue, VNI 100",
                        "consumed by the node; network blue, VNI 100",
                        "held by the node until its next hop is known; network blue, VNI 100");
        assertThat(frames.drops.read(TestFrames.CONTEXT))
                .extracting(DroppedFrame::packetId)
                .containsExactly(4L);
    }

    @Test
    void shouldHandOverWhatIsHeldWhenACaptureEndsMeanwhile() {
        final CaptureRing ring = attached(CapturePoint.RX.mask(), CaptureSelection.ALL, 1000);
        vector.add(frames.udp(10));
        tap.received(vector, CapturePoint.RX, TestFrames.PORT_A);
        ring.end();
        tap.record(frames.udp(10), CapturePoint.TX, TestFrames.PORT_A);
        assertThat(captures(ring)).containsExactly("rx 0 52/52");
    }

    @Test
    void shouldSelectByNetworkAndInTheTunnelByVni() {
        final CaptureSelection blue = CaptureSelection.of(List.of(), List.of(0), List.of(TestFrames.VNI));
        final CaptureSelection red = CaptureSelection.of(List.of(), List.of(1), List.of(TestFrames.VNI + 1));
        final CaptureRing blues = attached(CapturePoint.ALL, blue, 1000);
        final CaptureRing reds = attached(CapturePoint.ALL, red, 1000);
        tap.record(frames.udp(10), CapturePoint.RX, TestFrames.PORT_A);
        tap.record(frames.train(2, 10, TestFrames.REMOTE), CapturePoint.TUNNEL_RX, TestFrames.UNDERLAY);
        assertThat(captures(blues)).containsExactly("rx 0 52/52", "tunnel-rx 2 120/120");
        assertThat(captures(reds)).isEmpty();
    }

    @Test
    void shouldAllocateNothingOnTheWorker() {
        final CaptureRing ring = attached(CapturePoint.ALL, CaptureSelection.ALL, 1000);
        for (int i = 0; i < 4; i++) {
            vector.add(frames.udp(10));
        }
        final Frame superFrame = frames.tcpSuperFrame(20_000, 1400);
        final org.agrona.concurrent.MessageHandler discard = (type, buffer, index, length) -> {};
        assertThat(WarmAllocation.of(() -> recordMany(superFrame, ring, discard)))
                .isZero();
        assertThat(frames.counters.get(WorkerCounter.CAPTURE_LOST)).isPositive();
    }

    /** Reads seldom enough that the ring also runs full. */
    private void recordMany(
            final Frame superFrame, final CaptureRing ring, final org.agrona.concurrent.MessageHandler discard) {
        for (int i = 0; i < 5_000; i++) {
            tap.record(vector, CapturePoint.RX, TestFrames.PORT_A);
            tap.record(superFrame, CapturePoint.TX, TestFrames.PORT_B);
            tap.onDrop(superFrame, DropReason.TX_FULL);
            if (i % 2_000 == 0) {
                ring.read(discard, 10_000);
            }
        }
    }

    @Test
    void shouldReadPointNamesAsTyped() {
        assertThat(CapturePoint.parseMask("rx")).isEqualTo(CapturePoint.RX.mask());
        assertThat(CapturePoint.parseMask("tunnel-rx,tunnel-tx"))
                .isEqualTo(CapturePoint.TUNNEL_RX.mask() | CapturePoint.TUNNEL_TX.mask());
        assertThat(CapturePoint.parseMask("all")).isEqualTo(CapturePoint.ALL);
        assertThatThrownBy(() -> CapturePoint.parseMask("ingress"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no capture point \"ingress\": one of rx, tx, tunnel-rx, tunnel-tx, drop, all");
    }

    private CaptureRing attached(final int mask, final CaptureSelection selection, final int snapLength) {
        final CaptureRing ring = ring(mask, selection, snapLength);
        assertThat(tap.attach(ring)).isTrue();
        return ring;
    }

    private static CaptureRing ring(final int mask, final CaptureSelection selection, final int snapLength) {
        return new CaptureRing(
                mask, selection, new FrameFilter(null, TestFrames.CONTEXT), snapLength, CaptureRing.MIN_CAPACITY);
    }

    /** Reads the ring empty: point, port, captured and whole length of each record. */
    private static List<String> captures(final CaptureRing ring) {
        final List<String> seen = new ArrayList<>();
        final CaptureRecord record = new CaptureRecord();
        while (!ring.isEmpty()) {
            ring.read(
                    (type, buffer, index, length) -> {
                        record.wrap(buffer, index, length);
                        seen.add(record.point().label() + " " + record.port() + " " + record.captured() + "/"
                                + record.frameLength());
                    },
                    1_000);
        }
        return seen;
    }
}
