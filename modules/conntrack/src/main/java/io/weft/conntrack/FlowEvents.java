// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import java.nio.ByteOrder;
import org.agrona.MutableDirectBuffer;
import org.jspecify.annotations.Nullable;

/** Makes {@link FlowEvent}s of entries. Readers hear of a flow by an open event first, whatever else there is to tell. */
final class FlowEvents {
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ByteOrder NETWORK_ORDER = ByteOrder.BIG_ENDIAN;

    private final FlowEntries entries;
    private final OffHeap flows;
    private final FlowClock clock;
    private final int worker;
    private final @Nullable FlowRing ring;

    /** {@code ring}: null if nobody wants events. */
    FlowEvents(final FlowEntries entries, final FlowClock clock, final int worker, final @Nullable FlowRing ring) {
        this.entries = entries;
        this.flows = entries.memory;
        this.clock = clock;
        this.worker = worker;
        this.ring = ring;
    }

    /** True if so many events would not be lost now. */
    boolean hasRoom(final int events) {
        return ring == null || ring.hasRoom(events);
    }

    long made() {
        return ring == null ? 0 : ring.made();
    }

    long lost() {
        return ring == null ? 0 : ring.lost();
    }

    /** Tells of the flow, if it was not told of. */
    void open(final int entry) {
        if (ring != null && !entries.hasMark(entry, FlowEntries.OPENED)) {
            entries.mark(entry, FlowEntries.OPENED);
            write(ring, entry, FlowEventType.OPEN, CloseCause.NONE);
        }
    }

    void update(final int entry) {
        event(entry, FlowEventType.UPDATE, CloseCause.NONE);
    }

    void drop(final int entry) {
        event(entry, FlowEventType.DROP, CloseCause.NONE);
    }

    void close(final int entry, final CloseCause cause) {
        event(entry, FlowEventType.CLOSE, cause);
    }

    private void event(final int entry, final FlowEventType type, final CloseCause cause) {
        if (ring != null) {
            open(entry);
            write(ring, entry, type, cause);
        }
    }

    private void write(final FlowRing to, final int entry, final FlowEventType type, final CloseCause cause) {
        final int number = (int) to.nextNumber();
        final int index = to.claim();
        if (index >= 0) {
            put(entry, type, cause, number, to.buffer(), index);
            to.commit(index);
        }
    }

    /** Writes the event to {@code index}; all of its octets. */
    void put(
            final int entry,
            final FlowEventType type,
            final CloseCause cause,
            final int number,
            final MutableDirectBuffer to,
            final int index) {
        final int at = FlowEntries.at(entry);
        final long first = flows.getLong(at + FlowEntries.FIRST);
        to.putByte(index + FlowEvent.VERSION_OFFSET, (byte) FlowEvent.VERSION);
        to.putByte(index + FlowEvent.TYPE_OFFSET, (byte) type.ordinal());
        to.putByte(index + FlowEvent.PROTOCOL_OFFSET, flows.getByte(at + FlowEntries.PROTOCOL));
        to.putByte(index + FlowEvent.STATE_OFFSET, flows.getByte(at + FlowEntries.STATE));
        to.putByte(index + FlowEvent.VERDICT_OFFSET, flows.getByte(at + FlowEntries.VERDICT));
        to.putByte(index + FlowEvent.CAUSE_OFFSET, (byte) cause.ordinal());
        to.putByte(index + FlowEvent.FLAGS_OFFSET, flows.getByte(at + FlowEntries.FLAGS));
        to.putByte(index + FlowEvent.REPLY_FLAGS_OFFSET, flows.getByte(at + FlowEntries.FLAGS + 1));
        to.putLong(index + FlowEvent.FLOW_OFFSET, flows.getLong(at + FlowEntries.FLOW), ORDER);
        to.putLong(index + FlowEvent.TIME_OFFSET, clock.wallAt(clock.nanos()), ORDER);
        to.putLong(index + FlowEvent.FIRST_OFFSET, first, ORDER);
        // A clock that was set back does not make a flow end before it began.
        to.putLong(
                index + FlowEvent.LAST_OFFSET,
                Math.max(first, clock.wallAt(flows.getLong(at + FlowEntries.LAST))),
                ORDER);
        to.putInt(index + FlowEvent.WORKER_OFFSET, worker, ORDER);
        to.putInt(index + FlowEvent.NUMBER_OFFSET, number, ORDER);
        putKey(at, to, index);
        putCounters(at, to, index);
    }

    private void putKey(final int at, final MutableDirectBuffer to, final int index) {
        final int ports = flows.getInt(at + FlowEntries.PORTS);
        putAddress(at + FlowEntries.SOURCE_HIGH, to, index + FlowEvent.SOURCE_OFFSET);
        putAddress(at + FlowEntries.DESTINATION_HIGH, to, index + FlowEvent.DESTINATION_OFFSET);
        to.putShort(index + FlowEvent.SOURCE_PORT_OFFSET, (short) (ports >>> 16), ORDER);
        to.putShort(index + FlowEvent.DESTINATION_PORT_OFFSET, (short) ports, ORDER);
        to.putShort(index + FlowEvent.NETWORK_OFFSET, flows.getShort(at + FlowEntries.NETWORK), ORDER);
        to.putShort(index + FlowEvent.INGRESS_OFFSET, flows.getShort(at + FlowEntries.INGRESS), ORDER);
        to.putShort(index + FlowEvent.EGRESS_OFFSET, flows.getShort(at + FlowEntries.EGRESS), ORDER);
        to.putShort(index + FlowEvent.REASON_OFFSET, flows.getShort(at + FlowEntries.REASON), ORDER);
    }

    private void putCounters(final int at, final MutableDirectBuffer to, final int index) {
        final int other = at + FlowEntries.OTHER_COUNTERS;
        to.putInt(index + FlowEvent.DROPS_OFFSET, flows.getInt(at + FlowEntries.DROPS), ORDER);
        to.putLong(index + FlowEvent.FRAMES_OFFSET, flows.getLong(at + FlowEntries.FRAMES), ORDER);
        to.putLong(index + FlowEvent.OCTETS_OFFSET, flows.getLong(at + FlowEntries.OCTETS), ORDER);
        to.putLong(index + FlowEvent.REPLY_FRAMES_OFFSET, flows.getLong(other + FlowEntries.FRAMES), ORDER);
        to.putLong(index + FlowEvent.REPLY_OCTETS_OFFSET, flows.getLong(other + FlowEntries.OCTETS), ORDER);
    }

    private void putAddress(final int from, final MutableDirectBuffer to, final int index) {
        to.putLong(index, flows.getLong(from), NETWORK_ORDER);
        to.putLong(index + Long.BYTES, flows.getLong(from + Long.BYTES), NETWORK_ORDER);
    }
}
