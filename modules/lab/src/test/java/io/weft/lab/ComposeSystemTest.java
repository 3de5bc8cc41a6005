// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** docker/compose.yaml as README tells to use it, by docker-compose 1.29. */
@Tag("netns")
class ComposeSystemTest {
    private static final String PROJECT = RunningLab.uniqueName();

    @BeforeAll
    static void up() throws Exception {
        Images.build();
        compose("up", "-d").ok();
    }

    @AfterAll
    static void down() throws Exception {
        compose("down", "--volumes", "--timeout", "2").ok();
        assertThat(Program.run("docker", "ps", "-aq", "--filter", "name=" + PROJECT)
                        .ok())
                .isEmpty();
        assertThat(Program.run("docker", "volume", "ls", "-q", "--filter", "name=" + PROJECT)
                        .ok())
                .isEmpty();
    }

    private static Program.Result compose(final String... words) throws Exception {
        final String file = Program.HOME.resolve("docker/compose.yaml").toString();
        return Program.run(List.of("docker-compose", "-p", PROJECT, "-f", file), words);
    }

    private static String container(final String service) throws Exception {
        return compose("ps", "-q", service).ok().strip();
    }

    private static void awaitPing(final String from, final String address) {
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> compose("exec", "-T", from, "ping", "-n", "-q", "-c1", "-W1", address)
                        .ok());
    }

    private static String address(final String service) throws Exception {
        return Program.run(
                        "docker",
                        "inspect",
                        "--format",
                        "{{(index .NetworkSettings.Networks \"" + PROJECT + "_tunnels\").IPAddress}}",
                        container(service))
                .ok()
                .strip();
    }

    @Test
    void shouldReachPodsOfEveryNodeOverBothUnderlays() {
        awaitPing("a", "10.100.0.2");
        awaitPing("a", "10.100.0.3");
        awaitPing("b", "fd00:100::3");
        awaitPing("c", "fd00:100::1");
        awaitPing("p1", "10.61.3.2");
        awaitPing("p3", "10.61.1.2");
        // From one network to the other, by the node's router.
        awaitPing("a", "10.61.1.2");
    }

    @Test
    void shouldFindANodeWhoseAddressChangesWhileItRuns() throws Exception {
        awaitPing("a", "10.100.0.2");
        final String before = address("n2");
        final String network = PROJECT + "_tunnels";

        Program.run("docker", "network", "disconnect", network, container("n2")).ok();
        Program.run("docker", "network", "connect", "--alias", "n2", "--ip", "198.19.0.200", network, container("n2"))
                .ok();

        assertThat(address("n2")).isEqualTo("198.19.0.200").isNotEqualTo(before);
        awaitPing("a", "10.100.0.2");
        awaitPing("b", "10.100.0.3");
    }

    @Test
    void shouldFindANodeThatComesBackWithAnotherAddress() throws Exception {
        awaitPing("a", "10.100.0.3");
        final String before = address("n3");

        // Docker gives the lowest address that is free: somebody else takes the old one meanwhile.
        Program.run("docker", "kill", container("n3")).ok();
        final String other = PROJECT + "-other";
        try {
            Program.run(
                            "docker",
                            "run",
                            "-d",
                            "--name",
                            other,
                            "--network",
                            PROJECT + "_tunnels",
                            "--ip",
                            before,
                            "weft-pod")
                    .ok();
            Program.run("docker", "start", container("n3")).ok();

            assertThat(address("n3")).isNotEmpty().isNotEqualTo(before);
            awaitPing("a", "10.100.0.3");
            awaitPing("c", "10.100.0.2");
        } finally {
            Program.run("docker", "rm", "-f", other).ok();
        }
    }

    /** As root by the container's file system; as a user of the engine by commands in the container. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldShowTheNodesToWireshark(final boolean root) throws Exception {
        awaitPing("a", "10.100.0.2");
        final Path file = Files.createTempFile("weft-compose", ".pcapng");
        try {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-rw-"));

            // A node that takes long is listed without its ports.
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(Program.run(extcap(root, "--extcap-interfaces"))
                                    .ok())
                            .contains("{value=weft-n1-a}", "{value=weft-n1-wire}", "{value=weft-n3-p3}"));

            final Process capture = new ProcessBuilder(extcap(
                            root,
                            "--capture",
                            "--extcap-interface=weft-n1-a",
                            "--fifo=" + file,
                            "--count=4",
                            "--extcap-capture-filter=icmp"))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                await().atMost(Duration.ofSeconds(30)).until(() -> {
                    awaitPing("a", "10.100.0.2");
                    return !capture.isAlive();
                });
            } finally {
                capture.destroyForcibly();
            }
            assertThat(Program.run("tshark", "-r", file.toString(), "-Y", "icmp")
                            .ok()
                            .lines())
                    .hasSize(4);
        } finally {
            Files.delete(file);
        }
    }

    /** Where everybody may read it, which a checkout need not be. */
    @TempDir
    private Path folder;

    private String[] extcap(final boolean root, final String... words) throws Exception {
        final List<String> command = new ArrayList<>();
        if (!root) {
            final String host = System.getenv().getOrDefault("DOCKER_HOST", "unix:///var/run/docker.sock");
            final String group = Program.run("stat", "-c", "%g", host.replace("unix://", ""))
                    .ok()
                    .strip();
            command.addAll(List.of("setpriv", "--reuid=65534", "--regid=" + group, "--clear-groups"));
        }
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        for (final String program : List.of("extcap/weft", "scripts/weft-client")) {
            final Path source = Program.HOME.resolve(program);
            Files.copy(
                    source,
                    folder.resolve(source.getFileName()),
                    StandardCopyOption.REPLACE_EXISTING,
                    StandardCopyOption.COPY_ATTRIBUTES);
        }
        command.add(folder.resolve("weft").toString());
        command.addAll(List.of(words));
        return command.toArray(String[]::new);
    }

    @Test
    void shouldHealWhenPodsAndNodesRestart() throws Exception {
        compose("restart", "-t", "1", "a").ok();
        awaitPing("a", "10.100.0.2");
        compose("restart", "-t", "5", "n1").ok();
        awaitPing("a", "10.100.0.2");
        awaitPing("p1", "10.61.3.2");
    }
}
