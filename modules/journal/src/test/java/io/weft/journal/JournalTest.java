// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.weft.conntrack.FlowEvent;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.wire.DocumentContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
    @TempDir
    private Path dir;

    private final JournalFixture worker = new JournalFixture();

    @Test
    void shouldGiveBackWhatWasWritten() {
        try (JournalWriter journal = worker.open(JournalSettings.of(dir))) {
            worker.offerAll(journal, 0, 10_000);
        }
        try (JournalReader reader = JournalReader.open(dir, worker.messages::add)) {
            assertThat(JournalFixture.flows(reader)).isEqualTo(upTo(10_000));
            assertThat(reader.names()).isEqualTo(worker.names);
        }
        assertThat(worker.messages).isEmpty();
        final Verification verification = JournalVerifier.verify(dir);
        assertThat(verification.sound()).isTrue();
        assertThat(verification.sessions()).hasSize(1);
        assertThat(verification.sessions().getFirst().events()).isEqualTo(10_000);
        assertThat(verification.sessions().getFirst().ended()).isTrue();
    }

    @Test
    void shouldGoOnInAnotherSessionAfterAnother() {
        for (long session = 0; session < 3; session++) {
            final JournalFixture next = new JournalFixture();
            try (JournalWriter journal = next.open(JournalSettings.of(dir))) {
                next.offerAll(journal, session * 100, session * 100 + 100);
            }
            assertThat(next.messages).isEmpty();
        }
        try (JournalReader reader = JournalReader.open(dir, worker.messages::add)) {
            assertThat(JournalFixture.flows(reader)).isEqualTo(upTo(300));
        }
        assertThat(JournalVerifier.verify(dir).sound()).isTrue();
    }

    @Test
    void shouldFollowWhileItIsWrittenThroughManyFiles() {
        try (JournalWriter journal = worker.open(JournalFixture.small(dir));
                JournalReader reader = JournalReader.open(dir, worker.messages::add)) {
            final List<Long> flows = new ArrayList<>();
            for (long part = 0; part < 50; part++) {
                worker.offerAll(journal, part * 1_000, part * 1_000 + 1_000);
                flows.addAll(JournalFixture.flows(reader));
            }
            worker.drain(journal);
            flows.addAll(JournalFixture.flows(reader));
            assertThat(flows).isEqualTo(upTo(50_000));
            assertThat(journal.status().files()).isGreaterThan(4);
            assertThat(journal.status().appended()).isEqualTo(50_000);
            assertThat(JournalVerifier.verify(dir).sessions().getFirst().live()).isTrue();
        }
        assertThat(worker.messages).isEmpty();
    }

    @Test
    void shouldKnowNamesAsTheyWere() {
        try (JournalWriter journal = worker.open(JournalFixture.small(dir))) {
            for (long pod = 0; pod < 5; pod++) {
                worker.names = JournalFixture.names("pod" + pod);
                worker.offerAll(journal, pod * 10_000, pod * 10_000 + 10_000);
                worker.drain(journal);
            }
        }
        try (JournalReader reader = JournalReader.open(dir, worker.messages::add)) {
            for (FlowEvent event = reader.next(); event != null; event = reader.next()) {
                assertThat(reader.names().way(event.ingress())).isEqualTo("pod" + event.flow() / 10_000);
            }
        }
    }

    @Test
    void shouldFindATimeWithoutReadingWhatIsInFrontOfIt() {
        final long began = JournalFixture.now();
        try (JournalWriter journal = worker.open(JournalFixture.small(dir))) {
            worker.offerAll(journal, 0, 100_000);
        }
        final List<Long> times = new ArrayList<>();
        try (JournalReader reader = JournalReader.open(dir, worker.messages::add)) {
            for (FlowEvent event = reader.next(); event != null; event = reader.next()) {
                times.add(event.time());
            }
            final long all = reader.reads();
            for (int flow = 0; flow < times.size(); flow += 997) {
                final long time = times.get(flow);
                final long before = reader.reads();
                reader.seek(time);
                assertThat(reader.reads() - before).isLessThan(Math.min(all, 100));
                final FlowEvent first = Objects.requireNonNull(reader.next());
                assertThat(first.flow()).isEqualTo(times.indexOf(time));
                assertThat(reader.names()).isEqualTo(worker.names);
            }
            reader.seek(began);
            assertThat(Objects.requireNonNull(reader.next()).flow()).isZero();
            reader.seek(times.getLast() + 1);
            assertThat(reader.next()).isNull();
        }
        assertThat(worker.messages).isEmpty();
    }

    @Test
    void shouldBeAQueueThatChronicleReads() throws IOException {
        try (JournalWriter journal = worker.open(JournalFixture.small(dir))) {
            worker.offerAll(journal, 0, 30_000);
        }
        final Path session = JournalFile.list(dir).getFirst().path().getParent();
        long events = 0;
        try (ChronicleQueue queue = SingleChronicleQueueBuilder.binary(Objects.requireNonNull(session))
                        .rollCycle(new Appender.Cycles())
                        .readOnly(true)
                        .build();
                ExcerptTailer tailer = queue.createTailer()) {
            while (true) {
                try (DocumentContext document = tailer.readingDocument()) {
                    if (!document.isPresent()) {
                        break;
                    }
                    final var bytes = Objects.requireNonNull(document.wire()).bytes();
                    final int kind = bytes.readUnsignedByte();
                    assertThat(bytes.readUnsignedByte()).isEqualTo(RecordHeader.VERSION);
                    events += kind == RecordKind.EVENTS.ordinal() ? bytes.readUnsignedShort() : 0;
                }
            }
        }
        assertThat(events).isEqualTo(30_000);
    }

    @Test
    void shouldReadWithoutLeavingATrace() throws IOException {
        try (JournalWriter journal = worker.open(JournalFixture.small(dir))) {
            worker.offerAll(journal, 0, 20_000);
        }
        final Map<Path, FileTime> before = times();
        try (JournalReader reader = JournalReader.open(dir, worker.messages::add)) {
            reader.seek(0);
            assertThat(JournalFixture.flows(reader)).hasSize(20_000);
        }
        JournalVerifier.verify(dir);
        assertThat(times()).isEqualTo(before);
    }

    private Map<Path, FileTime> times() throws IOException {
        final Map<Path, FileTime> times = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(dir)) {
            for (final Path path : paths.toList()) {
                times.put(path, Files.getLastModifiedTime(path));
            }
        }
        return times;
    }

    @Test
    void shouldTellOfFilesThatWereDeletedBeforeTheirTurn() throws IOException {
        try (JournalWriter journal = worker.open(JournalFixture.small(dir))) {
            worker.offerAll(journal, 0, 50_000);
        }
        final List<JournalFile> files = JournalFile.list(dir);
        assertThat(files).hasSizeGreaterThan(3);
        try (JournalReader reader = JournalReader.open(dir, worker.messages::add)) {
            assertThat(Objects.requireNonNull(reader.next()).flow()).isZero();
            Files.delete(files.get(0).path());
            Files.delete(files.get(1).path());
            final List<Long> flows = JournalFixture.flows(reader);
            assertThat(flows).contains(1L, 49_999L).isSorted().hasSizeLessThan(49_999);
        }
        Files.delete(files.get(3).path());
        final Verification verification = JournalVerifier.verify(dir);
        assertThat(verification.sound()).isFalse();
        assertThat(verification.sessions().getFirst().missingFiles()).isEqualTo(1);
        assertThat(verification.sessions().getFirst().allMissing())
                .isEqualTo(50_000 - verification.sessions().getFirst().events() - firstKept());
    }

    private long firstKept() {
        try (JournalReader reader = JournalReader.open(dir, worker.messages::add)) {
            return Objects.requireNonNull(reader.next()).flow();
        }
    }

    @Test
    void shouldKeepNoMoreThanIsToBeKept() {
        try (JournalWriter journal = worker.open(JournalFixture.small(dir))) {
            for (long part = 0; part < 40; part++) {
                worker.offerAll(journal, part * 8_192, part * 8_192 + 8_192);
                assertThat(journal.status().octets()).isLessThanOrEqualTo(JournalSettings.MIN_RETAIN);
            }
            worker.drain(journal);
            assertThat(journal.status().octets()).isGreaterThan(JournalSettings.MIN_RETAIN / 2);
            assertThat(journal.status().oldest()).isPositive();
        }
        assertThat(worker.messages).isEmpty();
        assertThat(JournalVerifier.verify(dir).sound()).isTrue();
        assertThat(firstKept()).isGreaterThan(40L * 8_192 - JournalSettings.MIN_RETAIN / FlowEvent.LENGTH - 1);
    }

    @Test
    void shouldCountWhatTheRingLost() {
        final JournalFixture few = new JournalFixture(16_384, 0);
        try (JournalWriter journal = few.open(JournalSettings.of(dir))) {
            long flow = 0;
            while (few.ring.lost() < 1_000) {
                few.offer(flow++, JournalFixture.now());
            }
            assertThat(journal.status().ringLost()).isEqualTo(few.ring.lost());
        }
        final Verification verification = JournalVerifier.verify(dir);
        assertThat(verification.sessions().getFirst().allLost()).isEqualTo(few.ring.lost());
        assertThat(verification.sound()).isTrue();
    }

    @Test
    void shouldRefuseASecondWriter() {
        try (JournalWriter journal = worker.open(JournalSettings.of(dir))) {
            JournalFixture.await(() -> journal.status().state() == JournalState.WRITING);
            assertThatThrownBy(() -> new JournalFixture().open(JournalSettings.of(dir)))
                    .isInstanceOf(JournalException.class)
                    .hasMessage("journal " + dir + ": another node writes it");
        }
        worker.open(JournalSettings.of(dir)).close();
    }

    @Test
    void shouldSayWhyThereIsNoJournal() throws IOException {
        assertThatThrownBy(() -> JournalReader.open(dir.resolve("none"), worker.messages::add))
                .hasMessage("no journal in " + dir.resolve("none"));
        final Path file = Files.createFile(dir.resolve("file"));
        assertThatThrownBy(() -> worker.open(JournalSettings.of(file))).isInstanceOf(JournalException.class);
    }

    @Test
    void shouldWriteAgainWhenItsDirectoryWasTakenAway() throws IOException {
        try (JournalWriter journal = worker.open(JournalFixture.small(dir))) {
            worker.offerAll(journal, 0, 1_000);
            worker.drain(journal);
            for (final JournalFile file : JournalFile.list(dir)) {
                Files.delete(file.path());
                Files.delete(file.path().resolveSibling("metadata.cq4t"));
                Files.delete(Objects.requireNonNull(file.path().getParent()));
            }
            worker.offerAll(journal, 1_000, 30_000);
            JournalFixture.await(() -> journal.status().lost() > 0);
            JournalFixture.await(() -> journal.status().state() == JournalState.WRITING);
            assertThat(journal.status().alarm()).isNull();
            worker.offerAll(journal, 30_000, 31_000);
        }
        assertThat(worker.messages)
                .hasSizeGreaterThanOrEqualTo(2)
                .last()
                .asString()
                .contains("is written again");
        final Verification verification = JournalVerifier.verify(dir);
        assertThat(verification.sound()).isTrue();
    }

    @Test
    void shouldAllocateNothingWhileEventsCome() {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (JournalWriter journal = worker.open(JournalSettings.of(dir))) {
            final long thread = Thread.getAllStackTraces().keySet().stream()
                    .filter(of -> of.getName().equals("weft-journal"))
                    .mapToLong(Thread::threadId)
                    .max()
                    .orElseThrow();
            final int round = 50_000;
            worker.offerAll(journal, 0, 4 * round);
            worker.drain(journal);
            double least = Double.MAX_VALUE;
            for (int i = 0; i < 10; i++) {
                final long before = threads.getThreadAllocatedBytes(thread);
                worker.offerAll(journal, 0, round);
                worker.drain(journal);
                least = Math.min(least, (threads.getThreadAllocatedBytes(thread) - before) / (double) round);
            }
            assertThat(least).isLessThanOrEqualTo(0.1);
        }
    }

    static List<Long> upTo(final long end) {
        return LongStream.range(0, end).boxed().toList();
    }
}
