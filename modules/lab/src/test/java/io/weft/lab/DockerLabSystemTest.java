// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Labs on Docker: the same labs and the same checks as on namespaces, and what only containers do: they restart. */
@Tag("netns")
class DockerLabSystemTest {
    private static final String ONE_NODE = """
            name: one
            nodes: { n1: { underlay: 198.18.77.1/24 } }
            networks: { blue: { vni: 100, mode: switched, subnet: 10.100.0.0/24 } }
            pods:
              a: { node: n1, network: blue, address: 10.100.0.1, image: %s }
            """;

    private final String lab = RunningLab.uniqueName();

    @TempDir
    private Path folder;

    @BeforeAll
    static void build() throws Exception {
        Images.build();
    }

    @AfterEach
    void down() throws Exception {
        Program.weft("lab", "down", lab);
        assertThat(remains()).isEmpty();
        RunningLab.assertNothingLeft(lab);
    }

    private void up(final String nameOrFile) throws Exception {
        Program.weft("lab", "up", nameOrFile, "--name", lab, "--runtime", "docker")
                .ok();
    }

    /** Containers and Docker networks of the lab. */
    private List<String> remains() throws Exception {
        final List<String> names = new ArrayList<>();
        for (final String[] list : List.of(
                new String[] {"docker", "ps", "-a", "--format", "{{.Names}}"},
                new String[] {"docker", "network", "ls", "--format", "{{.Name}}"})) {
            Program.run(list)
                    .ok()
                    .lines()
                    .filter(name -> name.startsWith(lab + "-"))
                    .forEach(names::add);
        }
        return names;
    }

    private Program.Result in(final String member, final String... command) throws Exception {
        return Program.run(List.of("docker", "exec", lab + "-" + member), command);
    }

    private String inspect(final String member, final String format) throws Exception {
        return Program.run("docker", "inspect", "--format", format, lab + "-" + member)
                .ok()
                .strip();
    }

    private void awaitPing(final String from, final String address) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() ->
                        in(from, "ping", "-n", "-q", "-c1", "-W1", address).ok());
    }

    /** As a crash does: the engine knows nothing of it, and starts the container again by its restart policy. */
    private void kill(final String member) throws Exception {
        final String before = inspect(member, "{{.State.StartedAt}}");
        Program.run("kill", "-9", inspect(member, "{{.State.Pid}}")).ok();
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(inspect(member, "{{.State.Running}} {{.State.StartedAt}}"))
                        .startsWith("true ")
                        .doesNotEndWith(before));
    }

    @ParameterizedTest
    @ValueSource(strings = {"two-nodes", "three-subnets", "routed-wire"})
    void shouldRunTheLabsOfTheCheckoutWithAllTheirChecks(final String name) throws Exception {
        up(name);

        final JsonNode proofs = Program.weft("-j", "lab", "check", lab).json();
        assertThat(proofs)
                .isNotEmpty()
                .allSatisfy(proof -> assertThat(proof.path("ok").asBoolean())
                        .as(proof.toString())
                        .isTrue());
        for (final JsonNode row : Program.weft("-j", "lab", "show", lab).json()) {
            assertThat(row.path("state").asString()).as(row.toString()).isEqualTo("up");
            assertThat(row.path("runtime").asString()).isEqualTo("docker");
        }
        final JsonNode stats =
                Program.weft("-n", lab + "-n1", "-j", "stats").json().get(0);
        assertThat(stats.path("imbalance").asLong()).as(stats.toString()).isZero();
        assertThat(Program.weft("lab", "exec", lab + "-n1", "--", "cat", "/proc/1/comm")
                        .ok())
                .isEqualTo("java\n");
    }

    @Test
    void shouldGiveNodesNoMoreThanNetAdmin() throws Exception {
        up("two-nodes");

        assertThat(inspect("n1", "{{.HostConfig.Privileged}} {{.HostConfig.CapAdd}} {{.HostConfig.CapDrop}}"))
                .isIn("false [NET_ADMIN] [ALL]", "false [CAP_NET_ADMIN] [ALL]");
        assertThat(in("n1", "grep", "CapEff", "/proc/1/status").ok().strip()).endsWith("0000000000001000");
        assertThat(inspect("a", "{{.HostConfig.CapAdd}}")).isEqualTo("[]");
        // A pod can reach the socket to attach by, and nothing else of the node.
        assertThat(in("a", "sh", "-c", "ls /run/weft").code()).isNotZero();
        assertThat(Program.run("docker", "exec", lab + "-a-net", "find", "/run/weft", "-type", "s")
                        .ok()
                        .strip())
                .isEqualTo("/run/weft/attach/" + lab + "-n1.sock");
    }

    @Test
    void shouldKeepConnectionsOverTheDeathOfANode() throws Exception {
        up("two-nodes");
        final Process server = new ProcessBuilder(
                        "docker", "exec", lab + "-c", "timeout", "80", "iperf3", "-s", "-1", "--forceflush")
                .redirectErrorStream(true)
                .start();
        final Path report = folder.resolve("report.json");
        Process client = null;
        try {
            final var lines = server.inputReader();
            String line = lines.readLine();
            while (line != null && !line.contains("listening")) {
                line = lines.readLine();
            }
            // Some seven seconds at this rate: both nodes die while it goes on.
            client = new ProcessBuilder(
                            "docker",
                            "exec",
                            lab + "-a",
                            "timeout",
                            "70",
                            "iperf3",
                            "-J",
                            "-c",
                            "10.100.0.3",
                            "-b",
                            "30M",
                            "-n",
                            "26M")
                    .redirectErrorStream(true)
                    .redirectOutput(report.toFile())
                    .start();
            await().until(() -> in("a", "ss", "-tn").ok().contains("ESTAB"));
            kill("n1");
            awaitPing("a", "10.100.0.3");
            assertThat(client.isAlive())
                    .as("the transfer outlasts the first kill")
                    .isTrue();
            kill("n2");
            assertThat(client.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(client.exitValue()).as(Files.readString(report)).isZero();
            assertThat(Files.readString(report)).contains("\"sum_received\"").doesNotContain("\"error\"");
        } finally {
            if (client != null) {
                client.destroyForcibly();
            }
            server.destroyForcibly();
        }
    }

    @Test
    void shouldHealWhenPodsAndWhatHoldsTheirNetworkRestart() throws Exception {
        up("two-nodes");

        Program.run("docker", "restart", "--time=0", lab + "-a").ok();
        awaitPing("a", "10.100.0.3");

        // The namespace goes with the container that holds it; both have to come again, in this order.
        Program.run("docker", "restart", "--time=5", lab + "-a-net").ok();
        Program.run("docker", "restart", "--time=0", lab + "-a").ok();
        awaitPing("a", "10.100.0.3");
        awaitPing("c", "10.100.0.1");
    }

    @Test
    void shouldTakeAnyImageForAPod() throws Exception {
        final Path file = Files.writeString(folder.resolve("one.yaml"), ONE_NODE.formatted("weft"));

        up(file.toString());

        assertThat(inspect("a", "{{.Config.Image}}")).isEqualTo("weft");
    }

    @Test
    void shouldSayThatNoEngineAnswers() throws Exception {
        final Program.Result result = Program.run(
                "env",
                "DOCKER_HOST=unix:///nowhere.sock",
                Program.WEFT,
                "lab",
                "up",
                "two-nodes",
                "--runtime",
                "docker");

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .startsWith("Error: no Docker engine: ")
                .contains("/nowhere.sock")
                .hasLineCount(1);
    }

    @Test
    void shouldSayThatAnImageIsMissing() throws Exception {
        final Path file = Files.writeString(folder.resolve("one.yaml"), ONE_NODE.formatted("weft-no-such:1"));

        final Program.Result result = Program.weft("lab", "up", file.toString(), "--name", lab, "--runtime", "docker");

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err()).isEqualTo("Error: no image weft-no-such:1: docker pull weft-no-such:1\n");
    }

    @Test
    void shouldRefuseANameInUseAndLeaveItsOwnerAlone() throws Exception {
        Program.run("docker", "create", "--name", lab + "-n2", "weft-pod").ok();
        try {
            final Program.Result result = Program.weft("lab", "up", "two-nodes", "--name", lab, "--runtime", "docker");

            assertThat(result.code()).isEqualTo(2);
            assertThat(result.err())
                    .startsWith("Error: docker: ")
                    .contains("\"/" + lab + "-n2\" is already in use")
                    .hasLineCount(1);
            assertThat(remains()).containsExactly(lab + "-n2");
        } finally {
            Program.run("docker", "rm", "-f", lab + "-n2").ok();
        }
    }

    @Test
    void shouldTakeAwayWhatAKilledUpHasLeft() throws Exception {
        final Process up = new ProcessBuilder(
                        Program.WEFT, "lab", "up", "two-nodes", "--name", lab, "--runtime", "docker")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("up.log").toFile())
                .start();
        await().atMost(Duration.ofSeconds(30)).until(() -> !remains().isEmpty() || !up.isAlive());
        up.destroyForcibly().waitFor();

        Program.weft("lab", "down", lab).ok();

        assertThat(remains()).isEmpty();
    }
}
