// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.WorkerCounter;
import io.weft.testkit.FrameBuilder;
import io.weft.wire.IpAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class FlowTrackerTest {
    private static final String A = "10.0.0.1";
    private static final String B = "10.0.0.2";

    private final FlowRig rig = FlowRig.small();

    private static FrameBuilder udp(final int from, final int to) {
        return FrameBuilder.frame().ipv4(A, B).udp(from, to).payload(72);
    }

    private static FrameBuilder reply(final int from, final int to) {
        return FrameBuilder.frame().ipv4(B, A).udp(from, to).payload(172);
    }

    @Test
    void shouldCountBothDirectionsOfAFlowInOneEntry() {
        rig.forward(udp(1000, 53), 4);
        rig.advance(Duration.ofMillis(5));
        rig.forward(reply(53, 1000), FlowRig.PORT);
        rig.forward(udp(1000, 53), 4);

        final FlowEvent flow = rig.onlyFlow();
        assertThat(flow.protocol()).isEqualTo(17);
        assertThat(flow.source()).isEqualTo(IpAddress.parse(A));
        assertThat(flow.destination()).isEqualTo(IpAddress.parse(B));
        assertThat(flow.sourcePort()).isEqualTo(1000);
        assertThat(flow.destinationPort()).isEqualTo(53);
        assertThat(flow.state()).isEqualTo(FlowState.REPLIED);
        assertThat(flow.verdict()).isEqualTo(Verdict.FORWARDED);
        assertThat(flow.ingress()).isEqualTo(FlowRig.PORT);
        assertThat(flow.egress()).isEqualTo(4);
        assertThat(flow.network()).isEqualTo(FlowRig.NETWORK);
        assertThat(flow.worker()).isEqualTo(FlowRig.WORKER);
        assertThat(flow.reason()).isEqualTo(FlowEvent.NONE);
        assertThat(List.of(flow.frames(), flow.octets(), flow.replyFrames(), flow.replyOctets()))
                .containsExactly(2L, 200L, 1L, 200L);
        assertThat(flow.first())
                .isEqualTo(Duration.ofMillis(FlowRig.START_MILLIS).toNanos());
        assertThat(flow.last() - flow.first()).isEqualTo(5_000_000);
    }

    @Test
    void shouldKeepFamiliesScopesPortsAndProtocolsApart() {
        rig.count(udp(1, 2));
        rig.count(udp(1, 3));
        rig.count(FrameBuilder.frame().ipv4(A, B).tcp(1, 2));
        rig.count(FrameBuilder.frame().ipv6("fd00::1", "fd00::2").udp(1, 2));
        rig.pool.consumed(rig.feed(udp(1, 2), 1));
        assertThat(rig.tracker.size()).isEqualTo(5);
        // Ports the other way round without the addresses are another flow; so is a flow between the ports of one host.
        rig.count(udp(2, 1));
        rig.count(FrameBuilder.frame().ipv4(A, A).udp(1, 2));
        rig.count(FrameBuilder.frame().ipv4(A, A).udp(2, 1));
        assertThat(rig.tracker.size()).isEqualTo(7);
    }

    @Test
    void shouldFindAFlowFromAnotherNetworkOfItsScope() {
        rig.tracker.scope(1, 3);
        rig.tracker.scope(2, 3);
        rig.pool.consumed(rig.feed(udp(1, 2), 1));
        rig.pool.consumed(rig.feed(reply(2, 1), 2));
        final FlowEvent flow = rig.onlyFlow();
        assertThat(flow.network()).isEqualTo(1);
        assertThat(flow.replyFrames()).isEqualTo(1);
    }

    @Test
    void shouldNoteTheTunnelByWhichTheOriginatorComesAndGoes() {
        final Frame frame = udp(1, 2).parsedInto(rig.pool, FlowRig.PORT);
        frame.network = FlowRig.NETWORK;
        frame.vtep = 7;
        rig.process(frame);
        rig.sent(frame, FlowEvent.VTEP + 9);
        assertThat(rig.onlyFlow().ingress()).isEqualTo(FlowEvent.VTEP + 7);
        assertThat(rig.onlyFlow().egress()).isEqualTo(FlowEvent.VTEP + 9);
        rig.pool.consumed(frame);
    }

    @Test
    void shouldTrackNeitherArpNorNeighborDiscoveryNorFramesWithoutANetwork() {
        final FrameBuilder[] frames = {
            FrameBuilder.frame().arp(1, 1, A, 0, B),
            FrameBuilder.frame(),
            FrameBuilder.frame().ipv6("fe80::1", "ff02::1").icmp(135, 0, 0).payload(16),
            FrameBuilder.frame().ipv6("fe80::1", "ff02::16").icmp(143, 0, 0),
            FrameBuilder.frame().ipv6("fe80::1", "ff02::1").icmp(130, 0, 0),
            FrameBuilder.frame().ipv4(A, "224.0.0.22").protocol(2).payload(8)
        };
        for (final FrameBuilder builder : frames) {
            final Frame frame = rig.feed(builder);
            assertThat(frame.flow).isEqualTo(Frame.NONE);
            rig.sent(frame, 1);
            rig.tracker.dropped(frame, DropReason.NO_ROUTE);
            rig.tracker.consumed(frame);
            rig.pool.consumed(frame);
        }
        rig.pool.consumed(rig.feed(udp(1, 2), Frame.NONE));
        rig.pool.consumed(rig.feed(udp(1, 2), FlowRig.NETWORKS));
        assertThat(rig.tracker.size()).isZero();
        assertThat(rig.events()).isEmpty();
    }

    @Test
    void shouldTellOfAFlowWhenItsFirstFrameHasGoneItsWay() {
        final Frame frame = rig.feed(udp(1, 2));
        assertThat(rig.events()).isEmpty();
        rig.sent(frame, 4);
        rig.tracker.settle();
        rig.tracker.settle();
        final FlowEvent open = rig.events().getFirst();
        assertThat(open.type()).isEqualTo(FlowEventType.OPEN);
        assertThat(open.verdict()).isEqualTo(Verdict.FORWARDED);
        assertThat(open.egress()).isEqualTo(4);
        assertThat(open.number()).isZero();
        assertThat(rig.events()).isEmpty();
        rig.pool.consumed(frame);
    }

    @Test
    void shouldTellOfTheFirstDropForEachReason() {
        final Frame frame = rig.feed(udp(1, 2));
        rig.tracker.dropped(frame, DropReason.NO_ROUTE);
        rig.tracker.dropped(frame, DropReason.TTL_EXCEEDED);
        rig.tracker.dropped(frame, DropReason.NO_ROUTE);
        rig.tracker.settle();
        final List<FlowEvent> events = rig.events();
        assertThat(events)
                .extracting(FlowEvent::type)
                .containsExactly(FlowEventType.OPEN, FlowEventType.DROP, FlowEventType.DROP);
        assertThat(events.get(1).reason()).isEqualTo(DropReason.NO_ROUTE.id());
        assertThat(events.get(2).reason()).isEqualTo(DropReason.TTL_EXCEEDED.id());
        assertThat(events.get(2).drops()).isEqualTo(2);
        assertThat(rig.onlyFlow().drops()).isEqualTo(3);
        assertThat(rig.onlyFlow().reason()).isEqualTo(DropReason.NO_ROUTE.id());
        assertThat(rig.onlyFlow().verdict()).isEqualTo(Verdict.DROPPED);
        rig.pool.consumed(frame);
    }

    @Test
    void shouldTellOfOpenFlowsEveryMinuteAndOfIdleOnesOnce() {
        rig.forward(udp(1, 2), 4);
        rig.events();
        rig.advanceSeconds(62);
        final List<FlowEvent> first = rig.events();
        assertThat(first).extracting(FlowEvent::type).containsExactly(FlowEventType.UPDATE);
        assertThat(first.getFirst().time() - first.getFirst().first()).isBetween(60_000_000_000L, 62_000_000_000L);
        rig.advanceSeconds(240);
        final List<FlowEvent> events = rig.events();
        assertThat(events).hasSize(4);
        final FlowEvent close = events.getLast();
        assertThat(close.type()).isEqualTo(FlowEventType.CLOSE);
        assertThat(close.cause()).isEqualTo(CloseCause.IDLE);
        assertThat(close.frames()).isEqualTo(1);
        assertThat(rig.tracker.size()).isZero();
        assertThat(rig.count(WorkerCounter.FLOWS)).isZero();
        assertThat(rig.count(WorkerCounter.FLOWS_CLOSED)).isEqualTo(1);
        assertThat(rig.count(WorkerCounter.FLOW_EVENTS)).isEqualTo(6);
    }

    @Test
    void shouldKeepAFlowForWhichFramesCome() {
        rig.count(udp(1, 2));
        for (int i = 0; i < 4; i++) {
            rig.advanceSeconds(290);
            rig.count(udp(1, 2));
        }
        assertThat(rig.onlyFlow().frames()).isEqualTo(5);
        rig.advanceSeconds(302);
        assertThat(rig.tracker.size()).isZero();
    }

    @Test
    void shouldIgnoreAFrameThatWaitedLongerThanItsFlowLived() {
        final Frame waiting = rig.feed(udp(1, 2));
        rig.tracker.settle();
        rig.advanceSeconds(302);
        rig.events();
        final Frame other = rig.feed(udp(3, 4));
        assertThat(FlowEntries.entryOf(other.flow)).isEqualTo(FlowEntries.entryOf(waiting.flow));
        rig.tracker.dropped(waiting, DropReason.NEIGHBOR_UNRESOLVED);
        rig.sent(waiting, 3);
        assertThat(rig.onlyFlow().drops()).isZero();
        assertThat(rig.onlyFlow().verdict()).isEqualTo(Verdict.NONE);
        assertThat(rig.events()).isEmpty();
        rig.pool.consumed(waiting);
        rig.pool.consumed(other);
    }

    @Test
    void shouldSleepUntilSomethingIsDue() {
        assertThat(rig.tracker.nextTimeoutMillis()).isEqualTo(Long.MAX_VALUE);
        rig.count(udp(1, 2));
        assertThat(rig.tracker.nextTimeoutMillis()).isEqualTo(60_000);
        rig.advance(Duration.ofSeconds(59));
        assertThat(rig.tracker.nextTimeoutMillis()).isEqualTo(1_000);
        rig.advance(Duration.ofSeconds(2));
        assertThat(rig.tracker.nextTimeoutMillis()).isEqualTo(60_000);
    }

    @Test
    void shouldEndAllFlowsInPiecesIfTheRingIsFull() {
        final FlowRig tight = new FlowRig(FlowSettings.DEFAULT.withMaxFlows(1024), 1 << 12);
        for (int i = 0; i < 100; i++) {
            tight.count(udp(i, 2));
            tight.events();
        }
        int closed = 0;
        while (!tight.tracker.end()) {
            final List<FlowEvent> events = tight.events(FlowEventType.CLOSE);
            assertThat(events).isNotEmpty().allMatch(event -> event.cause() == CloseCause.ENDED);
            closed += events.size();
        }
        closed += tight.events().size();
        assertThat(closed).isEqualTo(100);
        assertThat(tight.ring.lost()).isZero();
        assertThat(tight.tracker.size()).isZero();
    }

    @Test
    void shouldCountEventsForWhichThereIsNoRoomAndGoOn() {
        final FlowRig tight = new FlowRig(FlowSettings.DEFAULT.withMaxFlows(1024), 1 << 12);
        for (int i = 0; i < 100; i++) {
            tight.count(udp(i, 2));
        }
        tight.advance(Duration.ofMillis(1));
        final int kept = tight.events().size();
        assertThat(kept).isBetween(1, 99);
        assertThat(tight.count(WorkerCounter.FLOW_EVENTS)).isEqualTo(100);
        assertThat(tight.count(WorkerCounter.FLOW_EVENTS_LOST)).isEqualTo(100 - kept);
        assertThat(tight.tracker.size()).isEqualTo(100);
        // The number of the next event tells how many are missing.
        tight.count(udp(100, 2));
        assertThat(tight.events().getFirst().number()).isEqualTo(100);
    }

    @Test
    void shouldWorkWithoutReaders() {
        final FlowTracker tracker = new FlowTracker(FlowSettings.DEFAULT, rig.counters, 1, 0, null, rig.clock, 0);
        final Frame frame = udp(1, 2).parsedInto(rig.pool, FlowRig.PORT);
        frame.network = 0;
        rig.vector.add(frame);
        tracker.process(rig.vector);
        tracker.dropped(frame, DropReason.NO_ROUTE);
        tracker.settle();
        assertThat(tracker.size()).isEqualTo(1);
        assertThat(tracker.end()).isTrue();
        assertThat(tracker.size()).isZero();
        assertThat(rig.count(WorkerCounter.FLOW_EVENTS)).isZero();
        rig.pool.consumed(frame);
    }

    @Test
    void shouldFindTwoFramesOfANewFlowInOneVector() {
        final Frame first = udp(1, 2).parsedInto(rig.pool, FlowRig.PORT);
        final Frame second = reply(2, 1).parsedInto(rig.pool, 3);
        first.network = FlowRig.NETWORK;
        second.network = FlowRig.NETWORK;
        rig.process(first, second);
        assertThat(second.flow).isEqualTo(first.flow | 1);
        assertThat(rig.onlyFlow().state()).isEqualTo(FlowState.REPLIED);
        rig.pool.consumed(first);
        rig.pool.consumed(second);
    }

    @Test
    void shouldNeverGiveANumberTwice() {
        rig.count(udp(1, 2));
        rig.count(udp(1, 3));
        final long first = rig.flows().get(0).flow();
        assertThat(rig.flows().get(1).flow()).isEqualTo(first + 1);
        assertThat(first >>> 58).isEqualTo(FlowRig.WORKER);
        assertThat((first & (1L << 58) - 1) >>> 16).isEqualTo(FlowRig.START_MILLIS);
    }
}
