// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import io.weft.frame.DropReason;
import io.weft.wire.Vxlan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The ways of the next frames through a node: for each, where it was seen from rx to tx or drop.
 *
 * <p>A frame is known by its number ({@code Frame.packetId}), which copies and parts of it share. Frames that came in one
 * train of datagrams have one number, too; they are told apart by what no stage changes ({@link FrameLine#key}). A frame that
 * was not seen coming in is one that the node made.
 *
 * <p>States: collecting until {@code limit} frames have come; following them for a while, as a frame may be held until
 * its next hop is resolved; complete. The capture's thread writes, any thread reads.
 */
public final class FrameTrace {
    /** Octets of each frame that are enough: outer headers, inner headers, some extension headers. */
    public static final int SNAP_LENGTH = 256;

    private static final long FOLLOW_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final int limit;
    private final long followNanos;
    private final List<Traced> traced = new ArrayList<>();
    private final Map<Long, List<Traced>> byNumber = new HashMap<>();
    private long lost;
    private long lastCame;

    /**
     * One place where a frame was seen.
     *
     * @param port of ingress for rx, tunnel-rx and drop, of egress for tx and tunnel-tx
     * @param length octets, of a VXLAN packet those of the frame within
     * @param source MAC address there
     * @param ttl TTL or hop limit there; -1 without IP
     * @param reason null if it was not dropped
     * @param text network, ingress, VTEP and reason in words
     */
    public record Step(
            long epochNanos,
            CapturePoint point,
            String port,
            int length,
            String source,
            String destination,
            int ttl,
            @Nullable DropReason reason,
            String text) {}

    /**
     * A frame's way.
     *
     * @param frame addresses, protocol, ports
     */
    public record Way(String frame, List<Step> steps) {
        /** Copies its list. */
        public Way {
            steps = List.copyOf(steps);
        }

        /** The stages that it passed. */
        public List<Stage> stages() {
            return TraceStages.of(steps);
        }
    }

    /**
     * A stage that a frame passed.
     *
     * @param name as {@code trace packet} has it
     * @param text what it decided
     * @param nanos from the frame's first point to the one at which this was seen
     */
    public record Stage(String name, String text, long nanos) {}

    private static final class Traced {
        final FrameLine line;
        final boolean isTrain;
        final List<Step> steps = new ArrayList<>();

        Traced(final FrameLine line, final boolean isTrain) {
            this.line = line;
            this.isTrain = isTrain;
        }
    }

    /** For the next {@code limit} frames. */
    public FrameTrace(final int limit) {
        this(limit, FOLLOW_NANOS);
    }

    FrameTrace(final int limit, final long followNanos) {
        this.limit = limit;
        this.followNanos = followNanos;
    }

    /** Frames that it is for. */
    public int limit() {
        return limit;
    }

    /** What was seen so far, in the order in which the frames came. */
    public synchronized List<Way> ways() {
        return traced.stream().map(t -> new Way(t.line.text(), t.steps)).toList();
    }

    /** Frames that were missed because the ring was full, traced ones or others. */
    public synchronized long lost() {
        return lost;
    }

    /** True if nothing more will be added. */
    public synchronized boolean isComplete() {
        return traced.size() == limit && System.nanoTime() - lastCame > followNanos;
    }

    private synchronized void see(final FrameLine line, final Step step, final long packetId, final boolean isTrain) {
        final List<Traced> known = byNumber.getOrDefault(packetId, List.of());
        final Traced frame = known.isEmpty() ? open(line, packetId, isTrain) : find(known, line, packetId);
        if (frame != null) {
            frame.steps.add(step);
        }
    }

    private @Nullable Traced open(final FrameLine line, final long packetId, final boolean isTrain) {
        if (traced.size() == limit) {
            return null;
        }
        final Traced frame = new Traced(line, isTrain);
        traced.add(frame);
        byNumber.computeIfAbsent(packetId, number -> new ArrayList<>()).add(frame);
        lastCame = System.nanoTime();
        return frame;
    }

    /** Of a train of datagrams several frames may become: each came in with the train. */
    private @Nullable Traced find(final List<Traced> known, final FrameLine line, final long packetId) {
        final Traced first = known.getFirst();
        if (!first.isTrain) {
            return first;
        }
        for (final Traced frame : known) {
            if (frame.line.key().equals(line.key())) {
                return frame;
            }
        }
        final Traced next = open(line, packetId, true);
        if (next != null) {
            next.steps.add(first.steps.getFirst());
        }
        return next;
    }

    private synchronized void missed(final long frames) {
        lost += frames;
    }

    /** Where the capture puts its packets. */
    PacketSink sink(final CaptureContext context) {
        return new Sink(context);
    }

    private final class Sink implements PacketSink {
        private final CaptureContext context;
        private final PacketComment comment;

        Sink(final CaptureContext context) {
            this.context = context;
            this.comment = new PacketComment(context);
        }

        @Override
        public void packet(
                final CaptureRecord record,
                final UnsafeBuffer octets,
                final int offset,
                final int innerOffset,
                final int length,
                final int originalLength,
                final int part,
                final long missed) {
            missed(missed);
            if (part != 1) {
                return;
            }
            final FrameLine line = FrameLine.of(octets, innerOffset, length - (innerOffset - offset));
            final boolean isInner = record.isTunnelForm() && innerOffset > offset;
            see(
                    line,
                    new Step(
                            record.epochNanos(),
                            record.point(),
                            context.portName(record.port()),
                            record.frameLength() - (isInner ? Vxlan.HEADER_LENGTH : 0),
                            line.source(),
                            line.destination(),
                            line.ttl(),
                            record.reason(),
                            comment.of(record)),
                    record.packetId(),
                    record.isTunnelForm() && record.isSuperFrame() && !record.hasPartialChecksum());
        }

        @Override
        public boolean isComplete() {
            return FrameTrace.this.isComplete();
        }

        @Override
        public void flush() {}

        @Override
        public void finish(final long missed) {
            missed(missed);
        }
    }
}
