// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Labs come and go, whatever happens to them, and leave the machine as it was. */
@Tag("netns")
class LabLifeSystemTest {
    private static final String HOSTS = """
            name: hosts
            nodes:
              h1: { kind: host, underlay: 198.18.1.1/24, routes: [{ dst: default, via: 198.18.1.254 }] }
              h2: { kind: host, underlay: 198.18.2.1/24, routes: [{ dst: default, via: 198.18.2.254 }] }
              core: { kind: host, forwarding: true, interfaces: { e1: 198.18.1.254/24, e2: 198.18.2.254/24 } }
            links:
              - { endpoints: ["h1:underlay", "core:e1"] }
              - { endpoints: ["h2:underlay", "core:e2"] }
            """;

    @TempDir
    private Path folder;

    private static String machine() throws Exception {
        return Program.run("sh", "-c", "ip -br link; ip -br addr; ip route; ip -6 route; ip rule; ip -6 rule")
                .ok();
    }

    @Test
    void shouldLeaveTheMachineAsItWas() throws Exception {
        final String before = machine();

        try (RunningLab lab = RunningLab.up("two-nodes")) {
            assertThat(machine()).isEqualTo(before);
            lab.tcp("a", "c", "10.100.0.3", 10);
        }

        assertThat(machine()).isEqualTo(before);
    }

    @Test
    void shouldRouteBetweenPlainHosts() throws Exception {
        try (RunningLab lab = RunningLab.ofText(HOSTS)) {
            lab.ping("h1", "198.18.2.1");
        }
    }

    @Test
    void shouldJoinMoreThanTwoUnderlaysByASwitch() throws Exception {
        try (RunningLab lab = RunningLab.ofText("""
                name: many
                nodes:
                  h1: { kind: host, underlay: 198.18.0.1/24 }
                  h2: { kind: host, underlay: 198.18.0.2/24 }
                  h3: { kind: host, underlay: 198.18.0.3/24 }
                """)) {
            lab.ping("h1", "198.18.0.2");
            lab.ping("h1", "198.18.0.3");
            lab.ping("h2", "198.18.0.3");
        }
    }

    @Test
    void shouldRefuseALabThatIsUpAlready() throws Exception {
        try (RunningLab lab = RunningLab.ofText(HOSTS)) {
            final Path file = Files.writeString(folder.resolve("hosts.yaml"), HOSTS);

            final Program.Result again = Program.weft("lab", "up", file.toString(), "--name", lab.name());

            assertThat(again.code()).isEqualTo(2);
            assertThat(again.err())
                    .isEqualTo("Error: lab " + lab.name() + " is up already (weft lab down " + lab.name() + ")\n");
            lab.ping("h1", "198.18.2.1");
        }
    }

    @Test
    void shouldLeaveANamespaceOfOthersAlone() throws Exception {
        final String name = RunningLab.uniqueName();
        final String foreign = name + "-h2";
        final Path file = Files.writeString(folder.resolve("hosts.yaml"), HOSTS);
        Program.run("ip", "netns", "add", foreign).ok();
        try {
            final Program.Result up = Program.weft("lab", "up", file.toString(), "--name", name);

            assertThat(up.code()).isEqualTo(2);
            assertThat(up.err()).contains(foreign + " exists already");
            assertThat(RunningLab.remains(name)).containsExactly(foreign);
        } finally {
            Program.run("ip", "netns", "del", foreign).ok();
        }
    }

    @Test
    void shouldSayWhyANodeDoesNotStartAndCleanUp() throws Exception {
        final String name = RunningLab.uniqueName();
        final Path file = folder.resolve("small.yaml");
        // 1280 of the underlay leave less than 1280 to the pods.
        Files.writeString(file, """
                name: small
                nodes: { n1: { underlay: 198.19.0.1/24 }, n2: { underlay: 198.19.0.2/24 } }
                links: [{ endpoints: ["n1:eth1", "n2:eth1"], mtu: 1280 }]
                networks: { blue: { vni: 100, subnet: 10.100.0.0/24 } }
                pods: { a: { node: n1, network: blue, address: 10.100.0.1 } }
                """);

        final Program.Result up = Program.weft("lab", "up", file.toString(), "--name", name);

        assertThat(up.code()).as(up.toString()).isEqualTo(2);
        assertThat(up.err()).startsWith("Error: node n1 ").contains("MTU").hasLineCount(1);
        RunningLab.assertNothingLeft(name);
    }

    @Test
    void shouldRefuseABadFileBeforeAnythingIsTouched() throws Exception {
        final String name = RunningLab.uniqueName();
        final Path file = Files.writeString(folder.resolve("bad.yaml"), HOSTS.replace("kind: host", "kind: vm"));

        final Program.Result up = Program.weft("lab", "up", file.toString(), "--name", name);

        assertThat(up.code()).isEqualTo(1);
        assertThat(up.err()).startsWith("Error: " + file + ":3: ").hasLineCount(1);
        assertThat(RunningLab.remains(name)).isEmpty();
    }

    @Test
    void shouldRunCommandsInANamespaceWithTheirExitCode() throws Exception {
        try (RunningLab lab = RunningLab.ofText(HOSTS)) {
            final String host = lab.namespace("h1");

            assertThat(Program.weft("lab", "exec", host, "--", "ip", "-br", "addr")
                            .ok())
                    .contains("198.18.1.1/24");
            assertThat(Program.weft("lab", "exec", host, "--", "sh", "-c", "exit 7")
                            .code())
                    .isEqualTo(7);
            assertThat(Program.weft("lab", "exec", lab.namespace("h9"), "--", "true")
                            .code())
                    .isEqualTo(1);
        }
    }

    /** SIGKILL at a random moment of `lab up`: then either `lab down` or the next `lab up` has to clear up. */
    @Test
    void shouldClearUpAfterAnUpThatWasKilledHalfway() throws Exception {
        final long seed = System.nanoTime();
        final Random random = new Random(seed);
        final String name = RunningLab.uniqueName();
        try {
            for (int round = 0; round < 6; round++) {
                final Process up = new ProcessBuilder(Program.WEFT, "lab", "up", "two-nodes", "--name", name)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
                up.waitFor(200 + random.nextInt(2_500), TimeUnit.MILLISECONDS);
                up.destroyForcibly().waitFor();

                if (round % 2 == 0) {
                    Program.weft("lab", "down", name);
                    RunningLab.assertNothingLeft(name);
                }
            }
            Program.weft("lab", "up", "two-nodes", "--name", name);
            Program.run("ip", "netns", "exec", name + "-a", "ping", "-c1", "-W2", "10.100.0.3")
                    .ok();
        } catch (final AssertionError e) {
            throw new AssertionError("seed " + seed, e);
        } finally {
            Program.weft("lab", "down", name);
        }
        RunningLab.assertNothingLeft(name);
    }

    @Test
    void shouldClearUpAndComeBackAfterItsNodesWereKilled() throws Exception {
        try (RunningLab lab = RunningLab.up("two-nodes")) {
            for (final JsonNode row :
                    Program.weft("-j", "lab", "show", lab.name()).json()) {
                if (row.path("kind").asString().equals("weft")) {
                    ProcessHandle.of(row.path("pid").asLong()).orElseThrow().destroyForcibly();
                }
            }
            await().atMost(Duration.ofSeconds(5))
                    .untilAsserted(() -> assertThat(
                                    Program.weft("lab", "show", lab.name()).ok())
                            .containsPattern("n1 +weft +netns +\\S+ +down")
                            .containsPattern("n2 +weft +netns +\\S+ +down"));

            Program.weft("lab", "up", "two-nodes", "--name", lab.name()).ok();

            lab.ping("a", "10.100.0.3");
        }
    }

    @Test
    void shouldTakeAPortDownWithItsNamespaceAndBackWithIt() throws Exception {
        try (RunningLab lab = RunningLab.up("two-nodes")) {
            lab.tcp("a", "b", "10.100.0.2", 20);
            Program.run("ip", "netns", "del", lab.namespace("b")).ok();
            await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThat(
                                    lab.port("n1", "b").path("operstate").asString())
                            .isEqualTo("DOWN"));

            assertThat(lab.port("n1", "b").path("reason").asString()).isNotBlank();
            lab.tcp("a", "c", "10.100.0.3", 20);
            lab.assertConservation("n1");

            Program.run("ip", "netns", "add", lab.namespace("b")).ok();
            await().atMost(Duration.ofSeconds(15))
                    .untilAsserted(() -> assertThat(lab.in("a", "ping", "-c1", "-W1", "10.100.0.2")
                                    .code())
                            .isZero());
            lab.tcp("a", "b", "10.100.0.2", 20);
            lab.assertConservation("n1");
        }
    }
}
