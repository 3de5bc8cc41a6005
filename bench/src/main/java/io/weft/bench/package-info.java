// SPDX-License-Identifier: Apache-2.0
/**
 * Benchmarks: of the whole system beside its peers, and of single functions, tables and the pipeline by JMH. Nothing depends
 * on this module.
 *
 * <h2>Theory of operation</h2>
 *
 * {@link io.weft.bench.JmhMain} runs the micro-benchmarks in a fork with the JVM flags that the program itself runs with (the parent pom's
 * property, written to {@code jvm.options} by the build) and prints a table: operations per second and octets allocated
 * per operation. An operation is one frame, one lookup or one checksum. Every benchmark of the pipeline checks at its end
 * that the frames it counts have arrived where they should.
 *
 * <p>System calls, the kernel and latency are what {@link io.weft.bench.BenchMain} measures, on real ports.
 * {@link io.weft.bench.Contenders} are the systems, {@link io.weft.bench.BenchScenario} between whom, and
 * {@link io.weft.bench.Probe} what is done to them; each row of these tables stands for itself. A
 * {@link io.weft.bench.Site} holds what one system has in one scenario, and takes all of it away, whatever happens.
 * {@link io.weft.bench.BenchRun} sets up, warms up, and goes through the {@link io.weft.bench.Schedule} of each round in the
 * time that the {@link io.weft.bench.Plan} has; {@link io.weft.bench.BenchResults} are what comes of it, and
 * {@link io.weft.bench.BenchReport} makes a page of them.
 * {@link io.weft.bench.UdpTraffic} is the generator. bench/README.md defines every figure.
 *
 * <p>{@link io.weft.bench.Soak} is endurance: Weft alone, in one scenario, under a {@link io.weft.bench.SoakLoad} of everything at
 * once; {@link io.weft.bench.SoakJudgement} says which promises were kept.
 */
@NullMarked
package io.weft.bench;

import org.jspecify.annotations.NullMarked;
