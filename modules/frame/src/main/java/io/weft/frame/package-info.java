// SPDX-License-Identifier: Apache-2.0
/**
 * Frames, the vectors they travel in, and the ledger of what became of them.
 *
 * <h2>Theory of operation</h2>
 *
 * A worker owns one {@link io.weft.frame.FramePool}. Whoever has a {@link io.weft.frame.Frame} passes it on, holds it, or
 * gives it back, exactly once; there are no reference counts. Flooding copies. The pool never grows: when it is empty,
 * the frame that could not be is a counted drop.
 *
 * <p>{@link io.weft.frame.FramePool#drop} is the only way to lose a frame, and every reason has a name in
 * {@link io.weft.frame.DropReason}. Hence the conservation law, which tests and {@code weft stats} check:
 * received = transmitted + consumed + dropped + held.
 *
 * <p>A frame may be a super-frame of up to 64 KB. Stages treat it as one frame; only a port that can't take it cuts it.
 *
 * <p>Counters live outside the heap, in a file that other processes map.
 */
@NullMarked
package io.weft.frame;

import org.jspecify.annotations.NullMarked;
