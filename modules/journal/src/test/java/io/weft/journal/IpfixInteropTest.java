// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What others make of an export: nfcapd and nfdump, pmacct's nfacctd, tshark. Exporter and collector are in a network namespace
 * that has nothing but a loopback interface.
 */
@Tag("netns")
class IpfixInteropTest {
    private static final int SEED = 42;
    private static final int FLOWS = 500;
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

    private final String namespace = "weftipfix" + ProcessHandle.current().pid();
    private final List<Process> started = new ArrayList<>();

    @TempDir
    private Path directory;

    @BeforeEach
    void makeNamespace() throws IOException {
        run("ip", "netns", "add", namespace);
        run("ip", "-n", namespace, "link", "set", "lo", "up");
    }

    @AfterEach
    void removeNamespace() throws IOException {
        for (final Process process : started) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().onExit().join();
        }
        run("ip", "netns", "del", namespace);
    }

    @Test
    void shouldAddUpInNfdump() throws IOException, InterruptedException {
        Files.createDirectory(directory.resolve("flows"));
        final Path log = directory.resolve("log");
        final Process nfcapd = start(log, "nfcapd", "-b", "127.0.0.1", "-p", "2055", "-w", text("flows"), "-t", "3600");
        await(() -> read(log).contains("Startup nfcapd"));
        final String status = export("127.0.0.1:2055", IpfixExporter.Directions.TOGETHER);
        await(() -> isRead("0100007F:0807"));
        nfcapd.destroy();
        assertThat(nfcapd.waitFor(PATIENCE, TimeUnit.NANOSECONDS)).isTrue();
        assertThat(read(log)).contains("Sequence Errors: 0, Bad Packets: 0").doesNotContainIgnoringCase("error:");
        final FlowTop.Total total = total();
        final String summary = run("nfdump", "-R", text("flows"), "-I");
        assertThat(number(summary, "(?m)^Bytes: (\\d+)")).isEqualTo(total.bytes());
        assertThat(number(summary, "(?m)^Packets: (\\d+)")).isEqualTo(total.frames());
        assertThat(number(summary, "(?m)^Sequence failures: (\\d+)")).isZero();
        assertThat(status).contains("records=" + number(summary, "(?m)^Flows: (\\d+)"));
    }

    @Test
    void shouldAddUpInPmacct() throws IOException, InterruptedException {
        final Path log = directory.resolve("log");
        final Path output = directory.resolve("output");
        final Path config = directory.resolve("config");
        Files.writeString(config, """
                nfacctd_ip: ::1
                nfacctd_port: 2055
                plugins: print
                aggregate: src_host, dst_host, proto, src_port, dst_port
                print_output: json
                print_output_file: %s
                print_output_file_append: true
                print_refresh_time: 1
                logfile: %s
                """.formatted(output, log));
        start(directory.resolve("errors"), "nfacctd", "-f", config.toString());
        await(() -> read(log).contains("waiting for NetFlow/IPFIX data"));
        export("[::1]:2055", IpfixExporter.Directions.APART);
        final FlowTop.Total total = total();
        await(() -> sum(read(output), "\"bytes\": (\\d+)") >= total.bytes());
        assertThat(sum(read(output), "\"bytes\": (\\d+)")).isEqualTo(total.bytes());
        assertThat(sum(read(output), "\"packets\": (\\d+)")).isEqualTo(total.frames());
        assertThat(read(log)).doesNotContain("WARN").doesNotContain("ERROR");
    }

    @Test
    void shouldBeReadByTsharkWithoutComplaint() throws IOException, InterruptedException {
        final Path log = directory.resolve("log");
        start(directory.resolve("listener"), "nfcapd", "-b", "127.0.0.1", "-p", "4739", "-w", directory.toString());
        await(() -> read(directory.resolve("listener")).contains("Startup nfcapd"));
        final Process tshark = start(log, "tshark", "-i", "lo", "-w", text("capture"), "-f", "udp port 4739");
        await(() -> read(log).contains("Capturing on"));
        final String status = export("127.0.0.1", IpfixExporter.Directions.TOGETHER);
        final long messages = number(status, "messages=(\\d+)");
        await(() -> fields("-Y", "cflow").lines().count() >= messages);
        tshark.destroy();
        assertThat(tshark.waitFor(PATIENCE, TimeUnit.NANOSECONDS)).isTrue();
        assertThat(fields("-Y", "_ws.malformed || _ws.expert.severity >= 0x600000"))
                .isEmpty();
        assertThat(fields("-T", "fields", "-e", "cflow.template_id").lines().filter(line -> !line.isEmpty()))
                .containsExactly("256,257,258,259");
        final FlowTop.Total total = total();
        // Both the forward and the reverse element.
        assertThat(sum(fields("-T", "fields", "-e", "cflow.octets"), "(\\d+)")).isEqualTo(total.bytes());
        assertThat(sum(fields("-T", "fields", "-e", "cflow.packets"), "(\\d+)")).isEqualTo(total.frames());
    }

    @Test
    void shouldTryAgainWhereThereIsNoWayToTheCollector() throws IOException {
        assertThat(export("192.0.2.1:2055", IpfixExporter.Directions.TOGETHER))
                .startsWith("gave up")
                .contains("messages=0, ")
                .contains("failures=1, reason=192.0.2.1:2055: Network is unreachable");
    }

    private String fields(final String... options) {
        final List<String> command =
                new ArrayList<>(List.of("tshark", "-r", text("capture"), "-d", "udp.port==4739,cflow"));
        command.addAll(List.of(options));
        try {
            final Process process = new ProcessBuilder(command)
                    .redirectError(directory.resolve("tshark").toFile())
                    .start();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static FlowTop.Total total() {
        final FlowTop top = new FlowTop(FlowQuery.ALL, FlowTop.Group.PAIR);
        FlowQuery.ALL.feed(new MadeSource(RandomFlows.events(SEED, FLOWS)), top);
        return top.total();
    }

    /** By a process of its own in the namespace; its status. */
    private String export(final String collector, final IpfixExporter.Directions directions) throws IOException {
        return run(
                "ip",
                "netns",
                "exec",
                namespace,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                IpfixMain.class.getName(),
                collector,
                Integer.toString(SEED),
                Integer.toString(FLOWS),
                directions.name());
    }

    private String text(final String name) {
        return directory.resolve(name).toString();
    }

    private Process start(final Path log, final String... command) throws IOException {
        final List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
        words.addAll(Arrays.asList(command));
        final Process process = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        started.add(process);
        return process;
    }

    /** True if nothing waits in the socket with this local address, as /proc/net/udp has it, and nothing was lost. */
    private boolean isRead(final String local) {
        try {
            final String sockets = run("ip", "netns", "exec", namespace, "cat", "/proc/net/udp");
            return sockets.lines()
                    .filter(line -> line.contains(local))
                    .allMatch(line ->
                            line.contains(":00000000 00:") && line.strip().endsWith(" 0"));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String run(final String... command) throws IOException {
        final Process process =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.onExit().join().exitValue()).as(output).isZero();
        return output;
    }

    private static String read(final Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long number(final String text, final String pattern) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(match -> Long.parseLong(match.group(1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError(text));
    }

    private static long sum(final String text, final String pattern) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map((final MatchResult match) -> match.group(1))
                .mapToLong(Long::parseLong)
                .sum();
    }

    private static void await(final BooleanSupplier condition) throws InterruptedException {
        final long end = System.nanoTime() + PATIENCE;
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("time is up").isLessThan(end);
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }
}
