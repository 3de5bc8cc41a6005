// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

/**
 * When to look at each flow next, because it may be idle too long or an update may be due. The times lie side by side, so that looking
 * for what is due reads 16 flows per cache line and touches no others; a frame moves none of them.
 *
 * <p>A round goes over all entries, a slice per cycle, about one second long; a table of more than a million flows on an idle node needs
 * some seconds. It begins only when something is due: {@link #earliest} is never later than the first time of all.
 */
final class FlowSweep {
    /** Entries that a cycle looks at, at most. */
    static final int SLICE = 1024;
    /** Time of an entry at which there is nothing to do; 12 days. */
    static final int FAR_MILLIS = 1 << 30;
    /** What an idle worker waits for the next slice: so many octets of times are read in no time, and no core burns. */
    static final int PAUSE_MILLIS = 10;

    /** So many entries a second at least: a small table is one slice. */
    private static final long MIN_RATE = 100_000;

    private static final long NANOS_PER_SECOND = 1_000_000_000;

    private final OffHeap times;
    private int earliest;
    private int cursor;
    private long sweptAt;

    FlowSweep(final int maxFlows, final FlowClock clock) {
        times = new OffHeap(maxFlows * Integer.BYTES);
        earliest = clock.millis() + FAR_MILLIS;
        sweptAt = clock.nanos();
    }

    /** Looks at {@code entry} at {@code millis}. */
    void set(final int entry, final int millis) {
        times.putInt(entry << 2, millis);
        earliest = earlier(earliest, millis);
    }

    /** Looks at {@code entry} at {@code millis}, if not sooner. */
    void advance(final int entry, final int millis) {
        if (millis - times.getInt(entry << 2) < 0) {
            set(entry, millis);
        }
    }

    /** Has {@code table} look at what is due, a slice of it. */
    void run(final FlowTable table, final FlowClock clock, final int highWater) {
        final int now = clock.millis();
        if (cursor == 0) {
            if (now - earliest < 0) {
                return;
            }
            earliest = now + FAR_MILLIS;
        }
        for (int left = slice(clock.nanos(), highWater); left > 0 && cursor < highWater; left--) {
            int due = times.getInt(cursor << 2);
            if (due - now <= 0) {
                due = now + table.look(cursor);
                times.putInt(cursor << 2, due);
            }
            earliest = earlier(earliest, due);
            cursor++;
        }
        if (cursor >= highWater) {
            cursor = 0;
        }
    }

    private int slice(final long nanos, final int highWater) {
        final double share = (double) (nanos - sweptAt) / NANOS_PER_SECOND;
        final int entries = (int) Math.min(SLICE, share * Math.max(highWater, MIN_RATE));
        if (entries > 0) {
            sweptAt = nanos;
        }
        return entries;
    }

    /** Milliseconds until {@link #run} has something to do. */
    long nextTimeout(final FlowClock clock) {
        return cursor != 0 ? PAUSE_MILLIS : Math.max(PAUSE_MILLIS, earliest - clock.millis());
    }

    private static int earlier(final int a, final int b) {
        return b - a < 0 ? b : a;
    }

    /** Octets that the times take. */
    int length() {
        return times.length();
    }
}
