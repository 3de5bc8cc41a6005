// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FiguresTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "0.012345, 0.0123",
        "1.2, 1.20",
        "9.996, 10.0",
        "12.34, 12.3",
        "-12.34, -12.3",
        "123.4, 123",
        "1234, 1230",
        "9999, 10.0k",
        "12345, 12.3k",
        "999999, 1.00M",
        "1234567, 1.23M",
        "12345678901, 12.3G",
        "NaN, –",
        "Infinity, –"
    })
    void shouldKeepThreeDigits(final double value, final String text) {
        assertThat(Figures.number(value)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "10, 10", "100, 100", "20000, 20k", "0.5, 0.5", "1500000, 1.5M", "1000000, 1M", "2000, 2000"})
    void shouldShortenTicks(final double value, final String text) {
        assertThat(Figures.tick(value)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0.954, 0.95×", "7.0, 7.00×", "123.4, 123×", "NaN, –"})
    void shouldFormatRatio(final double ratio, final String text) {
        assertThat(Figures.ratio(ratio)).isEqualTo(text);
    }

    @Test
    void shouldNameUnits() {
        assertThat(Figures.value(12.3, "us")).isEqualTo("12.3 µs");
        assertThat(Figures.value(12.3, "")).isEqualTo("12.3");
        assertThat(Figures.percentile(99.90)).isEqualTo("99.9 %");
        assertThat(Figures.memory(16L << 30)).isEqualTo("16.0 GiB");
        assertThat(Figures.duration(59.4)).isEqualTo("59 s");
        assertThat(Figures.duration(185)).isEqualTo("3 min 5 s");
        assertThat(Figures.duration(7380)).isEqualTo("2 h 3 min");
    }

    @Test
    void shouldQuoteWordsForShell() {
        assertThat(Figures.command(List.of("scripts/bench", "--json=a.json", "it's", "", "a b")))
                .isEqualTo("scripts/bench --json=a.json 'it'\\''s' '' 'a b'");
    }
}
