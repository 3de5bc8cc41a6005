// SPDX-License-Identifier: Apache-2.0
package io.weft.wire;

import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The one place where header fields are read from and written to memory, in network byte order.
 *
 * <p>Every codec goes through this class, so that another kind of memory (MemorySegment) can replace
 * {@link UnsafeBuffer} by editing one file. Nothing here checks a length: the codec's {@code isValid} did.
 */
public final class Bytes {
    private Bytes() {}

    /** Unsigned 8-bit field. */
    public static int u8(final UnsafeBuffer buffer, final int index) {
        return buffer.getByte(index) & 0xFF;
    }

    /** Unsigned 16-bit field. */
    public static int u16(final UnsafeBuffer buffer, final int index) {
        return buffer.getShort(index, ByteOrder.BIG_ENDIAN) & 0xFFFF;
    }

    /** 32-bit field as the bits of an int. */
    public static int i32(final UnsafeBuffer buffer, final int index) {
        return buffer.getInt(index, ByteOrder.BIG_ENDIAN);
    }

    /** Unsigned 32-bit field. */
    public static long u32(final UnsafeBuffer buffer, final int index) {
        return buffer.getInt(index, ByteOrder.BIG_ENDIAN) & 0xFFFF_FFFFL;
    }

    /** 48-bit field (a MAC address) in the low bits of a long. */
    public static long u48(final UnsafeBuffer buffer, final int index) {
        return ((long) u16(buffer, index) << 32) | u32(buffer, index + 2);
    }

    /** 64-bit field. */
    public static long i64(final UnsafeBuffer buffer, final int index) {
        return buffer.getLong(index, ByteOrder.BIG_ENDIAN);
    }

    /** Writes the low 8 bits of {@code value}. */
    public static void putU8(final UnsafeBuffer buffer, final int index, final int value) {
        buffer.putByte(index, (byte) value);
    }

    /** Writes the low 16 bits of {@code value}. */
    public static void putU16(final UnsafeBuffer buffer, final int index, final int value) {
        buffer.putShort(index, (short) value, ByteOrder.BIG_ENDIAN);
    }

    /** Writes all 32 bits of {@code value}. */
    public static void putI32(final UnsafeBuffer buffer, final int index, final int value) {
        buffer.putInt(index, value, ByteOrder.BIG_ENDIAN);
    }

    /** Writes the low 48 bits of {@code value}. */
    public static void putU48(final UnsafeBuffer buffer, final int index, final long value) {
        putU16(buffer, index, (int) (value >>> 32));
        putI32(buffer, index + 2, (int) value);
    }

    /** Writes all 64 bits of {@code value}. */
    public static void putI64(final UnsafeBuffer buffer, final int index, final long value) {
        buffer.putLong(index, value, ByteOrder.BIG_ENDIAN);
    }
}
