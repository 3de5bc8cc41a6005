// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.offload.SegmentList;
import io.weft.offload.Segmenter;
import java.util.concurrent.atomic.AtomicLong;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A TAP interface with virtio-net headers: one read(2) or write(2) per frame, super-frames whole, no copy but the
 * kernel's.
 *
 * <p>The kernel's word is not taken: what {@link VnetHeader} says of an arriving frame is judged by the frame parser, and
 * a kernel that refuses an offloaded frame which it should take gets its segments instead. After
 * {@value #MAX_REFUSALS} refusals in a row of one kind, that kind is no longer offered to it. One refusal is not enough:
 * a pod could bring it about.
 */
public final class TapPort extends AbstractPort {
    private static final int MAX_REFUSALS = 8;
    /** A frame for which there is no slot is read into this, which cuts it, and so is off the queue. */
    private static final int SCRATCH_LENGTH = 64;

    private static final int SEGMENT_IOVECS = 3;
    private static final int IOVEC_LENGTH = 16;

    private final SystemCalls calls = new SystemCalls();
    private final @Nullable String namespace;
    private final long namespaceId;
    private final TapDevice device;
    private final int fd;
    private final int vnetHeaderLength;
    private final String goneReason;
    private final String downReason;
    private final UnsafeBuffer scratch = new UnsafeBuffer(BufferUtil.allocateDirectAligned(SCRATCH_LENGTH, 64));
    private final UnsafeBuffer iovecs =
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(SEGMENT_IOVECS * IOVEC_LENGTH, 64));
    private final SegmentList segments = new SegmentList();
    private final Segmenter.Sink segmentWriter = this::writeSegment;

    /** Bit {@code 1 << gsoType} for each kind of frame that may be written as it is. */
    private int accepted;

    private boolean acceptsPartialChecksum;
    private final int[] refusals = new int[Frame.GSO_UDP + 1];
    private final AtomicLong refusedOffloads = new AtomicLong();
    private boolean closed;

    private TapPort(
            final int index,
            final TapConfig config,
            final long namespaceId,
            final TapDevice device,
            final FramePool pool) {
        super(index, config.name(), pool);
        this.namespace = config.namespace();
        this.namespaceId = namespaceId;
        this.device = device;
        this.fd = device.fd();
        this.vnetHeaderLength = device.vnetHeaderLength();
        this.goneReason = "interface " + config.interfaceName() + " is gone";
        this.downReason = "interface " + config.interfaceName() + " is set down";
        this.acceptsPartialChecksum = device.has(TapDevice.CHECKSUM);
        this.accepted = 1 << Frame.GSO_NONE
                | (device.has(TapDevice.TSO4) ? 1 << Frame.GSO_TCPV4 : 0)
                | (device.has(TapDevice.TSO6) ? 1 << Frame.GSO_TCPV6 : 0)
                | (device.has(TapDevice.USO) ? 1 << Frame.GSO_UDP : 0);
    }

    /**
     * Makes the interface, sets it up, and opens the port.
     *
     * @param index of the port in its worker
     * @throws PortException if any step fails; nothing is left behind then
     */
    public static TapPort open(final int index, final TapConfig config, final FramePool pool) throws PortException {
        final long[] namespaceId = new long[1];
        final TapDevice device = NetworkNamespace.call(config.namespace(), () -> {
            namespaceId[0] = NetworkNamespace.id();
            return TapDevice.open(config);
        });
        return new TapPort(index, config, namespaceId[0], device, pool);
    }

    @Override
    public int fileDescriptor() {
        return fd;
    }

    /** What the kernel granted, for people: {@code csum tso4 tso6 ecn uso}, or {@code off}. */
    public String offloads() {
        final StringBuilder text = new StringBuilder();
        text.append(device.has(TapDevice.CHECKSUM) ? "csum " : "")
                .append(device.has(TapDevice.TSO4) ? "tso4 " : "")
                .append(device.has(TapDevice.TSO6) ? "tso6 " : "")
                .append(device.has(TapDevice.TSO_ECN) ? "ecn " : "")
                .append(device.has(TapDevice.USO) ? "uso " : "");
        return text.isEmpty() ? "off" : text.toString().strip();
    }

    /** Offloaded frames that the kernel refused and that were sent in software instead. Any thread. */
    public long refusedOffloads() {
        return refusedOffloads.get();
    }

    /**
     * True if the namespace's name leads nowhere, or to another one. The open interface keeps its own namespace alive, so
     * the port itself does not notice; the control side asks, and closes it. Never true without a name. Any thread.
     */
    public boolean isOrphaned() {
        return !NetworkNamespace.isStill(namespace, namespaceId);
    }

    @Override
    public boolean receive(final FrameVector vector, final int budget) {
        if (isDown()) {
            return false;
        }
        int bytes = bytesIn(vector);
        for (int i = 0; i < budget && !vector.isFull() && bytes < FrameVector.MAX_BYTES; i++) {
            final Frame frame = pool.receive(index);
            if (frame == null) {
                if (!discard()) {
                    return false;
                }
                continue;
            }
            final int position = frame.offset - vnetHeaderLength;
            final int room = vnetHeaderLength + MAX_FRAME_LENGTH;
            final long result = calls.read(fd, frame.buffer.addressOffset() + position, room);
            if (result < vnetHeaderLength) {
                pool.unused(frame);
                if (readAgain(result)) {
                    continue;
                }
                return false;
            }
            frame.length = (int) result - vnetHeaderLength;
            bytes += frame.length;
            VnetHeader.read(frame, position);
            accept(frame, vector);
        }
        return true;
    }

    private void accept(final Frame frame, final FrameVector vector) {
        if (frame.length == MAX_FRAME_LENGTH) {
            pool.received(frame);
            pool.drop(frame, DropReason.TOO_LONG);
            return;
        }
        received(frame, segmentsOf(frame), vector);
    }

    /** Takes one frame off the queue; false if there was none. */
    private boolean discard() {
        final long result = calls.read(fd, scratch.addressOffset(), SCRATCH_LENGTH);
        if (result < 0) {
            return readAgain(result);
        }
        pool.refused(index, DropReason.NO_FRAME_AVAILABLE);
        return true;
    }

    /** False if there is nothing to read. A frame shorter than its own header can't be; it is skipped. */
    private boolean readAgain(final long result) {
        if (result >= 0 || result == -Errno.EINTR) {
            return true;
        }
        if (result != -Errno.EAGAIN) {
            down(isGone((int) -result) ? goneReason : "read: " + Errno.text((int) -result));
        }
        return false;
    }

    @Override
    public void transmit(final FrameVector vector) {
        if (isDown()) {
            dropAll(vector, DropReason.PORT_DOWN);
            return;
        }
        for (int i = 0; i < vector.size(); i++) {
            transmit(vector.get(i));
        }
        vector.clear();
    }

    private void transmit(final Frame frame) {
        if ((accepted >>> frame.gsoType & 1) == 0) {
            transmitSegments(frame);
            return;
        }
        if (frame.checksumState == Frame.CHECKSUM_PARTIAL && !acceptsPartialChecksum) {
            Segmenter.completeChecksum(frame);
        }
        final long result = write(frame);
        if (result >= 0) {
            refusals[frame.gsoType] = 0;
            works();
            transmitted(frame, segmentsOf(frame));
        } else if (result == -Errno.EINVAL && frame.checksumState == Frame.CHECKSUM_PARTIAL) {
            refused(frame);
        } else {
            fail(frame, (int) -result);
        }
    }

    private long write(final Frame frame) {
        final int position = frame.offset - vnetHeaderLength;
        VnetHeader.write(frame, position, vnetHeaderLength);
        return calls.write(fd, frame.buffer.addressOffset() + position, vnetHeaderLength + frame.length);
    }

    /** The kernel would not take a frame with work left to do: does that work and sends it. */
    private void refused(final Frame frame) {
        refusedOffloads.incrementAndGet();
        if (++refusals[frame.gsoType] == MAX_REFUSALS) {
            if (frame.isSuperFrame()) {
                accepted &= ~(1 << frame.gsoType);
            } else {
                acceptsPartialChecksum = false;
            }
        }
        if (frame.isSuperFrame()) {
            transmitSegments(frame);
            return;
        }
        Segmenter.completeChecksum(frame);
        final long result = write(frame);
        if (result >= 0) {
            works();
            transmitted(frame, 1);
        } else {
            fail(frame, (int) -result);
        }
    }

    private void transmitSegments(final Frame frame) {
        if (!Segmenter.isSegmentable(frame)) {
            drop(frame, DropReason.BAD_OFFLOAD);
            return;
        }
        final int result = Segmenter.forEach(frame, segments, segmentWriter);
        if (result >= 0) {
            works();
            transmitted(frame, result);
        } else {
            fail(frame, -result);
        }
    }

    /** Octets written or the negative error number. */
    private int writeSegment(final Frame frame, final SegmentList list, final int i) {
        scratch.setMemory(0, vnetHeaderLength, (byte) 0);
        putIovec(0, scratch.addressOffset(), vnetHeaderLength);
        final long headers = list.headers.addressOffset() + (long) i * SegmentList.MAX_HEADER_LENGTH;
        putIovec(1, headers, list.headerLength);
        putIovec(2, frame.buffer.addressOffset() + list.payloadOffset[i], list.payloadLength[i]);
        return (int) calls.writev(fd, iovecs.addressOffset(), SEGMENT_IOVECS);
    }

    private void putIovec(final int i, final long address, final int length) {
        iovecs.putLong(i * IOVEC_LENGTH, address);
        iovecs.putLong(i * IOVEC_LENGTH + Long.BYTES, length);
    }

    private void fail(final Frame frame, final int errno) {
        if (errno == Errno.EAGAIN || errno == Errno.ENOBUFS) {
            drop(frame, DropReason.TX_FULL);
        } else if (errno == Errno.EIO) {
            noCarrier(downReason);
            drop(frame, DropReason.PORT_DOWN);
        } else if (isGone(errno)) {
            down(goneReason);
            drop(frame, DropReason.PORT_DOWN);
        } else {
            drop(frame, DropReason.TX_ERROR);
        }
    }

    private static boolean isGone(final int errno) {
        return errno == Errno.EBADFD || errno == Errno.ENODEV || errno == Errno.ENXIO;
    }

    /** Closes the descriptor, by which the interface ends. Not while the worker uses the port. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            down("closed");
            Libc.close(fd);
        }
    }
}
