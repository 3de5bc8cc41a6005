// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/**
 * Makes the octets of a file exist before they are written through a mapping: a page for which the disk has no room is an IOException
 * here, and would be a fault of the process there. It writes zeros behind all that has been written, and so also spares the append
 * the disk's allocation.
 */
final class SpaceAhead implements Closeable {
    /** No room: the file system is full, or has less than is to stay free. */
    static final class FullException extends IOException {
        private static final long serialVersionUID = 1;

        FullException(final String message) {
            super(message);
        }
    }

    /** Made at a time. */
    static final int STEP = 256 << 10;

    /** What Chronicle may write besides a document: two of its indexes. */
    private static final int MARGIN = 64 << 10;

    /** Of all files: one each would stay outside the heap until that is collected, which is seldom. */
    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(STEP);

    private final ByteBuffer zeros = ZEROS.duplicate();
    private final Path path;
    private final Path dir;
    private final FileChannel channel;
    private final long freeOctets;
    private long reserved;

    /** Makes the file, which must not be there, with its first octets. Leaves nothing behind if it can't. */
    SpaceAhead(final Path path, final long freeOctets) throws IOException {
        this.path = path;
        dir = Objects.requireNonNull(path.getParent());
        this.freeOctets = freeOctets;
        checkFree(dir, freeOctets);
        channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try {
            step();
        } catch (final IOException e) {
            channel.close();
            Files.delete(path);
            throw e;
        }
    }

    /** Octets from the file's beginning that are there. */
    long reserved() {
        return reserved;
    }

    /** There is room for a document of {@code length} octets at {@code position}. */
    void ensure(final long position, final int length) throws IOException {
        while (position + length + MARGIN > reserved) {
            checkFree(dir, freeOctets);
            step();
        }
    }

    private void step() throws IOException {
        zeros.clear();
        while (zeros.hasRemaining()) {
            try {
                reserved += channel.write(zeros, reserved);
            } catch (final IOException e) {
                if (path.toFile().getUsableSpace() < STEP) {
                    throw new FullException("no space on the file system");
                }
                throw e;
            }
        }
    }

    /** Throws if less than so much would stay free. */
    static void checkFree(final Path dir, final long freeOctets) throws IOException {
        final File there = dir.toFile();
        if (there.isDirectory() && there.getUsableSpace() < freeOctets + STEP) {
            throw new FullException("no space but " + (freeOctets >> 10) + " KiB that stay free");
        }
    }

    /** What was written is on the disk. */
    void force() throws IOException {
        channel.force(false);
    }

    /** Cuts off what is behind {@code end}, where nothing was written. */
    void trim(final long end) throws IOException {
        channel.truncate(end);
        reserved = end;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
