// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantityTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "4096, 4096",
        "1KiB, 1024",
        "512MiB, 536870912",
        "1GiB, 1073741824",
        "2TiB, 2199023255552",
        "999999999999, 999999999999",
        "8388607TiB, 9223370937343148032",
    })
    void shouldReadAmounts(final String text, final long octets) {
        assertThat(Quantity.octets(text)).isEqualTo(octets);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "MiB", "-1", "1.5GiB", "1 GiB", "1GB", "1gib", "1PiB", "1000000000000", "8388608TiB"})
    void shouldRefuseWhatIsNoAmountOrDoesNotFit(final String text) {
        assertThatThrownBy(() -> Quantity.octets(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected an amount as 512MiB or 1GiB, found '" + text + "'");
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "90, 90", "90s, 90", "10m, 600", "2h, 7200", "7d, 604800", "999999999s, 999999999"})
    void shouldReadTimes(final String text, final long seconds) {
        assertThat(Quantity.duration(text)).isEqualTo(Duration.ofSeconds(seconds));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "s", "-1s", "1.5h", "1 h", "5min", "1w", "10M", "1000000000s"})
    void shouldRefuseWhatIsNoTime(final String text) {
        assertThatThrownBy(() -> Quantity.duration(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("expected a time as 90s, 10m, 2h or 7d, found '" + text + "'");
    }
}
