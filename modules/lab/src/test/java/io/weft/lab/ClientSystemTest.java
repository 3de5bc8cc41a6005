// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The client without a JVM does what the one with a JVM does. */
class ClientSystemTest extends TwoNodesFixture {
    private static final Path SCRIPTS = Program.HOME.resolve("scripts");

    /** What the launcher needs beside Perl. */
    private static final List<String> TOOLS = List.of("bash", "dirname", "readlink");

    ClientSystemTest() throws Exception {}

    /** Commands go to run directories of their own, which hold links to sockets of the lab: other labs run beside it. */
    @BeforeAll
    void makeRunDirectories() throws IOException {
        Files.createDirectory(directory.resolve("none"));
        link("one", "n1");
        link("two", "n1");
        link("two", "n2");
    }

    private void link(final String runDirectory, final String node) throws IOException {
        Files.createDirectories(directory.resolve(runDirectory));
        Files.createSymbolicLink(directory.resolve(runDirectory).resolve(node + ".sock"), lab.socket(node));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "port",
                "po sh",
                "-j port show",
                "port -j",
                "-j -j port",
                "-j port -j show a",
                "port show nosuch",
                "port show network",
                "-n n1 network",
                "-n=n1 network",
                "-n n1 -n n1 network",
                "-n nosuch port",
                "-n ../n1 port",
                "-n -j port",
                "-x port",
                "net -s show blue",
                "vtep",
                "route show",
                "route get 10.100.0.1",
                "route get",
                "fdb add x",
                "fdb \u00fc",
                "neigh del 10.1.2.3 network blue",
                "port del nosuch",
                "trace packet a zz",
                "trace packet a \"quoted\\",
                "n",
                "r",
                "nosuch",
                "help",
                "",
                "port help",
                "capture --help",
                "port @/dev/null",
                "port --",
                "node r",
                "node -j run",
                "version x",
                "capture",
                "capture -w",
                "capture -w -j",
                "capture -w /no/such --count 1",
                "capture -w /dev/full --count 1",
                "capture -w - --count x",
                "capture -w /dev/null -w /dev/null",
                "capture -w - --count 1 icmp and"
            })
    void shouldAnswerAsTheJvmDoes(final String words) throws Exception {
        assertSame("one", words.isEmpty() ? new String[0] : words.split(" ", -1));
    }

    @Test
    void shouldFindTheNodeWhereOneRunsAndSayWhereNot() throws Exception {
        assertSame("none", "port");
        assertSame("two", "port");
        assertSame("two", "-n", "n2", "port");
        assertThat(client("two", "port").err()).isEqualTo("Error: several nodes run: n1 n2; say which with -n NODE\n");
        assertThat(client("none", "port").err())
                .isEqualTo("Error: no node runs here (" + directory.resolve("none") + ")\n");
    }

    @Test
    void shouldTreatWordsThatAreNoTextAsTheJvmDoes() throws Exception {
        final List<Program.Result> results = new ArrayList<>();
        for (final String program : new String[] {"weft", "weft-jvm"}) {
            results.add(Program.run(
                    "env",
                    variable("one"),
                    "sh",
                    "-c",
                    "exec \"$0\" fdb \"$(printf 'x\\377')\"",
                    SCRIPTS.resolve(program).toString()));
        }
        assertThat(results.get(0).err())
                .startsWith("Error: unknown word 'x")
                .isEqualTo(results.get(1).err());
        assertThat(results.get(0).code()).isEqualTo(1).isEqualTo(results.get(1).code());
    }

    /** The program that it would leave the command to is one that fails. */
    @ParameterizedTest
    @ValueSource(strings = {"port", "-j -s po show", "stats", "-n n1 fdb", "capture -w - --count x"})
    void shouldNeedNoJvm(final String words) throws Exception {
        final List<String> command =
                List.of("env", variable("one"), SCRIPTS.resolve("weft-client").toString(), "/bin/false");
        final Program.Result result = Program.run(command, words.split(" ", -1));
        assertThat(result.out() + result.err()).isNotEmpty();
    }

    @Test
    void shouldWorkWithoutPerl() throws Exception {
        final Path tools = Files.createDirectory(directory.resolve("tools"));
        for (final String tool : TOOLS) {
            Files.createSymbolicLink(tools.resolve(tool), Path.of("/usr/bin/" + tool));
        }
        final Program.Result result =
                Program.run("env", variable("one"), "PATH=" + tools, Program.WEFT, "-j", "port", "show", "a");
        for (final String tool : TOOLS) {
            Files.delete(tools.resolve(tool));
        }
        assertThat(result.json().get(0).path("ifname").asString()).isEqualTo("a");
    }

    @Test
    void shouldWorkByALink() throws Exception {
        final Path link = Files.createSymbolicLink(directory.resolve("weft"), Path.of(Program.WEFT));
        final Program.Result linked = Program.run("env", variable("one"), link.toString(), "port", "show", "a");
        Files.delete(link);
        assertThat(linked.ok()).startsWith("a ");
        assertThat(Program.run(
                                "sh",
                                "-c",
                                "cd \"$0\" && env \"$1\" sh weft port show a",
                                SCRIPTS.toString(),
                                variable("one"))
                        .ok())
                .startsWith("a ");
    }

    @Test
    void shouldRefuseATerminalForPackets() throws Exception {
        for (final String program : new String[] {"weft", "weft-jvm"}) {
            final Program.Result result = Program.run(
                    "script",
                    "-qec",
                    SCRIPTS.resolve(program) + " -n " + lab.namespace("n1") + " capture -w -",
                    "/dev/null");
            assertThat(result.out()).as(program).contains("Error: packets are nothing for a terminal");
            assertThat(result.code()).as(program).isEqualTo(1);
        }
    }

    @Test
    void shouldSayThatTheDiskIsFullAndNothingWhenTheReaderHasGone() throws Exception {
        for (final String program : new String[] {"weft", "weft-jvm"}) {
            final String weft = variable("one") + " " + SCRIPTS.resolve(program);
            assertThat(Program.run("bash", "-c", weft + " port >/dev/full").err())
                    .as(program)
                    .isEqualTo("Error: can't write the output: No space left on device\n");
            final Program.Result gone = Program.run("bash", "-c", "exec 3> >(:); wait $!; " + weft + " port >&3");
            assertThat(gone.code()).as(program).isEqualTo(1);
            assertThat(gone.err()).as(program).isEmpty();
        }
    }

    /** No packet passes the filter: the pipe's end alone tells that the reader has gone. */
    @Test
    void shouldEndACaptureWhoseReaderHasGone() throws Exception {
        final Program.Result result = Program.run(
                "bash",
                "-c",
                variable("one") + " " + Program.WEFT + " capture -w - ether proto 0x9999 | head -c 4 >/dev/null;"
                        + " echo ${PIPESTATUS[0]}");
        assertThat(result.out()).isEqualTo("1\n");
        assertThat(result.err()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void shouldLeaveAFileThatIsWholeWhenASignalEndsTheCapture(final String signal) throws Exception {
        final Path file = directory.resolve(signal + ".pcapng");
        final Process capture = new ProcessBuilder(
                        Program.WEFT, "-n", lab.namespace("n1"), "capture", "-w", file.toString(), "icmp")
                .redirectErrorStream(true)
                .start();
        try {
            while (Files.notExists(file) || Files.size(file) < 1_000) {
                assertThat(capture.isAlive()).isTrue();
                lab.ping("a", "10.100.0.3");
            }
            Program.run("kill", "-" + signal, String.valueOf(capture.pid())).ok();
            assertThat(capture.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(capture.exitValue()).isZero();
            assertThat(capture.inputReader().lines().toList().toString()).doesNotContain("Error");
            assertThat(Program.run("tshark", "-r", file.toString(), "-T", "fields", "-e", "frame.protocols")
                            .ok())
                    .contains("icmp");
        } finally {
            capture.destroyForcibly();
        }
    }

    @Test
    void shouldRelayTheControlSocket() throws Exception {
        final String request = "{\"args\":[\"port\"],\"json\":true,\"statistics\":false}";
        final Process relay = new ProcessBuilder(Program.WEFT, "--relay", lab.namespace("n1")).start();
        try (var in = relay.getOutputStream();
                var out = relay.getInputStream()) {
            in.write(new byte[] {0, 0, 0, (byte) request.length()});
            in.write(request.getBytes(StandardCharsets.US_ASCII));
            in.flush();
            final byte[] answer = out.readAllBytes();
            assertThat(answer).startsWith(1).endsWith(3, 0, 0, 0, 1, 0);
            assertThat(new String(answer, StandardCharsets.UTF_8)).contains("\"ifname\":\"a\"");
        } finally {
            relay.destroyForcibly();
        }
    }

    private void assertSame(final String runDirectory, final String... words) throws IOException {
        final Program.Result thin = client(runDirectory, words);
        final Program.Result jvm = run("weft-jvm", runDirectory, words);
        assertThat(thin.out()).as(thin.toString()).isEqualTo(jvm.out());
        assertThat(thin.err()).as(thin.toString()).isEqualTo(jvm.err());
        assertThat(thin.code()).as(thin.toString()).isEqualTo(jvm.code());
    }

    private Program.Result client(final String runDirectory, final String... words) throws IOException {
        return run("weft", runDirectory, words);
    }

    private Program.Result run(final String program, final String runDirectory, final String... words)
            throws IOException {
        return Program.run(
                List.of("env", variable(runDirectory), SCRIPTS.resolve(program).toString()), words);
    }

    private String variable(final String runDirectory) {
        return "WEFT_RUN_DIR=" + directory.resolve(runDirectory);
    }
}
