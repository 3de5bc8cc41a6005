// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Times as they are typed and shown; inside they are nanoseconds since 1970. */
public final class FlowTime {
    private static final Pattern AGO = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
    private static final Pattern OF_DAY = Pattern.compile("\\d{2}:\\d{2}(:\\d{2})?");
    private static final DateTimeFormatter MICROS =
            new DateTimeFormatterBuilder().appendInstant(6).toFormatter(Locale.ROOT);
    private static final DateTimeFormatter NANOS =
            new DateTimeFormatterBuilder().appendInstant(9).toFormatter(Locale.ROOT);
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private FlowTime() {}

    /**
     * Reads {@code 10m} (that long before {@code nowNanos}; ms, s, m, h, d), {@code now}, {@code 14:30} or {@code 14:30:05}
     * (today, UTC), or a time of RFC 3339.
     *
     * @throws IllegalArgumentException if the text is none of these, or before 1678 or after 2261
     */
    public static long parse(final String text, final long nowNanos) {
        final Matcher ago = AGO.matcher(text);
        if (ago.matches()) {
            return nowNanos - Long.parseLong(ago.group(1)) * unit(ago.group(2));
        }
        try {
            if (text.equals("now")) {
                return nowNanos;
            }
            if (OF_DAY.matcher(text).matches()) {
                final long day = TimeUnit.DAYS.toNanos(1);
                return Math.floorDiv(nowNanos, day) * day
                        + LocalTime.parse(text).toNanoOfDay();
            }
            return nanos(OffsetDateTime.parse(text).toInstant());
        } catch (final DateTimeException | ArithmeticException e) {
            throw new IllegalArgumentException(
                    "not a time: '" + text + "' (10m, 2h, 14:30, 14:30:05 or 2026-01-31T14:30:05Z)", e);
        }
    }

    private static long unit(final String letter) {
        return switch (letter) {
            case "ms" -> TimeUnit.MILLISECONDS.toNanos(1);
            case "s" -> SECOND;
            case "m" -> TimeUnit.MINUTES.toNanos(1);
            case "h" -> TimeUnit.HOURS.toNanos(1);
            default -> TimeUnit.DAYS.toNanos(1);
        };
    }

    /** The same moment in nanoseconds since 1970. */
    static long nanos(final Instant time) {
        return Math.addExact(Math.multiplyExact(time.getEpochSecond(), SECOND), time.getNano());
    }

    /** UTC to the microsecond, for people. */
    public static String micros(final long nanos) {
        return MICROS.format(instant(nanos));
    }

    /** UTC to the nanosecond, for programs. */
    static String exact(final long nanos) {
        return NANOS.format(instant(nanos).atOffset(ZoneOffset.UTC));
    }

    private static Instant instant(final long nanos) {
        return Instant.ofEpochSecond(0, nanos);
    }
}
