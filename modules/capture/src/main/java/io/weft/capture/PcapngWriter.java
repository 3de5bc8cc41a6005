// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Writes pcapng (draft-ietf-opsawg-pcapng): one section, Ethernet interfaces with nanosecond times, Enhanced Packet
 * Blocks with direction, packet id, loss and a comment, and statistics at the end. Little endian.
 *
 * <p>Every interface has the same link type and the same snap length, the largest that tcpdump takes: libpcap can't read
 * a file whose interfaces differ, and takes 0 for nothing at all.
 *
 * <p>Octets wait in a buffer until it fills or {@link #flush} is called. Not thread-safe.
 */
public final class PcapngWriter implements AutoCloseable {
    /** Snap length of every interface: libpcap's largest. */
    public static final int SNAP_LENGTH = 262_144;
    /** Direction bits of a packet that came in (epb_flags). */
    public static final int INBOUND = 1;
    /** Direction bits of a packet that goes out. */
    public static final int OUTBOUND = 2;

    static final int SECTION_HEADER = 0x0A0D_0D0A;
    static final int BYTE_ORDER_MAGIC = 0x1A2B_3C4D;
    static final int INTERFACE_DESCRIPTION = 1;
    static final int INTERFACE_STATISTICS = 5;
    static final int ENHANCED_PACKET = 6;
    static final int LINK_TYPE_ETHERNET = 1;

    static final int OPT_END = 0;
    static final int OPT_COMMENT = 1;
    static final int SHB_HARDWARE = 2;
    static final int SHB_OS = 3;
    static final int SHB_USERAPPL = 4;
    static final int IF_NAME = 2;
    static final int IF_DESCRIPTION = 3;
    static final int IF_TSRESOL = 9;
    static final int EPB_FLAGS = 2;
    static final int EPB_DROPCOUNT = 4;
    static final int EPB_PACKETID = 5;
    static final int ISB_STARTTIME = 2;
    static final int ISB_ENDTIME = 3;
    static final int ISB_IFRECV = 4;
    static final int ISB_IFDROP = 5;

    private static final byte NANOSECONDS = 9;
    private static final int MAX_TEXT = 3 * 1024;
    private static final int MAX_BLOCK_OVERHEAD = 3 * MAX_TEXT + 512;
    private static final int BUFFER_LENGTH = 2 * (SNAP_LENGTH + MAX_BLOCK_OVERHEAD);

    private final OutputStream out;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
    private final List<Interface> interfaces = new ArrayList<>();
    private int blockStart;

    /** What the statistics at the end say. */
    private static final class Interface {
        long first = -1;
        long last = -1;
        long packets;
        long lost;
    }

    /**
     * Writes the section header, with the machine and system this runs on.
     *
     * @param application name and version of the program
     */
    public PcapngWriter(final OutputStream out, final String application) {
        this.out = out;
        begin(SECTION_HEADER);
        buffer.putInt(BYTE_ORDER_MAGIC).putShort((short) 1).putShort((short) 0).putLong(-1);
        option(SHB_HARDWARE, System.getProperty("os.arch", "unknown"));
        option(SHB_OS, System.getProperty("os.name", "unknown") + " " + System.getProperty("os.version", ""));
        option(SHB_USERAPPL, application);
        end();
    }

    /** Adds an Ethernet interface and returns its number. Interfaces may be added between packets. */
    public int addInterface(final String name, final String description) throws IOException {
        makeRoom(MAX_BLOCK_OVERHEAD);
        begin(INTERFACE_DESCRIPTION);
        buffer.putShort((short) LINK_TYPE_ETHERNET).putShort((short) 0).putInt(SNAP_LENGTH);
        option(IF_NAME, name);
        option(IF_DESCRIPTION, description);
        buffer.putShort((short) IF_TSRESOL).putShort((short) 1).put(NANOSECONDS);
        pad();
        end();
        interfaces.add(new Interface());
        return interfaces.size() - 1;
    }

    /**
     * Writes a packet.
     *
     * @param interfaceNumber as {@link #addInterface} returned it
     * @param length octets to write, 0 to {@link #SNAP_LENGTH}
     * @param originalLength octets that the packet had
     * @param direction {@link #INBOUND}, {@link #OUTBOUND} or 0
     * @param packetId equal for one packet wherever it is seen; 0 for none
     * @param lost packets lost on this interface since the last one
     * @param comment empty for none
     */
    public void packet(
            final int interfaceNumber,
            final long epochNanos,
            final UnsafeBuffer octets,
            final int offset,
            final int length,
            final int originalLength,
            final int direction,
            final long packetId,
            final long lost,
            final String comment)
            throws IOException {
        if (length < 0 || length > SNAP_LENGTH) {
            throw new IllegalArgumentException("packet of " + length + " octets");
        }
        makeRoom(length + MAX_BLOCK_OVERHEAD);
        begin(ENHANCED_PACKET);
        buffer.putInt(interfaceNumber);
        putTime(epochNanos);
        buffer.putInt(length).putInt(originalLength);
        octets.getBytes(offset, buffer, length);
        pad();
        buffer.putShort((short) EPB_FLAGS).putShort((short) Integer.BYTES).putInt(direction);
        if (lost > 0) {
            option(EPB_DROPCOUNT, lost);
        }
        if (packetId != 0) {
            option(EPB_PACKETID, packetId);
        }
        option(OPT_COMMENT, comment);
        end();
        count(interfaces.get(interfaceNumber), epochNanos, lost);
    }

    /** Adds to the losses of an interface after its last packet, for the statistics at the end. */
    public void lost(final int interfaceNumber, final long packets) {
        interfaces.get(interfaceNumber).lost += packets;
    }

    /** Hands everything to the stream and flushes that. */
    public void flush() throws IOException {
        drain();
        out.flush();
    }

    /** Writes each interface's statistics and flushes. Does not close the stream. */
    @Override
    public void close() throws IOException {
        for (int number = 0; number < interfaces.size(); number++) {
            makeRoom(MAX_BLOCK_OVERHEAD);
            statistics(number, interfaces.get(number));
        }
        flush();
    }

    private static void count(final Interface statistics, final long epochNanos, final long lost) {
        if (statistics.packets == 0) {
            statistics.first = epochNanos;
        }
        statistics.last = epochNanos;
        statistics.packets++;
        statistics.lost += lost;
    }

    private void statistics(final int number, final Interface statistics) {
        begin(INTERFACE_STATISTICS);
        buffer.putInt(number);
        putTime(Math.max(statistics.last, 0));
        if (statistics.packets > 0) {
            buffer.putShort((short) ISB_STARTTIME).putShort((short) Long.BYTES);
            putTime(statistics.first);
            buffer.putShort((short) ISB_ENDTIME).putShort((short) Long.BYTES);
            putTime(statistics.last);
        }
        option(ISB_IFRECV, statistics.packets + statistics.lost);
        option(ISB_IFDROP, statistics.lost);
        end();
    }

    /** Upper half first, whatever the byte order. */
    private void putTime(final long epochNanos) {
        buffer.putInt((int) (epochNanos >>> 32)).putInt((int) epochNanos);
    }

    private void option(final int code, final long value) {
        buffer.putShort((short) code).putShort((short) Long.BYTES).putLong(value);
    }

    private void option(final int code, final String text) {
        if (text.isEmpty()) {
            return;
        }
        final String bounded = text.length() <= MAX_TEXT / 3 ? text : text.substring(0, MAX_TEXT / 3);
        final byte[] octets = bounded.getBytes(StandardCharsets.UTF_8);
        buffer.putShort((short) code).putShort((short) octets.length).put(octets);
        pad();
    }

    private void begin(final int type) {
        blockStart = buffer.position();
        buffer.putInt(type).putInt(0);
    }

    /** Every block that this class writes ends with options. */
    private void end() {
        buffer.putShort((short) OPT_END).putShort((short) 0);
        final int length = buffer.position() + Integer.BYTES - blockStart;
        buffer.putInt(length).putInt(blockStart + Integer.BYTES, length);
    }

    private void pad() {
        while (((buffer.position() - blockStart) & 3) != 0) {
            buffer.put((byte) 0);
        }
    }

    private void makeRoom(final int octets) throws IOException {
        if (buffer.remaining() < octets) {
            drain();
        }
    }

    private void drain() throws IOException {
        out.write(buffer.array(), 0, buffer.position());
        buffer.clear();
    }
}
