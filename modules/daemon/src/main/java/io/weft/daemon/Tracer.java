// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.capture.CapturePoint;
import io.weft.capture.CaptureRequest;
import io.weft.capture.CaptureSelection;
import io.weft.capture.CaptureSession;
import io.weft.capture.FrameTrace;
import io.weft.dataplane.RefusedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The node's trace of real frames: the last one that was asked for, running or complete. */
final class Tracer implements AutoCloseable {
    /** Frames that a trace may follow. */
    static final int MAX_FRAMES = 1000;

    private static final Logger LOG = LoggerFactory.getLogger(Tracer.class);

    private final Node node;
    private @Nullable CaptureSession session;
    private @Nullable FrameTrace trace;

    Tracer(final Node node) {
        this.node = node;
    }

    /**
     * Begins a trace of the next {@code frames} frames that match {@code filter}; the one before is given up.
     *
     * @throws CommandException the filter is wrong; the one before stays
     */
    synchronized void start(final int frames, final String filter) throws CommandException, RefusedException {
        final FrameTrace next = new FrameTrace(frames);
        final CaptureSession capture;
        try {
            final CaptureRequest request =
                    new CaptureRequest(CapturePoint.ALL, CaptureSelection.ALL, FrameTrace.SNAP_LENGTH, 0, filter);
            capture = CaptureSession.start(request, node.dataplane().workers(), node.captureContext(), next);
        } catch (final IllegalArgumentException e) {
            throw new CommandException(String.valueOf(e.getMessage()));
        }
        close();
        try {
            node.dataplane().captures().attach(capture.rings());
        } catch (final RefusedException e) {
            capture.close();
            throw e;
        }
        session = capture;
        trace = next;
    }

    /** The trace; null if none was asked for. */
    synchronized @Nullable FrameTrace trace() {
        return trace;
    }

    /** Ends the trace and forgets it. */
    @Override
    public synchronized void close() {
        final CaptureSession ended = session;
        if (ended != null) {
            ended.close();
            detach(ended);
        }
        session = null;
        trace = null;
    }

    /** An ended capture is let go of by the worker itself; this is only earlier. */
    private void detach(final CaptureSession ended) {
        try {
            node.dataplane().captures().detach(ended.rings());
        } catch (final RefusedException e) {
            LOG.debug("trace: {}", e.getMessage());
        }
    }
}
