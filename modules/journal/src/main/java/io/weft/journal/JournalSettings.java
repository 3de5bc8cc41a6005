// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Where a journal is and how much of it stays.
 *
 * @param dir made if it is not there
 * @param retainOctets on disk at most, {@value #MIN_RETAIN} or more; the oldest files go first
 * @param retainAge files whose events are all older than this go; zero keeps them
 * @param freeOctets that stay free on the file system: with less, nothing is written
 * @param fileAge a file is closed that long after its beginning, 4 s or more; earlier if it reaches {@link #fileOctets}
 */
public record JournalSettings(Path dir, long retainOctets, Duration retainAge, long freeOctets, Duration fileAge) {
    /** Octets. */
    public static final long DEFAULT_RETAIN = 1L << 30;
    /** Octets. */
    public static final long MIN_RETAIN = 16 << 20;
    /** Octets. */
    public static final long DEFAULT_FREE = 4 << 20;

    /** Files of one journal when it is as large as it may be. */
    private static final int FILES = 16;

    private static final long MIN_FILE = 1 << 20;
    private static final long MAX_FILE = 256 << 20;

    /** Checks. */
    public JournalSettings {
        if (retainOctets < MIN_RETAIN) {
            throw new IllegalArgumentException("a journal of less than " + (MIN_RETAIN >> 20) + "MiB");
        }
        if (retainAge.isNegative() || freeOctets < 0 || fileAge.compareTo(Duration.ofSeconds(4)) < 0) {
            throw new IllegalArgumentException("a journal with a limit below the least");
        }
    }

    /** Keeps {@link #DEFAULT_RETAIN} of whatever age. */
    public static JournalSettings of(final Path dir) {
        return of(dir, DEFAULT_RETAIN, Duration.ZERO);
    }

    /** Leaves {@link #DEFAULT_FREE} free, and has a file an hour at least. */
    public static JournalSettings of(final Path dir, final long retainOctets, final Duration retainAge) {
        return new JournalSettings(dir, retainOctets, retainAge, DEFAULT_FREE, Duration.ofHours(1));
    }

    /** Octets of a file, of which several make what is retained: deleting the oldest takes a small part away. */
    public long fileOctets() {
        return Math.clamp(retainOctets / FILES, MIN_FILE, MAX_FILE);
    }
}
