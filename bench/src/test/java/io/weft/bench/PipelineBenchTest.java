// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.sun.management.ThreadMXBean;
import io.weft.frame.FrameVector;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
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
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = Long.MAX_VALUE;
        // The first rounds load classes; a leak per frame would show in every round.
        for (int round = 0; round < 20 && allocated > 0; round++) {
            final long before = threads.getCurrentThreadAllocatedBytes();
            int received = 0;
            for (int i = 0; i < 200; i++) {
                received += invocation.getAsInt();
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertThat(received).isEqualTo(200 * frames);
        }
        assertThat(allocated).isZero();
    }
}
