// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import java.io.IOException;
import java.io.OutputStream;
import org.agrona.collections.Long2LongHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/** Writes a capture's packets as pcapng, with an interface for each port and point and a comment on each packet. */
final class PcapngSink implements PacketSink {
    private static final long UNKNOWN = -1;

    private final CaptureContext context;
    private final PacketComment comment;
    private final int snapLength;
    private final PcapngWriter writer;
    private final Long2LongHashMap interfaces = new Long2LongHashMap(UNKNOWN);

    PcapngSink(final CaptureContext context, final int snapLength, final String application, final OutputStream out) {
        this.context = context;
        this.comment = new PacketComment(context);
        this.snapLength = snapLength;
        this.writer = new PcapngWriter(out, application);
    }

    @Override
    public void packet(
            final CaptureRecord record,
            final UnsafeBuffer octets,
            final int offset,
            final int innerOffset,
            final int length,
            final int originalLength,
            final int part,
            final long lost)
            throws IOException {
        writer.packet(
                interfaceOf(record.port(), record.point()),
                record.epochNanos(),
                octets,
                offset,
                Math.min(length, snapLength),
                originalLength,
                direction(record.point()),
                record.packetId(),
                lost,
                comment.of(record, part));
    }

    @Override
    public boolean isComplete() {
        return false;
    }

    @Override
    public void flush() throws IOException {
        writer.flush();
    }

    /** Losses after the last record have no packet to stand with. */
    @Override
    public void finish(final long lost) throws IOException {
        if (!interfaces.isEmpty()) {
            writer.lost(0, lost);
        }
        writer.close();
    }

    private int interfaceOf(final int port, final CapturePoint point) throws IOException {
        final long key = ((long) port << 8) | point.ordinal();
        final long known = interfaces.get(key);
        if (known != UNKNOWN) {
            return (int) known;
        }
        final String name = context.nodeName() + "/" + context.portName(port) + " " + point.label();
        final int number = writer.addInterface(name, description(point));
        interfaces.put(key, number);
        return number;
    }

    private static int direction(final CapturePoint point) {
        return switch (point) {
            case RX, TUNNEL_RX -> PcapngWriter.INBOUND;
            case TX, TUNNEL_TX -> PcapngWriter.OUTBOUND;
            case DROP -> 0;
        };
    }

    private static String description(final CapturePoint point) {
        return switch (point) {
            case RX -> "frames that the node received from this port";
            case TX -> "frames that the node sent to this port";
            case TUNNEL_RX -> "VXLAN packets received from the underlay; outer headers made up";
            case TUNNEL_TX -> "VXLAN packets sent to the underlay; outer headers made up";
            case DROP -> "frames from this port that the node dropped";
        };
    }
}
