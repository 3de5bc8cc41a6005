// SPDX-License-Identifier: Apache-2.0
package io.weft.offload;

import io.weft.frame.Frame;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * GRO in software: makes a super-frame of consecutive segments of one flow, verifying each segment's checksum (a
 * super-frame's is partial, so nobody could later). One per worker; works on one frame at a time.
 */
public final class Coalescer {
    /** The segment is now part of the frame. */
    public static final int APPENDED = 0;
    /** The segment does not continue this frame; nothing was changed. */
    public static final int NO_MATCH = 1;
    /** The segment's IP or transport checksum is wrong; nothing was changed. */
    public static final int BAD_CHECKSUM = 2;

    /**
     * Starts with {@code frame}, an ordinary parsed frame. Verifies its transport checksum if it has one that can be
     * verified (sets {@code checksumState}); frames of other kinds pass as they are and nothing can be appended to them.
     *
     * @return false if the transport checksum is wrong: the caller drops the frame
     */
    public boolean begin(final Frame frame) {
        throw new UnsupportedOperationException("being written");
    }

    /**
     * Appends the Ethernet frame at {@code offset} if it continues the current one. The payload is copied behind the
     * frame's end; {@code source} may be the frame's own buffer, further up.
     *
     * @return {@link #APPENDED}, {@link #NO_MATCH} or {@link #BAD_CHECKSUM}
     */
    public int append(final UnsafeBuffer source, final int offset, final int length) {
        throw new UnsupportedOperationException("being written");
    }

    /** Writes lengths, checksums and offload fields of the frame if anything was appended. Then forgets the frame. */
    public void finish() {
        throw new UnsupportedOperationException("being written");
    }
}
