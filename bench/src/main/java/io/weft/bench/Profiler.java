// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.bench.BenchResults.Profile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the time of Weft's workers goes while one TCP flow runs as fast as it can: perf(1) looks at them some hundred times a
 * second, {@link Stacks} says what they are seen at. It costs the workers a few percent, so nothing is measured meanwhile.
 */
final class Profiler {
    private static final String WORKER = "weft-worker";
    private static final String LOOKS_PER_SECOND = "499";
    private static final String SECONDS = "4";
    /** Where perf looks for the names of compiled methods. */
    private static final String MAP = "/tmp/perf-%d.map";

    private Profiler() {}

    /** Why it can't be done here; null if it can. */
    static @Nullable String obstacle() {
        try {
            final Command.Result result =
                    Command.run(Command.LIMIT, List.of("perf", "stat", "-e", "cpu-clock", "true"));
            return result.ok() ? null : "perf: " + result.lastLine();
        } catch (final BenchException e) {
            return "perf is not installed";
        }
    }

    /** Looks at a system of Weft that stands. */
    static Profile run(final Entry entry) throws BenchException {
        final Site site = entry.site();
        site.checkAlive();
        final Path data = site.folder().resolve("perf.data");
        final List<String> threads = workers(site.dataplanePids());
        try (Iperf.Load load = Iperf.Load.start(site.ends())) {
            record(threads, data);
            if (!load.isFlowing()) {
                throw new BenchException("the flow ended");
            }
        }
        try {
            for (final long pid : site.dataplanePids()) {
                nameMethods(pid);
            }
            final String stacks = Command.must(List.of("perf", "script", "-i", data.toString(), "-F", "ip,sym"));
            return Stacks.profile(entry.scenario().id(), stacks);
        } finally {
            for (final long pid : site.dataplanePids()) {
                Path.of(MAP.formatted(pid)).toFile().delete();
            }
        }
    }

    private static void record(final List<String> threads, final Path data) throws BenchException {
        Command.must(List.of(
                "perf",
                "record",
                "-q",
                "-g",
                "-e",
                "cpu-clock",
                "-F",
                LOOKS_PER_SECOND,
                "-t",
                String.join(",", threads),
                "-o",
                data.toString(),
                "sleep",
                SECONDS));
    }

    private static List<String> workers(final List<Long> pids) throws BenchException {
        final List<String> found = new ArrayList<>();
        for (final long pid : pids) {
            try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
                for (final Path thread : threads) {
                    if (Files.readString(thread.resolve("comm")).startsWith(WORKER)) {
                        found.add(thread.getFileName().toString());
                    }
                }
            } catch (final IOException e) {
                throw new BenchException("process " + pid + " has ended", e);
            }
        }
        return found;
    }

    /** Has a JVM write down where its methods are. */
    private static void nameMethods(final long pid) throws BenchException {
        final Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        Command.must(List.of(jcmd.toString(), Long.toString(pid), "Compiler.perfmap", MAP.formatted(pid)));
    }
}
