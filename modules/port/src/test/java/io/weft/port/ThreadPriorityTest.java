// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

class ThreadPriorityTest {
    /** Of /proc/.../stat (proc(5)), counted from behind the name. */
    private static final int NICE_FIELD = 19 - 3;

    @Test
    void shouldSetTheNiceValueOfTheCallingThreadOnly() throws Exception {
        final int before = nice();
        final FutureTask<Integer> other = new FutureTask<>(() -> {
            // Being nicer is everybody's right.
            assertThat(ThreadPriority.set(before + 1)).isTrue();
            return nice();
        });
        Thread.ofPlatform().start(other);
        assertThat(other.get()).isEqualTo(before + 1);
        assertThat(nice()).isEqualTo(before);
    }

    private static int nice() throws IOException {
        final String stat = Files.readString(Path.of("/proc/thread-self/stat"));
        return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[NICE_FIELD]);
    }
}
