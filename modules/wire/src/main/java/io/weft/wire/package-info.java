// SPDX-License-Identifier: Apache-2.0
/**
 * Header codecs, checksums and addresses. No state, no allocation.
 *
 * <h2>Theory of operation</h2>
 *
 * A codec is a class of static getters and setters over {@code (buffer, offset)}. Its {@code isValid(buffer, offset,
 * length)} answers one question: may every getter be called without reading outside {@code [offset, offset + length)}?
 * Callers ask it once, where the frame enters; nobody checks again. {@code isValid} says nothing of what the fields mean:
 * a wrong checksum or an unknown flag is for a stage to judge.
 *
 * <p>All memory access goes through {@link io.weft.wire.Bytes}.
 */
@NullMarked
package io.weft.wire;

import org.jspecify.annotations.NullMarked;
