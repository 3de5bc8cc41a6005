// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.weft.conntrack.FlowEventType;
import io.weft.wire.Checksum;
import io.weft.wire.Ethernet;
import io.weft.wire.IpAddress;
import io.weft.wire.Ipv4;
import io.weft.wire.Tcp;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplayTest {
    private static final long MILLI = 1_000_000;

    private static RecordedFlows record(final FlowQuery query, final int limit, final List<MadeEvent> events) {
        final RecordedFlows recorded = new RecordedFlows(query, limit);
        query.feed(new MadeSource(events), recorded);
        return recorded;
    }

    private static List<RecordedFlow> record(final MadeEvent... events) {
        return record(FlowQuery.ALL, 100, List.of(events)).flows();
    }

    private static MadeEvent close(final long flow, final long first, final long last) {
        return MadeEvent.of(FlowEventType.CLOSE, flow, last).life(first, last);
    }

    @Test
    void shouldRecordWhatFlowsSentInTheRange() {
        final List<MadeEvent> events = List.of(
                MadeEvent.of(FlowEventType.OPEN, 1, 1_000).counters(1, 60, 0, 0),
                MadeEvent.of(FlowEventType.OPEN, 2, 2_000).life(2_000, 2_000).counters(1, 70, 0, 0),
                close(1, 1_000, 5_000).counters(11, 1_060, 9, 9_000));
        assertThat(record(FlowQuery.ALL, 100, events).flows())
                .extracting(
                        RecordedFlow::start, RecordedFlow::duration, RecordedFlow::octets, RecordedFlow::replyOctets)
                .containsExactly(tuple(0L, 4_000 * MILLI, 1_060L, 9_000L), tuple(1_000 * MILLI, 0L, 70L, 0L));
        assertThat(record(FlowQuery.ALL.within(3_000 * MILLI, 9_000 * MILLI), 100, events)
                        .flows())
                .singleElement()
                .satisfies(flow -> {
                    assertThat(flow.frames()).isEqualTo(10);
                    assertThat(flow.duration()).isEqualTo(2_000 * MILLI);
                    assertThat(flow.sourcePod()).isEqualTo("a");
                });
        final RecordedFlows one = record(FlowQuery.ALL, 1, events);
        assertThat(one.flows()).hasSize(1);
        assertThat(one.left()).isEqualTo(1);
    }

    /** Lengths, order, directions; checksums by summing what must add up to nothing. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void shouldMakeAsManyFramesAndOctetsAsWereRecorded(final long seed) throws InterruptedException {
        final List<RecordedFlow> flows =
                record(FlowQuery.ALL, 1_000, RandomFlows.events(seed, 40)).flows();
        final FrameReplay replay = new FrameReplay(FrameReplay::madeUpMac);
        final long[] last = {0};
        replay.run(flows, 2, (flow, reply, due, buffer, length) -> {
            assertThat(due).isGreaterThanOrEqualTo(last[0]).isGreaterThanOrEqualTo(flow.start() / 2);
            assertThat(due).isLessThanOrEqualTo((flow.start() + flow.duration()) / 2 + 1);
            last[0] = due;
            final int ip = Ethernet.HEADER_LENGTH;
            final int at = ip + flow.ipHeaderLength();
            assertThat(Ethernet.source(buffer, 0)).isEqualTo(FrameReplay.madeUpMac(flow.from(reply)));
            final long pseudo = flow.protocol() == Ipv4.PROTOCOL_ICMP
                    ? 0
                    : flow.source().isIpv4()
                            ? Checksum.pseudoHeaderIpv4(buffer, ip, flow.protocol(), length - at)
                            : Checksum.pseudoHeaderIpv6(buffer, ip, flow.protocol(), length - at);
            assertThat(Checksum.finish(pseudo + Checksum.sum(buffer, at, length - at)))
                    .isZero();
        });
        long frames = 0;
        long octets = 0;
        for (final RecordedFlow flow : flows) {
            frames += flow.frames() + flow.replyFrames();
            for (final boolean reply : new boolean[] {false, true}) {
                for (long n = 0; n < flow.frames(reply); n++) {
                    octets += Math.clamp(
                            FrameReplay.packetLength(flow, reply, n),
                            flow.ipHeaderLength() + (flow.isTcp() ? 20 : 8),
                            65_535);
                }
            }
        }
        assertThat(replay.frames()).isEqualTo(frames);
        assertThat(replay.octets()).isEqualTo(octets);
    }

    @Test
    void shouldGiveAConnectionItsLife() throws InterruptedException {
        final List<String> frames = new ArrayList<>();
        final FrameReplay replay = new FrameReplay(FrameReplay::madeUpMac);
        replay.run(
                record(close(1, 0, 1_000).counters(3, 160, 2, 1_000)),
                1,
                (flow, reply, due, buffer, length) ->
                        frames.add((reply ? "< " : "> ") + FlowFields.flags(Tcp.flags(buffer, 34)) + " "
                                + Tcp.sequence(buffer, 34) + " " + Tcp.acknowledgment(buffer, 34) + " "
                                + (length - Ethernet.HEADER_LENGTH) + " " + due / MILLI));
        assertThat(frames)
                .containsExactly(
                        "> S 0 0 54 0",
                        "< SA 0 15 500 250",
                        "> A 15 461 53 500",
                        "< FA 461 28 500 750",
                        "> FA 28 922 53 1000");
        assertThat(replay.octets()).isEqualTo(1_160);
    }

    /** Pods a and b are two addresses of the loopback interface, as are IPv6's a6. */
    private static PodSockets loopback() {
        return new PodSockets() {
            @Override
            public @Nullable String pod(final IpAddress address) {
                return address.toString().matches("127\\..*|::1") ? "pod" : null;
            }

            @Override
            public <T> T open(final String pod, final Opener<T> opener) throws IOException {
                return opener.open();
            }
        };
    }

    @Test
    void shouldSendRecordedFlowsOverSockets() throws InterruptedException {
        final List<RecordedFlow> flows = record(
                close(1, 0, 400).ends("127.0.0.1", 1, "127.0.0.2", 2).counters(100, 100_000, 50, 1_000_000),
                close(2, 100, 300)
                        .protocol(17)
                        .ends("127.0.0.1", 1, "127.0.0.2", 2)
                        .counters(20, 20_001, 10, 1_000),
                close(3, 100, 100).ends("::1", 1, "::1", 2).counters(3, 1_000, 3, 5_000),
                close(4, 200, 200)
                        .protocol(1)
                        .ends("127.0.0.1", 1, "127.0.0.2", 0x800)
                        .counters(1, 84, 1, 84),
                close(5, 200, 200).ends("127.0.0.1", 1, "192.0.2.1", 2).counters(1, 84, 1, 84));
        final ReplayReport report = new SocketReplay(loopback(), 4, 16).run(flows);
        assertThat(report.reason()).isEmpty();
        assertThat(report.flows()).isEqualTo(3);
        assertThat(report.failed()).isZero();
        assertThat(report.otherProtocol()).isEqualTo(1);
        assertThat(report.outside()).isEqualTo(1);
        assertThat(report.recordedOctets()).isEqualTo(1_100_000 + 21_001 + 6_000);
        final long payload = (100_000 - 100 * 52)
                + (1_000_000 - 50 * 52)
                + (20_001 - 20 * 28)
                + (1_000 - 10 * 28)
                + (1_000 - 3 * 72)
                + (5_000 - 3 * 72);
        assertThat(report.payloadOctets()).isEqualTo(payload);
        assertThat(report.sentOctets()).isEqualTo(payload);
        assertThat(report.receivedOctets()).isEqualTo(payload);
        assertThat(report.latenessP99()).isGreaterThanOrEqualTo(report.latenessP50());
    }

    @Test
    void shouldBeLateRatherThanDoMoreAtATimeThanItMay() throws InterruptedException {
        final List<MadeEvent> events = new ArrayList<>();
        for (int i = 1; i <= 5; i++) {
            events.add(close(i, 0, 50)
                    .protocol(17)
                    .ends("127.0.0.1", i, "127.0.0.2", 9)
                    .counters(2, 200, 0, 0));
        }
        final List<RecordedFlow> flows = record(FlowQuery.ALL, 100, events).flows();
        final ReplayReport report = new SocketReplay(loopback(), 1, 1).run(flows);
        assertThat(report.flows()).isEqualTo(5);
        assertThat(report.receivedOctets()).isEqualTo(5 * (200 - 56));
        // The last one could not begin before the others had ended.
        assertThat(report.latenessP99()).isPositive();
    }

    @Test
    void shouldSayWhyAFlowFailed() throws InterruptedException {
        final PodSockets none = new PodSockets() {
            @Override
            public String pod(final IpAddress address) {
                return "gone";
            }

            @Override
            public <T> T open(final String pod, final Opener<T> opener) throws IOException {
                throw new IOException("no namespace " + pod);
            }
        };
        final ReplayReport report =
                new SocketReplay(none, 1, 1).run(record(close(1, 0, 0).counters(1, 60, 0, 0)));
        assertThat(report.failed()).isEqualTo(1);
        assertThat(report.flows()).isZero();
        assertThat(report.reason()).isEqualTo("10.0.0.1 -> 10.0.0.2: no namespace gone");
    }

    @Test
    void shouldRefuseNoSpeed() {
        assertThatThrownBy(() -> new SocketReplay(loopback(), 0, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("--speed must be larger than 0");
    }
}
