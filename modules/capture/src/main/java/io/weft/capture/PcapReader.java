// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Reads classic pcap (draft-ietf-opsawg-pcap): either byte order, microseconds and nanoseconds. */
final class PcapReader implements PacketReader {
    private static final int MICROSECONDS = 0xA1B2_C3D4;
    private static final int NANOSECONDS = 0xA1B2_3C4D;
    private static final int HEADER_LENGTH = 24;
    private static final int RECORD_HEADER_LENGTH = 16;
    private static final int MAX_PACKET = 16 << 20;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final InputStream in;
    private final ByteOrder order;
    private final int nanosPerUnit;
    private final int linkType;

    PcapReader(final InputStream in) throws IOException {
        this.in = in;
        final byte[] octets = in.readNBytes(HEADER_LENGTH);
        if (octets.length < HEADER_LENGTH) {
            throw new EOFException("pcap file ends within its header");
        }
        final int magic = ByteBuffer.wrap(octets).getInt(0);
        this.order = magic == MICROSECONDS || magic == NANOSECONDS ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        final ByteBuffer header = ByteBuffer.wrap(octets).order(order);
        this.nanosPerUnit = header.getInt(0) == NANOSECONDS ? 1 : 1_000;
        this.linkType = header.getInt(20) & 0xFFFF;
    }

    static boolean isMagic(final byte[] octets) {
        if (octets.length < 4) {
            return false;
        }
        final int magic = ByteBuffer.wrap(octets).getInt(0);
        final int swapped = Integer.reverseBytes(magic);
        return magic == MICROSECONDS || magic == NANOSECONDS || swapped == MICROSECONDS || swapped == NANOSECONDS;
    }

    @Override
    public @Nullable Packet next() throws IOException {
        final byte[] octets = in.readNBytes(RECORD_HEADER_LENGTH);
        if (octets.length == 0) {
            return null;
        }
        if (octets.length < RECORD_HEADER_LENGTH) {
            throw new EOFException("pcap file ends within a packet");
        }
        final ByteBuffer header = ByteBuffer.wrap(octets).order(order);
        final int length = header.getInt(8);
        if (length < 0 || length > MAX_PACKET) {
            throw new IOException("pcap packet of " + Integer.toUnsignedLong(length) + " octets");
        }
        final byte[] packet = in.readNBytes(length);
        if (packet.length < length) {
            throw new EOFException("pcap file ends within a packet");
        }
        final long seconds = Integer.toUnsignedLong(header.getInt(0));
        final long fraction = Integer.toUnsignedLong(header.getInt(4)) * nanosPerUnit;
        return new Packet("", linkType, seconds * NANOS_PER_SECOND + fraction, packet, header.getInt(12), 0, 0, 0, "");
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
