// SPDX-License-Identifier: Apache-2.0
/**
 * Captures: pcapng of what passes a node, with what the node knows of each packet.
 *
 * <h2>Theory of operation</h2>
 *
 * A worker has one {@link io.weft.capture.CaptureTap}. While no capture runs, a {@link io.weft.capture.CapturePoint}
 * costs one field read per vector. While one runs, the tap gives each frame a number, by which it is known wherever it is
 * seen, looks whether it is selected and matches the filter, and copies it with a fixed header into that capture's
 * {@link io.weft.capture.CaptureRing}; what does not match is never copied. The ring is bounded, and what it can't take is
 * lost to the capture and counted. The worker never waits and never allocates.
 *
 * <p>Filters are compiled by libpcap and run by {@code FilterProgram}, a BPF interpreter of our own: it works on the frame
 * where it lies, in the tunnel with outer headers in front that nobody has written yet.
 *
 * <p>What came in stays claimed in the ring until its vector has gone through all stages; so its comment can say what became
 * of it. The reader waits that long for it, no longer.
 *
 * <p>A {@link io.weft.capture.CaptureSession} reads the ring on a thread of its own: it makes packets of the records (outer
 * headers for the tunnel, completed checksums, super-frames in the tunnel cut into segments) and writes pcapng. All that is
 * costly or may block is here.
 *
 * <p>{@link io.weft.capture.DropRing} keeps the beginnings of the last frames that a worker dropped, whether a capture runs or
 * not.
 *
 * <p>A session may end in a {@link io.weft.capture.FrameTrace} instead of a file: it puts together what is one frame at
 * several points.
 *
 * <p>States of a capture: started (filter compiled, header written), attached (frames come), ended (count reached, stream
 * gone, or closed). Ending marks the ring; the tap lets go of a marked ring by itself, so the command to detach it may
 * come late.
 *
 * <p>Not handled: what becomes of a frame later than in its vector (one that is held for its next hop) does not stand with
 * it as it came in; it has the same number where it leaves. The clock of a capture is set when a ring is attached and runs on
 * the monotonic clock from there; a step of the wall clock shows with the next capture.
 */
@NullMarked
package io.weft.capture;

import org.jspecify.annotations.NullMarked;
