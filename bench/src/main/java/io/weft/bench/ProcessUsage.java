// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;

/** What processes cost, by proc(5). */
final class ProcessUsage {
    private static final Path PROC = Path.of("/proc");
    private static final String RESIDENT = "VmRSS:";

    private ProcessUsage() {}

    /**
     * CPU time that all threads of {@code processes} have used, in seconds, as the scheduler counts it: to the nanosecond
     * for those that wait. Threads that have ended don't count, so a difference is of use only where none ends between.
     */
    static double cpuSeconds(final Collection<Long> processes) throws BenchException {
        long nanos = 0;
        for (final long pid : processes) {
            try (DirectoryStream<Path> threads = Files.newDirectoryStream(PROC.resolve(pid + "/task"))) {
                for (final Path thread : threads) {
                    nanos += nanos(thread.resolve("schedstat"));
                }
            } catch (final IOException e) {
                throw new BenchException("process " + pid + " has ended", e);
            }
        }
        return nanos / 1e9;
    }

    private static long nanos(final Path schedstat) {
        try {
            final String text = Files.readString(schedstat);
            return Long.parseLong(text.substring(0, text.indexOf(' ')));
        } catch (final IOException | RuntimeException e) {
            // The thread has ended since.
            return 0;
        }
    }

    /** Resident memory of {@code processes} in MiB. */
    static double residentMebibytes(final Collection<Long> processes) throws BenchException {
        long kibibytes = 0;
        for (final long pid : processes) {
            try {
                for (final String line :
                        Files.readAllLines(PROC.resolve(pid + "/status"), StandardCharsets.ISO_8859_1)) {
                    if (line.startsWith(RESIDENT)) {
                        kibibytes += Long.parseLong(line.replaceAll("[^0-9]", ""));
                    }
                }
            } catch (final IOException e) {
                throw new BenchException("process " + pid + " has ended", e);
            }
        }
        return kibibytes / 1024.0;
    }
}
