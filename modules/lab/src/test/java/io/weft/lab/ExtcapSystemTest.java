// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ports of nodes as interfaces of tshark, which knows the program by a link in its personal directory for such programs. */
class ExtcapSystemTest extends TwoNodesFixture {
    private static final Path EXTCAP = Program.HOME.resolve("extcap/weft");

    ExtcapSystemTest() throws Exception {}

    @BeforeAll
    void install() throws IOException {
        Files.createSymbolicLink(
                Files.createDirectories(directory.resolve("wireshark/extcap")).resolve("weft"), EXTCAP);
        Files.createDirectory(directory.resolve("none"));
        Files.createDirectory(directory.resolve("cache"));
    }

    @AfterAll
    void uninstall() throws IOException {
        Files.delete(directory.resolve("wireshark/extcap/weft"));
    }

    @Test
    void shouldListEveryPortOfEveryNode() throws Exception {
        final String list = tshark("-D").ok();
        assertThat(list)
                .contains(" weft-" + lab.namespace("n1") + " (Weft node " + lab.namespace("n1") + ", all ports)")
                .contains(" weft-" + lab.namespace("n1") + "-a (")
                .contains("port a: network blue, pod " + lab.namespace("a") + ", 10.100.0.1/24, fd00:100::1/64)")
                .contains(" weft-" + lab.namespace("n1") + "-b (")
                .contains(" weft-" + lab.namespace("n1") + "-underlay (")
                .contains(" weft-" + lab.namespace("n2") + "-c (");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "icmp", "icmp6 or icmp"})
    void shouldCapture(final String filter) throws Exception {
        final Path file = directory.resolve("c.pcapng");
        final List<String> options = new ArrayList<>(List.of("-c", "10", "-w", file.toString()));
        if (!filter.isEmpty()) {
            options.addAll(List.of("-f", filter));
        }
        final Process capture = start("weft-" + lab.namespace("n1") + "-a", options);
        try {
            pingToTheEndOf(capture);
            final Program.Result frames = Program.run(
                    "tshark", "-r", file.toString(), "-T", "fields", "-e", "frame.protocols", "-e", "frame.comment");
            assertThat(frames.ok().lines().count()).isEqualTo(10);
            assertThat(frames.out()).contains("icmp").doesNotContain("malformed");
        } finally {
            capture.destroyForcibly();
        }
        awaitNoCapture();
    }

    @Test
    void shouldShowWhatLibpcapSaysOfABadFilter() throws Exception {
        final Program.Result result = tshark("-i", "weft-" + lab.namespace("n1") + "-a", "-f", "icmp and", "-c", "1");
        assertThat(result.err()).contains("Error: capture filter \"icmp and\": can't parse filter expression");
        assertThat(result.code()).isNotZero();
    }

    /** tshark is ended while no frame comes: the program and the capture in the node have to end without one. */
    @Test
    void shouldEndWhenTheCaptureIsStopped() throws Exception {
        final Process capture = start("weft-" + lab.namespace("n1") + "-b", List.of("-f", "ether proto 0x9999"));
        await().until(() -> captures() == 1);
        capture.destroy();
        assertThat(capture.waitFor(20, TimeUnit.SECONDS)).isTrue();
        awaitNoCapture();
    }

    /** Neither signal nor frame: the end of the pipe alone. */
    @Test
    void shouldEndWhenThePipeIsClosed() throws Exception {
        final Path fifo = directory.resolve("fifo");
        Program.run("mkfifo", fifo.toString()).ok();
        final Process reader = new ProcessBuilder("head", "-c", "4", fifo.toString()).start();
        final Program.Result result = extcap(
                "--capture",
                "--extcap-interface",
                "weft-" + lab.namespace("n1") + "-b",
                "--fifo",
                fifo.toString(),
                "--extcap-capture-filter",
                "ether proto 0x9999",
                "--point",
                "rx,tx",
                "--snaplen=100",
                "--network",
                "*");
        assertThat(result.ok() + result.err()).isEmpty();
        assertThat(reader.waitFor(10, TimeUnit.SECONDS)).isTrue();
        awaitNoCapture();
    }

    @Test
    void shouldOfferOptionsThatWiresharkUnderstands() throws Exception {
        final String of = "--extcap-interface=weft-" + lab.namespace("n1") + "-a";
        assertThat(extcap("--extcap-dlts", of).ok()).isEqualTo("dlt {number=1}{name=EN10MB}{display=Ethernet}\n");
        final String config = extcap("--extcap-config", of).ok();
        assertThat(config.lines())
                .allMatch(line -> line.matches("(arg|value) (\\{[a-z]+=[^{}]+})+"))
                .anyMatch(line -> line.contains("{call=--point}"))
                .contains("value {arg=1}{value=blue}{display=blue}");
        assertThat(extcap("--extcap-reload-option", "network", of).ok()).contains("{value=blue}");
        assertThat(extcap("--extcap-dlts", "--extcap-interface", "eth0").err())
                .isEqualTo("Error: no such interface: 'eth0'\n");
        assertThat(extcap("--capture", "--fifo", "/dev/null", "--extcap-interface", "weft-nosuch-a")
                        .err())
                .isEqualTo("Error: no such interface: 'weft-nosuch-a'\n");
    }

    /** Wireshark lists often and waits for it: no JVM, nor any other program that a path would find. */
    @Test
    void shouldListWithoutAnotherProgram() throws Exception {
        assertThat(Program.run(
                                "env",
                                "PATH=/nonexistent",
                                "JAVA_HOME=/nonexistent",
                                EXTCAP.toString(),
                                "--extcap-interfaces")
                        .ok())
                .contains("{value=weft-" + lab.namespace("n2") + "-c}");
    }

    /** It connects, since the kernel takes that for the node, and never hears an answer. */
    @Test
    void shouldNotWaitForANodeThatHangs() throws Exception {
        final Path run = Files.createDirectory(directory.resolve("hung"));
        Files.createSymbolicLink(run.resolve("n1.sock"), lab.socket("n1"));
        try (ServerSocketChannel hung = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            hung.bind(UnixDomainSocketAddress.of(run.resolve("hung.sock")));
            assertThat(extcapIn(run, directory.resolve("no-engine"), "--extcap-interfaces")
                            .ok())
                    .contains("{value=weft-hung}{display=Weft node hung, all ports (it does not answer)}")
                    .contains("{value=weft-n1-a}");
        }
        assertThat(extcapIn(run, directory.resolve("no-engine"), "--extcap-interfaces")
                        .ok())
                .doesNotContain("hung");
    }

    @Test
    void shouldFindTheNodeOfAContainerByItsFileSystem() throws Exception {
        final Path socket = directory.resolve("engine1");
        try (FakeEngine engine = new FakeEngine(
                socket, lab.namespace("n1"), ProcessHandle.current().pid())) {
            final String list = extcapIn(directory.resolve("none"), socket, "--extcap-interfaces")
                    .ok();
            assertThat(list)
                    .contains("{value=weft-" + lab.namespace("n1") + "-a}")
                    .contains(", container box}")
                    .doesNotContain("no} name");
            assertThat(engine.requests()).noneMatch(request -> request.contains("exec"));
            // In the run directory it is found as well, but once.
            assertThat(extcapIn(RunningLab.RUN_DIRECTORY, socket, "--extcap-interfaces")
                            .ok()
                            .split("weft-" + lab.namespace("n1") + "-a}", -1))
                    .hasSize(2);
        }
    }

    @Test
    void shouldAskTheNodeOfAContainerByACommandInIt() throws Exception {
        final Path socket = directory.resolve("engine2");
        final String port = "weft-" + lab.namespace("n1") + "-a";
        try (FakeEngine engine = new FakeEngine(socket, lab.namespace("n1"), 0)) {
            final Path none = directory.resolve("none");
            assertThat(extcapIn(none, socket, "--extcap-interfaces").ok()).contains("{value=" + port + "}");
            final long asked = engine.requests().stream()
                    .filter(request -> request.contains("exec"))
                    .count();
            // Known from now on.
            assertThat(extcapIn(none, socket, "--extcap-interfaces").ok()).contains("{value=" + port + "}");
            assertThat(engine.requests().stream()
                            .filter(request -> request.contains("exec"))
                            .count())
                    .isEqualTo(asked);

            final Path file = directory.resolve("container.pcapng");
            final Process capture = startCapture(socket, port, file, "--count", "4");
            pingToTheEndOf(capture);
            assertThat(Program.run("tshark", "-r", file.toString()).ok().lines().count())
                    .isEqualTo(4);

            final Process stopped = startCapture(socket, port, file, "--extcap-capture-filter", "ether proto 0x9999");
            await().until(() -> captures() == 1);
            stopped.destroy();
            assertThat(stopped.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(stopped.exitValue()).isZero();
        }
        awaitNoCapture();
    }

    /** How many clients the first node has: captures, while nobody asks anything else. */
    private long captures() throws IOException {
        return Program.run("ss", "-xH", "state", "established")
                .ok()
                .lines()
                .filter(line -> line.contains(lab.socket("n1") + " "))
                .count();
    }

    private void awaitNoCapture() {
        await().until(() -> captures() == 0);
    }

    /** So that it has frames to count until it has enough. */
    private void pingToTheEndOf(final Process capture) throws IOException {
        while (capture.isAlive()) {
            lab.ping("a", "10.100.0.3");
        }
        assertThat(capture.exitValue()).isZero();
    }

    private Program.Result tshark(final String... words) throws IOException {
        return Program.run(List.of("timeout", "60", "env", "XDG_CONFIG_HOME=" + directory, "tshark"), words);
    }

    private Process start(final String port, final List<String> options) throws IOException {
        final List<String> command = new ArrayList<>(List.of("tshark", "-i", port));
        command.addAll(options);
        final ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("XDG_CONFIG_HOME", directory.toString());
        return builder.start();
    }

    private static Program.Result extcap(final String... words) throws IOException {
        return Program.run(List.of(EXTCAP.toString()), words);
    }

    private Program.Result extcapIn(final Path run, final Path engine, final String... words) throws IOException {
        return Program.run(extcapCommand(run, engine), words);
    }

    private List<String> extcapCommand(final Path run, final Path engine) {
        return List.of(
                "env",
                "WEFT_RUN_DIR=" + run,
                "DOCKER_HOST=unix://" + engine,
                "XDG_RUNTIME_DIR=" + directory.resolve("cache"),
                EXTCAP.toString());
    }

    /** Starts a capture at a node that only the engine knows. */
    private Process startCapture(final Path engine, final String port, final Path file, final String... options)
            throws IOException {
        // env becomes the program: its process is the one to be signalled.
        final List<String> command = new ArrayList<>(extcapCommand(directory.resolve("none"), engine));
        command.addAll(List.of("--capture", "--extcap-interface", port, "--fifo", file.toString()));
        command.addAll(List.of(options));
        return new ProcessBuilder(command).inheritIO().start();
    }
}
