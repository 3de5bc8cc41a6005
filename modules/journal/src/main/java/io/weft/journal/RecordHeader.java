// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * What stands in front of each record, {@value #LENGTH} octets, little-endian; the layout is in the package's description. A Chronicle
 * document holds one record.
 */
final class RecordHeader {
    static final int LENGTH = 28;
    /** Of this layout, and of what records of text say. */
    static final int VERSION = 1;
    /** Octets that follow a header at most. */
    static final int MAX_BODY = 8 << 20;

    static final int KIND_OFFSET = 0;
    static final int VERSION_OFFSET = 1;
    static final int COUNT_OFFSET = 2;
    static final int BODY_OFFSET = 4;
    static final int WRITTEN_OFFSET = 8;
    static final int SESSION_OFFSET = 16;
    static final int NAMES_OFFSET = 20;
    static final int CHECK_OFFSET = 24;

    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private final CRC32C crc = new CRC32C();

    /** Kind of the record at {@code at}, or {@code NONE}'s number or more for what is none. */
    static int kind(final DirectBuffer buffer, final int at) {
        return buffer.getByte(at + KIND_OFFSET) & 0xFF;
    }

    static int version(final DirectBuffer buffer, final int at) {
        return buffer.getByte(at + VERSION_OFFSET) & 0xFF;
    }

    static int count(final DirectBuffer buffer, final int at) {
        return buffer.getShort(at + COUNT_OFFSET, ORDER) & 0xFFFF;
    }

    /** Octets that follow. */
    static int body(final DirectBuffer buffer, final int at) {
        return buffer.getInt(at + BODY_OFFSET, ORDER);
    }

    static long written(final DirectBuffer buffer, final int at) {
        return buffer.getLong(at + WRITTEN_OFFSET, ORDER);
    }

    static long session(final DirectBuffer buffer, final int at) {
        return buffer.getInt(at + SESSION_OFFSET, ORDER) & 0xFFFF_FFFFL;
    }

    static long names(final DirectBuffer buffer, final int at) {
        return buffer.getInt(at + NAMES_OFFSET, ORDER) & 0xFFFF_FFFFL;
    }

    static void put(
            final MutableDirectBuffer buffer,
            final RecordKind kind,
            final int count,
            final int body,
            final long written,
            final long session,
            final long names) {
        buffer.putByte(KIND_OFFSET, (byte) kind.ordinal());
        buffer.putByte(VERSION_OFFSET, (byte) VERSION);
        buffer.putShort(COUNT_OFFSET, (short) count, ORDER);
        buffer.putInt(BODY_OFFSET, body, ORDER);
        buffer.putLong(WRITTEN_OFFSET, written, ORDER);
        buffer.putInt(SESSION_OFFSET, (int) session, ORDER);
        buffer.putInt(NAMES_OFFSET, (int) names, ORDER);
    }

    /** Writes the checksum of a record that is complete otherwise. {@code octets} is the buffer's own. */
    void seal(final MutableDirectBuffer buffer, final ByteBuffer octets, final int body) {
        buffer.putInt(CHECK_OFFSET, check(octets, 0, body), ORDER);
    }

    boolean isWhole(final DirectBuffer buffer, final ByteBuffer octets, final int at) {
        return buffer.getInt(at + CHECK_OFFSET, ORDER) == check(octets, at, body(buffer, at));
    }

    private int check(final ByteBuffer octets, final int at, final int body) {
        crc.reset();
        crc.update(octets.limit(at + CHECK_OFFSET).position(at));
        crc.update(octets.limit(at + LENGTH + body).position(at + LENGTH));
        octets.clear();
        return (int) crc.getValue();
    }
}
