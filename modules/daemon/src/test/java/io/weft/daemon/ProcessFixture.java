// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Real nodes and their like, each a process of its own, in network namespaces that no other run has. */
abstract class ProcessFixture {
    static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Of the names of namespaces, and of nodes. */
    final String prefix;

    private final List<String> namespaces;
    private final List<Process> processes = new ArrayList<>();

    @TempDir
    Path base = Path.of("");

    ProcessFixture(final String prefix, final String... namespaces) {
        this.prefix = prefix + ProcessHandle.current().pid();
        this.namespaces = List.of(namespaces);
    }

    @BeforeEach
    void makeNamespaces() throws Exception {
        for (final String name : namespaces) {
            run("ip", "netns", "add", ns(name));
        }
    }

    @AfterEach
    void endProcessesAndRemoveNamespaces() throws Exception {
        processes.forEach(Process::destroyForcibly);
        for (final Process process : processes) {
            process.waitFor();
        }
        for (final String name : namespaces) {
            // A test that failed may have removed it.
            new ProcessBuilder("ip", "netns", "del", ns(name))
                    .redirectErrorStream(true)
                    .start()
                    .waitFor();
        }
    }

    /**
     * Starts the program in a namespace.
     *
     * @param launcher what starts it with other rights; empty for none
     */
    Process launch(final String namespace, final List<String> launcher, final String... words) throws IOException {
        final List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", ns(namespace)));
        command.addAll(launcher);
        command.addAll(jvm());
        command.add(Main.class.getName());
        command.addAll(List.of(words));
        final ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put(RunDirectory.VARIABLE, runDirectory().toString());
        builder.redirectError(base.resolve("stderr-" + processes.size()).toFile());
        builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
        processes.add(builder.start());
        return processes.getLast();
    }

    /** A small one, with what this one was told of modules and native access. */
    private static List<String> jvm() {
        final List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElseThrow());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag -> flag.startsWith("--"))
                .forEach(command::add);
        command.addAll(List.of("-XX:+UseSerialGC", "-Xmx256m", "-cp", System.getProperty("java.class.path")));
        return command;
    }

    /** Waits until the node that {@code process} is to be answers. */
    Process awaitNode(final String name, final Process process) {
        await().atMost(PATIENCE).until(() -> {
            assertThat(process.isAlive()).as(() -> stderr(process)).isTrue();
            return directory().isRunning(name);
        });
        return process;
    }

    String stderr(final Process process) {
        try {
            return Files.readString(base.resolve("stderr-" + processes.indexOf(process)));
        } catch (final IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    void awaitPing(final String from, final String to) {
        await().atMost(PATIENCE)
                .until(() -> new ProcessBuilder("ip", "netns", "exec", ns(from), "ping", "-c", "1", "-W", "1", to)
                                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                                .redirectError(ProcessBuilder.Redirect.DISCARD)
                                .start()
                                .waitFor()
                        == 0);
    }

    /** What a command to a node prints, errors too. */
    String weft(final String... args) {
        final var out = new ByteArrayOutputStream();
        final var stream = new PrintStream(out, true);
        Main.run(directory(), stream, stream, args);
        return out.toString(StandardCharsets.UTF_8);
    }

    RunDirectory directory() {
        return new RunDirectory(runDirectory());
    }

    /** There is none before a node makes it. */
    Path runDirectory() {
        return base.resolve("run");
    }

    /** The whole name of a namespace. */
    String ns(final String name) {
        return prefix + "-" + name;
    }

    /** What a command that has to succeed prints. */
    static String run(final String... command) throws Exception {
        final Process process =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        final String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("%s: %s", List.of(command), text).isZero();
        return text;
    }
}
