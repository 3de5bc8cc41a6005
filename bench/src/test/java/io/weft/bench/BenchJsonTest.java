// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BenchJsonTest {
    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void place() {
        file = folder.resolve("results.json");
    }

    @Test
    void shouldReadWhatItWrote() throws IOException {
        BenchJson.write(file, SampleResults.of(1));
        assertThat(BenchJson.read(file)).isEqualTo(SampleResults.of(1));
    }

    @Test
    void shouldUseNamesOfTheSchemaInItsOrder() {
        assertThat(BenchJson.format(SampleResults.of(1)))
                .startsWith("{\n  \"schema\" : 1,\n  \"started\" : ")
                .containsSubsequence("\"duration_seconds\"", "\"machine\"", "\"more_is_better\"", "\"scenarios\"")
                .contains("\"error\" : null")
                .endsWith("}\n");
    }

    @Test
    void shouldPassOverAdditions() throws IOException {
        final String json = BenchJson.format(SampleResults.of(1));
        Files.writeString(file, json.replaceFirst("\\{", "{ \"weather\": {\"sun\": true},"));
        assertThat(BenchJson.read(file)).isEqualTo(SampleResults.of(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "[]", "{}", "{\"schema\": 1}", "{\"schema\": 1", "no"})
    void shouldRefuseWhatIsNoResult(final String json) throws IOException {
        Files.writeString(file, json);
        assertThatThrownBy(() -> BenchJson.read(file))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(file + ": ");
    }

    @Test
    void shouldRefuseAnotherSchema() throws IOException {
        Files.writeString(file, BenchJson.format(SampleResults.of(1)).replaceFirst("1", "2"));
        assertThatThrownBy(() -> BenchJson.read(file)).hasMessage(file + ": not of schema 1");
    }
}
