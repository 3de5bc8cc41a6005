// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LabProcessTest {
    @Test
    void shouldKnowThisProcess() {
        final LabProcess self = LabProcess.of("self", ProcessHandle.current().pid());

        assertThat(self.isAlive()).isTrue();
        assertThat(self.start()).isPositive();
    }

    @Test
    void shouldNotTakeAnotherProcessOfTheSamePidForIt() {
        final LabProcess self = LabProcess.of("self", ProcessHandle.current().pid());

        assertThat(new LabProcess("other", self.pid(), self.start() - 1).isAlive())
                .isFalse();
    }

    @Test
    void shouldEndAProcessAndLeaveOneThatOnlySharesThePid() throws Exception {
        final Process sleep = new ProcessBuilder("sleep", "600").start();
        try {
            final LabProcess process = LabProcess.of("sleep", sleep.pid());
            LabProcess.end(List.of(new LabProcess("older", process.pid(), process.start() - 1)));
            assertThat(process.isAlive()).isTrue();

            LabProcess.end(List.of(process));

            assertThat(sleep.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(process.isAlive()).isFalse();
        } finally {
            sleep.destroyForcibly();
        }
    }

    @Test
    void shouldKillAProcessThatIgnoresTheRequestToEnd() throws Exception {
        final Process stubborn =
                new ProcessBuilder("sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.2; done").start();
        try {
            assertThat(stubborn.inputReader().readLine()).isEqualTo("ready");

            LabProcess.end(List.of(LabProcess.of("stubborn", stubborn.pid())));

            assertThat(stubborn.waitFor(10, TimeUnit.SECONDS)).isTrue();
        } finally {
            stubborn.destroyForcibly();
        }
    }

    @Test
    void shouldFindANodeByItsCommandLine() throws Exception {
        final Path file = Path.of("/nowhere", ProcessHandle.current().pid() + ".yaml");
        final Process node = start("node", "run", "--config", file.toString());
        final Process editor = start("edit", file.toString());
        try {
            assertThat(LabProcess.nodesRunning("n1", file))
                    .extracting(LabProcess::pid)
                    .containsExactly(node.pid());
        } finally {
            node.destroyForcibly();
            editor.destroyForcibly();
        }
    }

    /** A shell that waits, with {@code words} at the end of its command line; returns when it runs. */
    private static Process start(final String... words) throws IOException {
        final String[] command = new String[words.length + 4];
        command[0] = "sh";
        command[1] = "-c";
        command[2] = "echo ready; read line";
        command[3] = "sh";
        System.arraycopy(words, 0, command, 4, words.length);
        final Process process = new ProcessBuilder(command).start();
        assertThat(process.inputReader().readLine()).isEqualTo("ready");
        return process;
    }
}
