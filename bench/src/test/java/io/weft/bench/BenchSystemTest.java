// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.weft.bench.BenchResults.Row;
import io.weft.bench.BenchResults.Summary;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The benchmark from end to end, with short measurements: that figures are there, not what they are. */
@Tag("netns")
class BenchSystemTest {
    /** Where frames and CPU time are the kernel's, there are no figures of a process. */
    private static final List<String> OF_PROCESSES = List.of("cpu_per_gb", "cpu_per_mframe", "memory", "start");

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    private Path folder;

    private int run(final List<Contender> contenders, final String... words) {
        return BenchMain.run(
                words,
                "test",
                contenders,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private static Path home() {
        return Path.of(System.getProperty("weft.home"));
    }

    /** Namespaces of this process's runs. */
    private static List<String> namespaces() throws BenchException {
        final String prefix = "wb" + ProcessHandle.current().pid() + "-";
        return Command.must(List.of("ip", "netns", "list"))
                .lines()
                .filter(line -> line.startsWith(prefix))
                .toList();
    }

    private Row row(final BenchResults results, final String system) {
        return results.results().stream()
                .filter(row -> row.system().equals(system))
                .findFirst()
                .orElseThrow();
    }

    private static Summary summary(final Row row, final String measure) {
        return Objects.requireNonNull(row.summaries().get(measure));
    }

    @Test
    void shouldMeasureWeftAndTheKernelOnOneNode() throws Exception {
        final Path json = folder.resolve("results.json");

        final int code = run(
                Contenders.all(home(), null),
                "--quick",
                "--rounds",
                "1",
                "--scenario",
                "same-node",
                "--system",
                "weft",
                "--system",
                "kernel",
                "--json",
                json.toString());

        assertThat(code).as(err.toString(StandardCharsets.UTF_8)).isZero();
        assertThat(namespaces()).isEmpty();
        final BenchResults results = BenchJson.read(json);
        final Row weft = row(results, "weft");
        assertThat(weft.error()).isNull();
        assertThat(weft.values().keySet()).containsExactlyInAnyOrderElementsOf(Probe.measureIds());
        assertThat(weft.values().values())
                .allSatisfy(values -> assertThat(values).hasSize(1));
        assertThat(summary(weft, "tcp_1").ratio()).isEqualTo(1);
        final Row kernel = row(results, "kernel");
        final List<String> expected = new ArrayList<>(Probe.measureIds());
        expected.removeAll(OF_PROCESSES);
        assertThat(kernel.error()).isNull();
        assertThat(kernel.values().keySet()).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(summary(kernel, "tcp_1").median()).isPositive();
        for (final Row row : List.of(weft, kernel)) {
            assertThat(row.curves().keySet()).containsExactlyInAnyOrder("rtt", "loaded_rtt", "udp_64_delay");
            assertThat(row.curves().values())
                    .allSatisfy(curve -> assertThat(curve).isNotEmpty());
        }
        assertThat(results.systems())
                .allSatisfy(system -> assertThat(system.commands()).isNotEmpty());
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("tcp_1", "weft is", json.toString());
    }

    @Test
    void shouldSayWhereTheTimeGoes() throws Exception {
        final int code = run(
                Contenders.all(home(), null),
                "--rounds",
                "1",
                "--seconds",
                "1",
                "--scenario",
                "two-nodes",
                "--system",
                "weft",
                "--measure",
                "tcp_1",
                "--report",
                folder.resolve("report").toString());

        assertThat(code).as(err.toString(StandardCharsets.UTF_8)).isZero();
        final String obstacle = Profiler.obstacle();
        final BenchResults results = BenchJson.read(folder.resolve("report/results.json"));
        if (obstacle != null) {
            assertThat(results.profiles()).isEmpty();
            assertThat(err.toString(StandardCharsets.UTF_8)).contains("two-nodes/weft: not profiled: " + obstacle);
        } else {
            final BenchResults.Profile profile = results.profiles().getFirst();
            assertThat(profile.scenario()).isEqualTo("two-nodes");
            assertThat(profile.shares().stream()
                            .mapToDouble(BenchResults.Share::share)
                            .sum())
                    .isCloseTo(1, within(1e-9));
            assertThat(profile.shares())
                    .extracting(BenchResults.Share::place)
                    .anyMatch(place -> place.startsWith("sendmsg: "))
                    .anyMatch(place -> place.startsWith("offload."));
        }
    }

    @Test
    void shouldSetUpEverySystemOfEveryScenario() throws Exception {
        final Path json = folder.resolve("results.json");
        final List<String> words = new ArrayList<>(List.of("--quick", "--rounds", "1", "--measure", "rtt_p50"));
        BenchScenario.ids().forEach(id -> words.addAll(List.of("--scenario", id)));
        words.addAll(List.of("--json", json.toString()));

        final int code = run(Contenders.all(home(), null), words.toArray(String[]::new));

        assertThat(code).as(err.toString(StandardCharsets.UTF_8)).isZero();
        assertThat(namespaces()).isEmpty();
        final Map<String, List<String>> measured = BenchJson.read(json).results().stream()
                .filter(row -> row.summaries().containsKey("rtt_p50"))
                .collect(Collectors.groupingBy(Row::scenario, Collectors.mapping(Row::system, Collectors.toList())));
        assertThat(measured)
                .containsEntry(
                        "same-node", List.of("weft", "weft-plain", "weft-journal", "kernel", "ovs", "ovs-tso", "vde"))
                .containsEntry("same-node-routed", List.of("weft", "weft-plain", "kernel"))
                .containsEntry("two-nodes", List.of("weft", "weft-plain", "weft-journal", "kernel", "ovs"))
                .containsEntry("overlay", List.of("weft", "weft-plain", "kernel"))
                .containsEntry("routed", List.of("weft", "weft-plain", "kernel"));
        assertThat(BenchJson.read(json).results())
                .filteredOn(row -> !row.summaries().containsKey("rtt_p50"))
                .allSatisfy(row -> assertThat(row.error()).isEqualTo("no such comparison"));
    }

    @Test
    void shouldGoOnWhereAPeerFailsToStartAndSayWhy() throws Exception {
        final Path json = folder.resolve("results.json");
        final List<Contender> contenders = List.of(
                peer("broken", List.of(), site -> {
                    site.space("r");
                    site.starts();
                    site.dataplane("r", Map.of(), "sh", "-c", "echo first; echo no such device; exit 3");
                    site.ends("r", "r", "127.0.0.9");
                    site.until("r", "false");
                }),
                peer("absent", List.of("no-such-program=no-such-package"), site -> {}),
                kernel());

        final int code = run(
                contenders,
                "--quick",
                "--rounds",
                "1",
                "--scenario",
                "same-node",
                "--measure",
                "rtt_p50",
                "--json",
                json.toString());

        assertThat(code).isZero();
        assertThat(namespaces()).isEmpty();
        final BenchResults results = BenchJson.read(json);
        assertThat(row(results, "broken").error()).isEqualTo("not started: ended: no such device");
        assertThat(row(results, "broken").values()).isEmpty();
        assertThat(row(results, "absent").error())
                .isEqualTo("not installed: no-such-program (Debian package no-such-package)");
        assertThat(row(results, "kernel").error()).isNull();
        assertThat(summary(row(results, "kernel"), "rtt_p50").ratio()).isNull();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("not started: ended: no such device");
    }

    @Test
    void shouldFailWhereWeftItselfFails() throws Exception {
        final List<Contender> contenders = List.of(
                peer("weft", List.of(), site -> {
                    site.starts();
                    site.run("sh", "-c", "echo no way; exit 1");
                }),
                kernel());

        final int code = run(contenders, "--quick", "--rounds", "1", "--scenario", "same-node", "--measure", "rtt_p50");

        assertThat(code).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).endsWith("Error: weft, same-node: not started: sh: no way\n");
        assertThat(namespaces()).isEmpty();
    }

    /** What a signal does: a hook closes the run while it is under way. */
    @Test
    void shouldLeaveNothingBehindWhereItIsInterrupted() throws Exception {
        final Arguments arguments =
                Arguments.parse(new String[] {"--scenario", "same-node", "--rounds", "99"}, List.of());
        final ByteArrayOutputStream progress = new ByteArrayOutputStream();
        final BenchRun run = new BenchRun(
                arguments,
                "test",
                List.of(),
                List.of(kernel()),
                new PrintStream(progress, true, StandardCharsets.UTF_8));
        final Thread measuring = Thread.ofPlatform().daemon().start(() -> {
            try {
                run.run();
            } catch (final BenchException e) {
                progress.writeBytes(("ended: " + e.line()).getBytes(StandardCharsets.UTF_8));
            }
        });
        while (!progress.toString(StandardCharsets.UTF_8).contains("round 1")) {
            Thread.onSpinWait();
        }

        run.close();

        assertThat(namespaces()).isEmpty();
        measuring.join();
        assertThat(namespaces()).isEmpty();
        assertThat(progress.toString(StandardCharsets.UTF_8)).endsWith("ended: interrupted");
    }

    private static Contender kernel() {
        return KernelSetUps.contender();
    }

    private static Contender peer(final String id, final List<String> tools, final Contender.SetUp setUp) {
        final Map<BenchScenario, Contender.SetUp> setUps = new EnumMap<>(BenchScenario.class);
        setUps.put(BenchScenario.SAME_NODE, setUp);
        return new Contender(id, id, tools, () -> "1", setUps);
    }
}
