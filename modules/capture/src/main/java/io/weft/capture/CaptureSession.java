// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One running capture, on a thread of its own: takes records from the workers' rings and writes pcapng, or follows frames.
 *
 * <pre>
 *  session = CaptureSession.start(request, workers, context, "Weft 0.1", out, onEnd)   filter checked, thread runs, header written
 *  worker:  tap.attach(session.rings().get(n))
 *  ...                                                                        ends: count reached, stream gone, close()
 *  onEnd runs on the session's thread; worker: tap.detach(session.rings().get(n))
 * </pre>
 *
 * The stream stays the caller's: the session flushes it and doesn't close it. A stream that blocks blocks only the
 * session; copies are then lost and counted. Selection and filter are the worker's (see {@link FrameFilter}); of a train of
 * datagrams, which it hands over whole if one matches, those that match are picked here.
 */
public final class CaptureSession implements AutoCloseable {
    private static final int READ_LIMIT = 64;
    private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long FLUSH_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long CLOSE_MILLIS = 1_000;
    /** Rounds that a closing session waits for records that a worker holds. */
    private static final int LAST_ROUNDS = 200;

    private final CaptureRequest request;
    private final Runnable onEnd;
    private final @Nullable FilterProgram filter;
    /** One for each worker, which is its only writer. */
    private final List<CaptureRing> rings = new ArrayList<>();

    private final PacketAssembler assembler;
    private final CaptureRecord record = new CaptureRecord();
    private final MessageHandler handler = this::onRecord;
    private final PacketAssembler.Sink packetHandler = this::onPacket;
    private final Thread thread;

    private final PacketSink sink;
    private long pendingLost;
    private final AtomicLong packets = new AtomicLong();
    private volatile boolean closing;
    private volatile String endReason = "";

    private CaptureSession(
            final CaptureRequest request,
            final int workers,
            final CaptureContext context,
            final PacketSink sink,
            final Runnable onEnd,
            final int ringCapacity) {
        this.request = request;
        this.sink = sink;
        this.onEnd = onEnd;
        this.filter = CaptureFilter.compile(request.filter());
        final int capacity = Math.max(CaptureRing.MIN_CAPACITY, ringCapacity / Integer.highestOneBit(workers));
        for (int worker = 0; worker < workers; worker++) {
            rings.add(new CaptureRing(
                    request.pointMask(),
                    request.selection(),
                    new FrameFilter(filter, context),
                    request.snapLength(),
                    capacity));
        }
        this.assembler = new PacketAssembler(context);
        this.thread = Thread.ofPlatform().daemon().name("weft-capture").unstarted(this::run);
    }

    /**
     * Starts a capture; the header of the file and frames come once the tap of each worker has attached its ring of {@link #rings}.
     *
     * @param workers packets of several may stand in the file a little out of order
     * @param application name and version of the program, for the file's header
     * @param onEnd runs once, at the end, on the session's thread
     * @throws IllegalArgumentException with one clear line if the filter is wrong or libpcap is missing
     */
    public static CaptureSession start(
            final CaptureRequest request,
            final int workers,
            final CaptureContext context,
            final String application,
            final OutputStream out,
            final Runnable onEnd) {
        final PacketSink sink = new PcapngSink(context, request.snapLength(), application, out);
        return start(request, workers, context, sink, onEnd, CaptureRing.DEFAULT_CAPACITY);
    }

    /** The same into {@code trace} instead of a file. */
    public static CaptureSession start(
            final CaptureRequest request, final int workers, final CaptureContext context, final FrameTrace trace) {
        return start(request, workers, context, trace.sink(context), () -> {}, CaptureRing.DEFAULT_CAPACITY);
    }

    /** The same with rings of {@code ringCapacity} octets for all workers together. */
    static CaptureSession start(
            final CaptureRequest request,
            final int workers,
            final CaptureContext context,
            final PacketSink sink,
            final Runnable onEnd,
            final int ringCapacity) {
        final CaptureSession session = new CaptureSession(request, workers, context, sink, onEnd, ringCapacity);
        session.thread.start();
        return session;
    }

    /** What the only worker's tap attaches and detaches. */
    public CaptureRing ring() {
        return rings.getFirst();
    }

    /** What the taps of several workers attach and detach, in their order. */
    public List<CaptureRing> rings() {
        return List.copyOf(rings);
    }

    /** Packets written so far. Any thread. */
    public long packets() {
        return packets.get();
    }

    /** Frames that the ring could not take. Any thread. */
    public long lost() {
        return rings.stream().mapToLong(CaptureRing::lost).sum();
    }

    /** Why the capture ended, in a few words; empty while it runs. Any thread. */
    public String endReason() {
        return endReason;
    }

    /** Waits for the end; false if it has not come within {@code millis}. */
    public boolean awaitEnd(final long millis) throws InterruptedException {
        return thread.join(java.time.Duration.ofMillis(millis));
    }

    /**
     * Ends the capture: what is in the ring is written, then the statistics. Waits up to a second; a stream that blocks
     * longer is for the caller to close.
     */
    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
        if (Thread.currentThread() == thread) {
            return;
        }
        try {
            thread.join(CLOSE_MILLIS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        String reason;
        try {
            awaitAttached();
            sink.flush();
            reason = capture();
            finish();
        } catch (final IOException | UncheckedIOException e) {
            reason = "stream closed";
        } finally {
            rings.forEach(CaptureRing::end);
        }
        endReason = reason;
        onEnd.run();
    }

    /** The file's header says that the capture has begun: who has it misses nothing of what comes then, at any worker. */
    private void awaitAttached() {
        while (!closing && !rings.stream().allMatch(CaptureRing::isAttached)) {
            LockSupport.parkNanos(this, IDLE_NANOS);
        }
    }

    /** Until the capture ends; says why. */
    private String capture() throws IOException {
        boolean isFlushed = true;
        long flushed = System.nanoTime();
        int idle = 0;
        while (true) {
            final boolean wasClosing = closing;
            if (wasClosing) {
                rings.forEach(CaptureRing::end);
            }
            final int read = read();
            isFlushed &= read == 0;
            if (isComplete()) {
                return "count reached";
            }
            idle = read > 0 ? 0 : idle + 1;
            if (idle == 1 && !isEmpty()) {
                continue;
            }
            if (!isFlushed && (read == 0 || System.nanoTime() - flushed > FLUSH_NANOS)) {
                sink.flush();
                flushed = System.nanoTime();
                isFlushed = true;
            }
            if (read == 0) {
                if (wasClosing && (isEmpty() || idle > LAST_ROUNDS)) {
                    return "closed";
                }
                LockSupport.parkNanos(this, IDLE_NANOS);
            }
        }
    }

    /** Where a ring wraps, a read may find nothing and the next one something; and a worker may hold records for a moment. */
    private boolean isEmpty() {
        return rings.stream().allMatch(CaptureRing::isEmpty);
    }

    private int read() {
        int read = 0;
        for (final CaptureRing ring : rings) {
            read += ring.read(handler, READ_LIMIT);
        }
        return read;
    }

    private boolean isComplete() {
        return (request.count() > 0 && packets.get() >= request.count()) || sink.isComplete();
    }

    private void finish() throws IOException {
        rings.forEach(CaptureRing::end);
        sink.finish(pendingLost);
    }

    private void onRecord(final int type, final DirectBuffer buffer, final int index, final int length) {
        try {
            record.wrap(buffer, index, length);
            pendingLost += record.lost();
            assembler.assemble(record, packetHandler);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void onPacket(
            final UnsafeBuffer octets,
            final int offset,
            final int innerOffset,
            final int length,
            final int originalLength,
            final int part)
            throws IOException {
        if (isComplete() || !matches(octets, offset, innerOffset, length)) {
            return;
        }
        sink.packet(record, octets, offset, innerOffset, length, originalLength, part, pendingLost);
        pendingLost = 0;
        packets.incrementAndGet();
    }

    /** The worker has matched the whole record; of a train it may have meant another datagram. */
    private boolean matches(final UnsafeBuffer octets, final int offset, final int innerOffset, final int length) {
        if (filter == null
                || !record.isTunnelForm()
                || !record.isSuperFrame()
                || record.hasPartialChecksum()
                || filter.matches(octets, offset, length, length)) {
            return true;
        }
        final int outer = innerOffset - offset;
        return outer > 0 && filter.matches(octets, innerOffset, length - outer, length - outer);
    }
}
