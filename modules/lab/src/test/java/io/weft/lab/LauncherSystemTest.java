// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The JVM takes what the build's training left, and refuses to start here if it can't. */
@Tag("netns")
final class LauncherSystemTest {
    private static final String ONLY_WITH_CACHE = "JDK_JAVA_OPTIONS=-XX:AOTMode=on";

    @Test
    void shouldStartCommandsFromTheCache() throws IOException {
        assertThat(Program.run("env", ONLY_WITH_CACHE, Program.WEFT, "version").ok())
                .startsWith("weft ");
    }

    @Test
    void shouldStartNodesFromTheCache() throws IOException {
        final Program.Result result = Program.run("env", ONLY_WITH_CACHE, Program.WEFT, "node", "run");
        assertThat(result.err()).contains("Error: --config FILE is missing");
    }
}
