// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.offload.SegmentList;
import io.weft.offload.Segmenter;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.pcap4j.core.NotOpenException;
import org.pcap4j.core.PcapDumper;
import org.pcap4j.core.PcapHandle;
import org.pcap4j.core.PcapNativeException;
import org.pcap4j.core.Pcaps;
import org.pcap4j.packet.namednumber.DataLinkType;

/**
 * Receives the frames of a capture file and writes what is transmitted to another, by libpcap. At the end of the file the
 * port is {@link PortState#DOWN}; it goes on writing until it is closed. A file holds what a wire would: super-frames are
 * segmented, checksums completed. Not for the fast path: libpcap's binding allocates.
 */
public final class PcapPort extends AbstractPort {
    private static final int SNAP_LENGTH = 1 << 18;

    private final @Nullable PcapHandle in;
    private final @Nullable PcapHandle writer;
    private final @Nullable PcapDumper out;
    private final SegmentList segments = new SegmentList();
    private Timestamp time = new Timestamp(0);
    private int originalLength;
    private boolean closed;

    private PcapPort(
            final int index,
            final String name,
            final FramePool pool,
            final @Nullable PcapHandle in,
            final @Nullable PcapHandle writer,
            final @Nullable PcapDumper out) {
        super(index, name, pool);
        this.in = in;
        this.writer = writer;
        this.out = out;
    }

    /**
     * Opens the files.
     *
     * @param input a capture of Ethernet frames; null: there is nothing to receive
     * @param output replaced if it is there; null: transmitted frames are counted and forgotten
     * @throws PortException if a file can't be opened or is no capture of Ethernet frames
     */
    public static PcapPort open(
            final int index,
            final String name,
            final FramePool pool,
            final @Nullable Path input,
            final @Nullable Path output)
            throws PortException {
        final PcapHandle in = input == null ? null : openInput(input);
        if (output == null) {
            return new PcapPort(index, name, pool, in, null, null);
        }
        PcapHandle writer = null;
        try {
            writer = Pcaps.openDead(DataLinkType.EN10MB, SNAP_LENGTH);
            return new PcapPort(index, name, pool, in, writer, writer.dumpOpen(output.toString()));
        } catch (final PcapNativeException | NotOpenException e) {
            closeIfOpen(writer);
            closeIfOpen(in);
            throw new PortException("write " + output + ": " + e.getMessage(), e);
        }
    }

    private static PcapHandle openInput(final Path input) throws PortException {
        try {
            final PcapHandle handle = Pcaps.openOffline(input.toString());
            if (!DataLinkType.EN10MB.equals(handle.getDlt())) {
                handle.close();
                throw new PortException("read " + input + ": not a capture of Ethernet frames");
            }
            return handle;
        } catch (final PcapNativeException e) {
            throw new PortException("read " + input + ": " + e.getMessage(), e);
        }
    }

    @Override
    public int fileDescriptor() {
        return -1;
    }

    @Override
    public boolean receive(final FrameVector vector, final int budget) {
        if (isDown() || in == null) {
            return false;
        }
        int bytes = bytesIn(vector);
        for (int i = 0; i < budget && !vector.isFull() && bytes < FrameVector.MAX_BYTES; i++) {
            final Frame frame = pool.receive(index);
            if (frame == null) {
                // A file can wait.
                return true;
            }
            final byte[] octets = next(in);
            if (octets == null) {
                pool.unused(frame);
                return false;
            }
            frame.length = Math.min(octets.length, MAX_FRAME_LENGTH);
            frame.buffer.putBytes(frame.offset, octets, 0, frame.length);
            bytes += frame.length;
            if (octets.length > MAX_FRAME_LENGTH) {
                pool.received(frame);
                pool.drop(frame, DropReason.TOO_LONG);
            } else {
                received(frame, 1, vector);
            }
        }
        return true;
    }

    private byte @Nullable [] next(final PcapHandle handle) {
        try {
            final byte[] octets = handle.getNextRawPacket();
            if (octets != null) {
                time = handle.getTimestamp();
                originalLength = handle.getOriginalLength();
                return octets;
            }
            final String error = handle.getError();
            down(error == null || error.isEmpty() ? "end of file" : error);
        } catch (final NotOpenException e) {
            down("closed");
        }
        return null;
    }

    @Override
    public void transmit(final FrameVector vector) {
        for (int i = 0; i < vector.size(); i++) {
            final Frame frame = vector.get(i);
            if (frame.isSuperFrame()) {
                writeSegments(frame);
            } else {
                Segmenter.completeChecksum(frame);
                final byte[] octets = new byte[frame.length];
                frame.buffer.getBytes(frame.offset, octets);
                finish(frame, write(octets), 1);
            }
        }
        vector.clear();
    }

    private void writeSegments(final Frame frame) {
        if (!Segmenter.isSegmentable(frame)) {
            drop(frame, DropReason.BAD_OFFLOAD);
            return;
        }
        final int result = Segmenter.forEach(frame, segments, this::writeSegment);
        finish(frame, result >= 0, result);
    }

    private int writeSegment(final Frame frame, final SegmentList list, final int i) {
        final byte[] octets = new byte[list.headerLength + list.payloadLength[i]];
        list.headers.getBytes(i * SegmentList.MAX_HEADER_LENGTH, octets, 0, list.headerLength);
        frame.buffer.getBytes(list.payloadOffset[i], octets, list.headerLength, list.payloadLength[i]);
        return write(octets) ? 0 : -1;
    }

    private boolean write(final byte[] octets) {
        if (closed) {
            return false;
        }
        if (out == null) {
            return true;
        }
        try {
            out.dumpRaw(octets, time);
            return true;
        } catch (final NotOpenException e) {
            return false;
        }
    }

    private void finish(final Frame frame, final boolean written, final int count) {
        if (written) {
            transmitted(frame, count);
        } else {
            drop(frame, DropReason.PORT_DOWN);
        }
    }

    /** The time of what is written from now on, in milliseconds since 1970. Otherwise that of the last frame read. */
    public void time(final long epochMillis) {
        time = new Timestamp(epochMillis);
    }

    /** Time of the last frame read, in nanoseconds since 1970. */
    public long epochNanos() {
        return TimeUnit.MILLISECONDS.toSeconds(time.getTime()) * 1_000_000_000L + time.getNanos();
    }

    /** Octets that the last frame read had on its wire; more than its length if the capture cut it. */
    public int originalLength() {
        return originalLength;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            down("closed");
            if (out != null) {
                out.close();
            }
            closeIfOpen(writer);
            closeIfOpen(in);
        }
    }

    private static void closeIfOpen(final @Nullable PcapHandle handle) {
        if (handle != null) {
            handle.close();
        }
    }
}
