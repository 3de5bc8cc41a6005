// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.weft.testkit.WarmAllocation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** That the benchmarks of single stages and tables do what they say, and allocate nothing. Not how fast. */
final class StageBenchTest {
    private static final int INVOCATIONS = 100;

    private final Octets octets = new Octets();

    @ParameterizedTest
    @EnumSource(Sample.class)
    void shouldReadEveryFieldOfEveryKind(final Sample kind) {
        final HeaderBench bench = new HeaderBench();
        bench.kind = kind;
        bench.fill();
        assertAllocatesNothing(bench::read);
        assertThatCode(bench::check).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @EnumSource(Sample.class)
    void shouldTakeInEveryKindOfFrame(final Sample kind) {
        final EthernetInputBench bench = new EthernetInputBench();
        bench.kind = kind;
        bench.fill();
        assertAllocatesNothing(bench::process);
        assertThatCode(bench::check).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"icmp", "tcp port 5201 and host 10.99.0.1"})
    void shouldLookAtEveryFrameForACapture(final String filter) {
        final CaptureBench bench = new CaptureBench();
        bench.filter = filter;
        bench.fill();
        assertAllocatesNothing(bench::filter);
        assertAllocatesNothing(bench::drop);
        assertThatCode(bench::check).doesNotThrowAnyException();
    }

    @Test
    void shouldSumAsDefined() {
        final ChecksumBench bench = new ChecksumBench();
        final ChecksumBench.Block state = new ChecksumBench.Block();
        state.length = 1500;
        state.fill();
        assertAllocatesNothing(() -> bench.full(state, octets));
        assertThat(octets.octets).isPositive().isEqualTo(octets.octets / 1500 * 1500);
        assertThatCode(state::check).doesNotThrowAnyException();
    }

    @Test
    void shouldCutSuperFrameAndMakeItAgain() {
        final OffloadBench bench = new OffloadBench();
        bench.fill();
        assertAllocatesNothing(() -> bench.segment(octets));
        assertAllocatesNothing(() -> bench.coalesce(octets));
        assertThatCode(bench::check).doesNotThrowAnyException();
    }

    @Test
    void shouldEncapsulateEveryFrame() {
        final VxlanBench bench = new VxlanBench();
        final VxlanBench.Frames state = new VxlanBench.Frames();
        state.fill();
        assertAllocatesNothing(() -> bench.encap(state));
        assertThatCode(state::check).doesNotThrowAnyException();
    }

    @Test
    void shouldDecapsulateEveryDatagram() {
        final VxlanBench bench = new VxlanBench();
        final VxlanBench.Datagrams state = new VxlanBench.Datagrams();
        state.fill();
        assertAllocatesNothing(() -> bench.decap(state));
        assertThatCode(state::check).doesNotThrowAnyException();
    }

    @Test
    void shouldMakeOneSuperFrameOfEachTrain() {
        final VxlanBench bench = new VxlanBench();
        final VxlanBench.Train state = new VxlanBench.Train();
        state.fill();
        assertAllocatesNothing(() -> bench.decapTrain(state, octets));
        assertThatCode(state::check).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(ints = {10_000, 1_000_000})
    void shouldFindEveryMac(final int size) {
        final FdbBench bench = new FdbBench();
        bench.size = size;
        bench.fill();
        assertAllocatesNothing(bench::lookup);
        assertAllocatesNothing(bench::learn);
        bench.lookup();
        assertThatCode(bench::check).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ipv4", "ipv6"})
    void shouldFindEveryNeighbor(final String family) {
        final NeighborBench bench = new NeighborBench();
        bench.family = family;
        bench.fill();
        assertAllocatesNothing(bench::lookup);
        assertThatCode(bench::check).doesNotThrowAnyException();
    }

    @Test
    void shouldFindEveryVniAndVtep() {
        final OverlayTableBench bench = new OverlayTableBench();
        bench.fill();
        assertAllocatesNothing(bench::vni);
        assertAllocatesNothing(bench::vtep);
        assertThatCode(bench::check).doesNotThrowAnyException();
    }

    private static void assertAllocatesNothing(final Runnable invocation) {
        assertThat(WarmAllocation.of(INVOCATIONS, invocation)).isZero();
    }
}
