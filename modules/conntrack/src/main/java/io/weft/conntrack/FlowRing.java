// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.BufferUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.OneToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RecordDescriptor;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/**
 * The way of {@link FlowEvent}s from a worker, which never waits, to the one thread that keeps them. An event for which there is no
 * room is lost; {@link #made} minus what was read tells how many, and the numbers of the events tell where.
 */
public final class FlowRing {
    /** Octets of a ring that holds 120,000 events: 600 ms of 200,000 a second, longer than a busy disk or CPU keeps the journal's thread. */
    public static final int DEFAULT_CAPACITY = 16 << 20;

    private static final int CACHE_LINE = 64;
    /** Octets of an event in the ring. */
    private static final int RECORD_LENGTH = FlowEvent.LENGTH + RecordDescriptor.HEADER_LENGTH;

    private final OneToOneRingBuffer ring;
    private final AtomicLong made = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();

    /** {@code capacity} octets, a power of two. */
    public FlowRing(final int capacity) {
        ring = new OneToOneRingBuffer(new UnsafeBuffer(
                BufferUtil.allocateDirectAligned(capacity + RingBufferDescriptor.TRAILER_LENGTH, CACHE_LINE)));
    }

    /** Worker: the number of the event that is claimed next. */
    long nextNumber() {
        return made.getPlain();
    }

    /** Worker: room for one event in {@link #buffer}, to be committed; negative if there is none, which is counted. */
    int claim() {
        made.setRelease(made.getPlain() + 1);
        final int index = ring.tryClaim(FlowEvent.MESSAGE_TYPE, FlowEvent.LENGTH);
        if (index < 0) {
            lost.setRelease(lost.getPlain() + 1);
        }
        return index;
    }

    /** Worker: true if {@code events} could be claimed now, and none would be lost. */
    boolean hasRoom(final int events) {
        // One more: in front of the end of the ring an event's room may stay empty.
        return ring.capacity() - ring.size() >= (events + 1) * RECORD_LENGTH;
    }

    /** Worker: the event that was claimed at {@code index} is complete. */
    void commit(final int index) {
        ring.commit(index);
    }

    /** Worker: makes an event of the {@link FlowEvent#LENGTH} octets at {@code offset}, and gives it its number; false if there was no room. */
    public boolean offer(final DirectBuffer event, final int offset) {
        final int number = (int) nextNumber();
        final int index = claim();
        if (index < 0) {
            return false;
        }
        final MutableDirectBuffer to = buffer();
        to.putBytes(index, event, offset, FlowEvent.LENGTH);
        to.putInt(index + FlowEvent.NUMBER_OFFSET, number, ByteOrder.LITTLE_ENDIAN);
        commit(index);
        return true;
    }

    /** Where claimed events are written. */
    MutableDirectBuffer buffer() {
        return ring.buffer();
    }

    /** Reader: hands over at most {@code limit} events; each lies at the handler's index. */
    public int read(final MessageHandler handler, final int limit) {
        return ring.read(handler, limit);
    }

    /** Events that were made, lost ones included. Any thread. */
    public long made() {
        return made.getAcquire();
    }

    /** Events for which there was no room. Any thread. */
    public long lost() {
        return lost.getAcquire();
    }
}
