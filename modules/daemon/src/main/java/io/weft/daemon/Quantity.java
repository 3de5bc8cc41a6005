// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Amounts as they are written in files and commands. */
public final class Quantity {
    private static final Pattern FORM = Pattern.compile("([0-9]{1,12})([A-Za-z]*)");
    private static final List<String> SIZES = List.of("", "KiB", "MiB", "GiB", "TiB");

    private Quantity() {}

    /**
     * Octets: {@code 1GiB}, {@code 512MiB}, {@code 4096}.
     *
     * @throws IllegalArgumentException if it is nothing of the kind
     */
    public static long octets(final String text) {
        final Matcher form = FORM.matcher(text);
        final int unit = form.matches() ? SIZES.indexOf(form.group(2)) : -1;
        if (unit < 0 || Long.numberOfLeadingZeros(Long.parseLong(form.group(1))) <= 10 * unit) {
            throw new IllegalArgumentException("expected an amount as 512MiB or 1GiB, found '" + text + "'");
        }
        return Long.parseLong(form.group(1)) << (10 * unit);
    }

    /**
     * A time: {@code 90s}, {@code 10m}, {@code 2h}, {@code 7d}; without a unit seconds.
     *
     * @throws IllegalArgumentException if it is nothing of the kind
     */
    public static Duration duration(final String text) {
        final Matcher form = FORM.matcher(text);
        if (form.matches() && form.group(1).length() <= 9) {
            final long number = Long.parseLong(form.group(1));
            switch (form.group(2)) {
                case "", "s" -> {
                    return Duration.ofSeconds(number);
                }
                case "m" -> {
                    return Duration.ofMinutes(number);
                }
                case "h" -> {
                    return Duration.ofHours(number);
                }
                case "d" -> {
                    return Duration.ofDays(number);
                }
                default -> {
                    // Refused below.
                }
            }
        }
        throw new IllegalArgumentException("expected a time as 90s, 10m, 2h or 7d, found '" + text + "'");
    }
}
