// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A journal on a file system of 64 MiB, which another file fills. */
@Tag("netns")
class JournalFullTest {
    private final JournalFixture worker = new JournalFixture();

    @TempDir
    private Path dir;

    @BeforeEach
    void mount() throws IOException, InterruptedException {
        run("mount", "-t", "tmpfs", "-o", "size=64m", "weft-test", dir.toString());
    }

    @AfterEach
    void unmount() throws IOException, InterruptedException {
        run("umount", "-l", dir.toString());
    }

    private static void run(final String... command) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }

    private Path fill() throws IOException {
        final Path file = dir.resolve("other");
        try (OutputStream out = Files.newOutputStream(file)) {
            final byte[] octets = new byte[64 << 10];
            while (true) {
                out.write(octets);
            }
        } catch (final IOException e) {
            assertThat(dir.toFile().getUsableSpace()).isZero();
        }
        return file;
    }

    @Test
    void shouldStopOnAFullDiskAndGoOnWhenThereIsRoom() throws IOException {
        long flow = 0;
        try (JournalWriter journal = worker.open(JournalFixture.small(dir.resolve("journal")))) {
            for (int round = 0; round < 3; round++) {
                worker.offerAll(journal, flow, flow += 3_000);
                worker.drain(journal);
                final long lost = journal.status().lost();
                final Path other = fill();
                worker.messages.clear();
                worker.offerAll(journal, flow, flow += 10_000);
                worker.drain(journal);
                assertThat(journal.status().state()).isEqualTo(JournalState.FULL);
                assertThat(journal.status().lost()).isGreaterThan(lost);
                assertThat(journal.status().alarm()).contains("is full, flows are not kept");
                assertThat(worker.messages).hasSize(1);

                Files.delete(other);
                JournalFixture.await(() -> journal.status().state() == JournalState.WRITING);
                assertThat(journal.status().alarm()).isNull();
                assertThat(worker.messages).hasSize(2);
            }
            worker.offerAll(journal, flow, flow += 100);
            worker.drain(journal);
            assertThat(journal.status().appended() + journal.status().lost()).isEqualTo(flow);
        }
        final Verification verification = JournalVerifier.verify(dir.resolve("journal"));
        assertThat(verification.sound()).isTrue();
        assertThat(verification.sessions()).hasSize(1);
        assertThat(verification.sessions().getFirst().events()
                        + verification.sessions().getFirst().allLost())
                .isEqualTo(flow);
    }

    @Test
    void shouldOpenOnAFullDisk() throws IOException {
        Files.createDirectory(dir.resolve("journal"));
        Files.createFile(dir.resolve("journal").resolve("lock"));
        final Path other = fill();
        try (JournalWriter journal = worker.open(JournalSettings.of(dir.resolve("journal")))) {
            JournalFixture.await(() -> journal.status().state() == JournalState.FULL);
            worker.offerAll(journal, 0, 1_000);
            worker.drain(journal);
            Files.delete(other);
            JournalFixture.await(() -> journal.status().state() == JournalState.WRITING);
            worker.offerAll(journal, 1_000, 2_000);
        }
        final Verification verification = JournalVerifier.verify(dir.resolve("journal"));
        assertThat(verification.sound()).isTrue();
        assertThat(verification.sessions().getFirst().events()).isEqualTo(1_000);
        assertThat(verification.sessions().getFirst().allLost()).isEqualTo(1_000);
    }
}
