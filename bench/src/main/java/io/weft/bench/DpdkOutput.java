// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads what DPDK's {@code dpdk-test} prints while it runs {@link #COMMANDS} with the log level of EAL at debug, line by line.
 * Written after DPDK 22.11; lines that it does not know mean nothing to it.
 */
final class DpdkOutput {
    /** What it is told, in this order. */
    static final List<String> COMMANDS = List.of("fib_perf_autotest", "fib6_perf_autotest", "hash_perf_autotest");

    private static final Pattern FREQUENCY = Pattern.compile("TSC frequency is ~(\\d{1,9}) KHz");
    private static final Pattern TEST = Pattern.compile("RTE>>\\s*(\\w+)");
    private static final Pattern ROUTES = Pattern.compile("Unique added entries = (\\d{1,9})");
    private static final Pattern FIB_BULK = Pattern.compile("BULK FIB Lookup: (\\d{1,9}(?:\\.\\d+)?) cycles");
    private static final Pattern KEY_OF_8 =
            Pattern.compile("8\\s+(\\d{1,9})\\s+(\\d{1,9})\\s+(\\d{1,9})\\s+(\\d{1,9})\\s*");

    private final List<Figure> figures = new ArrayList<>();
    private String test = "";
    private String routes = "?";
    private double hertz;
    private boolean isWithData;
    private boolean isPrecomputed;
    private boolean isComplete;
    private String last = "nothing";

    /**
     * A figure of DPDK.
     *
     * @param table {@link Table#FIB} or {@link Table#HASH}
     * @param name what was measured, and on how much
     * @param cycles of the time stamp counter, per operation
     */
    record Figure(Table table, String name, double cycles) {}

    /** Beside which tables of ours a figure belongs. */
    enum Table {
        /** Longest-prefix match. */
        FIB,
        /** Exact match. */
        HASH
    }

    /** Reads one line. */
    void line(final String line) {
        if (!line.isBlank()) {
            last = line.strip();
        }
        final Matcher frequency = FREQUENCY.matcher(line);
        if (frequency.find()) {
            hertz = 1000 * Double.parseDouble(frequency.group(1));
        }
        final Matcher started = TEST.matcher(line);
        if (started.find()) {
            test = started.group(1);
        }
        switch (test) {
            case "fib_perf_autotest" -> fib(line, "dpdk FIB DIR24-8 bulk");
            case "fib6_perf_autotest" -> fib(line, "dpdk FIB6 trie bulk");
            case "hash_perf_autotest" -> hash(line);
            default -> {}
        }
    }

    private void fib(final String line, final String name) {
        final Matcher added = ROUTES.matcher(line);
        if (added.find()) {
            routes = added.group(1);
        }
        final Matcher bulk = FIB_BULK.matcher(line);
        if (bulk.find()) {
            add(Table.FIB, name + " " + routes, bulk.group(1));
        }
    }

    /**
     * Of the many tables the one that is like ours: keys of 8 octets with 8 octets of data, hashed with each lookup, no
     * locks, every element in its primary place. It is in the first block; what follows takes minutes.
     */
    private void hash(final String line) {
        if (line.contains("Operations with")) {
            isWithData = line.contains("8-byte data");
        } else if (line.contains("pre-computed hash")) {
            isPrecomputed = line.startsWith("With ");
        }
        final Matcher row = KEY_OF_8.matcher(line);
        if (isWithData && !isPrecomputed && !isComplete && row.matches()) {
            add(Table.HASH, "dpdk hash add 8", row.group(1));
            add(Table.HASH, "dpdk hash lookup 8", row.group(2));
            add(Table.HASH, "dpdk hash lookup bulk 8", row.group(3));
            isComplete = true;
        }
    }

    private void add(final Table table, final String name, final String cycles) {
        figures.add(new Figure(table, name, Double.parseDouble(cycles)));
    }

    /** Everything that is wanted has been read: the program may be ended. */
    boolean isComplete() {
        return isComplete;
    }

    /** Ticks of the time stamp counter per second; 0 if the program did not say. */
    double hertz() {
        return hertz;
    }

    /** The last line that is not blank. */
    String last() {
        return last;
    }

    /** What was measured so far. */
    List<Figure> figures() {
        return List.copyOf(figures);
    }
}
