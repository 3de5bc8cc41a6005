// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.journal.RecordFile.Found;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * Finds a time in a file by the index that Chronicle keeps there: an array of places of arrays, whose entries are places of records, of
 * every 64th one. An index that makes no sense is not used, which costs time and nothing else.
 */
final class RecordIndex {
    // Codes of Chronicle's binary wire.
    private static final int NAME = 0xB9;
    private static final int PADDING = 0x8F;
    private static final int PADDING_LONG = 0x8E;
    private static final int ARRAY = 0x8D;

    private static final int LENGTH_MASK = 0x3FFF_FFFF;
    /** A word, a name and padding are shorter. */
    private static final int PROLOGUE = 64;
    /** What a file of ours has; for what is not an array. */
    private static final long MAX_ENTRIES = 1 << 16;

    private static final long NOWHERE = -1;

    private final RecordFile file;
    private final long time;

    private RecordIndex(final RecordFile file, final long time) {
        this.file = file;
        this.time = time;
    }

    /** Goes to the first record that was written at or behind {@code time}, or to one in front of it that is near. */
    static void seek(final RecordFile file, final long time) throws IOException {
        final long near = new RecordIndex(file, time).find();
        file.position(Math.max(0, near));
        while (file.look() == Found.RECORD && RecordHeader.written(file.buffer(), file.record()) < time) {
            file.skip();
        }
    }

    private long find() throws IOException {
        final long header = file.word(0) & LENGTH_MASK;
        final long arrays = values((RecordFile.WORD + header + 3) & ~3L, "index2index");
        if (arrays == NOWHERE) {
            return NOWHERE;
        }
        long low = 0;
        long high = used(arrays);
        while (low < high) {
            final long middle = (low + high) >>> 1;
            final long records = values(entry(arrays, middle), "index");
            if (records != NOWHERE && isBefore(entry(records, 0))) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low == 0 ? NOWHERE : findRecord(values(entry(arrays, low - 1), "index"));
    }

    /** The last entry that is in front of the time. */
    private long findRecord(final long records) throws IOException {
        long low = 0;
        long high = used(records);
        while (low < high) {
            final long middle = (low + high) >>> 1;
            if (isBefore(entry(records, middle))) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low == 0 ? NOWHERE : entry(records, low - 1);
    }

    private boolean isBefore(final long position) throws IOException {
        file.position(position);
        return file.look() == Found.RECORD && RecordHeader.written(file.buffer(), file.record()) < time;
    }

    private long used(final long values) throws IOException {
        return Math.clamp(file.word(values - Long.BYTES), 0, MAX_ENTRIES);
    }

    private long entry(final long values, final long index) throws IOException {
        return Math.clamp(file.word(values + index * Long.BYTES), 0, file.size());
    }

    /** Where the entries of the array in the document at {@code at} begin. */
    private long values(final long at, final String name) throws IOException {
        final byte[] octets = file.octets(at, PROLOGUE);
        final byte[] expected = name.getBytes(StandardCharsets.ISO_8859_1);
        int i = RecordFile.WORD;
        if (octets.length < PROLOGUE || u8(octets, i++) != NAME || u8(octets, i++) != expected.length) {
            return NOWHERE;
        }
        for (final byte c : expected) {
            if (octets[i++] != c) {
                return NOWHERE;
            }
        }
        while (i < PROLOGUE - Integer.BYTES && (u8(octets, i) == PADDING || u8(octets, i) == PADDING_LONG)) {
            i += u8(octets, i) == PADDING ? 1 : 1 + Integer.BYTES + u8(octets, i + 1);
        }
        // Two words, how many entries there may be and are, stand in front of them.
        return i < PROLOGUE && u8(octets, i) == ARRAY ? at + i + 1 + 2 * Long.BYTES : NOWHERE;
    }

    private static int u8(final byte[] octets, final int at) {
        return octets[at] & 0xFF;
    }
}
