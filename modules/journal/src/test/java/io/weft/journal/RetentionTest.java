// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetentionTest {
    private static final long BEGIN = 1_764_000_000;
    private static final long HOUR = 3_600;

    @TempDir
    private Path dir;

    private final List<String> messages = new ArrayList<>();

    /** Two sessions of three files of a MiB, an hour each; the last one is being written. */
    @BeforeEach
    void write() throws IOException {
        for (int hour = 0; hour < 6; hour++) {
            final JournalFile file = file(hour);
            Files.createDirectories(Objects.requireNonNull(file.path().getParent()));
            Files.write(file.path(), new byte[1 << 20]);
        }
    }

    private JournalFile file(final int hour) {
        return JournalFile.of(dir, BEGIN + (hour - hour % 3) * HOUR, BEGIN + hour * HOUR);
    }

    private List<Integer> hoursLeft() {
        final List<Integer> hours = new ArrayList<>();
        for (int hour = 0; hour < 6; hour++) {
            if (Files.exists(file(hour).path())) {
                hours.add(hour);
            }
        }
        return hours;
    }

    private Retention retention(final Duration age) throws IOException {
        final Path current = file(5).path();
        Files.delete(current);
        final Retention retention =
                new Retention(JournalSettings.of(dir, JournalSettings.MIN_RETAIN, age), messages::add);
        Files.createFile(current);
        return retention;
    }

    @Test
    void shouldKeepAllThatIsLittleAndYoung() throws IOException {
        final Retention retention = retention(Duration.ofHours(6));
        retention.apply(file(5), (BEGIN + 6 * HOUR) * JournalFixture.SECOND);
        assertThat(hoursLeft()).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(retention.octets()).isEqualTo(5 << 20);
        assertThat(retention.oldest(0)).isEqualTo(BEGIN);
    }

    @Test
    void shouldDeleteFilesOfWhichAllIsTooOld() throws IOException {
        final Retention retention = retention(Duration.ofHours(2));
        retention.apply(file(5), (BEGIN + 4 * HOUR + 1) * JournalFixture.SECOND);
        assertThat(hoursLeft()).containsExactly(2, 3, 4, 5);
        assertThat(retention.files()).isEqualTo(3);
        retention.apply(file(5), (BEGIN + 5 * HOUR + 1) * JournalFixture.SECOND);
        assertThat(hoursLeft()).containsExactly(3, 4, 5);
        assertThat(JournalFile.sessions(dir)).containsExactly(BEGIN + 3 * HOUR);
        retention.apply(file(5), (BEGIN + 99 * HOUR) * JournalFixture.SECOND);
        assertThat(hoursLeft()).containsExactly(5);
        assertThat(messages).isEmpty();
    }

    @Test
    void shouldLeaveRoomForTheCurrentFile() throws IOException {
        final Retention retention = retention(Duration.ZERO);
        retention.ended(file(5), 11L << 20, file(5).cycle());
        assertThat(retention.octets()).isEqualTo(JournalSettings.MIN_RETAIN);
        retention.apply(JournalFile.of(dir, BEGIN + 3 * HOUR, BEGIN + 6 * HOUR), 0);
        assertThat(hoursLeft()).containsExactly(1, 2, 3, 4, 5);
        assertThat(retention.octets()).isEqualTo(15 << 20);
    }

    @Test
    void shouldSweepSessionsWithoutFiles() throws IOException {
        final Path empty = Files.createDirectory(dir.resolve(JournalFile.name(BEGIN + 20 * HOUR)));
        Files.createFile(empty.resolve("metadata.cq4t"));
        retention(Duration.ZERO).sweep(BEGIN + 3 * HOUR);
        assertThat(empty).doesNotExist();
        assertThat(hoursLeft()).containsExactly(0, 1, 2, 3, 4, 5);
    }
}
