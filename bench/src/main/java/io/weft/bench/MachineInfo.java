// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.bench.BenchResults.Machine;
import io.weft.daemon.Version;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a run is a run on: figures of other machines don't compare. */
final class MachineInfo {
    private MachineInfo() {}

    static Machine read() {
        return new Machine(
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                field(Path.of("/proc/cpuinfo"), "model name"),
                Runtime.getRuntime().availableProcessors(),
                memory(),
                System.getProperty("java.vm.name") + " " + Runtime.version(),
                virtualization());
    }

    /** Version and commit of the Weft in {@code home}; marked with a plus if files were changed since. */
    static String weft(final Path home) {
        final String version = Version.text();
        final String commit = output("git", "-C", home.toString(), "rev-parse", "--short", "HEAD");
        if (commit.isEmpty()) {
            return version;
        }
        final String changed = output("git", "-C", home.toString(), "status", "--porcelain", "--untracked-files=no");
        return version + " " + commit + (changed.isEmpty() ? "" : "+");
    }

    private static long memory() {
        final String[] words = field(Path.of("/proc/meminfo"), "MemTotal").split(" ", 2);
        try {
            return Long.parseLong(words[0]) * 1024;
        } catch (final NumberFormatException e) {
            return 0;
        }
    }

    private static String virtualization() {
        final String told = output("systemd-detect-virt");
        return told.isEmpty() ? "unknown" : told;
    }

    /** The first value of a name in a file of lines {@code name : value}. */
    private static String field(final Path file, final String name) {
        try {
            return Files.readAllLines(file, StandardCharsets.ISO_8859_1).stream()
                    .filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        } catch (final IOException e) {
            return "unknown";
        }
    }

    /** What a command says, without regard of its exit code; nothing if it isn't there. */
    private static String output(final String... command) {
        try {
            final Command.Result result = Command.run(Command.LIMIT, List.of(command));
            return result.code() > 1 ? "" : result.output().strip();
        } catch (final BenchException e) {
            return "";
        }
    }
}
