// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** {@link BenchResults} and {@link SoakResults} as JSON: indented, names in snake_case, in the order of the records. */
final class BenchJson {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .build();

    private BenchJson() {}

    static String format(final Record results) {
        return MAPPER.writeValueAsString(results) + "\n";
    }

    /** Writes a file, or replaces it. */
    static void write(final Path file, final BenchResults results) throws IOException {
        Files.writeString(file, format(results));
    }

    /** The same of a soak. */
    static void write(final Path file, final SoakResults results) throws IOException {
        Files.writeString(file, format(results));
    }

    /**
     * Reads what {@link #write} wrote. Names that are not known are passed over, as later additions are.
     *
     * @throws IOException if the file can't be read, is no such JSON, misses a name or is of another schema
     */
    static BenchResults read(final Path file) throws IOException {
        final BenchResults results;
        try {
            results = MAPPER.readValue(Files.readString(file), BenchResults.class);
        } catch (final JacksonException e) {
            throw new IOException(file + ": no results of the benchmark: " + e.getOriginalMessage(), e);
        }
        if (results == null || results.schema() != BenchResults.SCHEMA) {
            throw new IOException(file + ": not of schema " + BenchResults.SCHEMA);
        }
        return results;
    }
}
