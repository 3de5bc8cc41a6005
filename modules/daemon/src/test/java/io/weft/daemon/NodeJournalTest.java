// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.dataplane.RefusedException;
import io.weft.frame.Counters;
import io.weft.frame.WorkerCounter;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes whose journal can't be, what a killed one has left, and where a journal is. */
final class NodeJournalTest {
    @TempDir
    Path base;

    private RunDirectory directory() {
        return new RunDirectory(base.resolve("run"));
    }

    private Node start(final String name, final String journal) throws Exception {
        final String text = "node: " + name + "\njournal: { dir: " + journal + " }\n";
        return Node.start(NodeConfig.parse(base.resolve(name + ".yaml").toString(), text), directory());
    }

    @Test
    void shouldRefuseAJournalThatAnotherNodeWritesAndLeaveNothingBehind() throws Exception {
        try (Node first = start("n1", "flows")) {
            assertThatThrownBy(() -> start("n2", "flows"))
                    .isInstanceOf(RefusedException.class)
                    .hasMessage("journal " + base.resolve("flows") + ": another node writes it");
            assertThat(directory().running()).containsExactly("n1");
            assertThat(directory().counters("n2")).doesNotExist();
            assertThat(directory().lock("n2")).doesNotExist();
            // The name is free again.
            start("n2", "others").close();
            assertThat(first.journal().status()).isNotNull();
        }
    }

    @Test
    void shouldRefuseAJournalThatCanNotBeMade() throws Exception {
        Files.createFile(base.resolve("file"));
        for (final String journal : new String[] {"file", "file/below"}) {
            assertThatThrownBy(() -> start("n1", journal))
                    .isInstanceOf(RefusedException.class)
                    .message()
                    .startsWith("journal " + base.resolve(journal) + " can't be made: ")
                    .doesNotContain("\n");
            assertThat(directory().counters("n1")).doesNotExist();
            assertThat(directory().lock("n1")).doesNotExist();
        }
    }

    @Test
    void shouldRefuseToShowAJournalThatThereIsNot() throws Exception {
        final NodeConfig config = NodeConfig.parse("n1.yaml", "node: n1\n");
        try (Node node = Node.start(config, directory())) {
            assertThat(node.journal().status()).isNull();
            for (final String verb : new String[] {"show", "verify"}) {
                final ByteArrayOutputStream err = new ByteArrayOutputStream();
                final PrintStream out = new PrintStream(new ByteArrayOutputStream());
                final int code = Main.run(directory(), out, new PrintStream(err, true), "journal", verb);
                assertThat(code).isEqualTo(verb.equals("show") ? 2 : 1);
                assertThat(err.toString(StandardCharsets.UTF_8))
                        .startsWith("Error: node n1 keeps no journal: its file has no 'journal: { dir: DIR }'")
                        .containsOnlyOnce("\n");
            }
            final ByteArrayOutputStream metrics = new ByteArrayOutputStream();
            assertThat(Main.run(directory(), new PrintStream(metrics), System.err, "stats", "show", "prometheus"))
                    .isZero();
            assertThat(metrics.toString(StandardCharsets.UTF_8)).doesNotContain("weft_journal_");
        }
    }

    @Test
    void shouldKnowHowManyEventsAKilledNodeHadMade() throws Exception {
        final Path file = base.resolve("n1.counters");
        assertThat(NodeJournal.madeBefore(file, 2)).as("none before").containsExactly(-1, -1);
        final Counters killed = Counters.create(file.toFile(), 4, 2);
        killed.worker(0).set(WorkerCounter.FLOW_EVENTS, 77);
        killed.worker(1).set(WorkerCounter.FLOW_EVENTS, 5);
        killed.close();
        assertThat(NodeJournal.madeBefore(file, 2)).containsExactly(77, 5);
        assertThat(NodeJournal.madeBefore(file, 3)).as("it had fewer workers").containsExactly(77, 5, -1);
        assertThat(NodeJournal.madeBefore(file, 1)).as("it had more").containsExactly(77);
    }

    @Test
    void shouldNotMindCountersThatAreNone() throws Exception {
        final Path file = base.resolve("n1.counters");
        final Counters killed = Counters.create(file.toFile(), 4, 1);
        killed.close();
        final byte[] octets = Files.readAllBytes(file);
        for (final int length : new int[] {0, 1, 64, octets.length / 2, octets.length - 1}) {
            Files.write(file, java.util.Arrays.copyOf(octets, length));
            assertThat(NodeJournal.madeBefore(file, 1)).as("cut to " + length).containsExactly(-1);
        }
        Files.writeString(file, "not counters at all, but long enough to look at".repeat(1000));
        assertThat(NodeJournal.madeBefore(file, 1)).containsExactly(-1);
    }

    @Test
    void shouldFindTheJournalOfANodeInAContainerBelowItsRunDirectory() throws Exception {
        final Path own = Files.createDirectories(base.resolve("volumes/run"));
        Files.createDirectories(own.resolve("journal/n1"));
        final Path run = Path.of("/run/weft");

        assertThat(JournalPlace.here(run.resolve("journal/n1"), run, own)).isEqualTo(own.resolve("journal/n1"));
        assertThat(JournalPlace.here(own, Path.of("/elsewhere"), own))
                .as("no container")
                .isEqualTo(own);
        assertThatThrownBy(() -> JournalPlace.here(Path.of("/no/such"), run, own))
                .isInstanceOf(CommandException.class)
                .hasMessage("the journal is not within reach: /no/such"
                        + "; where the node is in a container, run the command there");
        assertThatThrownBy(() -> JournalPlace.here(run.resolve("gone"), run, own))
                .hasMessageContaining("not within reach: " + own.resolve("gone"));
    }
}
