// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed while it writes as fast as it can. */
class JournalKillTest {
    /** More by {@code -Dweft.kill.rounds=N}. */
    private static final int ROUNDS = Integer.getInteger("weft.kill.rounds", 4);

    private static final long SEED = 9;

    @TempDir
    private Path dir;

    /** Writes for ever; says now and then how many events were appended. */
    static final class Victim {
        private Victim() {}

        /** Runs. */
        public static void main(final String[] args) {
            final JournalFixture worker = new JournalFixture();
            final JournalWriter journal = worker.open(JournalSettings.of(Path.of(args[0])));
            for (long flow = 0; ; flow += 512) {
                worker.offerAll(journal, flow, flow + 512);
                System.out.println(journal.status().appended());
            }
        }
    }

    @Test
    void shouldHaveAllThatWasAppendedBeforeAKill() throws IOException, InterruptedException {
        final Random random = new Random(SEED);
        for (int round = 0; round < ROUNDS; round++) {
            final long appended = runAndKill(20_000 + random.nextInt(100_000));
            final JournalFixture next = new JournalFixture();
            next.open(JournalSettings.of(dir), appended + 5_000_000).close();
            assertThat(next.messages).isEmpty();

            final Verification verification = JournalVerifier.verify(dir);
            assertThat(verification.damaged()).isEmpty();
            assertThat(verification.sound()).isTrue();
            assertThat(verification.sessions()).hasSize(2 * round + 2);
            final Verification.SessionReport killed = verification.sessions().get(2 * round);
            assertThat(killed.ended()).isFalse();
            assertThat(killed.events()).isGreaterThanOrEqualTo(appended);
            assertThat(killed.unwritten()).isEqualTo(appended + 5_000_000 - killed.events());
            assertThat(verification.sessions().getLast().ended()).isTrue();
            assertThat(lastFlows()).isEqualTo(JournalTest.upTo(killed.events()));
        }
    }

    private long runAndKill(final long events) throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--"))
                .forEach(command::add);
        command.addAll(List.of("-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(Victim.class.getName(), dir.toString()));
        final Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        long appended = 0;
        try (BufferedReader reader = process.inputReader()) {
            while (appended < events) {
                appended = Long.parseLong(String.valueOf(reader.readLine()));
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
        return appended;
    }

    /** Of the killed session: the last one but the one without events. */
    private List<Long> lastFlows() {
        final List<Long> flows = new ArrayList<>();
        try (JournalReader reader = JournalReader.open(dir, message -> {})) {
            for (final long flow : JournalFixture.flows(reader)) {
                if (flow == 0) {
                    flows.clear();
                }
                flows.add(flow);
            }
        }
        return flows;
    }
}
