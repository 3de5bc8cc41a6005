// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The image of a node: what it needs, and what it does not. */
@Tag("netns")
class ImageSystemTest {
    private static final String CONFIG = """
            node: n1
            networks:
              - { name: blue, subnet: 10.100.0.0/24, gateway: 10.100.0.254 }
            ports:
              - { name: host, type: tap, network: blue, ifname: weft0, address: 10.100.0.1 }
            """;

    private final String name = RunningLab.uniqueName() + "-image";

    @TempDir
    private Path folder;

    @BeforeAll
    static void build() throws Exception {
        Images.build();
    }

    @AfterEach
    void remove() throws Exception {
        Program.run("docker", "rm", "-fv", name);
    }

    /** Runs a node as README says: two capabilities fewer than any privileged one, nothing writable but its run directory. */
    private void run(final String... options) throws Exception {
        final Path config = Files.writeString(folder.resolve("node.yaml"), CONFIG);
        final List<String> words = new ArrayList<>(List.of("docker", "run", "-d", "--name", name));
        words.addAll(List.of("--network=none", "--cap-drop=ALL", "--cap-add=NET_ADMIN", "--device=/dev/net/tun"));
        words.addAll(List.of("--security-opt=no-new-privileges", "--read-only", "--tmpfs=/run/weft"));
        words.addAll(List.of(options));
        words.addAll(List.of("-v", config + ":/etc/weft/node.yaml:ro", "weft"));
        Program.run(words.toArray(String[]::new)).ok();
    }

    private Program.Result exec(final String... command) throws Exception {
        final List<String> words = new ArrayList<>(List.of("docker", "exec", name));
        words.addAll(List.of(command));
        return Program.run(words.toArray(String[]::new));
    }

    private String inspect(final String format) throws Exception {
        return Program.run("docker", "inspect", "--format", format, name).ok().strip();
    }

    private void awaitReady() {
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() ->
                        assertThat(exec("weft", "node").code()).as(() -> log()).isZero());
    }

    private String log() {
        try {
            return Program.run("docker", "logs", name).toString();
        } catch (final java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void shouldBeSmall() throws Exception {
        final String size = Program.run("docker", "image", "inspect", "--format", "{{.Size}}", "weft")
                .ok()
                .strip();

        assertThat(Long.parseLong(size)).as("octets of the image").isLessThanOrEqualTo(150_000_000);
    }

    @Test
    void shouldHoldNoCompilerAndNoMaven() throws Exception {
        run();
        awaitReady();

        assertThat(exec("sh", "-c", "command -v javac mvn; ls /opt/weft/jre/bin/javac")
                        .out())
                .isEmpty();
        assertThat(exec("ip", "-V").ok()).contains("iproute2");
    }

    @Test
    void shouldServeItsPodsWithNetAdminAndTunOnly() throws Exception {
        run();
        awaitReady();

        assertThat(exec("ip", "-br", "addr", "show", "weft0").ok()).contains("10.100.0.1/24");
        // The router answers: a frame went through the node, and came back.
        exec("bash", "-c", "echo x >/dev/udp/10.100.0.254/9").ok();
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(
                                exec("ip", "neigh", "show", "10.100.0.254").ok())
                        .contains("lladdr"));
    }

    @Test
    void shouldFilterCapturesByLibpcap() throws Exception {
        run();
        awaitReady();

        assertThat(exec("weft", "capture", "-w", "/dev/null", "no such filter").err())
                .startsWith("Error: ")
                .contains("syntax error");
    }

    @Test
    void shouldBeHealthyWhileTheNodeAnswers() throws Exception {
        run("--health-interval=1s");

        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(inspect("{{.State.Health.Status}}"))
                        .as(() -> log())
                        .isEqualTo("healthy"));
    }

    @Test
    void shouldEndOnSigterm() throws Exception {
        run();
        awaitReady();
        assertThat(exec("cat", "/proc/1/comm").ok()).startsWith("java");

        Program.run("docker", "stop", "--time=30", name).ok();

        // 137 would be the SIGKILL that comes after the 30 seconds.
        assertThat(inspect("{{.State.ExitCode}}")).as(() -> log()).isEqualTo("0");
    }

    @ParameterizedTest
    @CsvSource({"--cap-add=CHOWN, CAP_NET_ADMIN", "--cap-add=NET_ADMIN, /dev/net/tun"})
    void shouldSayWhatIsMissing(final String option, final String missing) throws Exception {
        final Path config = Files.writeString(folder.resolve("node.yaml"), CONFIG);
        final String file = config + ":/etc/weft/node.yaml:ro";

        final Program.Result result = Program.run(
                "docker",
                "run",
                "--rm",
                "--network=none",
                "--cap-drop=ALL",
                option,
                "--tmpfs=/run/weft",
                "-v",
                file,
                "weft");

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err()).startsWith("Error: ").contains(missing).hasLineCount(1);
    }
}
