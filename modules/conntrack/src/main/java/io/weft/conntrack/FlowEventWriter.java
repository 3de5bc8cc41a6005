// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import io.weft.wire.IpAddress;
import java.nio.ByteOrder;
import org.agrona.MutableDirectBuffer;

/** Writes the fields of {@link FlowEvent}s, each by its name. Allocates nothing; {@link #wrap} first. */
public final class FlowEventWriter {
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ByteOrder NETWORK_ORDER = ByteOrder.BIG_ENDIAN;

    private MutableDirectBuffer buffer;
    private int offset;

    /** Writes to {@code offset}, where an event of this version without any content is now. */
    public FlowEventWriter(final MutableDirectBuffer buffer, final int offset) {
        this.buffer = buffer;
        wrap(buffer, offset);
    }

    /** Writes there from now on; what was there is gone. */
    public FlowEventWriter wrap(final MutableDirectBuffer to, final int at) {
        buffer = to;
        offset = at;
        buffer.setMemory(at, FlowEvent.LENGTH, (byte) 0);
        return u8(FlowEvent.VERSION_OFFSET, FlowEvent.VERSION)
                .ways(FlowEvent.NONE, FlowEvent.NONE)
                .u16(FlowEvent.REASON_OFFSET, FlowEvent.NONE);
    }

    private FlowEventWriter u8(final int at, final int value) {
        buffer.putByte(offset + at, (byte) value);
        return this;
    }

    private FlowEventWriter u16(final int at, final int value) {
        buffer.putShort(offset + at, (short) value, ORDER);
        return this;
    }

    private FlowEventWriter i64(final int at, final long value) {
        buffer.putLong(offset + at, value, ORDER);
        return this;
    }

    private FlowEventWriter address(final int at, final IpAddress address) {
        buffer.putLong(offset + at, address.high(), NETWORK_ORDER);
        buffer.putLong(offset + at + Long.BYTES, address.low(), NETWORK_ORDER);
        return this;
    }

    public FlowEventWriter type(final FlowEventType type) {
        return u8(FlowEvent.TYPE_OFFSET, type.ordinal());
    }

    public FlowEventWriter state(final FlowState state, final Verdict verdict, final CloseCause cause) {
        return u8(FlowEvent.STATE_OFFSET, state.ordinal())
                .u8(FlowEvent.VERDICT_OFFSET, verdict.ordinal())
                .u8(FlowEvent.CAUSE_OFFSET, cause.ordinal());
    }

    /** TCP flags of the originator, and of the other. */
    public FlowEventWriter flags(final int flags, final int replyFlags) {
        return u8(FlowEvent.FLAGS_OFFSET, flags).u8(FlowEvent.REPLY_FLAGS_OFFSET, replyFlags);
    }

    public FlowEventWriter flow(final long flow) {
        return i64(FlowEvent.FLOW_OFFSET, flow);
    }

    /** Nanoseconds since 1970: of the event, and of the first and the last frame. */
    public FlowEventWriter times(final long time, final long first, final long last) {
        return i64(FlowEvent.TIME_OFFSET, time)
                .i64(FlowEvent.FIRST_OFFSET, first)
                .i64(FlowEvent.LAST_OFFSET, last);
    }

    /** {@code number} is the low 32 bits; {@link FlowRing#offer} sets it by itself. */
    public FlowEventWriter origin(final int worker, final long number) {
        buffer.putInt(offset + FlowEvent.NUMBER_OFFSET, (int) number, ORDER);
        return u8(FlowEvent.WORKER_OFFSET, worker);
    }

    public FlowEventWriter addresses(final IpAddress source, final IpAddress destination) {
        return address(FlowEvent.SOURCE_OFFSET, source).address(FlowEvent.DESTINATION_OFFSET, destination);
    }

    public FlowEventWriter ports(final int protocol, final int source, final int destination) {
        return u8(FlowEvent.PROTOCOL_OFFSET, protocol)
                .u16(FlowEvent.SOURCE_PORT_OFFSET, source)
                .u16(FlowEvent.DESTINATION_PORT_OFFSET, destination);
    }

    public FlowEventWriter network(final int network) {
        return u16(FlowEvent.NETWORK_OFFSET, network);
    }

    public FlowEventWriter ways(final int ingress, final int egress) {
        return u16(FlowEvent.INGRESS_OFFSET, ingress).u16(FlowEvent.EGRESS_OFFSET, egress);
    }

    /** {@code drops} above 2^32 - 1 are written as that. */
    public FlowEventWriter dropped(final int reason, final long drops) {
        buffer.putInt(offset + FlowEvent.DROPS_OFFSET, (int) Math.min(drops, 0xFFFF_FFFFL), ORDER);
        return u16(FlowEvent.REASON_OFFSET, reason);
    }

    public FlowEventWriter counts(
            final long frames, final long octets, final long replyFrames, final long replyOctets) {
        return i64(FlowEvent.FRAMES_OFFSET, frames)
                .i64(FlowEvent.OCTETS_OFFSET, octets)
                .i64(FlowEvent.REPLY_FRAMES_OFFSET, replyFrames)
                .i64(FlowEvent.REPLY_OCTETS_OFFSET, replyOctets);
    }
}
