// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.weft.frame.FrameVector;
import io.weft.testkit.WarmAllocation;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;

/** That the benchmarks measure what they say. Not how fast. */
final class PipelineBenchTest {
    private final PipelineBench bench = new PipelineBench();

    @Test
    void shouldSwitchEveryFrameToTheOtherPortWithoutAllocating() {
        final PipelineBench.Switching state = new PipelineBench.Switching();
        state.learn();
        assertAllocatesNothing(() -> bench.switching(state), 2 * FrameVector.CAPACITY);
        assertThatCode(state::check).doesNotThrowAnyException();
    }

    @Test
    void shouldCarryEveryFrameThroughTheTunnelWithoutAllocating() {
        final PipelineBench.Tunnel state = new PipelineBench.Tunnel();
        state.learn();
        assertAllocatesNothing(() -> bench.vxlan(state), 2 * FrameVector.CAPACITY);
        assertThatCode(state::check).doesNotThrowAnyException();
    }

    @Test
    void shouldTakeJvmFlagsFromTheBuild() {
        assertThat(JmhMain.jvmFlags())
                .contains("--enable-native-access=ALL-UNNAMED")
                .noneMatch(flag -> flag.contains("$"));
    }

    @Test
    void shouldRefuseUnknownOptionWithOneLine() {
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final int exit =
                JmhMain.run(new String[] {"--fast"}, System.out, new PrintStream(err, true, StandardCharsets.UTF_8));
        assertThat(exit).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .isEqualToIgnoringNewLines("Error: \"--fast\": usage: [--quick] [--json FILE] [PATTERN]...");
    }

    private static void assertAllocatesNothing(final IntSupplier invocation, final int frames) {
        final long octets = WarmAllocation.of(200, () -> {
            if (invocation.getAsInt() != frames) {
                throw new AssertionError("Not as many frames as were sent");
            }
        });
        assertThat(octets).isZero();
    }
}
