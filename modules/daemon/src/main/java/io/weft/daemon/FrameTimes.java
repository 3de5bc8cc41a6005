// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;

/** Times of frames as they are shown. */
final class FrameTimes {
    /** As many digits for each, so that columns stay columns. */
    private static final DateTimeFormatter MICROS =
            new DateTimeFormatterBuilder().appendInstant(6).toFormatter(Locale.ROOT);

    private FrameTimes() {}

    /** UTC to the microsecond. */
    static String format(final long epochNanos) {
        return MICROS.format(Instant.ofEpochSecond(0, epochNanos));
    }

    /** What has passed, in microseconds to the nanosecond. */
    static String micros(final long nanos) {
        return String.format(Locale.ROOT, "+%.3fus", nanos / 1e3);
    }
}
