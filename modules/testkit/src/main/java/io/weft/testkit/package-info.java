// SPDX-License-Identifier: Apache-2.0
/**
 * What tests of several modules need: frames, slow twins of fast code, a clock that stands still, seeds.
 *
 * <h2>Theory of operation</h2>
 *
 * Nothing here shares code with what it tests: {@link io.weft.testkit.FrameBuilder} and
 * {@link io.weft.testkit.SlowOffload} work on byte arrays, field by field from the RFCs, with a byte-wise checksum of
 * their own. They are slow and allocate. Random tests take their numbers from {@link io.weft.testkit.Seeds}, which names
 * the seed of a failure.
 *
 * <p>Not handled: namespaces and real devices.
 */
@NullMarked
package io.weft.testkit;

import org.jspecify.annotations.NullMarked;
