// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.offload.SegmentList;
import io.weft.offload.Segmenter;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams on their way into one sendmsg(2): same remote, same source port, same length but for the last, which may be
 * shorter and ends the batch.
 *
 * <p>An ordinary frame is one datagram; a super-frame is as many as it has segments, over several batches if need be.
 * Nothing is copied: an iovec points into the frame or, for the headers of a segment, into the segment list. Frames stay
 * here until their last datagram is with the kernel.
 */
final class DatagramBatch {
    /** UDP_MAX_SEGMENTS of kernels before 6.9. */
    static final int MAX_DATAGRAMS = SegmentList.MAX_SEGMENTS;
    /** Largest UDP payload over IPv4, and so of one call. */
    static final int MAX_BYTES = 65_507;

    private static final int FLAGS = Message.DONT_WAIT | Message.NO_SIGNAL;

    private final SystemCalls calls = new SystemCalls();
    private final UdpUnderlay port;
    private final int[] senders;
    private final Remotes remotes;
    private final Message message = new Message(2 * MAX_DATAGRAMS);
    private final SegmentList segments = new SegmentList();
    private final SendErrors errors = new SendErrors();

    /** Frames that end in this batch. */
    private final Frame[] frames = new Frame[MAX_DATAGRAMS];

    /** Datagrams of each in all. */
    private final int[] datagramsOf = new int[MAX_DATAGRAMS];

    /** Where in this batch each ends. */
    private final int[] endOf = new int[MAX_DATAGRAMS];

    private int frameCount;

    private final int[] firstIovec = new int[MAX_DATAGRAMS + 1];
    private int datagrams;
    private int bytes;
    private int datagramLength;
    private int vtep;
    private int sender;
    /** A shorter datagram was added: no other may follow. */
    private boolean ended;
    /** The segment list holds headers of this batch. */
    private boolean segmentsInUse;
    /** 1 if the kernel shall not segment, or can't on the way to its interface (EIO; no checksum offload before Linux 6.11). */
    private int maxDatagrams;

    DatagramBatch(final UdpUnderlay port, final int[] senders, final Remotes remotes, final boolean segmentsByKernel) {
        this.port = port;
        this.senders = senders;
        this.remotes = remotes;
        this.maxDatagrams = segmentsByKernel ? MAX_DATAGRAMS : 1;
    }

    /** Takes the frame; sends what is open before if the frame can't join it. */
    void add(final Frame frame) {
        if (!remotes.has(frame.vtep)) {
            port.drop(frame, DropReason.UNDERLAY_UNREACHABLE);
        } else if (frame.isSuperFrame()) {
            addSuperFrame(frame);
        } else {
            addOrdinary(frame);
        }
    }

    private void addOrdinary(final Frame frame) {
        if (frame.length > MAX_BYTES) {
            port.drop(frame, DropReason.MTU_EXCEEDED);
            return;
        }
        Segmenter.completeChecksum(frame);
        open(frame, frame.length, true);
        message.iovec(firstIovec[datagrams], frame.buffer.addressOffset() + frame.offset, frame.length);
        append(1, frame.length);
        finish(frame, 1);
    }

    private void addSuperFrame(final Frame frame) {
        final int headerLength = Segmenter.isSegmentable(frame) ? Segmenter.headerLength(frame) : 0;
        if (headerLength == 0) {
            port.drop(frame, DropReason.BAD_OFFLOAD);
            return;
        }
        final int payload = Segmenter.payloadLength(frame);
        final int longest = headerLength + Math.min(frame.gsoSize, payload);
        if (longest > MAX_BYTES) {
            port.drop(frame, DropReason.MTU_EXCEEDED);
            return;
        }
        if (segmentsInUse) {
            flush();
        }
        open(frame, longest, payload <= frame.gsoSize);
        int covered = 0;
        int count = 0;
        while (true) {
            covered = Segmenter.segment(frame, covered, maxDatagrams - datagrams, MAX_BYTES - bytes, segments);
            segmentsInUse = true;
            count += segments.count;
            appendSegments(frame);
            if (covered >= payload) {
                finish(frame, count);
                return;
            }
            final DropReason failure = flush();
            if (failure != null) {
                port.drop(frame, failure);
                return;
            }
            open(frame, longest, false);
        }
    }

    private void appendSegments(final Frame frame) {
        final long headers = segments.headers.addressOffset();
        final long base = frame.buffer.addressOffset();
        for (int i = 0; i < segments.count; i++) {
            final int iovec = firstIovec[datagrams];
            message.iovec(iovec, headers + (long) i * SegmentList.MAX_HEADER_LENGTH, segments.headerLength);
            message.iovec(iovec + 1, base + segments.payloadOffset[i], segments.payloadLength[i]);
            append(2, segments.headerLength + segments.payloadLength[i]);
        }
    }

    /**
     * Makes sure that a datagram of {@code length} for this frame's remote and flow may be appended.
     *
     * @param only no other follows it, so it may be shorter than those in the batch
     */
    private void open(final Frame frame, final int length, final boolean only) {
        final int chosen = UdpSockets.senderOf(frame.flowHash);
        if (datagrams > 0) {
            if (frame.vtep == vtep
                    && chosen == sender
                    && !ended
                    && (length == datagramLength || (only && length < datagramLength))
                    && datagrams < maxDatagrams
                    && bytes + length <= MAX_BYTES) {
                return;
            }
            flush();
        }
        vtep = frame.vtep;
        sender = chosen;
        datagramLength = length;
        ended = false;
    }

    private void append(final int iovecs, final int length) {
        firstIovec[datagrams + 1] = firstIovec[datagrams] + iovecs;
        datagrams++;
        bytes += length;
        ended = length < datagramLength;
    }

    private void finish(final Frame frame, final int count) {
        datagramsOf[frameCount] = count;
        endOf[frameCount] = datagrams;
        frames[frameCount++] = frame;
    }

    /**
     * Sends the open batch and gives back or drops the frames that end in it.
     *
     * @return why the datagrams behind those, of a frame that goes on in the next batch, failed; null if they did not
     */
    @Nullable
    DropReason flush() {
        if (datagrams == 0) {
            return null;
        }
        message.name(remotes.address(vtep), remotes.length(vtep));
        final DropReason failure;
        final int errno = datagrams > 1 ? sendTogether() : 0;
        if (datagrams == 1 || isAboutSegments(errno)) {
            int first = 0;
            message.noControl();
            for (int i = 0; i < frameCount; i++) {
                settle(i, sendEach(first, endOf[i]));
                first = endOf[i];
            }
            failure = sendEach(first, datagrams);
        } else {
            failure = outcome(errno);
            for (int i = 0; i < frameCount; i++) {
                settle(i, failure);
            }
        }
        frameCount = 0;
        datagrams = 0;
        bytes = 0;
        segmentsInUse = false;
        return failure;
    }

    /** 0 or the error number. */
    private int sendTogether() {
        message.segmentSize(datagramLength);
        final int errno = send(0, firstIovec[datagrams]);
        if (errno == Errno.EIO) {
            maxDatagrams = 1;
        }
        return errno;
    }

    /** The batch as such may be what is wrong: sent one by one, some datagrams may get through, and the others tell why. */
    private static boolean isAboutSegments(final int errno) {
        return errno == Errno.EIO || errno == Errno.EINVAL || errno == Errno.EMSGSIZE;
    }

    /** Sends datagrams {@code from} to {@code to} - 1 up to the first failure; null, or why it failed. */
    private @Nullable DropReason sendEach(final int from, final int to) {
        for (int i = from; i < to; i++) {
            final DropReason failure = outcome(send(firstIovec[i], firstIovec[i + 1] - firstIovec[i]));
            if (failure != null) {
                return failure;
            }
        }
        return null;
    }

    private int send(final int iovec, final int count) {
        message.iovecs(iovec, count);
        final long result = calls.sendmsg(senders[sender], message.address(), FLAGS);
        return result < 0 ? (int) -result : 0;
    }

    /** What an error number means, for the frame and for the port. */
    private @Nullable DropReason outcome(final int errno) {
        if (errno == 0) {
            port.works();
            return null;
        }
        final DropReason failure = errors.reason(errno);
        if (failure == DropReason.UNDERLAY_UNREACHABLE) {
            port.noCarrier(errors.text(errno));
        } else if (failure == DropReason.MTU_EXCEEDED) {
            port.tooLong(vtep);
        }
        return failure;
    }

    private void settle(final int i, final @Nullable DropReason failure) {
        if (failure == null) {
            port.transmitted(frames[i], datagramsOf[i]);
        } else {
            port.drop(frames[i], failure);
        }
    }
}
