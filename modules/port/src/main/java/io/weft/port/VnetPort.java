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
 * What ports on an interface of the kernel share: a descriptor whose frames have virtio-net headers in front, and what to
 * do when the kernel does not take one.
 *
 * <p>The kernel's word is not taken: what {@link VnetHeader} says of an arriving frame is judged by the frame parser, and
 * a kernel that refuses an offloaded frame which it should take gets its segments instead. After
 * {@value #MAX_REFUSALS} refusals in a row of one kind, that kind is no longer offered to it. One refusal is not enough:
 * a pod could bring it about.
 */
abstract class VnetPort extends AbstractPort {
    private static final int MAX_REFUSALS = 8;
    /** A frame for which there is no slot is read into this, which cuts it, and so is off the queue. */
    private static final int SCRATCH_LENGTH = 64;

    private static final int SEGMENT_IOVECS = 3;
    private static final int IOVEC_LENGTH = 16;

    final SystemCalls calls = new SystemCalls();
    final int fd;
    final int vnetHeaderLength;
    /** Why it is {@link PortState#DOWN} once the interface has vanished. */
    final String goneReason;
    /** Why it is {@link PortState#NO_CARRIER} while the interface is administratively down. */
    final String downReason;

    private final @Nullable String namespace;
    private final long namespaceId;
    private final UnsafeBuffer scratch = new UnsafeBuffer(BufferUtil.allocateDirectAligned(SCRATCH_LENGTH, 64));
    private final UnsafeBuffer iovecs =
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(SEGMENT_IOVECS * IOVEC_LENGTH, 64));
    private final SegmentList segments = new SegmentList();
    private final Segmenter.Sink segmentWriter = this::writeSegment;

    /** Bit {@code 1 << gsoType} for each kind of frame that may be sent as it is. */
    private int accepted;

    private boolean acceptsPartialChecksum;
    private final int[] refusals = new int[Frame.GSO_UDP + 1];
    private final AtomicLong refusedOffloads = new AtomicLong();

    VnetPort(final int index, final VnetDevice device, final FramePool pool) {
        super(index, device.portName(), pool);
        this.namespace = device.namespace();
        this.namespaceId = device.namespaceId();
        this.goneReason = "interface " + device.interfaceName() + " is gone";
        this.downReason = "interface " + device.interfaceName() + " is set down";
        this.fd = device.fd();
        this.vnetHeaderLength = device.vnetHeaderLength();
        this.accepted = 1 << Frame.GSO_NONE | device.superFrames();
        this.acceptsPartialChecksum = device.partialChecksums();
    }

    @Override
    public final int fileDescriptor() {
        return fd;
    }

    /** Offloaded frames that the kernel refused and that were sent in software instead. Any thread. */
    public final long refusedOffloads() {
        return refusedOffloads.get();
    }

    /**
     * {@inheritDoc}
     *
     * <p>An open descriptor keeps its namespace alive, so that the port does not notice when its name leads nowhere, or to
     * another one.
     */
    @Override
    public boolean isOrphaned() {
        return !NetworkNamespace.isStill(namespace, namespaceId);
    }

    /** Counts a frame as received, and passes it on unless its end was cut off. */
    final void accept(final Frame frame, final FrameVector vector) {
        if (frame.length >= MAX_FRAME_LENGTH) {
            pool.received(frame);
            pool.drop(frame, DropReason.TOO_LONG);
            return;
        }
        received(frame, segmentsOf(frame), vector);
    }

    /** Takes one frame off the queue for want of a slot; false if there was none. */
    final boolean discard() {
        final long result = calls.read(fd, scratch.addressOffset(), SCRATCH_LENGTH);
        if (result < 0) {
            return readAgain((int) -result);
        }
        pool.refused(index, DropReason.NO_FRAME_AVAILABLE);
        return true;
    }

    /** What an error of receiving means; false if nothing more is to be had for now. */
    abstract boolean readAgain(int errno);

    /** True if the kernel gets this frame as it is. */
    final boolean takesWhole(final Frame frame) {
        return (accepted >>> frame.gsoType & 1) != 0;
    }

    /**
     * Gets a frame that the kernel takes whole ready, with its header.
     *
     * @return where in the frame's buffer the header begins
     */
    final int prepare(final Frame frame) {
        if (frame.checksumState == Frame.CHECKSUM_PARTIAL && !acceptsPartialChecksum) {
            Segmenter.completeChecksum(frame);
        }
        final int position = frame.offset - vnetHeaderLength;
        VnetHeader.write(frame, position, vnetHeaderLength);
        return position;
    }

    /** The kernel took a frame as it is. */
    final void sent(final Frame frame) {
        refusals[frame.gsoType] = 0;
        works();
        transmitted(frame, segmentsOf(frame));
    }

    /** The kernel did not take a frame as it is: goes on in software if there is work left to do, else the frame is lost. */
    final void notSent(final Frame frame, final int errno) {
        if (errno == Errno.EINVAL && frame.checksumState == Frame.CHECKSUM_PARTIAL) {
            refused(frame);
        } else {
            fail(frame, errno);
        }
    }

    /** Drops a frame that could not be sent, and draws conclusions for the port. */
    abstract void fail(Frame frame, int errno);

    /** Octets written or the negative error number. */
    final long write(final Frame frame) {
        final int position = prepare(frame);
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

    /** Sends a super-frame segment by segment. */
    final void transmitSegments(final Frame frame) {
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
}
