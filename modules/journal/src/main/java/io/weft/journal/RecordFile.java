// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Reads the records of one file of Chronicle Queue, by read(2) alone: a file that is cut short or full of nonsense is a message, where
 * a mapped one would be a fault, and nothing of it is ever written, nor locked. A file is a row of documents, each behind a word: its
 * length, and two bits that say whether it is complete and whether it is Chronicle's own (its indexes).
 */
final class RecordFile implements Closeable {
    /** What is at a position. */
    enum Found {
        /** A record that is whole. */
        RECORD,
        /** Nothing yet, or no more. */
        NOTHING,
        /** A record whose writer is not done with it. */
        UNFINISHED,
        /** The mark at the end of a file that is done with. */
        CLOSED,
        /** Something else; {@link #reason} tells. */
        DAMAGED
    }

    /** Octets of the word in front of a document. */
    static final int WORD = 4;

    private static final int UNFINISHED_BIT = 0x8000_0000;
    private static final int META_BIT = 0x4000_0000;
    private static final int CLOSED_WORD = UNFINISHED_BIT | META_BIT;
    private static final int LENGTH_MASK = 0x3FFF_FFFF;

    private static final int WINDOW = 256 << 10;
    /** Read where a search goes to and fro. */
    private static final int JUMP = 16 << 10;

    private final JournalFile file;
    private final FileChannel channel;
    private final RecordHeader check = new RecordHeader();
    private ByteBuffer octets = ByteBuffer.allocateDirect(WINDOW).order(ByteOrder.LITTLE_ENDIAN);
    private UnsafeBuffer buffer = new UnsafeBuffer(octets);
    private long windowStart;
    private int windowLength;
    private long position;
    private int record;
    private long next;
    private String reason = "";
    private long reads;

    /** Throws NoSuchFileException for a file that is gone. */
    RecordFile(final JournalFile file) throws IOException {
        this.file = file;
        channel = FileChannel.open(file.path(), StandardOpenOption.READ);
    }

    JournalFile file() {
        return file;
    }

    /** Where {@link #look} looks. */
    long position() {
        return position;
    }

    void position(final long to) {
        position = to;
    }

    /** What octets the file has; more than it was written, while it is. */
    long size() throws IOException {
        return channel.size();
    }

    /** Where the document after the one that was found begins. */
    long next() {
        return next;
    }

    /** Of what was found DAMAGED. */
    String reason() {
        return reason;
    }

    /** How often the file was read: what a search has cost. */
    long reads() {
        return reads;
    }

    /** What was found: a header, and behind it the body. Valid until the next look. */
    UnsafeBuffer buffer() {
        return buffer;
    }

    /** Where in {@link #buffer} the record begins. */
    int record() {
        return record;
    }

    /** Where in {@link #buffer} its body begins. */
    int body() {
        return record + RecordHeader.LENGTH;
    }

    /** Looks what is at the position; documents of Chronicle's own are passed over. */
    Found look() throws IOException {
        while (true) {
            if (!fill(position, WORD)) {
                return Found.NOTHING;
            }
            final int word = octets.getInt((int) (position - windowStart));
            if (word == 0) {
                return Found.NOTHING;
            }
            if (word == CLOSED_WORD) {
                return Found.CLOSED;
            }
            if ((word & UNFINISHED_BIT) != 0) {
                return Found.UNFINISHED;
            }
            final int length = word & LENGTH_MASK;
            next = (position + WORD + length + 3) & ~3L;
            if ((word & META_BIT) == 0) {
                return lookAtRecord(length);
            }
            if (next > size()) {
                return damaged("an index longer than the file");
            }
            position = next;
        }
    }

    private Found lookAtRecord(final int length) throws IOException {
        if (length < RecordHeader.LENGTH || length > RecordHeader.LENGTH + RecordHeader.MAX_BODY) {
            return damaged("a record of " + length + " octets");
        }
        if (!fill(position, WORD + length)) {
            return damaged("the file ends in a record");
        }
        record = (int) (position - windowStart) + WORD;
        final int body = RecordHeader.body(buffer, record);
        if (body < 0 || body > length - RecordHeader.LENGTH) {
            return damaged("a record longer than its document");
        }
        if (!check.isWhole(buffer, octets, record)) {
            // What was read just as it was being completed may be in parts: read once more.
            windowLength = 0;
            fill(position, WORD + length);
            record = (int) (position - windowStart) + WORD;
            if (!check.isWhole(buffer, octets, record)) {
                return damaged("a record whose checksum is wrong");
            }
        }
        return Found.RECORD;
    }

    private Found damaged(final String why) {
        reason = why;
        return Found.DAMAGED;
    }

    /** Goes on behind what was found. */
    void skip() {
        position = next;
    }

    /** The next look reads again what was not there yet. */
    void refresh() {
        windowLength = 0;
    }

    /**
     * Looks for the first whole record of this file's session at or behind {@code from}, whatever is in front of it.
     *
     * @param limit octets to look at, at most
     * @return where it begins; -1 if there is none
     */
    long search(final long from, final long limit) throws IOException {
        final long end = Math.min(size(), from + limit);
        for (long at = (from + 3) & ~3L; at + WORD + RecordHeader.LENGTH <= end; at += WORD) {
            if (!fill(at, WORD + RecordHeader.LENGTH)) {
                return -1;
            }
            final int index = (int) (at - windowStart);
            if (octets.getInt(index) != 0 && isLikely(index)) {
                position = at;
                if (look() == Found.RECORD && position == at) {
                    return at;
                }
            }
        }
        return -1;
    }

    private boolean isLikely(final int index) {
        final int length = octets.getInt(index);
        return length >= RecordHeader.LENGTH
                && length <= RecordHeader.LENGTH + RecordHeader.MAX_BODY
                && RecordKind.of(RecordHeader.kind(buffer, index + WORD)) != null
                && RecordHeader.session(buffer, index + WORD) == file.session();
    }

    /** A word of the file; 0 behind its end. */
    long word(final long at) throws IOException {
        return fill(at, Long.BYTES) ? octets.getLong((int) (at - windowStart)) : 0;
    }

    /** The octets of the document at {@code at}, as far as they are in the file, at most {@code length}. */
    byte[] octets(final long at, final int length) throws IOException {
        int there = length;
        while (there > 0 && !fill(at, there)) {
            there /= 2;
        }
        final byte[] copy = new byte[there];
        octets.get((int) (at - windowStart), copy);
        return copy;
    }

    /** Makes {@code length} octets at {@code at} part of the window; false if the file has less. */
    private boolean fill(final long at, final int length) throws IOException {
        if (at >= windowStart && at + length <= windowStart + windowLength) {
            return true;
        }
        if (length > octets.capacity()) {
            octets = ByteBuffer.allocateDirect(Integer.highestOneBit(length) << 1)
                    .order(ByteOrder.LITTLE_ENDIAN);
            buffer = new UnsafeBuffer(octets);
        }
        final boolean isNear = at >= windowStart && at - windowStart <= WINDOW;
        windowStart = at;
        windowLength = 0;
        octets.clear().limit(isNear ? octets.capacity() : Math.max(length, JUMP));
        while (octets.hasRemaining()) {
            reads++;
            final int got = channel.read(octets, at + octets.position());
            if (got <= 0) {
                break;
            }
        }
        windowLength = octets.position();
        octets.clear();
        return windowLength >= length;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
