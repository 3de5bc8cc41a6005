// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Figures in words: three digits that count, as many as a benchmark can stand for. */
final class Figures {
    private static final MathContext THREE_DIGITS = new MathContext(3, RoundingMode.HALF_UP);
    private static final Pattern PLAIN_WORD = Pattern.compile("[A-Za-z0-9_./:=,@%+-]+");

    private Figures() {}

    /** A number: 0.0123, 1.23, 123, 1230, 12.3k, 1.23M, 1.23G. What is not finite is a dash. */
    static String number(final double value) {
        if (!Double.isFinite(value)) {
            return "–";
        }
        final BigDecimal rounded = new BigDecimal(value).round(THREE_DIGITS);
        final double size = Math.abs(rounded.doubleValue());
        if (size >= 1e9) {
            return plain(rounded.movePointLeft(9)) + "G";
        }
        if (size >= 1e6) {
            return plain(rounded.movePointLeft(6)) + "M";
        }
        if (size >= 1e4) {
            return plain(rounded.movePointLeft(3)) + "k";
        }
        return plain(rounded);
    }

    /** As {@link #number}, without zeros at the end: for an axis. */
    static String tick(final double value) {
        final String text = number(value);
        return text.contains(".") ? text.replaceFirst("\\.?0+(?=[kMG]?$)", "") : text;
    }

    /** A number with its unit. */
    static String value(final double value, final String unit) {
        return unit.isEmpty() ? number(value) : number(value) + " " + unit(unit);
    }

    /** A unit as it is printed. */
    static String unit(final String unit) {
        return unit.equals("us") ? "µs" : unit;
    }

    /** How many times as much: 0.98×. */
    static String ratio(final double ratio) {
        if (!Double.isFinite(ratio)) {
            return "–";
        }
        return (ratio < 100 ? String.format(Locale.ROOT, "%.2f", ratio) : number(ratio)) + "×";
    }

    /** A percentile: 50 %, 99.9 %. */
    static String percentile(final double percentile) {
        return BigDecimal.valueOf(percentile).stripTrailingZeros().toPlainString() + " %";
    }

    static String duration(final double seconds) {
        final long whole = Math.round(seconds);
        if (whole < 60) {
            return whole + " s";
        }
        return whole < 3600
                ? whole / 60 + " min " + whole % 60 + " s"
                : whole / 3600 + " h " + whole % 3600 / 60 + " min";
    }

    static String memory(final long octets) {
        return String.format(Locale.ROOT, "%.1f GiB", octets / (double) (1L << 30));
    }

    /** Words as a shell takes them. */
    static String command(final List<String> words) {
        return String.join(" ", words.stream().map(Figures::quote).toList());
    }

    private static String quote(final String word) {
        return PLAIN_WORD.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
    }

    /** Three digits also where the last ones are zeros, so that 1.20 says more than 1.2; whole numbers as they are. */
    private static String plain(final BigDecimal value) {
        if (value.signum() == 0) {
            return "0";
        }
        final int scale = Math.max(0, 2 - (value.precision() - value.scale() - 1));
        return value.setScale(scale, RoundingMode.HALF_UP).toPlainString();
    }
}
