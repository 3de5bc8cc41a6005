// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import io.weft.frame.Destination;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.wire.Vxlan;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One captured frame as it stands in a ring, in the machine's own byte order. Offsets of a record are multiples of 8.
 *
 * <p>What became of a frame that was captured on its way in is added before the record is handed over: see {@link Fate}.
 *
 * <pre>
 *  0  time, epoch ns (8)     8  packet id (8)           16  remote address, high (8)   24  low (8)
 * 32  frame length (4)      36  captured octets (4)     40  port (4)                   44  ingress port (4)
 * 48  network (4)           52  VTEP (4)                56  flow hash (4)              60  GSO size (4)
 * 64  checksum start (4)    68  checksum offset (4)     72  frames lost just before (4)
 * 76  point (1)   77  GSO type (1)   78  checksum state (1)   79  drop reason id, 0 for none (1)
 * 80  flags (4)             84  outputs (4)              88  last output (4)      92  reason id of a drop at the end (4)
 * 96  the frame's octets
 * </pre>
 */
final class CaptureRecord {
    static final int HEADER_LENGTH = 96;

    /** The frame starts at a VXLAN header, not at an Ethernet header. */
    private static final int FLAG_TUNNEL_FORM = 1;

    private static final int FLAG_GSO_ECN = 2;

    /** The worker has said what became of the frame; the flags below are true. */
    private static final int FLAG_FATE = 4;

    private static final int FLAG_ROUTED = 8;
    private static final int FLAG_SPREAD = 16;
    private static final int FLAG_CONSUMED = 32;

    private static final int TIME = 0;
    private static final int PACKET_ID = 8;
    private static final int REMOTE_HIGH = 16;
    private static final int REMOTE_LOW = 24;
    private static final int LENGTH = 32;
    private static final int CAPTURED = 36;
    private static final int PORT = 40;
    private static final int INGRESS = 44;
    private static final int NETWORK = 48;
    private static final int VTEP = 52;
    private static final int FLOW_HASH = 56;
    private static final int GSO_SIZE = 60;
    private static final int CHECKSUM_START = 64;
    private static final int CHECKSUM_OFFSET = 68;
    private static final int LOST = 72;
    private static final int POINT = 76;
    private static final int GSO_TYPE = 77;
    private static final int CHECKSUM_STATE = 78;
    private static final int REASON = 79;
    private static final int FLAGS = 80;
    private static final int OUTPUTS = 84;
    private static final int LAST_OUTPUT = 88;
    private static final int LATE_REASON = 92;

    private static final int SOURCE_MAC = 6;
    private static final int SOURCE_MAC_END = 12;

    private static final CapturePoint[] POINTS = CapturePoint.values();
    private static final DropReason[] REASONS = DropReason.values();

    private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);

    /** Writes a whole record; worker thread. */
    static void put(
            final UnsafeBuffer buffer,
            final int index,
            final Frame frame,
            final CapturePoint point,
            final int port,
            final @Nullable DropReason reason,
            final boolean tunnelForm,
            final int captured) {
        buffer.putLong(index + REMOTE_HIGH, frame.remoteHigh);
        buffer.putLong(index + REMOTE_LOW, frame.remoteLow);
        buffer.putInt(index + LENGTH, frame.length);
        buffer.putInt(index + CAPTURED, captured);
        buffer.putInt(index + PORT, port);
        buffer.putInt(index + INGRESS, frame.port);
        buffer.putInt(index + NETWORK, frame.network);
        buffer.putInt(index + VTEP, frame.vtep);
        buffer.putInt(index + FLOW_HASH, frame.flowHash);
        buffer.putInt(index + GSO_SIZE, frame.gsoSize);
        buffer.putInt(index + CHECKSUM_START, frame.checksumStart - frame.offset);
        buffer.putInt(index + CHECKSUM_OFFSET, frame.checksumOffset);
        buffer.putByte(index + POINT, (byte) point.ordinal());
        buffer.putByte(index + GSO_TYPE, (byte) frame.gsoType);
        buffer.putByte(index + CHECKSUM_STATE, (byte) frame.checksumState);
        buffer.putByte(index + REASON, (byte) (reason == null ? 0 : reason.id()));
        buffer.putInt(index + FLAGS, (tunnelForm ? FLAG_TUNNEL_FORM : 0) | (frame.gsoEcn ? FLAG_GSO_ECN : 0));
        buffer.putInt(index + OUTPUTS, 0);
        buffer.putInt(index + LAST_OUTPUT, Destination.NONE);
        buffer.putInt(index + LATE_REASON, 0);
        buffer.putBytes(index + HEADER_LENGTH, frame.buffer, frame.offset, captured);
    }

    /** Writes what is not a property of the frame. */
    static void putStamp(
            final UnsafeBuffer buffer, final int index, final long epochNanos, final long packetId, final int lost) {
        buffer.putLong(index + TIME, epochNanos);
        buffer.putLong(index + PACKET_ID, packetId);
        buffer.putInt(index + LOST, lost);
    }

    /** Worker: this record will say what became of its frame. */
    static void beginFate(final UnsafeBuffer buffer, final int index) {
        setFlag(buffer, index, FLAG_FATE);
    }

    /**
     * Worker: the frame, or a copy or part of it, is sent.
     *
     * @param frame as it is sent, {@code inTunnel} with its VXLAN header
     * @param destination a port's or VTEP's
     */
    static void putOutput(
            final UnsafeBuffer buffer,
            final int index,
            final Frame frame,
            final boolean inTunnel,
            final int destination) {
        final int outputs = buffer.getInt(index + OUTPUTS);
        if (outputs > 0 && buffer.getInt(index + LAST_OUTPUT) != destination) {
            setFlag(buffer, index, FLAG_SPREAD);
        }
        buffer.putInt(index + OUTPUTS, outputs + 1);
        buffer.putInt(index + LAST_OUTPUT, destination);
        final boolean camePacked = (buffer.getInt(index + FLAGS) & FLAG_TUNNEL_FORM) != 0;
        final int before = (camePacked ? Vxlan.HEADER_LENGTH : 0) + SOURCE_MAC;
        final int now = (inTunnel ? Vxlan.HEADER_LENGTH : 0) + SOURCE_MAC;
        if (buffer.getInt(index + CAPTURED) >= before + SOURCE_MAC_END - SOURCE_MAC
                && !isSameMac(buffer, index + HEADER_LENGTH + before, frame.buffer, frame.offset + now)) {
            setFlag(buffer, index, FLAG_ROUTED);
        }
    }

    private static boolean isSameMac(
            final UnsafeBuffer buffer, final int offset, final UnsafeBuffer other, final int otherOffset) {
        return buffer.getInt(offset) == other.getInt(otherOffset)
                && buffer.getShort(offset + Integer.BYTES) == other.getShort(otherOffset + Integer.BYTES);
    }

    /** Worker: the frame, or a copy or part of it, is dropped. */
    static void putDrop(final UnsafeBuffer buffer, final int index, final DropReason reason) {
        buffer.putInt(index + LATE_REASON, reason.id());
    }

    /** Worker: the node itself has taken the frame. */
    static void putConsumed(final UnsafeBuffer buffer, final int index) {
        setFlag(buffer, index, FLAG_CONSUMED);
    }

    private static void setFlag(final UnsafeBuffer buffer, final int index, final int flag) {
        buffer.putInt(index + FLAGS, buffer.getInt(index + FLAGS) | flag);
    }

    /** Looks at the record of {@code length} octets at {@code index}. */
    CaptureRecord wrap(final DirectBuffer source, final int index, final int length) {
        buffer.wrap(source, index, length);
        return this;
    }

    /** The record; its octets stand behind {@link #HEADER_LENGTH}. */
    UnsafeBuffer buffer() {
        return buffer;
    }

    long epochNanos() {
        return buffer.getLong(TIME);
    }

    long packetId() {
        return buffer.getLong(PACKET_ID);
    }

    long remoteHigh() {
        return buffer.getLong(REMOTE_HIGH);
    }

    long remoteLow() {
        return buffer.getLong(REMOTE_LOW);
    }

    /** Octets that the frame has; {@link #captured} of them are here. */
    int frameLength() {
        return buffer.getInt(LENGTH);
    }

    int captured() {
        return buffer.getInt(CAPTURED);
    }

    boolean isWhole() {
        return captured() == frameLength();
    }

    /** Port of ingress for rx, tunnel-rx and drop, of egress for tx and tunnel-tx. */
    int port() {
        return buffer.getInt(PORT);
    }

    int ingressPort() {
        return buffer.getInt(INGRESS);
    }

    int network() {
        return buffer.getInt(NETWORK);
    }

    int vtep() {
        return buffer.getInt(VTEP);
    }

    int lost() {
        return buffer.getInt(LOST);
    }

    CapturePoint point() {
        return POINTS[buffer.getByte(POINT)];
    }

    boolean isTunnelForm() {
        return (buffer.getInt(FLAGS) & FLAG_TUNNEL_FORM) != 0;
    }

    /** In the tunnel form: came from a VTEP. Only received frames have an outer source. */
    boolean isTunnelReceive() {
        return (remoteHigh() | remoteLow()) != 0;
    }

    int gsoSize() {
        return buffer.getInt(GSO_SIZE);
    }

    /** A super-frame of a pod, or a train of datagrams from the underlay. */
    boolean isSuperFrame() {
        return buffer.getByte(GSO_TYPE) != Frame.GSO_NONE;
    }

    boolean hasPartialChecksum() {
        return buffer.getByte(CHECKSUM_STATE) == Frame.CHECKSUM_PARTIAL;
    }

    @Nullable
    DropReason reason() {
        return reason(buffer.getByte(REASON));
    }

    private static @Nullable DropReason reason(final int id) {
        for (final DropReason reason : REASONS) {
            if (reason.id() == id) {
                return reason;
            }
        }
        return null;
    }

    /** What became of a frame that came in. */
    Fate fate() {
        final int flags = buffer.getInt(FLAGS);
        return new Fate(
                (flags & FLAG_FATE) != 0,
                buffer.getInt(OUTPUTS),
                buffer.getInt(LAST_OUTPUT),
                (flags & FLAG_SPREAD) != 0,
                (flags & FLAG_ROUTED) != 0,
                (flags & FLAG_CONSUMED) != 0,
                reason(buffer.getInt(LATE_REASON)));
    }

    /**
     * What became of a frame within the vector in which it came.
     *
     * @param isKnown the rest means something
     * @param outputs times that it, copies and parts of it were sent
     * @param destination where to, the last time
     * @param isSpread to different destinations
     * @param isRouted with another source MAC
     * @param isConsumed the node itself has taken it
     * @param reason why it, or the last copy or part of it that was, was dropped; null: none was
     */
    record Fate(
            boolean isKnown,
            int outputs,
            int destination,
            boolean isSpread,
            boolean isRouted,
            boolean isConsumed,
            @Nullable DropReason reason) {}

    /** Puts octets and offload fields into {@code frame}, from {@code offset} on. */
    void copyTo(final Frame frame, final int offset) {
        final int captured = Math.min(captured(), frame.buffer.capacity() - offset);
        frame.buffer.putBytes(offset, buffer, HEADER_LENGTH, captured);
        frame.offset = offset;
        frame.length = captured;
        frame.gsoType = buffer.getByte(GSO_TYPE);
        frame.gsoSize = buffer.getInt(GSO_SIZE);
        frame.gsoEcn = (buffer.getInt(FLAGS) & FLAG_GSO_ECN) != 0;
        frame.checksumState = buffer.getByte(CHECKSUM_STATE);
        frame.checksumStart = offset + buffer.getInt(CHECKSUM_START);
        frame.checksumOffset = buffer.getInt(CHECKSUM_OFFSET);
        frame.flowHash = buffer.getInt(FLOW_HASH);
        frame.l3Offset = Frame.NONE;
        frame.l4Offset = Frame.NONE;
    }
}
