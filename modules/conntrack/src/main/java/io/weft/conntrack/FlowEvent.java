// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import io.weft.wire.IpAddress;
import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What a worker tells of a flow: {@value #LENGTH} octets, little-endian, the same in the ring, in the journal's files and in memory.
 *
 * <pre>
 *   0  u8   version, {@value #VERSION}            64  16 octets  destination address, of the originator's
 *   1  u8   type, {@link FlowEventType}           80  u16  source port, or ICMP identifier
 *   2  u8   IP protocol                           82  u16  destination port, or ICMP type * 256 + code
 *   3  u8   state, {@link FlowState}              84  u16  index of the network by which the originator came in
 *   4  u8   verdict, {@link Verdict}              86  u16  ingress: port of the originator, or VTEP
 *   5  u8   cause of a close, {@link CloseCause}  88  u16  egress: the same of his frames' way out
 *   6  u8   TCP flags of the originator, or-ed    90  u16  drop reason, {@code DropReason.id}
 *   7  u8   TCP flags of the other, or-ed         92  u32  frames dropped of both directions, at most 2^32 - 1
 *   8  u64  flow                                  96  u64  frames of the originator
 *  16  i64  time of the event                    104  u64  octets of the originator
 *  24  i64  time of the first frame              112  u64  frames of the other
 *  32  i64  time of the last frame               120  u64  octets of the other
 *  40  u8   worker   41  u24  0
 *  44  u32  number of the event, per worker
 *  48  16 octets  source address, of the originator's; network byte order, IPv4 is mapped
 * </pre>
 *
 * Times are nanoseconds since 1970. Frames are segments, and octets are those of IP packets with their headers (IPFIX octetDeltaCount),
 * whatever offloads make of them; what came in counts, also if it was dropped. An ingress or egress of {@link #NONE} is not known, one of
 * {@link #VTEP} and above is a VTEP's index plus that. Numbers of events are without gaps: a reader finds what is missing. A flow's
 * number is never used again, also after a restart.
 */
public final class FlowEvent {
    /** Octets of every event. */
    public static final int LENGTH = 128;
    /** Of this layout. */
    public static final int VERSION = 1;
    /** Type of message in rings. */
    public static final int MESSAGE_TYPE = 1;
    /** No port, no VTEP; no drop reason. */
    public static final int NONE = 0xFFFF;
    /** {@link #ingress} and {@link #egress} of VTEP 0. */
    public static final int VTEP = 0x8000;

    static final int VERSION_OFFSET = 0;
    static final int TYPE_OFFSET = 1;
    static final int PROTOCOL_OFFSET = 2;
    static final int STATE_OFFSET = 3;
    static final int VERDICT_OFFSET = 4;
    static final int CAUSE_OFFSET = 5;
    static final int FLAGS_OFFSET = 6;
    static final int REPLY_FLAGS_OFFSET = 7;
    static final int FLOW_OFFSET = 8;
    static final int TIME_OFFSET = 16;
    static final int FIRST_OFFSET = 24;
    static final int LAST_OFFSET = 32;
    static final int WORKER_OFFSET = 40;
    static final int NUMBER_OFFSET = 44;
    static final int SOURCE_OFFSET = 48;
    static final int DESTINATION_OFFSET = 64;
    static final int SOURCE_PORT_OFFSET = 80;
    static final int DESTINATION_PORT_OFFSET = 82;
    static final int NETWORK_OFFSET = 84;
    static final int INGRESS_OFFSET = 86;
    static final int EGRESS_OFFSET = 88;
    static final int REASON_OFFSET = 90;
    static final int DROPS_OFFSET = 92;
    static final int FRAMES_OFFSET = 96;
    static final int OCTETS_OFFSET = 104;
    static final int REPLY_FRAMES_OFFSET = 112;
    static final int REPLY_OCTETS_OFFSET = 120;

    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ByteOrder NETWORK_ORDER = ByteOrder.BIG_ENDIAN;

    private DirectBuffer buffer;
    private int offset;

    /** Reads the event at {@code offset}; of which version it is {@link #version} tells. */
    public FlowEvent(final DirectBuffer buffer, final int offset) {
        this.buffer = buffer;
        this.offset = offset;
    }

    /** Reads another one from now on. */
    public FlowEvent wrap(final DirectBuffer from, final int at) {
        buffer = from;
        offset = at;
        return this;
    }

    /** Copies the event. */
    public void copyTo(final MutableDirectBuffer to, final int at) {
        to.putBytes(at, buffer, offset, LENGTH);
    }

    /** An event of its own, which stays as it is. */
    public FlowEvent copy() {
        final UnsafeBuffer to = new UnsafeBuffer(new byte[LENGTH]);
        copyTo(to, 0);
        return new FlowEvent(to, 0);
    }

    private int u8(final int at) {
        return buffer.getByte(offset + at) & 0xFF;
    }

    private int u16(final int at) {
        return buffer.getShort(offset + at, ORDER) & 0xFFFF;
    }

    private long i64(final int at) {
        return buffer.getLong(offset + at, ORDER);
    }

    private IpAddress address(final int at) {
        return new IpAddress(
                buffer.getLong(offset + at, NETWORK_ORDER), buffer.getLong(offset + at + Long.BYTES, NETWORK_ORDER));
    }

    public int version() {
        return u8(VERSION_OFFSET);
    }

    public FlowEventType type() {
        return FlowEventType.of(u8(TYPE_OFFSET));
    }

    public int protocol() {
        return u8(PROTOCOL_OFFSET);
    }

    public FlowState state() {
        return FlowState.of(u8(STATE_OFFSET));
    }

    public Verdict verdict() {
        return Verdict.of(u8(VERDICT_OFFSET));
    }

    /** {@link CloseCause#NONE} of events that close nothing. */
    public CloseCause cause() {
        return CloseCause.of(u8(CAUSE_OFFSET));
    }

    /** The originator's TCP flags, all that were seen. */
    public int flags() {
        return u8(FLAGS_OFFSET);
    }

    public int replyFlags() {
        return u8(REPLY_FLAGS_OFFSET);
    }

    public long flow() {
        return i64(FLOW_OFFSET);
    }

    /** Nanoseconds since 1970, as the next two. */
    public long time() {
        return i64(TIME_OFFSET);
    }

    public long first() {
        return i64(FIRST_OFFSET);
    }

    public long last() {
        return i64(LAST_OFFSET);
    }

    public int worker() {
        return u8(WORKER_OFFSET);
    }

    /** 0 to 2^32 - 1, then 0 again. */
    public long number() {
        return buffer.getInt(offset + NUMBER_OFFSET, ORDER) & 0xFFFF_FFFFL;
    }

    public IpAddress source() {
        return address(SOURCE_OFFSET);
    }

    public IpAddress destination() {
        return address(DESTINATION_OFFSET);
    }

    /** Or the identifier of an ICMP query; 0 of protocols without. */
    public int sourcePort() {
        return u16(SOURCE_PORT_OFFSET);
    }

    /** Or type * 256 + code of ICMP; 0 of protocols without. */
    public int destinationPort() {
        return u16(DESTINATION_PORT_OFFSET);
    }

    public int network() {
        return u16(NETWORK_OFFSET);
    }

    public int ingress() {
        return u16(INGRESS_OFFSET);
    }

    public int egress() {
        return u16(EGRESS_OFFSET);
    }

    /** Why the last frame that was dropped was; {@link #NONE} if none was. */
    public int reason() {
        return u16(REASON_OFFSET);
    }

    /** Frames dropped, super-frames counted once. */
    public long drops() {
        return buffer.getInt(offset + DROPS_OFFSET, ORDER) & 0xFFFF_FFFFL;
    }

    public long frames() {
        return i64(FRAMES_OFFSET);
    }

    public long octets() {
        return i64(OCTETS_OFFSET);
    }

    public long replyFrames() {
        return i64(REPLY_FRAMES_OFFSET);
    }

    public long replyOctets() {
        return i64(REPLY_OCTETS_OFFSET);
    }
}
