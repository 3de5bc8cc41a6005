// SPDX-License-Identifier: Apache-2.0
package io.weft.wire;

import org.agrona.concurrent.UnsafeBuffer;

/**
 * IPv6 header (RFC 8200 section 3).
 *
 * <pre>
 *  0 version, traffic class, flow label   4 payload length   6 next header   7 hop limit   8 source   24 destination
 * </pre>
 */
public final class Ipv6 {
    /** Octets, without extension headers. */
    public static final int HEADER_LENGTH = 40;
    /** IPv6's minimum MTU (RFC 8200 section 5). */
    public static final int MIN_MTU = 1280;
    /** ICMPv6. */
    public static final int PROTOCOL_ICMPV6 = 58;

    static final int PAYLOAD_LENGTH_OFFSET = 4;
    /** Offset of the next header field. */
    public static final int NEXT_HEADER_OFFSET = 6;
    /** Offset of the source address; the destination follows it. */
    public static final int SOURCE_OFFSET = 8;

    private Ipv6() {}

    /** True if version is 6 and header and payload length fit. Jumbograms (payload length 0) are not understood. */
    public static boolean isValid(final UnsafeBuffer buffer, final int offset, final int length) {
        return length >= HEADER_LENGTH
                && offset >= 0
                && offset + length <= buffer.capacity()
                && version(buffer, offset) == 6
                && HEADER_LENGTH + payloadLength(buffer, offset) <= length;
    }

    /** 6. */
    public static int version(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u8(buffer, offset) >>> 4;
    }

    /** DSCP (upper 6 bits) and ECN (lower 2). */
    public static int trafficClass(final UnsafeBuffer buffer, final int offset) {
        return (Bytes.u16(buffer, offset) >>> 4) & 0xFF;
    }

    /** Flow label, 20 bits. */
    public static int flowLabel(final UnsafeBuffer buffer, final int offset) {
        return Bytes.i32(buffer, offset) & 0xF_FFFF;
    }

    /** Sets {@link #flowLabel}. */
    public static void flowLabel(final UnsafeBuffer buffer, final int offset, final int value) {
        Bytes.putI32(buffer, offset, (Bytes.i32(buffer, offset) & ~0xF_FFFF) | value);
    }

    /** Octets after this header. */
    public static int payloadLength(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u16(buffer, offset + PAYLOAD_LENGTH_OFFSET);
    }

    /** Sets {@link #payloadLength}. */
    public static void payloadLength(final UnsafeBuffer buffer, final int offset, final int value) {
        Bytes.putU16(buffer, offset + PAYLOAD_LENGTH_OFFSET, value);
    }

    /** Protocol of the payload, or the first extension header. */
    public static int nextHeader(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u8(buffer, offset + NEXT_HEADER_OFFSET);
    }

    /** Sets {@link #nextHeader}. */
    public static void nextHeader(final UnsafeBuffer buffer, final int offset, final int value) {
        Bytes.putU8(buffer, offset + NEXT_HEADER_OFFSET, value);
    }

    /** Hop limit. */
    public static int hopLimit(final UnsafeBuffer buffer, final int offset) {
        return Bytes.u8(buffer, offset + 7);
    }

    /** Sets {@link #hopLimit}; no checksum covers it. */
    public static void hopLimit(final UnsafeBuffer buffer, final int offset, final int value) {
        Bytes.putU8(buffer, offset + 7, value);
    }

    /** Upper 64 bits of the source address. */
    public static long sourceHigh(final UnsafeBuffer buffer, final int offset) {
        return Bytes.i64(buffer, offset + SOURCE_OFFSET);
    }

    /** Lower 64 bits of the source address. */
    public static long sourceLow(final UnsafeBuffer buffer, final int offset) {
        return Bytes.i64(buffer, offset + SOURCE_OFFSET + 8);
    }

    /** Upper 64 bits of the destination address. */
    public static long destinationHigh(final UnsafeBuffer buffer, final int offset) {
        return Bytes.i64(buffer, offset + 24);
    }

    /** Lower 64 bits of the destination address. */
    public static long destinationLow(final UnsafeBuffer buffer, final int offset) {
        return Bytes.i64(buffer, offset + 32);
    }

    /** Exchanges source and destination; every checksum over them stays right. */
    public static void swapAddresses(final UnsafeBuffer buffer, final int offset) {
        final long high = sourceHigh(buffer, offset);
        final long low = sourceLow(buffer, offset);
        Bytes.putI64(buffer, offset + SOURCE_OFFSET, destinationHigh(buffer, offset));
        Bytes.putI64(buffer, offset + SOURCE_OFFSET + 8, destinationLow(buffer, offset));
        Bytes.putI64(buffer, offset + 24, high);
        Bytes.putI64(buffer, offset + 32, low);
    }

    /** Writes a header with traffic class and flow label 0. */
    public static void put(
            final UnsafeBuffer buffer,
            final int offset,
            final int payloadLength,
            final int nextHeader,
            final int hopLimit,
            final IpAddress source,
            final IpAddress destination) {
        put(
                buffer,
                offset,
                payloadLength,
                nextHeader,
                hopLimit,
                source.high(),
                source.low(),
                destination.high(),
                destination.low());
    }

    /** The same for code that must not make an object. */
    public static void put(
            final UnsafeBuffer buffer,
            final int offset,
            final int payloadLength,
            final int nextHeader,
            final int hopLimit,
            final long sourceHigh,
            final long sourceLow,
            final long destinationHigh,
            final long destinationLow) {
        Bytes.putI32(buffer, offset, 6 << 28);
        Bytes.putI32(buffer, offset + 4, (payloadLength << 16) | (nextHeader << 8) | hopLimit);
        Bytes.putI64(buffer, offset + 8, sourceHigh);
        Bytes.putI64(buffer, offset + 16, sourceLow);
        Bytes.putI64(buffer, offset + 24, destinationHigh);
        Bytes.putI64(buffer, offset + 32, destinationLow);
    }
}
