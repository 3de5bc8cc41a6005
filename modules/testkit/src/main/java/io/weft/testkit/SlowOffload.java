// SPDX-License-Identifier: Apache-2.0
package io.weft.testkit;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Slow twins of segmentation and coalescing, on byte arrays that begin with an Ethernet header. They say in the plainest
 * way what the fast code must do, and share none of it.
 */
public final class SlowOffload {
    private static final int TCP = 6;
    private static final int UDP = 17;
    private static final int PSH = 0x08;
    private static final int ACK = 0x10;
    private static final int CWR = 0x80;
    private static final int FIN = 0x01;
    private static final int MAX_DATAGRAMS = 64;

    private SlowOffload() {}

    /**
     * What coalescing made of a run of frames.
     *
     * @param octets the frame
     * @param gsoSize octets of payload per segment; 0 for a frame that stayed alone
     * @param segments frames that are in it
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Coalesced(byte[] octets, int gsoSize, int segments) {}

    /** Cuts a TCP or UDP super-frame. */
    public static List<byte[]> segment(final byte[] superFrame, final int gsoSize) {
        final Layout layout = Layout.of(superFrame);
        if (layout == null) {
            throw new IllegalArgumentException("neither TCP nor UDP");
        }
        final List<byte[]> segments = new ArrayList<>();
        int position = 0;
        do {
            final int length = Math.min(gsoSize, layout.payloadLength() - position);
            final boolean last = position + length == layout.payloadLength();
            final byte[] segment = Arrays.copyOf(superFrame, layout.payload + length);
            System.arraycopy(superFrame, layout.payload + position, segment, layout.payload, length);
            if (layout.protocol == TCP) {
                put32(segment, layout.transport + 4, get32(segment, layout.transport + 4) + position);
                if (!last) {
                    segment[layout.transport + 13] &= (byte) ~(FIN | PSH);
                }
                if (position > 0) {
                    segment[layout.transport + 13] &= (byte) ~CWR;
                }
            }
            if (layout.ipv4) {
                put16(segment, layout.ip + 4, get16(segment, layout.ip + 4) + segments.size());
            }
            writeLengths(segment, layout);
            writeTransportChecksum(segment, layout, false);
            segments.add(segment);
            position += length;
        } while (position < layout.payloadLength());
        return segments;
    }

    /** Makes super-frames of neighbouring frames where that is allowed. All checksums must be right. */
    public static List<Coalesced> coalesce(final List<byte[]> frames) {
        final List<Coalesced> result = new ArrayList<>();
        List<byte[]> run = new ArrayList<>();
        for (final byte[] frame : frames) {
            if (!run.isEmpty() && !continues(run, frame)) {
                result.add(merge(run));
                run = new ArrayList<>();
            }
            run.add(frame);
        }
        if (!run.isEmpty()) {
            result.add(merge(run));
        }
        return result;
    }

    /** True if the IPv4 header checksum and the transport checksum are right; a UDP checksum of 0 is not. */
    public static boolean hasRightChecksums(final byte[] frame) {
        final Layout layout = Layout.of(frame);
        return layout != null
                && (!layout.ipv4 || SlowChecksum.sum(frame, layout.ip, layout.transport) == 0xFFFF)
                && (layout.protocol != UDP || get16(frame, layout.transport + 6) != 0)
                && SlowChecksum.add(
                                pseudoHeader(frame, layout, layout.end - layout.transport),
                                SlowChecksum.sum(frame, layout.transport, layout.end))
                        == 0xFFFF;
    }

    private static boolean continues(final List<byte[]> run, final byte[] next) {
        final Layout first = Layout.of(run.getFirst());
        final Layout previous = Layout.of(run.getLast());
        final Layout layout = Layout.of(next);
        if (first == null || previous == null || layout == null || !first.isPlain() || !layout.isPlain()) {
            return false;
        }
        final int size = first.payloadLength();
        int total = first.end - first.ip + layout.payloadLength();
        for (int i = 1; i < run.size(); i++) {
            total += payloadLength(run.get(i));
        }
        if (size == 0
                || previous.payloadLength() != size
                || layout.payloadLength() == 0
                || layout.payloadLength() > size
                || total > 65_535
                || !Arrays.equals(sharedHeaders(run.getFirst(), first), sharedHeaders(next, layout))) {
            return false;
        }
        return first.protocol == TCP
                ? isInSequence(run, previous, next, layout)
                : run.size() < MAX_DATAGRAMS
                        && get16(run.getFirst(), first.transport + 6) != 0
                        && get16(next, layout.transport + 6) != 0
                        && first.hasWholeDatagram(run.getFirst())
                        && layout.hasWholeDatagram(next);
    }

    private static boolean isInSequence(
            final List<byte[]> run, final Layout previous, final byte[] next, final Layout layout) {
        final int expected = get32(run.getLast(), previous.transport + 4) + payloadLength(run.getLast());
        return get32(next, layout.transport + 4) == expected
                && run.getLast()[previous.transport + 13] == ACK
                && (next[layout.transport + 13] & ~PSH) == ACK;
    }

    private static int payloadLength(final byte[] frame) {
        final Layout layout = Layout.of(frame);
        return layout == null ? 0 : layout.payloadLength();
    }

    /** All headers with the fields zeroed that may differ between segments of a run. */
    private static byte[] sharedHeaders(final byte[] frame, final Layout layout) {
        final byte[] headers = Arrays.copyOf(frame, layout.payload);
        if (layout.ipv4) {
            put32(headers, layout.ip + 2, 0);
            put16(headers, layout.ip + 10, 0);
        } else {
            put16(headers, layout.ip + 4, 0);
        }
        if (layout.protocol == TCP) {
            put32(headers, layout.transport + 4, 0);
            headers[layout.transport + 13] = 0;
            put16(headers, layout.transport + 16, 0);
        } else {
            put32(headers, layout.transport + 4, 0);
        }
        return headers;
    }

    private static Coalesced merge(final List<byte[]> run) {
        if (run.size() == 1) {
            return new Coalesced(run.getFirst(), 0, 1);
        }
        final ByteArrayOutputStream octets = new ByteArrayOutputStream();
        int gsoSize = 0;
        int flags = 0;
        for (final byte[] frame : run) {
            final Layout layout = Layout.of(frame);
            if (layout == null) {
                throw new IllegalStateException("a run of other than TCP or UDP");
            }
            final boolean first = gsoSize == 0;
            octets.write(frame, first ? 0 : layout.payload, layout.end - (first ? 0 : layout.payload));
            gsoSize = first ? layout.payloadLength() : gsoSize;
            flags = layout.protocol == TCP ? frame[layout.transport + 13] : 0;
        }
        final byte[] whole = octets.toByteArray();
        final Layout layout = Layout.of(run.getFirst());
        if (layout == null) {
            throw new IllegalStateException("a run of other than TCP or UDP");
        }
        if (layout.protocol == TCP) {
            whole[layout.transport + 13] = (byte) flags;
        }
        writeLengths(whole, layout);
        writeTransportChecksum(whole, layout, true);
        return new Coalesced(whole, gsoSize, run.size());
    }

    /** IP and UDP lengths for a frame that ends where its packet does, and the IPv4 header checksum. */
    private static void writeLengths(final byte[] frame, final Layout layout) {
        if (layout.protocol == UDP) {
            put16(frame, layout.transport + 4, frame.length - layout.transport);
        }
        if (layout.ipv4) {
            put16(frame, layout.ip + 2, frame.length - layout.ip);
            put16(frame, layout.ip + 10, 0);
            put16(frame, layout.ip + 10, ~SlowChecksum.sum(frame, layout.ip, layout.transport) & 0xFFFF);
        } else {
            put16(frame, layout.ip + 4, frame.length - layout.ip - 40);
        }
    }

    private static void writeTransportChecksum(final byte[] frame, final Layout layout, final boolean partial) {
        final int field = layout.transport + (layout.protocol == TCP ? 16 : 6);
        final int pseudoHeader = pseudoHeader(frame, layout, frame.length - layout.transport);
        put16(frame, field, 0);
        if (partial) {
            put16(frame, field, pseudoHeader);
            return;
        }
        final int sum = SlowChecksum.add(pseudoHeader, SlowChecksum.sum(frame, layout.transport, frame.length));
        final int checksum = ~sum & 0xFFFF;
        put16(frame, field, checksum == 0 && layout.protocol == UDP ? 0xFFFF : checksum);
    }

    private static int pseudoHeader(final byte[] frame, final Layout layout, final int length) {
        final byte[] addresses = layout.ipv4
                ? Arrays.copyOfRange(frame, layout.ip + 12, layout.ip + 20)
                : Arrays.copyOfRange(frame, layout.ip + 8, layout.ip + 40);
        return SlowChecksum.pseudoHeader(addresses, layout.protocol, length);
    }

    private static int get16(final byte[] octets, final int index) {
        return (octets[index] & 0xFF) << 8 | (octets[index + 1] & 0xFF);
    }

    private static int get32(final byte[] octets, final int index) {
        return get16(octets, index) << 16 | get16(octets, index + 2);
    }

    private static void put16(final byte[] octets, final int index, final int value) {
        octets[index] = (byte) (value >>> 8);
        octets[index + 1] = (byte) value;
    }

    private static void put32(final byte[] octets, final int index, final int value) {
        put16(octets, index, value >>> 16);
        put16(octets, index + 2, value);
    }

    /** Where the layers of a frame begin; {@code end} is where the IP packet ends, before any Ethernet padding. */
    private record Layout(boolean ipv4, int protocol, int ip, int transport, int payload, int end) {
        /** Null unless the frame is TCP or UDP with a whole header and no fragment. Frames must be whole. */
        static @Nullable Layout of(final byte[] frame) {
            int type = 12;
            while (get16(frame, type) == 0x8100 || get16(frame, type) == 0x88A8) {
                type += 4;
            }
            final int ip = type + 2;
            if (get16(frame, type) == 0x0800) {
                final int end = ip + get16(frame, ip + 2);
                final boolean fragment = (get16(frame, ip + 6) & 0x3FFF) != 0;
                final boolean version4 = (frame[ip] & 0xF0) == 0x40 && (frame[ip] & 0xF) >= 5;
                return fragment || !version4
                        ? null
                        : of(frame, true, frame[ip + 9], ip, ip + (frame[ip] & 0xF) * 4, end);
            }
            if (get16(frame, type) == 0x86DD && (frame[ip] & 0xF0) == 0x60) {
                int protocol = frame[ip + 6];
                int transport = ip + 40;
                while (protocol == 0 || protocol == 60) {
                    protocol = frame[transport];
                    transport += 8 + (frame[transport + 1] & 0xFF) * 8;
                }
                return of(frame, false, protocol, ip, transport, ip + 40 + get16(frame, ip + 4));
            }
            return null;
        }

        private static @Nullable Layout of(
                final byte[] frame,
                final boolean ipv4,
                final int protocol,
                final int ip,
                final int transport,
                final int end) {
            final int shortest = protocol == TCP ? 20 : 8;
            if ((protocol != TCP && protocol != UDP) || transport + shortest > end || end > frame.length) {
                return null;
            }
            final int payload = transport + (protocol == TCP ? (frame[transport + 12] >> 4 & 0xF) * 4 : 8);
            return payload > end || payload < transport + shortest
                    ? null
                    : new Layout(ipv4, protocol, ip, transport, payload, end);
        }

        int payloadLength() {
            return end - payload;
        }

        /** No IPv4 options and no IPv6 extension headers. */
        boolean isPlain() {
            return transport - ip == (ipv4 ? 20 : 40);
        }

        boolean hasWholeDatagram(final byte[] frame) {
            return get16(frame, transport + 4) == end - transport;
        }
    }
}
