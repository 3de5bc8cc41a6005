// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class JmhTableTest {
    @Test
    void shouldGroupBySubjectWithTheFiguresOfOthersBelowOurs() {
        final List<JmhTable.Row> rows = List.of(
                new JmhTable.Row("OffloadBench", "OffloadBench.segment", 2e6, 1e5, 0, "2.93 GB/s"),
                new JmhTable.Row("FibBench", "FibBench.ipv4Bulk", 1e8, 2e6, 0.001, ""),
                new JmhTable.Row(
                        "FibBench", "dpdk FIB DIR24-8 bulk 1000", 2.5e7, Double.NaN, Double.NaN, "33.8 cycles"));
        assertThat(print(rows).lines())
                .containsExactly(
                        "benchmark                                            operations/s       +-      ns/op     B/op",
                        "routes",
                        "  FibBench.ipv4Bulk                                   100,000,000     2.0%      10.00     0.00",
                        "  dpdk FIB DIR24-8 bulk 1000                           25,000,000        -      40.00        -    33.8 cycles",
                        "offloads",
                        "  OffloadBench.segment                                  2,000,000     5.0%     500.00     0.00      2.93 GB/s");
    }

    @Test
    void shouldHaveSubjectForEveryBenchmark() throws IOException {
        try (InputStream in = JmhTable.class.getResourceAsStream("/META-INF/BenchmarkList")) {
            final String list = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
            assertThat(Pattern.compile("io\\.weft\\.bench\\.(\\w+) ")
                            .matcher(list)
                            .results()
                            .map(match -> match.group(1))
                            .distinct())
                    .hasSizeGreaterThan(8)
                    .allSatisfy(name -> assertThat(JmhTable.owners()).contains(name));
        }
    }

    private static String print(final List<JmhTable.Row> rows) {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        JmhTable.print(rows, new PrintStream(bytes, true, StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
