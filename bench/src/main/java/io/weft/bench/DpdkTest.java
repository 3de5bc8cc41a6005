// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * DPDK's own benchmarks of its forwarding table and hash table, run by its program {@code dpdk-test}: without huge pages and
 * without devices, in a network namespace of its own, for {@value #SECONDS} seconds at most.
 */
final class DpdkTest {
    /** Where there is no program. */
    static final String MISSING =
            "dpdk-test is not installed, so no figures of DPDK: Debian has it in the package dpdk-dev"
                    + " (--no-install-recommends: 170 MB), another place is said by DPDK_TEST=FILE";

    private static final String VARIABLE = "DPDK_TEST";
    private static final int SECONDS = 120;

    private final Path program;
    private final DpdkOutput output = new DpdkOutput();

    private DpdkTest(final Path program) {
        this.program = program;
    }

    /**
     * The program that {@code DPDK_TEST} names, else the one on {@code PATH}; null if there is none.
     *
     * @param environment of the process
     */
    static @Nullable DpdkTest find(final Map<String, String> environment) {
        final String named = environment.get(VARIABLE);
        if (named != null && !named.isEmpty()) {
            return Files.isExecutable(Path.of(named))
                    ? new DpdkTest(Path.of(named).toAbsolutePath())
                    : null;
        }
        return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
                .splitAsStream(environment.getOrDefault("PATH", ""))
                .map(folder -> Path.of(folder, "dpdk-test"))
                .filter(Files::isExecutable)
                .findFirst()
                .map(DpdkTest::new)
                .orElse(null);
    }

    /**
     * Runs it.
     *
     * @return what it said; less than all if it could not run to the end
     * @throws IOException if it can't be started
     */
    DpdkOutput run() throws IOException {
        final Path folder = Files.createTempDirectory("weft-dpdk");
        Process process = null;
        try {
            final ProcessBuilder builder = new ProcessBuilder(command()).redirectErrorStream(true);
            builder.environment().put("RUNTIME_DIRECTORY", folder.toString());
            // The program takes a variable of this name for a test that it is to run.
            builder.environment().remove(VARIABLE);
            process = builder.start();
            tell(process);
            read(process);
        } finally {
            if (process != null) {
                end(process);
            }
            delete(folder);
        }
        return output;
    }

    /** {@code timeout} passes its own end on to the program, and {@code stdbuf} lets figures through while they are made. */
    private List<String> command() throws IOException {
        final boolean isRoot = Objects.equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"), 0);
        final List<String> command = new ArrayList<>(List.of("timeout", "-k", "3", Integer.toString(SECONDS)));
        command.addAll(List.of("unshare", isRoot ? "-n" : "-rn", "stdbuf", "-oL", program.toString()));
        command.addAll(List.of("--no-huge", "--no-pci", "-m", "2048", "--no-shconf", "--no-telemetry"));
        command.addAll(List.of("--log-level=lib.eal:debug", "-l", firstCpu()));
        return command;
    }

    /** The first CPU that this process may use. */
    private static String firstCpu() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("Cpus_allowed_list:"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip().split("[-,]", 2)[0])
                    .findFirst()
                    .orElse("0");
        }
    }

    private static void tell(final Process process) throws IOException {
        try (OutputStream in = process.getOutputStream()) {
            in.write((String.join("\n", DpdkOutput.COMMANDS) + "\nquit\n").getBytes(StandardCharsets.US_ASCII));
        }
    }

    private void read(final Process process) throws IOException {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            String line = lines.readLine();
            while (line != null && !output.isComplete()) {
                output.line(line);
                line = output.isComplete() ? null : lines.readLine();
            }
        }
    }

    private static void end(final Process process) {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (final InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private static void delete(final Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** A row for each figure, in the group of our tables. */
    static List<JmhTable.Row> rows(final DpdkOutput output) {
        return output.figures().stream()
                .map(figure -> new JmhTable.Row(
                        figure.table() == DpdkOutput.Table.FIB ? "FibBench" : "FdbBench",
                        figure.name(),
                        output.hertz() > 0 ? output.hertz() / figure.cycles() : Double.NaN,
                        Double.NaN,
                        Double.NaN,
                        String.format(Locale.ROOT, "%.1f cycles", figure.cycles())))
                .toList();
    }
}
