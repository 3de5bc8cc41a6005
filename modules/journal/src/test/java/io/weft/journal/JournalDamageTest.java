// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.conntrack.FlowEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that something else has written to, or cut. */
class JournalDamageTest {
    private static final int EVENTS = 4_000;
    private static final long SEED = 6;

    @TempDir
    private Path dir;

    private final JournalFixture worker = new JournalFixture();
    private Path file = Path.of("");
    private byte[] whole = new byte[0];

    @BeforeEach
    void write() throws IOException {
        try (JournalWriter journal = worker.open(JournalFixture.small(dir))) {
            worker.offerAll(journal, 0, EVENTS);
        }
        file = JournalFile.list(dir).getFirst().path();
        whole = Files.readAllBytes(file);
    }

    private List<Long> read() {
        worker.messages.clear();
        try (JournalReader reader = JournalReader.open(dir, worker.messages::add)) {
            return JournalFixture.flows(reader);
        }
    }

    /** Where the {@code n}th record of events begins. */
    private int record(final int n) throws IOException {
        try (RecordFile records = new RecordFile(JournalFile.list(dir).getFirst())) {
            int left = n;
            while (true) {
                assertThat(records.look()).isEqualTo(RecordFile.Found.RECORD);
                if (RecordHeader.kind(records.buffer(), records.record()) == RecordKind.EVENTS.ordinal()
                        && left-- == 0) {
                    return (int) records.position();
                }
                records.skip();
            }
        }
    }

    @Test
    void shouldReadWhatIsThereOfAFileCutAnywhere() throws IOException {
        for (int length = whole.length - 1; length > 0; length -= 4_999) {
            Files.write(file, Arrays.copyOf(whole, length));
            final List<Long> flows = read();
            assertThat(flows).isEqualTo(JournalTest.upTo(flows.size()));
            JournalVerifier.verify(dir);
        }
        Files.write(file, new byte[0]);
        assertThat(read()).isEmpty();
    }

    @Test
    void shouldSkipARecordOfWhichAnOctetIsWrong() throws IOException {
        final int at = record(3);
        final byte[] wrong = whole.clone();
        wrong[at + 500] ^= 1;
        Files.write(file, wrong);
        final List<Long> flows = read();
        assertThat(flows).isSorted().contains(0L, EVENTS - 1L).hasSizeBetween(EVENTS - SessionWriter.BATCH, EVENTS - 1);
        assertThat(worker.messages).hasSize(1);
        assertThat(worker.messages.getFirst())
                .endsWith("at " + at + ": a record whose checksum is wrong; it is left out");
        final Verification verification = JournalVerifier.verify(dir);
        assertThat(verification.sound()).isFalse();
        assertThat(verification.damaged()).hasSize(1);
        assertThat(verification.damaged().getFirst().position()).isEqualTo(at);
        assertThat(verification.sessions().getFirst().allMissing()).isEqualTo(EVENTS - flows.size());
        assertThat(verification.lines()).anyMatch(line -> line.contains("damaged:"));
    }

    @Test
    void shouldFindRecordsBehindAHole() throws IOException {
        final int from = record(3);
        final int to = record(9) + 100;
        final byte[] hole = whole.clone();
        Arrays.fill(hole, from, to, (byte) 0);
        Files.write(file, hole);
        assertThat(read()).isSorted().contains(0L, EVENTS - 1L).hasSizeLessThan(EVENTS);
        assertThat(worker.messages).hasSize(1);
        assertThat(JournalVerifier.verify(dir).damaged().getFirst().position()).isEqualTo(from);
    }

    @Test
    void shouldReadPastAnyNonsense() throws IOException {
        final Random random = new Random(SEED);
        for (int round = 0; round < 200; round++) {
            final byte[] wrong = whole.clone();
            final int places = 1 + random.nextInt(4);
            for (int i = 0; i < places; i++) {
                final byte[] nonsense = new byte[1 + random.nextInt(64)];
                random.nextBytes(nonsense);
                final int at = random.nextInt(wrong.length - nonsense.length);
                System.arraycopy(nonsense, 0, wrong, at, nonsense.length);
            }
            Files.write(file, wrong);
            assertThat(read()).isSorted().doesNotHaveDuplicates().hasSizeGreaterThan(EVENTS / 2);
            final Verification verification = JournalVerifier.verify(dir);
            assertThat(verification.sessions().getFirst().events()
                            + verification.sessions().getFirst().allMissing())
                    .isLessThanOrEqualTo(EVENTS);
            try (JournalReader reader = JournalReader.open(dir, worker.messages::add)) {
                reader.seek(JournalFixture.now() - JournalFixture.SECOND * random.nextInt(5));
                reader.next();
            }
        }
    }

    @Test
    void shouldWriteOnInAnotherFile() throws IOException {
        final byte[] wrong = Arrays.copyOf(whole, record(9) + 700);
        Arrays.fill(wrong, record(3), record(4), (byte) 0xFF);
        Files.write(file, wrong);
        final JournalFixture next = new JournalFixture();
        try (JournalWriter journal = next.open(JournalFixture.small(dir))) {
            next.offerAll(journal, EVENTS, EVENTS + 100);
        }
        assertThat(next.messages).isEmpty();
        assertThat(Arrays.copyOf(Files.readAllBytes(file), wrong.length)).isEqualTo(wrong);
        assertThat(JournalFile.list(dir)).hasSize(2);
        assertThat(read()).isSorted().contains(0L, EVENTS + 99L);
    }

    @Test
    void shouldRefuseRecordsOfAnotherLayoutByName() throws IOException {
        final byte[] other = whole.clone();
        for (int n = 0; n < 3; n++) {
            change(other, record(n), RecordHeader.VERSION_OFFSET, 2);
        }
        Files.write(file, other);
        assertThat(read()).contains(EVENTS - 1L).doesNotContain(0L);
        assertThat(worker.messages).hasSize(1);
        assertThat(worker.messages.getFirst()).contains("records of layout 2, this program knows 1");
        assertThat(JournalVerifier.verify(dir).sound()).isFalse();
    }

    @Test
    void shouldRefuseEventsOfAnotherLayoutByName() throws IOException {
        final byte[] other = whole.clone();
        change(other, record(0), RecordHeader.LENGTH, 2);
        Files.write(file, other);
        assertThat(read()).contains(EVENTS - 1L).doesNotContain(0L);
        assertThat(worker.messages).hasSize(1);
        assertThat(worker.messages.getFirst()).contains("events of layout 2, this program knows " + FlowEvent.VERSION);
        assertThat(JournalVerifier.verify(dir).sound()).isFalse();
    }

    /** Sets an octet of a record, as one who writes it so would: with the checksum of that. */
    private static void change(final byte[] octets, final int at, final int offset, final int value) {
        final java.nio.ByteBuffer buffer = java.nio.ByteBuffer.wrap(octets).order(java.nio.ByteOrder.LITTLE_ENDIAN);
        final int record = at + RecordFile.WORD;
        buffer.put(record + offset, (byte) value);
        final java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
        crc.update(octets, record, RecordHeader.CHECK_OFFSET);
        crc.update(octets, record + RecordHeader.LENGTH, buffer.getInt(record + RecordHeader.BODY_OFFSET));
        buffer.putInt(record + RecordHeader.CHECK_OFFSET, (int) crc.getValue());
    }

    @Test
    void shouldLeaveOtherFilesAlone() throws IOException {
        Files.writeString(dir.resolve("notes.txt"), "mine", StandardOpenOption.CREATE_NEW);
        Files.createDirectory(dir.resolve("20261123-notatime"));
        assertThat(read()).hasSize(EVENTS);
        assertThat(JournalVerifier.verify(dir).sound()).isTrue();
    }
}
