// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.conntrack.CloseCause;
import io.weft.conntrack.FlowEvent;
import io.weft.conntrack.FlowEventType;
import io.weft.conntrack.FlowEventWriter;
import io.weft.conntrack.FlowRing;
import io.weft.conntrack.FlowState;
import io.weft.conntrack.Verdict;
import io.weft.journal.FlowNames.PortName;
import io.weft.wire.IpAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** A worker without a dataplane, and what it takes to keep and read its events. */
final class JournalFixture {
    static final long[] NOBODY_KNOWS = {};
    static final long SECOND = 1_000_000_000;

    final FlowRing ring;
    final List<String> messages = Collections.synchronizedList(new ArrayList<>());
    volatile FlowNames names = names("a");
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[FlowEvent.LENGTH]);
    private final FlowEventWriter writer = new FlowEventWriter(buffer, 0);
    private final int worker;

    JournalFixture() {
        this(FlowRing.DEFAULT_CAPACITY, 0);
    }

    JournalFixture(final int capacity, final int worker) {
        ring = new FlowRing(capacity);
        this.worker = worker;
    }

    static FlowNames names(final String pod) {
        return new FlowNames(
                "n1",
                Map.of(0, new PortName(pod, "blue", pod, List.of(IpAddress.parse("10.100.0.1")))),
                Map.of(0, new FlowNames.NetworkName("blue", 100)),
                Map.of(3, "n2"));
    }

    /** Files of 1 MiB, and as few as may be. */
    static JournalSettings small(final Path dir) {
        return new JournalSettings(dir, JournalSettings.MIN_RETAIN, Duration.ZERO, 0, Duration.ofHours(1));
    }

    JournalWriter open(final JournalSettings settings, final long... made) {
        return JournalWriter.open(settings, "n1", List.of(ring), () -> names, made, messages::add);
    }

    static long now() {
        return System.currentTimeMillis() * 1_000_000;
    }

    /** Makes an event of a flow; false if the ring is full. */
    boolean offer(final long flow, final long time) {
        writer.wrap(buffer, 0)
                .type(FlowEventType.OPEN)
                .state(FlowState.NEW, Verdict.FORWARDED, CloseCause.NONE)
                .flow(flow)
                .times(time, time, time)
                .origin(worker, 0)
                .addresses(IpAddress.parse("10.100.0.1"), IpAddress.parse("10.100.0.2"))
                .ports(6, 40_000, 80)
                .ways(0, FlowEvent.VTEP + 3)
                .counts(1, 60, 0, 0);
        return ring.offer(buffer, 0);
    }

    /** Makes events of the flows {@code from} to {@code to}, none of which is lost. */
    void offerAll(final JournalWriter journal, final long from, final long to) {
        for (long flow = from; flow < to; flow++) {
            // Half of a ring is enough for the thread to be always behind.
            if (flow % 4_096 == 0) {
                await(() -> ring.made() - taken(journal) < 8_192);
            }
            offer(flow, now());
        }
    }

    private static long taken(final JournalWriter journal) {
        final JournalStatus status = journal.status();
        return status.appended() + status.lost() + status.ringLost();
    }

    /** Waits until all that was made was taken. */
    void drain(final JournalWriter journal) {
        await(() -> taken(journal) == ring.made());
    }

    static void await(final BooleanSupplier condition) {
        final long end = System.nanoTime() + 60 * SECOND;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("it didn't happen within 60 s");
            }
            LockSupport.parkNanos(100_000);
        }
    }

    /** Flows of all events to come. */
    static List<Long> flows(final JournalReader reader) {
        final List<Long> flows = new ArrayList<>();
        for (@Nullable FlowEvent event = reader.next(); event != null; event = reader.next()) {
            flows.add(event.flow());
        }
        return flows;
    }
}
