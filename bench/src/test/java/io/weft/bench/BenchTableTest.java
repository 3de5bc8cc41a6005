// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.bench.BenchResults.Machine;
import io.weft.bench.BenchResults.Row;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BenchTableTest {
    private static Entry entry(final Contender contender, final double... rates) {
        final Entry entry = new Entry(BenchScenario.SAME_NODE, contender);
        for (final double rate : rates) {
            entry.add("tcp_1", rate);
            entry.add("rtt_missing", 0);
        }
        return entry;
    }

    private static Contender contender(final String id) {
        return new Contender(id, id, List.of(), () -> "1", Map.of());
    }

    @Test
    void shouldShowWhatIsComparedBelowEachOther() {
        final List<String> measures = Probe.measureIds();
        final Entry weft = entry(contender("weft"), 10, 30, 20);
        final Entry peer = entry(contender("peer"), 0.5);
        final Entry gone = new Entry(BenchScenario.SAME_NODE, contender("gone"));
        gone.fails("not installed: gone");
        final List<Row> rows = List.of(weft.row(measures, weft), peer.row(measures, weft), gone.row(measures, weft));
        final BenchResults results = new BenchResults(
                BenchResults.SCHEMA,
                "2026-01-01T00:00:00Z",
                1,
                List.of("scripts/bench"),
                "0.1",
                new Machine("Linux", "a CPU", 2, 1, "Java", "none"),
                3,
                1,
                Probe.allMeasures(),
                List.of(BenchScenario.SAME_NODE.described()),
                List.of(),
                rows,
                List.of());
        final ByteArrayOutputStream octets = new ByteArrayOutputStream();

        BenchTable.print(results, new PrintStream(octets, true, StandardCharsets.UTF_8));

        final String text = octets.toString(StandardCharsets.UTF_8);
        assertThat(text.lines().map(line -> line.replaceAll(" +", " ").strip()))
                .containsSubsequence(
                        "same-node: two pods on one node, switched",
                        "tcp_1 Gbit/s weft 20.0 (10.0 - 30.0) 1.00 x",
                        "peer 0.500 (0.500 - 0.500) 40.00 x",
                        "gone not installed: gone");
        assertThat(text).doesNotContain("rtt_missing");
    }

    @Test
    void shouldWriteNumbersOfEverySizeWithAboutThreeDigits() {
        assertThat(BenchTable.number(0)).isEqualTo("0");
        assertThat(BenchTable.number(0.0123)).isEqualTo("0.012");
        assertThat(BenchTable.number(1.234)).isEqualTo("1.23");
        assertThat(BenchTable.number(12.34)).isEqualTo("12.3");
        assertThat(BenchTable.number(1234567)).isEqualTo("1,234,567");
    }
}
