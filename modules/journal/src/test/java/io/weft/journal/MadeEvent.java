// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.conntrack.CloseCause;
import io.weft.conntrack.FlowEvent;
import io.weft.conntrack.FlowEventType;
import io.weft.conntrack.FlowState;
import io.weft.conntrack.Verdict;
import io.weft.frame.DropReason;
import io.weft.wire.IpAddress;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/** Makes events from the table of offsets in {@link FlowEvent}'s description. Times are milliseconds since 1970. */
final class MadeEvent {
    private static final long MILLI = 1_000_000;

    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[FlowEvent.LENGTH]);

    private MadeEvent() {}

    static MadeEvent of(final FlowEventType type, final long flow, final long timeMillis) {
        final MadeEvent made = new MadeEvent();
        made.u8(0, FlowEvent.VERSION).u8(1, type.ordinal()).u8(2, 6).u8(3, FlowState.ESTABLISHED.ordinal());
        made.u8(4, Verdict.FORWARDED.ordinal()).u8(6, 0x1A).u8(7, 0x12);
        made.i64(8, flow)
                .i64(16, timeMillis * MILLI)
                .i64(24, timeMillis * MILLI)
                .i64(32, timeMillis * MILLI);
        made.u16(84, 1).u16(86, 0).u16(88, 1).u16(90, FlowEvent.NONE);
        return made.ends("10.0.0.1", 40_000, "10.0.0.2", 80);
    }

    MadeEvent ends(final String source, final int sourcePort, final String destination, final int destinationPort) {
        return address(48, IpAddress.parse(source))
                .address(64, IpAddress.parse(destination))
                .u16(80, sourcePort)
                .u16(82, destinationPort);
    }

    MadeEvent protocol(final int protocol) {
        return u8(2, protocol);
    }

    /** Of the first and the last frame. */
    MadeEvent life(final long firstMillis, final long lastMillis) {
        return i64(24, firstMillis * MILLI).i64(32, lastMillis * MILLI);
    }

    MadeEvent network(final int index) {
        return u16(84, index);
    }

    MadeEvent ways(final int ingress, final int egress) {
        return u16(86, ingress).u16(88, egress);
    }

    MadeEvent verdict(final Verdict verdict) {
        return u8(4, verdict.ordinal());
    }

    MadeEvent dropped(final DropReason reason, final int drops) {
        buffer.putInt(92, drops, ByteOrder.LITTLE_ENDIAN);
        return verdict(Verdict.DROPPED).u16(90, reason.id());
    }

    MadeEvent cause(final CloseCause cause) {
        return u8(5, cause.ordinal());
    }

    MadeEvent counters(final long frames, final long octets, final long replyFrames, final long replyOctets) {
        return i64(96, frames).i64(104, octets).i64(112, replyFrames).i64(120, replyOctets);
    }

    FlowEvent event() {
        return new FlowEvent(buffer, 0);
    }

    private MadeEvent u8(final int at, final int value) {
        buffer.putByte(at, (byte) value);
        return this;
    }

    private MadeEvent u16(final int at, final int value) {
        buffer.putShort(at, (short) value, ByteOrder.LITTLE_ENDIAN);
        return this;
    }

    private MadeEvent i64(final int at, final long value) {
        buffer.putLong(at, value, ByteOrder.LITTLE_ENDIAN);
        return this;
    }

    private MadeEvent address(final int at, final IpAddress address) {
        buffer.putLong(at, address.high(), ByteOrder.BIG_ENDIAN);
        buffer.putLong(at + Long.BYTES, address.low(), ByteOrder.BIG_ENDIAN);
        return this;
    }
}
