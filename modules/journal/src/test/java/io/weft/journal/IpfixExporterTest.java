// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.conntrack.CloseCause;
import io.weft.conntrack.FlowEvent;
import io.weft.conntrack.FlowEventType;
import io.weft.conntrack.Verdict;
import io.weft.frame.DropReason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpfixExporterTest {
    private static final int DOMAIN = 7;

    private IpfixExporter.Settings settings = IpfixExporter.Settings.of(DOMAIN);
    private long now = TimeUnit.SECONDS.toNanos(1_000_000);
    private final List<Long> pauses = new ArrayList<>();
    private final List<String> troubles = new ArrayList<>();

    private IpfixExporter exporter(final FlowQuery query, final String collector, final int limit) {
        return new IpfixExporter(
                query,
                IpfixCollector.parse(collector),
                settings,
                () -> now,
                nanos -> pauses.add(nanos),
                troubles::add,
                limit);
    }

    private IpfixExporter exporter(final CollectorSocket collector) {
        return exporter(FlowQuery.ALL, collector.text(), FlowDeltas.DEFAULT_LIMIT);
    }

    private static MadeEvent close(final long flow) {
        return MadeEvent.of(FlowEventType.CLOSE, flow, 5_000)
                .life(3_000, 4_000)
                .cause(CloseCause.FIN)
                .counters(10, 1_000, 5, 600);
    }

    @Test
    void shouldSendTemplatesAheadOfTheFirstRecords() throws IOException, InterruptedException {
        try (CollectorSocket collector = new CollectorSocket(0);
                IpfixExporter exporter = exporter(collector)) {
            exporter.export(new MadeSource(List.of(close(9))));
            final List<byte[]> messages = collector.messages();
            assertThat(messages).hasSize(2);
            assertThat(HexFormat.of().formatHex(messages.get(0)))
                    .startsWith("000a" + "01b4" + "000f4240" + "00000000" + "00000007" + "0002" + "01a4"
                            // IPv4 with ports, 25 elements: addresses, protocol, ports, flags of both directions,
                            + "01000019" + "00080004" + "000c0004" + "00040001" + "00070002" + "000b0002" + "00060001"
                            + "8006000100007279"
                            // times, counters of both directions, interfaces, status, end, direction,
                            + "00980008" + "00990008" + "00020008" + "00010008" + "8002000800007279"
                            + "8001000800007279" + "000a0004" + "000e0004" + "00590001" + "00880001" + "00ef0001"
                            // flow, VRF, VNI, after NAT; then the next template.
                            + "00940008" + "00ea0004" + "015f0008" + "00e10004" + "00e20004" + "00e30002" + "00e40002"
                            + "01010014" + "00080004" + "000c0004" + "00040001" + "00200002" + "00980008");
            assertThat(HexFormat.of().formatHex(messages.get(1)))
                    .isEqualTo("000a" + "007e" + "000f4240" + "00000000" + "00000007" + "0100" + "006e"
                            + "0a000001" + "0a000002" + "06" + "9c40" + "0050" + "1a" + "12"
                            + "0000000000000bb8" + "0000000000000fa0"
                            + "000000000000000a" + "00000000000003e8" + "0000000000000005" + "0000000000000258"
                            + "00000001" + "00000002" + "40" + "03" + "01"
                            + "0000000000000009" + "00000001" + "0100000000000064"
                            + "0a000001" + "0a000002" + "9c40" + "0050");
            assertThat(exporter.status()).isEqualTo(new IpfixExporter.Status(2, 1, 0x1B4 + 0x7E, 1, 0, ""));
        }
    }

    @Test
    void shouldTellWhatAFlowGrewBySinceItsRecordBefore() throws IOException, InterruptedException {
        final List<IpfixBytes.Counters> records = export(
                FlowQuery.ALL,
                10,
                List.of(
                        MadeEvent.of(FlowEventType.OPEN, 1, 1_000).counters(1, 60, 0, 0),
                        MadeEvent.of(FlowEventType.UPDATE, 1, 61_000)
                                .life(1_000, 50_000)
                                .counters(5, 300, 4, 4_000),
                        MadeEvent.of(FlowEventType.UPDATE, 1, 121_000)
                                .life(1_000, 50_000)
                                .counters(5, 300, 4, 4_000),
                        MadeEvent.of(FlowEventType.CLOSE, 1, 181_000)
                                .life(1_000, 180_000)
                                .counters(6, 360, 5, 4_100)));
        assertThat(records)
                .containsExactly(
                        new IpfixBytes.Counters(1_000, 50_000, 5, 300, 4, 4_000),
                        new IpfixBytes.Counters(50_000, 180_000, 1, 60, 1, 100));
    }

    @Test
    void shouldTellAtTheEndOfTheRangeWhatWasNotToldYet() throws IOException, InterruptedException {
        final List<IpfixBytes.Counters> records = export(
                FlowQuery.ALL,
                10,
                List.of(
                        MadeEvent.of(FlowEventType.OPEN, 1, 1_000).counters(1, 60, 0, 0),
                        MadeEvent.of(FlowEventType.DROP, 1, 2_000)
                                .life(1_000, 2_000)
                                .counters(2, 120, 0, 0),
                        MadeEvent.of(FlowEventType.OPEN, 2, 3_000)));
        assertThat(records).containsExactly(new IpfixBytes.Counters(1_000, 2_000, 2, 120, 0, 0));
    }

    @Test
    void shouldKeepNoMoreThanItMay() throws IOException, InterruptedException {
        final List<IpfixBytes.Counters> records = export(
                FlowQuery.ALL,
                1,
                List.of(
                        MadeEvent.of(FlowEventType.OPEN, 1, 1_000).counters(1, 60, 0, 0),
                        MadeEvent.of(FlowEventType.OPEN, 2, 2_000).counters(1, 70, 0, 0)));
        assertThat(records).extracting(IpfixBytes.Counters::octets).containsExactly(60L, 70L);
    }

    /** Random events and questions: the same totals, whatever is asked for. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void shouldHaveTheTotalsOfTop(final long seed) throws IOException, InterruptedException {
        final List<MadeEvent> events = RandomFlows.events(seed, 200);
        for (final FlowQuery query : List.of(
                FlowQuery.ALL,
                FlowQuery.ALL.within(70_000_000_000L, 200_000_000_000L),
                FlowQuery.parse(List.of("--verdict", "dropped"), 0),
                FlowQuery.parse(List.of("--protocol", "udp", "--pod", "a"), 0))) {
            final FlowTop top = new FlowTop(query, FlowTop.Group.PORT);
            query.feed(new MadeSource(events), top);
            long octets = 0;
            long frames = 0;
            for (final IpfixBytes.Counters record : export(query, 1_000, events)) {
                octets += record.octets() + record.replyOctets();
                frames += record.frames() + record.replyFrames();
            }
            assertThat(octets).isEqualTo(top.total().bytes());
            assertThat(frames).isEqualTo(top.total().frames());
        }
    }

    private List<IpfixBytes.Counters> export(final FlowQuery query, final int limit, final List<MadeEvent> events)
            throws IOException, InterruptedException {
        try (CollectorSocket collector = new CollectorSocket(0);
                IpfixExporter exporter = exporter(query, collector.text(), limit)) {
            exporter.export(new MadeSource(events));
            return IpfixBytes.counters(collector.messages());
        }
    }

    @Test
    void shouldSendDirectionsApartWhereAskedTo() throws IOException, InterruptedException {
        settings = new IpfixExporter.Settings(DOMAIN, IpfixExporter.Directions.APART, 500);
        final List<IpfixBytes.Counters> records =
                export(FlowQuery.ALL, 10, List.of(close(1), close(2).counters(1, 40, 0, 0)));
        assertThat(records)
                .containsExactly(
                        new IpfixBytes.Counters(3_000, 4_000, 10, 1_000, 0, 0),
                        new IpfixBytes.Counters(3_000, 4_000, 5, 600, 0, 0),
                        new IpfixBytes.Counters(3_000, 4_000, 1, 40, 0, 0));
        final IpfixRecord back = record(close(1).ways(3, FlowEvent.NONE)).backward();
        assertThat(List.of(back.source().toString(), back.destination().toString()))
                .containsExactly("10.0.0.2", "10.0.0.1");
        assertThat(List.of(back.sourcePort(), back.destinationPort(), back.ingress(), back.egress(), back.flags()))
                .containsExactly(80, 40_000, 0, 4, 0x12);
        assertThat(back.direction()).isEqualTo(2);
    }

    @Test
    void shouldCountRecordsInSequenceNumbersAndFillMessages() throws IOException, InterruptedException {
        try (CollectorSocket collector = new CollectorSocket(0);
                IpfixExporter exporter = exporter(collector)) {
            final List<MadeEvent> events = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                events.add(i % 3 == 0 ? close(i).protocol(58).ends("fd00::1", 1, "fd00::2", 0x8000) : close(i));
            }
            exporter.export(new MadeSource(events));
            final List<byte[]> messages = collector.messages();
            long records = 0;
            for (final byte[] message : messages) {
                assertThat(message).hasSizeLessThanOrEqualTo(IpfixMessage.MAX_LENGTH);
                assertThat(CollectorSocket.sequence(message)).isEqualTo(records);
                records += IpfixBytes.counters(List.of(message)).size();
            }
            assertThat(records).isEqualTo(30);
            assertThat(messages.get(1)).hasSizeGreaterThan(IpfixMessage.MAX_LENGTH - 200);
        }
    }

    @Test
    void shouldSendTemplatesAgainEveryMinuteAndAfterManyMessages() throws IOException, InterruptedException {
        try (CollectorSocket collector = new CollectorSocket(0);
                IpfixExporter exporter = exporter(collector)) {
            for (int i = 0; i < 5; i++) {
                exporter.event(close(i).event(), MadeSource.NAMES);
                exporter.idle();
                now += TimeUnit.SECONDS.toNanos(20);
                exporter.idle();
            }
            assertThat(collector.messages().stream().map(CollectorSocket::isTemplates))
                    .containsExactly(true, false, false, false, true, false, false);
            for (int i = 0; i < IpfixExporter.TEMPLATE_MESSAGES; i++) {
                exporter.event(close(i).event(), MadeSource.NAMES);
                exporter.finish();
                if (i % 100 == 99) {
                    collector.messages();
                }
            }
            assertThat(exporter.status().templates()).isEqualTo(3);
            // Between bursts it leaves a collector the time to read them.
            assertThat(pauses).hasSize(1_005 / 8).containsOnly(TimeUnit.SECONDS.toNanos(8) / 500);
        }
    }

    @Test
    void shouldTryAgainWithBackOffUntilTheCollectorIsThere() throws IOException, InterruptedException {
        final int port;
        try (CollectorSocket free = new CollectorSocket(0)) {
            port = free.port();
        }
        final List<CollectorSocket> back = new ArrayList<>();
        final IpfixExporter exporter = new IpfixExporter(
                FlowQuery.ALL,
                IpfixCollector.parse("127.0.0.1:" + port),
                settings,
                () -> now,
                nanos -> {
                    pauses.add(TimeUnit.NANOSECONDS.toSeconds(nanos));
                    if (pauses.size() == 3) {
                        back.add(collector(port));
                    }
                },
                troubles::add,
                10);
        exporter.export(new MadeSource(List.of(close(1))));
        assertThat(pauses).containsExactly(1L, 2L, 4L);
        assertThat(IpfixBytes.counters(back.get(0).messages())).hasSize(1);
        assertThat(exporter.status().failures()).isEqualTo(3);
        assertThat(troubles).hasSize(1).first().asString().startsWith("127.0.0.1:" + port + ": ");
        assertThat(exporter.status().reason()).isEmpty();
        back.get(0).close();
        // The error for the first message shows at the second one, which is not lost.
        exporter.export(new MadeSource(List.of(close(2))));
        pauses.clear();
        exporter.export(new MadeSource(List.of(close(3))));
        assertThat(pauses).hasSize(3);
        final List<byte[]> messages = back.get(1).messages();
        assertThat(CollectorSocket.isTemplates(messages.get(0))).isTrue();
        assertThat(CollectorSocket.sequence(messages.get(1))).isEqualTo(2);
        back.get(1).close();
        exporter.close();
    }

    private static CollectorSocket collector(final int port) {
        try {
            return new CollectorSocket(port);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void shouldWaitForACollectorWhoseNameIsUnknown() throws InterruptedException {
        final IpfixExporter exporter = new IpfixExporter(
                FlowQuery.ALL,
                IpfixCollector.parse("x".repeat(64)),
                settings,
                () -> now,
                nanos -> {
                    pauses.add(nanos);
                    if (pauses.size() == 9) {
                        throw new InterruptedException();
                    }
                },
                troubles::add,
                10);
        assertThatThrownBy(() -> exporter.export(new MadeSource(List.of(close(1)))))
                .isInstanceOf(InterruptedException.class);
        assertThat(pauses.get(8)).isEqualTo(TimeUnit.SECONDS.toNanos(60));
        assertThat(exporter.status().reason()).isEqualTo("x".repeat(64) + ":4739: unknown host");
        assertThat(exporter.status().failures()).isEqualTo(9);
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:2055, 127.0.0.1:2055",
        "collector, collector:4739",
        "a.example:1, a.example:1",
        "[::1]:99, [::1]:99",
        "[fd00::1], [fd00::1]:4739"
    })
    void shouldReadCollectors(final String text, final String meant) {
        assertThat(IpfixCollector.parse(text)).hasToString(meant);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":1", "a:0", "a:65536", "a:b", "::1", "[::1", "[x]:1", "a b:1", "[::1]x:1"})
    void shouldRefuseWhatIsNoCollector(final String text) {
        assertThatThrownBy(() -> IpfixCollector.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a collector is HOST:PORT, ADDRESS:PORT or [IPV6]:PORT, not '" + text + "'");
    }

    @Test
    void shouldRefuseNoRate() {
        assertThatThrownBy(() -> new IpfixExporter.Settings(DOMAIN, IpfixExporter.Directions.APART, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("--rate must be a number from 1 to 1000000, not '0'");
    }

    @Test
    void shouldSayWhatBecameOfAFlow() {
        assertThat(record(MadeEvent.of(FlowEventType.DROP, 1, 1).dropped(DropReason.NO_ROUTE, 1))
                        .forwardingStatus())
                .isEqualTo(131);
        assertThat(record(MadeEvent.of(FlowEventType.DROP, 1, 1).dropped(DropReason.TX_FULL, 1))
                        .forwardingStatus())
                .isEqualTo(128);
        assertThat(record(MadeEvent.of(FlowEventType.OPEN, 1, 1).verdict(Verdict.LOCAL))
                        .forwardingStatus())
                .isEqualTo(195);
        assertThat(record(MadeEvent.of(FlowEventType.OPEN, 1, 1).verdict(Verdict.NONE))
                        .forwardingStatus())
                .isZero();
        final List<Integer> reasons = new ArrayList<>();
        for (final CloseCause cause : CloseCause.values()) {
            reasons.add(record(close(1).cause(cause)).endReason());
        }
        assertThat(reasons).containsExactly(3, 1, 3, 3, 5, 4, 3);
        assertThat(record(MadeEvent.of(FlowEventType.UPDATE, 1, 1)).endReason()).isEqualTo(2);
        final IpfixRecord unknown = record(close(1).ways(FlowEvent.NONE, FlowEvent.VTEP));
        assertThat(unknown.ingress()).isZero();
        assertThat(unknown.egress()).isEqualTo(0x8001);
    }

    private static IpfixRecord record(final MadeEvent event) {
        return new IpfixRecord(event.event(), 0, 1, 1, 0, 0, 0, false);
    }

    @Test
    void shouldWriteEveryTemplateAsLongAsItsRecordsAre() {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[IpfixMessage.MAX_LENGTH]);
        assertThat(IpfixTemplate.ALL)
                .allSatisfy(template -> assertThat(
                                template.putRecord(buffer, 0, record(MadeEvent.of(FlowEventType.OPEN, 1, 1))))
                        .isEqualTo(template.recordLength()));
    }
}
