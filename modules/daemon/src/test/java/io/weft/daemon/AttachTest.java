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
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node without any right but CAP_NET_ADMIN, two workers, and two pods that attach. */
@Tag("netns")
class AttachTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final String prefix = "wa" + ProcessHandle.current().pid();
    private final List<Process> processes = new ArrayList<>();

    @TempDir
    private Path base;

    @BeforeEach
    void makeNamespaces() throws Exception {
        for (final String name : List.of("n", "a", "b")) {
            run("ip", "netns", "add", ns(name));
        }
        Files.writeString(base.resolve("n.yaml"), """
                node: %s
                workers: 2
                networks: [{ name: blue, subnet: [10.66.0.0/24, "fd66::/64"], gateway: 10.66.0.254 }]
                ports:
                  - { name: a, type: tap, network: blue, attach: true, address: [10.66.0.1, "fd66::1"] }
                  - { name: b, type: tap, network: blue, attach: true, address: [10.66.0.2, "fd66::2"] }
                """.formatted(prefix));
    }

    @AfterEach
    void removeNamespaces() throws Exception {
        processes.forEach(Process::destroyForcibly);
        for (final Process process : processes) {
            process.waitFor();
        }
        for (final String name : List.of("n", "a", "b")) {
            new ProcessBuilder("ip", "netns", "del", ns(name)).start().waitFor();
        }
    }

    @Test
    void shouldHealWhoeverDiesAndLeakNothing() throws Exception {
        Process node = node();
        assertThat(weft("port", "show", "a")).contains("WAITING", "reason nobody has attached");
        Process a = attach("a", "a");
        attach("b", "b");
        awaitPing("a", "10.66.0.2");
        awaitPing("b", "fd66::1");
        assertThat(run("ip", "-n", ns("a"), "route")).contains("default via 10.66.0.254 dev eth0");
        final long descriptors = descriptors(node);

        final String interfaceBefore =
                run("ip", "-n", ns("a"), "-o", "link", "show", "eth0").split(":", 2)[0];
        node.destroyForcibly().waitFor();
        assertThat(run("ip", "-n", ns("a"), "address")).contains("10.66.0.1/24");
        node = node();
        awaitPing("a", "10.66.0.2");
        assertThat(run("ip", "-n", ns("a"), "-o", "link", "show", "eth0")).startsWith(interfaceBefore + ":");

        a.destroyForcibly().waitFor();
        await().atMost(PATIENCE).until(() -> weft("port", "show", "a").contains("WAITING"));
        assertThat(run("ip", "-n", ns("a"), "link")).doesNotContain("eth0");
        run("ip", "netns", "del", ns("a"));
        run("ip", "netns", "add", ns("a"));
        a = attach("a", "a");
        awaitPing("a", "10.66.0.2");
        run("ip", "-n", ns("a"), "link", "del", "eth0");
        awaitPing("a", "10.66.0.2");
        final Process second = node;
        await().atMost(PATIENCE).until(() -> descriptors(second) == descriptors);
        a.destroy();
        assertThat(a.waitFor()).isZero();
        assertThat(weft("-j", "stats")).contains("\"imbalance\":0");
    }

    @Test
    void shouldRefuseInOneLine() throws Exception {
        node();
        attach("a", "a");
        await().atMost(PATIENCE).until(() -> weft("port", "show", "a").contains("UP"));
        assertRefused(2, "no such port: zz", "zz");
        assertRefused(2, "port a is attached already", "a");
        run("ip", "-n", ns("b"), "link", "add", "eth0", "type", "veth", "peer", "name", "peer0");
        assertRefused(1, "interface eth0 exists", "b");
        assertRefused(1, "port b is not attached after 0 s", "b", "--wait", "0", "--socket", base + "/none.sock");
    }

    private void assertRefused(final int code, final String reason, final String... words) throws Exception {
        final Process process = attach("b", words);
        assertThat(process.waitFor()).isEqualTo(code);
        assertThat(stderr(process)).contains("Error: " + reason);
    }

    @Test
    void shouldHandOverOnceAndRunACommand() throws Exception {
        node();
        assertThat(attach("a", "a", "--once").waitFor()).isZero();
        final Process b =
                attach("b", "b", "--", "sh", "-c", "trap 'exit 7' TERM; touch " + base + "/ran; sleep 60 & wait");
        awaitPing("a", "10.66.0.2");
        await().atMost(PATIENCE).until(() -> Files.exists(base.resolve("ran")));
        b.destroy();
        assertThat(b.waitFor()).isEqualTo(7);
        assertThat(attach("b", "b", "--", "false").waitFor()).isEqualTo(1);
        assertThat(weft("port", "del", "a")).isEmpty();
        await().atMost(PATIENCE).until(() -> !run("ip", "-n", ns("a"), "link").contains("eth0"));
    }

    /** Descriptors of TAPs; the JVM opens others when it likes. */
    private static long descriptors(final Process process) throws IOException {
        long count = 0;
        try (Stream<Path> files = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
            for (final Path file : files.toList()) {
                count += isTun(file) ? 1 : 0;
            }
        }
        return count;
    }

    private static boolean isTun(final Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).endsWith("net/tun");
        } catch (final IOException e) {
            // Closed meanwhile.
            return false;
        }
    }

    private Process node() throws Exception {
        final Process process = start(
                "n",
                List.of("setpriv", "--bounding-set", "-all,+net_admin", "--inh-caps", "-all"),
                "node",
                "run",
                "--config",
                base.resolve("n.yaml").toString());
        await().atMost(PATIENCE).until(() -> {
            assertThat(process.isAlive()).as(() -> stderr(process)).isTrue();
            return directory().isRunning(prefix);
        });
        return process;
    }

    private Process attach(final String pod, final String... words) throws IOException {
        final List<String> all = new ArrayList<>(List.of("attach"));
        all.addAll(List.of(words));
        return start(pod, List.of(), all.toArray(String[]::new));
    }

    private Process start(final String namespace, final List<String> with, final String... words) throws IOException {
        final List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", ns(namespace)));
        command.addAll(with);
        command.add(ProcessHandle.current().info().command().orElseThrow());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(flag -> flag.startsWith("--"))
                .forEach(command::add);
        command.addAll(List.of("-XX:+UseSerialGC", "-Xmx128m", "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.weft.daemon.Main"));
        command.addAll(List.of(words));
        final ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put(RunDirectory.VARIABLE, base.resolve("run").toString());
        builder.redirectError(base.resolve("stderr-" + processes.size()).toFile());
        builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
        processes.add(builder.start());
        return processes.getLast();
    }

    private String stderr(final Process process) {
        try {
            return Files.readString(base.resolve("stderr-" + processes.indexOf(process)));
        } catch (final IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private void awaitPing(final String from, final String to) {
        await().atMost(PATIENCE)
                .until(() -> new ProcessBuilder("ip", "netns", "exec", ns(from), "ping", "-c", "1", "-W", "1", to)
                                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                                .redirectError(ProcessBuilder.Redirect.DISCARD)
                                .start()
                                .waitFor()
                        == 0);
    }

    private String weft(final String... args) {
        final var out = new ByteArrayOutputStream();
        final var stream = new PrintStream(out, true);
        Main.run(directory(), stream, stream, args);
        return out.toString(StandardCharsets.UTF_8);
    }

    private RunDirectory directory() {
        return new RunDirectory(base.resolve("run"));
    }

    private String ns(final String name) {
        return prefix + "-" + name;
    }

    private static String run(final String... command) throws Exception {
        final Process process =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        final String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("%s: %s", List.of(command), text).isZero();
        return text;
    }
}
