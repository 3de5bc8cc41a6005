// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the packets of a pcapng stream, ours and others': either byte order, several sections, decimal and binary time
 * resolutions. Blocks and options that it doesn't know are skipped. Not understood: obsolete Packet Blocks.
 */
public final class PcapngReader implements PacketReader {
    /** An interface as its description block says. */
    private record Interface(String name, int linkType, int snapLength, byte resolution) {}

    private static final int SIMPLE_PACKET = 3;
    private static final int MIN_BLOCK = 12;
    private static final int MAX_BLOCK = 16 << 20;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final byte MICROSECONDS = 6;

    private final InputStream in;
    private final List<Interface> interfaces = new ArrayList<>();
    private ByteOrder order = ByteOrder.LITTLE_ENDIAN;
    private boolean inSection;

    /** Reads from {@code in}, which {@link #close} closes. */
    public PcapngReader(final InputStream in) {
        this.in = in;
    }

    /** True for the first 4 octets of a pcapng file: a section header, which reads the same in either byte order. */
    public static boolean isMagic(final byte[] octets) {
        return octets.length == 4 && ByteBuffer.wrap(octets).getInt() == PcapngWriter.SECTION_HEADER;
    }

    @Override
    public @Nullable Packet next() throws IOException {
        while (true) {
            final byte[] head = in.readNBytes(8);
            if (head.length == 0) {
                return null;
            }
            if (head.length < 8) {
                throw new EOFException("pcapng file ends within a block");
            }
            final int type = block(head, 0).getInt(0);
            final ByteBuffer body = readBody(head, type);
            switch (type) {
                case PcapngWriter.SECTION_HEADER -> interfaces.clear();
                case PcapngWriter.INTERFACE_DESCRIPTION -> interfaces.add(interfaceOf(body));
                case PcapngWriter.ENHANCED_PACKET -> {
                    return enhanced(body);
                }
                case SIMPLE_PACKET -> {
                    return simple(body);
                }
                default -> {
                    // Statistics, name resolution, secrets, other people's blocks.
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /** The block's octets between its two lengths. A section header first says what byte order its length is in. */
    private ByteBuffer readBody(final byte[] head, final int type) throws IOException {
        byte[] magic = new byte[0];
        if (type == PcapngWriter.SECTION_HEADER) {
            magic = read(4);
            order = ByteBuffer.wrap(magic).order(ByteOrder.LITTLE_ENDIAN).getInt(0) == PcapngWriter.BYTE_ORDER_MAGIC
                    ? ByteOrder.LITTLE_ENDIAN
                    : ByteOrder.BIG_ENDIAN;
            if (block(magic, 0).getInt(0) != PcapngWriter.BYTE_ORDER_MAGIC) {
                throw new IOException("not a pcapng file: no byte-order magic");
            }
            inSection = true;
        }
        if (!inSection) {
            throw new IOException("not a pcapng file: does not begin with a section header");
        }
        final int length = block(head, 0).getInt(4);
        if (length < MIN_BLOCK + magic.length || length > MAX_BLOCK || (length & 3) != 0) {
            throw new IOException("pcapng block of " + Integer.toUnsignedLong(length) + " octets");
        }
        final int bodyLength = length - MIN_BLOCK - magic.length;
        final byte[] body = read(bodyLength + Integer.BYTES);
        if (block(body, 0).getInt(bodyLength) != length) {
            throw new IOException("pcapng block whose two lengths differ");
        }
        return block(body, 0).limit(bodyLength);
    }

    private byte[] read(final int length) throws IOException {
        final byte[] octets = in.readNBytes(length);
        if (octets.length < length) {
            throw new EOFException("pcapng file ends within a block");
        }
        return octets;
    }

    private ByteBuffer block(final byte[] octets, final int position) {
        return ByteBuffer.wrap(octets).order(order).position(position);
    }

    private static Interface interfaceOf(final ByteBuffer body) throws IOException {
        need(body, 8);
        String name = "";
        byte resolution = MICROSECONDS;
        final int linkType = body.getShort() & 0xFFFF;
        body.getShort();
        final int snapLength = body.getInt();
        for (Option option = option(body); option != null; option = option(body)) {
            if (option.code == PcapngWriter.IF_NAME) {
                name = option.text();
            } else if (option.code == PcapngWriter.IF_TSRESOL && option.value.remaining() == 1) {
                resolution = option.value.get(option.value.position());
            }
        }
        return new Interface(name, linkType, snapLength, resolution);
    }

    private Packet enhanced(final ByteBuffer body) throws IOException {
        need(body, 20);
        final Interface from = interfaceAt(body.getInt());
        final long time = (Integer.toUnsignedLong(body.getInt()) << 32) | Integer.toUnsignedLong(body.getInt());
        final int captured = body.getInt();
        final int original = body.getInt();
        final byte[] octets = octets(body, captured);
        int flags = 0;
        long lost = 0;
        long packetId = 0;
        String comment = "";
        for (Option option = option(body); option != null; option = option(body)) {
            switch (option.code) {
                case PcapngWriter.OPT_COMMENT -> comment = option.text();
                case PcapngWriter.EPB_FLAGS -> flags = (int) option.number(Integer.BYTES);
                case PcapngWriter.EPB_DROPCOUNT -> lost = option.number(Long.BYTES);
                case PcapngWriter.EPB_PACKETID -> packetId = option.number(Long.BYTES);
                default -> {
                    // Hash, queue, verdict and options to come.
                }
            }
        }
        return new Packet(
                from.name,
                from.linkType,
                nanos(time, from.resolution),
                octets,
                original,
                flags,
                lost,
                packetId,
                comment);
    }

    private Packet simple(final ByteBuffer body) throws IOException {
        need(body, 4);
        final Interface from = interfaceAt(0);
        final int original = body.getInt();
        final int snapLength = from.snapLength > 0 ? from.snapLength : Integer.MAX_VALUE;
        final byte[] octets = octets(body, Math.min(original, snapLength));
        return new Packet(from.name, from.linkType, 0, octets, original, 0, 0, 0, "");
    }

    private Interface interfaceAt(final int number) throws IOException {
        if (number < 0 || number >= interfaces.size()) {
            throw new IOException("pcapng packet of interface " + number + ", which is not described");
        }
        return interfaces.get(number);
    }

    private static byte[] octets(final ByteBuffer body, final int length) throws IOException {
        need(body, length);
        final byte[] octets = new byte[length];
        body.get(octets);
        skipPadding(body);
        return octets;
    }

    private static void need(final ByteBuffer body, final int length) throws IOException {
        if (length < 0 || body.remaining() < length) {
            throw new IOException("pcapng block too short for what it says it holds");
        }
    }

    private static void skipPadding(final ByteBuffer body) {
        body.position(Math.min(body.limit(), (body.position() + 3) & ~3));
    }

    /** Upper bit set: a negative power of two; else of ten. Finer than nanoseconds is cut. */
    private static long nanos(final long time, final byte resolution) {
        final int exponent = resolution & 0x7F;
        if (resolution < 0) {
            final long seconds = exponent > 63 ? 0 : time >>> exponent;
            final long rest = exponent > 63 ? 0 : time - (seconds << exponent);
            return seconds * NANOS_PER_SECOND + (long) ((double) rest * NANOS_PER_SECOND / Math.pow(2, exponent));
        }
        long nanos = time;
        for (int i = exponent; i < 9; i++) {
            nanos *= 10;
        }
        for (int i = 9; i < Math.min(exponent, 28); i++) {
            nanos = Long.divideUnsigned(nanos, 10);
        }
        return nanos;
    }

    /** An option; {@code value} ends where the option's value does. */
    private record Option(int code, ByteBuffer value) {
        String text() {
            return StandardCharsets.UTF_8.decode(value.duplicate()).toString();
        }

        long number(final int length) {
            if (value.remaining() < length) {
                return 0;
            }
            return length == Integer.BYTES ? value.getInt(value.position()) : value.getLong(value.position());
        }
    }

    private static @Nullable Option option(final ByteBuffer body) throws IOException {
        if (body.remaining() < 4) {
            return null;
        }
        final int code = body.getShort() & 0xFFFF;
        final int length = body.getShort() & 0xFFFF;
        if (code == PcapngWriter.OPT_END) {
            return null;
        }
        need(body, length);
        final ByteBuffer value = body.slice(body.position(), length).order(body.order());
        body.position(body.position() + length);
        skipPadding(body);
        return new Option(code, value);
    }
}
