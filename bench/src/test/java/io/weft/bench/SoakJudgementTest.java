// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.bench.NodeProbe.Books;
import io.weft.bench.SoakResults.Load;
import io.weft.bench.SoakResults.Node;
import io.weft.bench.SoakResults.Promise;
import io.weft.bench.SoakResults.Resident;
import io.weft.bench.SoakResults.Sample;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SoakJudgementTest {
    private static final long FRAMES = 1_000_000;
    private static final long QUESTION = 400;
    private static final Books BEFORE = new Books(5_000, 3, 10, 0);
    private static final Map<String, Long> NONE = Map.of();

    private static List<Sample> samples(final long... resident) {
        final List<Sample> samples = new ArrayList<>();
        for (final long each : resident) {
            samples.add(new Sample(samples.size(), each, FRAMES, NONE));
        }
        return samples;
    }

    private static Books after(final long allocated, final long collections, final long imbalance) {
        return new Books(
                BEFORE.allocated() + QUESTION + allocated,
                BEFORE.collections() + collections,
                BEFORE.received() + FRAMES,
                imbalance);
    }

    private static Node node(final Books after, final Map<String, Long> drops, final List<Sample> samples) {
        return Soak.row("n1", BEFORE, after, QUESTION, drops, samples);
    }

    private static Node sound() {
        return node(after(0, 0, 0), NONE, samples(1000, 1000));
    }

    private static Load load(final long udpLost, final long udpRefused, final long pingsMissing) {
        return new Load(1e9, FRAMES, FRAMES - udpLost, udpRefused, 1000, pingsMissing, 50, List.of());
    }

    private static List<String> broken(final Load load, final Node node, final Map<String, Long> kernelDrops) {
        return SoakJudgement.judge(load, List.of(sound(), node), kernelDrops).stream()
                .filter(promise -> !promise.holds())
                .map(Promise::id)
                .toList();
    }

    private static List<String> broken(final Node node) {
        return broken(load(0, 0, 0), node, NONE);
    }

    @Test
    void shouldKeepEveryPromiseWhereNothingHappened() {
        assertThat(broken(sound())).isEmpty();
    }

    @Test
    void shouldNotTakeTheQuestionForAllocation() {
        final Node node = node(after(0, 0, 0), NONE, samples(1));

        assertThat(node.frames()).isEqualTo(FRAMES);
        assertThat(node.allocated()).isZero();
        assertThat(node.collections()).isZero();
    }

    @Test
    void shouldBreakAtACollection() {
        assertThat(broken(node(after(0, 1, 0), NONE, samples(1)))).containsExactly("collections");
    }

    /** Half a hundredth of an octet is what is shown as 0.01. */
    @Test
    void shouldBreakWhereFramesAllocate() {
        assertThat(broken(node(after(FRAMES / 200 - 1, 0, 0), NONE, samples(1))))
                .isEmpty();
        assertThat(broken(node(after(FRAMES / 200, 0, 0), NONE, samples(1)))).containsExactly("octets per frame");
    }

    @Test
    void shouldNotDivideByNoFrames() {
        final Books after = new Books(BEFORE.allocated() + QUESTION + 8, 3, BEFORE.received(), 0);

        assertThat(node(after, NONE, samples(1)).allocatedPerFrame()).isEqualTo(8);
    }

    @ParameterizedTest
    @CsvSource({
        "1000, 1000, 1000, true",
        "1000, 1000, 1010, true",
        "1000, 1000,  990, true",
        "1000, 1000, 1011, false",
        "1000, 1000,  989, false",
        "1000, 1011, 1000, false",
        "1000,  989, 1000, false",
    })
    void shouldHoldMemoryFlatFromTheFirstToTheLastAndBetween(
            final long first, final long middle, final long last, final boolean holds) {
        final Node node = node(after(0, 0, 0), NONE, samples(first, middle, last));

        assertThat(broken(node).isEmpty()).isEqualTo(holds);
    }

    @Test
    void shouldSayHowMemoryWent() {
        assertThat(Resident.of(samples(1000, 1030, 980, 1010)))
                .isEqualTo(new Resident(1000, 1010, 980, 1030, 1.0, 5.0));
    }

    @Test
    void shouldBreakWhereFramesAreUnaccountedFor() {
        assertThat(broken(node(after(0, 0, -1), NONE, samples(1)))).containsExactly("conservation");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tx-full", "tx-error", "no-frame-available"})
    void shouldForgiveWhatAPortRefused(final String reason) {
        assertThat(broken(node(after(0, 0, 0), Map.of(reason, 9L), samples(1)))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"inner-checksum", "unknown-vtep", "a-reason-of-tomorrow"})
    void shouldBreakAtADropForAnotherReasonAndNameIt(final String reason) {
        final Node node = node(after(0, 0, 0), Map.of("tx-full", 9L, reason, 1L), samples(1));

        assertThat(broken(node)).containsExactly("drops");
        assertThat(SoakJudgement.judge(load(0, 0, 0), List.of(node), NONE))
                .anySatisfy(
                        promise -> assertThat(promise.text()).isEqualTo("n1 not refused but lost: " + reason + " 1"));
    }

    @Test
    void shouldBreakWhereALossWasCountedNowhere() {
        assertThat(broken(load(1, 0, 0), sound(), NONE)).containsExactly("losses");
        assertThat(broken(load(0, 0, 1), sound(), NONE)).containsExactly("losses");
    }

    /** A train that is lost counts as one and may have had 64 frames; what the pod's interface refused were single ones. */
    @Test
    void shouldForgiveALossThatWasCountedOnTheWay() {
        assertThat(broken(load(5, 5, 0), sound(), NONE)).isEmpty();
        assertThat(broken(load(6, 5, 0), sound(), NONE)).containsExactly("losses");
        assertThat(broken(load(64, 0, 0), sound(), Map.of("a/eth0 tx", 1L))).isEmpty();
        assertThat(broken(load(65, 0, 0), sound(), Map.of("a/eth0 tx", 1L))).containsExactly("losses");
        assertThat(broken(load(64, 0, 0), node(after(0, 0, 0), Map.of("tx-full", 1L), samples(1)), NONE))
                .isEmpty();
    }

    @Test
    void shouldShowEveryNodeAndEveryPromise() {
        final Node node = node(after(40_000_000, 2, 0), Map.of("tx-full", 7L), samples(10 << 10, 11 << 10));
        final Load load = load(64, 0, 3);
        final Map<String, Long> kernelDrops = Map.of("a/eth0 tx", 12L);
        final SoakResults results = new SoakResults(
                SoakResults.SCHEMA,
                "2026-01-01T00:00:00Z",
                List.of("scripts/bench", "--soak"),
                "test",
                SampleResults.of(1).machine(),
                600,
                60,
                load,
                List.of(node),
                kernelDrops,
                SoakJudgement.judge(load, List.of(node), kernelDrops));
        final ByteArrayOutputStream out = new ByteArrayOutputStream();

        SoakTable.print(results, new PrintStream(out, true, StandardCharsets.UTF_8));

        assertThat(results.isKept()).isFalse();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .containsPattern(
                        "n1 +1,000,000 +40,000,000 +40\\.00 +2 +10\\.0 11\\.0 10\\.0 11\\.0 \\+10\\.00 % +tx-full 7")
                .contains("a/eth0 tx 12")
                .containsPattern("BROKEN collections +n1 2")
                .containsPattern("kept +losses +67 frames did not arrive");
    }

    @Test
    void shouldWriteItsCountsUnderTheirNames() {
        final Node node = node(after(1, 0, 0), Map.of("tx-full", 7L), samples(100));
        final SoakResults results = new SoakResults(
                SoakResults.SCHEMA,
                "2026-01-01T00:00:00Z",
                List.of(),
                "test",
                SampleResults.of(1).machine(),
                600,
                60,
                load(0, 0, 0),
                List.of(node),
                NONE,
                List.of());

        assertThat(BenchJson.format(results))
                .contains("\"schema\" : 1", "\"warm_up_seconds\" : 60.0", "\"allocated_per_frame\"", "\"tx-full\" : 7")
                .doesNotContain("kept", "lost");
    }
}
