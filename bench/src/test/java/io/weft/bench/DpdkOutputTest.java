// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Against what dpdk-test of DPDK 22.11 printed on a virtual machine. */
final class DpdkOutputTest {
    private final DpdkOutput output = new DpdkOutput();

    @Test
    void shouldFindTheFiguresThatAreLikeOurs() throws IOException {
        golden().forEach(output::line);
        assertThat(output.isComplete()).isTrue();
        assertThat(output.hertz()).isCloseTo(2.6e9, within(1.0));
        assertThat(output.figures())
                .containsExactly(
                        new DpdkOutput.Figure(DpdkOutput.Table.FIB, "dpdk FIB DIR24-8 bulk 1076806", 33.8),
                        new DpdkOutput.Figure(DpdkOutput.Table.FIB, "dpdk FIB6 trie bulk 1000", 19.5),
                        new DpdkOutput.Figure(DpdkOutput.Table.HASH, "dpdk hash add 8", 135),
                        new DpdkOutput.Figure(DpdkOutput.Table.HASH, "dpdk hash lookup 8", 286),
                        new DpdkOutput.Figure(DpdkOutput.Table.HASH, "dpdk hash lookup bulk 8", 99));
    }

    @Test
    void shouldBeCompleteAsSoonAsTheLastFigureIsThere() throws IOException {
        final List<String> lines = golden();
        int read = 0;
        while (!output.isComplete()) {
            output.line(lines.get(read++));
        }
        assertThat(lines.get(read - 1)).startsWith("8  ").contains(" 286 ");
    }

    @Test
    void shouldKeepWhatItHasWhenTheProgramEndsEarly() throws IOException {
        golden().stream()
                .takeWhile(line -> !line.contains("hash_perf_autotest"))
                .forEach(output::line);
        assertThat(output.isComplete()).isFalse();
        assertThat(output.figures()).hasSize(2);
        assertThat(output.last()).isEqualTo("Test OK");
    }

    @Test
    void shouldTakeNothingFromLinesThatItDoesNotKnow() {
        List.of(
                        "",
                        "EAL: FATAL: Invalid 'command line' arguments.",
                        "RTE>>fib_perf_autotest",
                        "Bad arguments",
                        "8                 135               286               99                333",
                        "BULK FIB Lookup: many cycles",
                        "TSC frequency is ~99999999999999999999 KHz")
                .forEach(output::line);
        assertThat(output.figures()).isEmpty();
        assertThat(output.hertz()).isZero();
        assertThat(output.isComplete()).isFalse();
    }

    @Test
    void shouldMakeNanosecondsOfCycles() throws IOException {
        golden().forEach(output::line);
        final JmhTable.Row fib = DpdkTest.rows(output).get(0);
        assertThat(fib.owner()).isEqualTo("FibBench");
        assertThat(1e9 / fib.perSecond()).isCloseTo(13.0, within(0.01));
        assertThat(fib.note()).isEqualTo("33.8 cycles");
    }

    @Test
    void shouldSayCyclesAloneWithoutFrequency() throws IOException {
        golden().stream().filter(line -> !line.contains("TSC")).forEach(output::line);
        assertThat(DpdkTest.rows(output)).hasSize(5).allSatisfy(row -> {
            assertThat(row.perSecond()).isNaN();
            assertThat(row.note()).endsWith(" cycles");
        });
    }

    private static List<String> golden() throws IOException {
        try (InputStream in = DpdkOutputTest.class.getResourceAsStream("dpdk-test.txt")) {
            return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
    }
}
