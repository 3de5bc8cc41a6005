// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.conntrack.FlowEventType;
import io.weft.conntrack.Verdict;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FlowTotalsTest {
    private static final long SECOND = 1_000_000_000;

    /** From a to b all the time: 10 seconds old when it says so for the first time, gone at 130. */
    private static final List<MadeEvent> LONG = List.of(
            MadeEvent.of(FlowEventType.OPEN, 1, 10_000).life(10_000, 10_000).counters(1, 100, 0, 0),
            MadeEvent.of(FlowEventType.UPDATE, 1, 70_000).life(10_000, 69_000).counters(11, 1_100, 5, 5_000),
            MadeEvent.of(FlowEventType.CLOSE, 1, 130_000).life(10_000, 129_000).counters(20, 2_000, 9, 9_000));

    private static FlowTop top(final FlowQuery query, final FlowTop.Group group, final List<MadeEvent> events) {
        final FlowTop top = new FlowTop(query, group);
        query.feed(new MadeSource(events), top);
        return top;
    }

    private static FlowTop.Total total(final long since, final long until, final List<MadeEvent> events) {
        return top(FlowQuery.ALL.within(since * SECOND, until * SECOND), FlowTop.Group.PAIR, events)
                .total();
    }

    @Test
    void shouldCountAFlowOnceWithWhatItHadAtTheEnd() {
        assertThat(total(0, 1_000, LONG)).isEqualTo(new FlowTop.Total("total", 11_000, 29, 1));
    }

    @Test
    void shouldCountOnlyWhatFallsIntoTheRange() {
        assertThat(total(20, 100, LONG)).isEqualTo(new FlowTop.Total("total", 6_000, 15, 1));
        assertThat(total(0, 70, LONG)).isEqualTo(new FlowTop.Total("total", 100, 1, 1));
        assertThat(total(100, 200, LONG)).isEqualTo(new FlowTop.Total("total", 4_900, 13, 1));
        assertThat(total(140, 200, LONG)).isEqualTo(new FlowTop.Total("total", 0, 0, 0));
    }

    @Test
    void shouldAddUpOverRangesThatMeet() {
        final long sum = total(0, 50, LONG).bytes()
                + total(50, 70, LONG).bytes()
                + total(70, 130, LONG).bytes()
                + total(130, 999, LONG).bytes();
        assertThat(sum).isEqualTo(total(0, 999, LONG).bytes());
    }

    @Test
    void shouldCountAnOldFlowOfUnknownPastFromItsFirstEventAndSaySo() {
        final FlowTop top =
                top(FlowQuery.ALL.within(50 * SECOND, 200 * SECOND), FlowTop.Group.PAIR, LONG.subList(1, 3));
        assertThat(top.total()).isEqualTo(new FlowTop.Total("total", 4_900, 13, 1));
        assertThat(top.notes()).singleElement().asString().startsWith("1 flows are older than the range");
    }

    @Test
    void shouldCountByTheLaterEventWhereVerdictsChange() {
        final List<MadeEvent> events = List.of(
                MadeEvent.of(FlowEventType.OPEN, 1, 1_000).counters(1, 100, 0, 0),
                MadeEvent.of(FlowEventType.CLOSE, 1, 2_000)
                        .verdict(Verdict.DROPPED)
                        .counters(3, 300, 0, 0));
        final FlowQuery dropped = FlowQuery.parse(List.of("--verdict", "dropped"), 0);
        assertThat(top(dropped, FlowTop.Group.PAIR, events).total().bytes()).isEqualTo(200);
    }

    @Test
    void shouldGroupAndSort() {
        final List<MadeEvent> events = List.of(
                MadeEvent.of(FlowEventType.CLOSE, 1, 1_000).counters(1, 100, 1, 50),
                MadeEvent.of(FlowEventType.CLOSE, 2, 1_000)
                        .ends("10.0.0.2", 1, "192.0.2.9", 53)
                        .protocol(17)
                        .counters(9, 90, 0, 0),
                MadeEvent.of(FlowEventType.CLOSE, 3, 1_000)
                        .ends("10.0.0.2", 2, "192.0.2.9", 53)
                        .protocol(17)
                        .counters(1, 10, 0, 0),
                MadeEvent.of(FlowEventType.CLOSE, 4, 1_000)
                        .ends("10.0.0.1", 7, "10.0.0.1", 0x800)
                        .protocol(1)
                        .counters(1, 1, 0, 0));
        assertThat(top(FlowQuery.ALL, FlowTop.Group.PAIR, events).largest(FlowTop.Measure.BYTES, 2))
                .containsExactly(
                        new FlowTop.Total("a -> b", 150, 2, 1), new FlowTop.Total("b -> 192.0.2.9", 100, 10, 2));
        assertThat(top(FlowQuery.ALL, FlowTop.Group.PORT, events).largest(FlowTop.Measure.FRAMES, 9))
                .extracting(FlowTop.Total::name)
                .containsExactly("udp/53", "tcp/80", "icmp");
        final FlowTop pods = top(FlowQuery.ALL, FlowTop.Group.POD, events);
        assertThat(pods.lines(FlowTop.Measure.FLOWS, 9))
                .containsExactly(
                        "pod        bytes  frames  flows",
                        "b            250      12      3",
                        "192.0.2.9    100      10      2",
                        "a            151       3      2",
                        "total        251      13      4");
        assertThat(pods.json(FlowTop.Measure.BYTES, 1))
                .isEqualTo("[{\"pod\":\"b\",\"bytes\":250,\"frames\":12,\"flows\":3}]");
        assertThatThrownBy(() -> FlowTop.Measure.parse("size"))
                .hasMessage("--by must be one of bytes frames flows, not 'size'");
    }

    @Test
    void shouldForgetTheFlowSilentForLongestAndSaySo() {
        final FlowTop top = new FlowTop(FlowQuery.ALL, FlowTop.Group.PORT, 2);
        final List<MadeEvent> events = List.of(
                MadeEvent.of(FlowEventType.OPEN, 1, 1)
                        .ends("10.0.0.1", 1, "10.0.0.2", 1)
                        .counters(1, 10, 0, 0),
                MadeEvent.of(FlowEventType.OPEN, 2, 2)
                        .ends("10.0.0.1", 1, "10.0.0.2", 2)
                        .counters(1, 10, 0, 0),
                MadeEvent.of(FlowEventType.OPEN, 3, 3)
                        .ends("10.0.0.1", 1, "10.0.0.2", 3)
                        .counters(1, 10, 0, 0),
                MadeEvent.of(FlowEventType.CLOSE, 1, 4)
                        .ends("10.0.0.1", 1, "10.0.0.2", 1)
                        .counters(5, 50, 0, 0));
        FlowQuery.ALL.feed(new MadeSource(events), top);
        assertThat(top.total()).isEqualTo(new FlowTop.Total("total", 30, 3, 4));
        assertThat(top.notes()).hasSize(2);
        assertThat(top.largest(FlowTop.Measure.BYTES, 9))
                .extracting(FlowTop.Total::name)
                .containsExactly("other", "tcp/1", "tcp/2");
    }

    @Test
    void shouldShowEachDirectionInTheMatrix() {
        final FlowMatrix matrix = new FlowMatrix(FlowQuery.ALL);
        FlowQuery.ALL.feed(new MadeSource(LONG), matrix);
        assertThat(matrix.octets()).isEqualTo(Map.of("a", Map.of("b", 2_000L), "b", Map.of("a", 9_000L)));
        assertThat(matrix.lines()).containsExactly("from     a     b", "a        0  2000", "b     9000     0");
        assertThat(matrix.json())
                .isEqualTo(
                        "[{\"from\":\"a\",\"to\":\"b\",\"bytes\":2000},{\"from\":\"b\",\"to\":\"a\",\"bytes\":9000}]");
        assertThat(matrix.notes()).isEmpty();
    }

    @Test
    void shouldMergeTheSmallerEndsOutside() {
        final FlowMatrix matrix = new FlowMatrix(FlowQuery.ALL);
        final List<MadeEvent> events = IntStream.rangeClosed(1, 2_000)
                .mapToObj(i -> MadeEvent.of(FlowEventType.CLOSE, i, i)
                        .ends("10.0.0.1", 1, "192.0." + i / 256 + "." + i % 256, 80)
                        .counters(1, i <= 16 ? 1_000 + i : 1, 0, 0))
                .toList();
        FlowQuery.ALL.feed(new MadeSource(events), matrix);
        final Map<String, Long> row = matrix.octets().get("a");
        assertThat(row).hasSize(17).containsEntry("192.0.0.16", 1_016L).containsEntry("other", 1_984L);
    }

    @Test
    void shouldFindTheFlowsThatWereOpenAtAMoment() {
        assertThat(at(9, LONG)).isEmpty();
        assertThat(at(10, LONG)).hasSize(1);
        assertThat(at(100, LONG))
                .singleElement()
                .satisfies(open -> assertThat(open.event().frames()).isEqualTo(11));
        assertThat(at(130, LONG)).isEmpty();
        // Its node ended without a word.
        assertThat(at(189, LONG.subList(0, 2))).hasSize(1);
        assertThat(at(190, LONG.subList(0, 2))).isEmpty();
    }

    @Test
    void shouldLookAtNoMoreFlowsThanItMayRemember() {
        final FlowsAt at = new FlowsAt(FlowQuery.ALL, 20 * SECOND, FlowQuery.UPDATE_INTERVAL, 1);
        final List<MadeEvent> events =
                List.of(MadeEvent.of(FlowEventType.OPEN, 1, 10_000), MadeEvent.of(FlowEventType.OPEN, 2, 10_000));
        at.query().feed(new MadeSource(events), at);
        assertThat(at.flows()).hasSize(1);
        assertThat(at.notes()).containsExactly("more than 1 flows were open, not all are shown");
    }

    private static List<FlowsAt.Open> at(final long seconds, final List<MadeEvent> events) {
        final FlowsAt at = new FlowsAt(FlowQuery.ALL, seconds * SECOND, FlowQuery.UPDATE_INTERVAL);
        at.query().feed(new MadeSource(events), at);
        return List.copyOf(at.flows());
    }
}
