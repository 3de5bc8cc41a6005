// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import com.sun.management.ThreadMXBean;
import io.weft.conntrack.CloseCause;
import io.weft.conntrack.FlowEvent;
import io.weft.conntrack.FlowEventType;
import io.weft.conntrack.FlowEventWriter;
import io.weft.conntrack.FlowRing;
import io.weft.conntrack.FlowState;
import io.weft.conntrack.Verdict;
import io.weft.journal.FlowNames;
import io.weft.journal.JournalReader;
import io.weft.journal.JournalSettings;
import io.weft.journal.JournalStatus;
import io.weft.journal.JournalWriter;
import io.weft.wire.IpAddress;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a journal takes at a steady rate of events, and how soon its reader finds a time. Run by hand, with the flags of a node:
 * {@code JournalBench DIR [EVENTS-A-SECOND [SECONDS [RETAIN-MIB]]]}; DIR is to be empty, and stays. With 0 seconds it only reads.
 */
public final class JournalBench {
    private static final int DEFAULT_RATE = 200_000;
    private static final int DEFAULT_SECONDS = 60;
    private static final int DEFAULT_RETAIN = 1_024;
    private static final long NANOS = 1_000_000_000;
    /** Seconds after which what is allocated counts. */
    private static final int WARM_UP = 5;

    private final PrintStream out;

    private JournalBench(final PrintStream out) {
        this.out = out;
    }

    /** Runs. */
    public static void main(final String[] args) throws IOException {
        if (args.length == 0) {
            System.err.println("Usage: JournalBench DIR [EVENTS-A-SECOND [SECONDS [RETAIN-MIB]]]");
            System.exit(1);
        }
        final Path dir = Path.of(args[0]);
        final int rate = number(args, 1, DEFAULT_RATE);
        final int seconds = number(args, 2, DEFAULT_SECONDS);
        final JournalBench bench = new JournalBench(System.out);
        if (seconds > 0) {
            bench.write(
                    JournalSettings.of(dir, (long) number(args, 3, DEFAULT_RETAIN) << 20, Duration.ZERO),
                    rate,
                    seconds);
        }
        bench.read(dir);
    }

    private static int number(final String[] args, final int at, final int otherwise) {
        return args.length > at ? Integer.parseInt(args[at]) : otherwise;
    }

    private void write(final JournalSettings settings, final int rate, final int seconds) throws IOException {
        Files.createDirectories(settings.dir());
        final FlowRing ring = new FlowRing(FlowRing.DEFAULT_CAPACITY);
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = 0;
        long counted = 0;
        final JournalWriter journal =
                JournalWriter.open(settings, "bench", List.of(ring), () -> FlowNames.NONE, new long[0], out::println);
        try (journal) {
            final long thread = Thread.getAllStackTraces().keySet().stream()
                    .filter(of -> of.getName().equals("weft-journal"))
                    .mapToLong(Thread::threadId)
                    .max()
                    .orElseThrow();
            final long start = System.nanoTime();
            long made = 0;
            for (int second = 0; second < seconds; second++) {
                if (second == Math.min(WARM_UP, seconds - 1)) {
                    allocated = -threads.getThreadAllocatedBytes(thread);
                    counted = -journal.status().appended();
                }
                made = offer(ring, start, made, rate, second + 1);
            }
            allocated += threads.getThreadAllocatedBytes(thread);
            counted += journal.status().appended();
        }
        final JournalStatus status = journal.status();
        out.printf(
                Locale.ROOT,
                "%d events appended in %d s, %d lost by the ring, %.3f octets allocated an event, longest append %.2f ms, %d MiB in %d files%n",
                status.appended(),
                seconds,
                status.ringLost(),
                allocated / (double) counted,
                status.longest() / 1e6,
                status.octets() >> 20,
                status.files());
    }

    /** Makes events as a worker does that is busy: each millisecond what is due by then. */
    private static long offer(
            final FlowRing ring, final long start, final long before, final int rate, final int untilSecond) {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[FlowEvent.LENGTH]);
        final FlowEventWriter writer = new FlowEventWriter(buffer, 0)
                .type(FlowEventType.CLOSE)
                .state(FlowState.CLOSED, Verdict.FORWARDED, CloseCause.FIN)
                .addresses(IpAddress.parse("10.100.0.1"), IpAddress.parse("10.100.0.2"))
                .ports(6, 40_000, 80)
                .counts(10, 5_000, 8, 400);
        long made = before;
        long elapsed = System.nanoTime() - start;
        while (elapsed < untilSecond * NANOS) {
            final long time = System.currentTimeMillis() * 1_000_000;
            for (final long due = (long) (elapsed * (rate / (double) NANOS)); made < due; made++) {
                writer.flow(made).times(time, time, time);
                ring.offer(buffer, 0);
            }
            LockSupport.parkNanos(1_000_000);
            elapsed = System.nanoTime() - start;
        }
        return made;
    }

    private void read(final Path dir) {
        final long first;
        try (JournalReader reader = JournalReader.open(dir, out::println)) {
            final @Nullable FlowEvent event = reader.next();
            first = event == null ? 0 : event.time();
        }
        final long now = System.currentTimeMillis() * 1_000_000;
        for (int part = 0; part < 10; part++) {
            final long time = first + (now - first) / 10 * part;
            final long start = System.nanoTime();
            try (JournalReader reader = JournalReader.open(dir, out::println)) {
                reader.seek(time);
                final @Nullable FlowEvent event = reader.next();
                out.printf(
                        Locale.ROOT,
                        "first event at or behind %d: %.2f ms%s%n",
                        time,
                        (System.nanoTime() - start) / 1e6,
                        event == null ? ", none" : "");
            }
        }
    }
}
