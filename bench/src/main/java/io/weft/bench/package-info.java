// SPDX-License-Identifier: Apache-2.0
/**
 * Micro-benchmarks of single functions, tables and the whole pipeline, by JMH. Nothing depends on this module.
 *
 * <h2>Theory of operation</h2>
 *
 * {@link io.weft.bench.JmhMain} runs them in a fork with the JVM flags that the program itself runs with (the parent pom's
 * property, written to {@code jvm.options} by the build) and prints a table: operations per second and octets allocated
 * per operation. An operation is one frame, one lookup or one checksum. Every benchmark of the pipeline checks at its end
 * that the frames it counts have arrived where they should.
 *
 * <p>Not measured here: system calls, the kernel, latency. {@code scripts/bench} does that on real ports.
 */
@NullMarked
package io.weft.bench;

import org.jspecify.annotations.NullMarked;
