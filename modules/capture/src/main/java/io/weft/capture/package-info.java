// SPDX-License-Identifier: Apache-2.0
/**
 * Captures: pcapng of what passes a node, with what the node knows of each packet.
 *
 * <h2>Theory of operation</h2>
 *
 * A worker has one {@link io.weft.capture.CaptureTap}. While no capture runs, a {@link io.weft.capture.CapturePoint}
 * costs one field read per vector. While one runs, the tap copies each wanted frame with a fixed header into that
 * capture's {@link io.weft.capture.CaptureRing}; the ring is bounded, and what it can't take is lost to the capture and
 * counted. The worker never waits and never allocates.
 *
 * <p>A {@link io.weft.capture.CaptureSession} reads the ring on a thread of its own: it makes packets of the records (outer
 * headers for the tunnel, completed checksums, super-frames in the tunnel cut into segments), holds the filter against
 * them and writes pcapng. All that is costly or may block is here.
 *
 * <p>A session may end in a {@link io.weft.capture.FrameTrace} instead of a file: it puts together what is one frame at
 * several points.
 *
 * <p>States of a capture: started (filter compiled, header written), attached (frames come), ended (count reached, stream
 * gone, or closed). Ending marks the ring; the tap lets go of a marked ring by itself, so the command to detach it may
 * come late.
 *
 * <p>Not handled: the same packet seen at two points has two packet ids, since a frame carries none. The clock of a
 * capture is set when a ring is attached and runs on the monotonic clock from there; a step of the wall clock shows with
 * the next capture.
 */
@NullMarked
package io.weft.capture;

import org.jspecify.annotations.NullMarked;
