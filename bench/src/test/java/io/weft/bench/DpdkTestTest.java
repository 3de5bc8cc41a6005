// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DpdkTestTest {
    @TempDir
    Path folder = Path.of("");

    @Test
    void shouldFindTheProgramOnThePath() throws IOException {
        program("dpdk-test");
        assertThat(DpdkTest.find(Map.of("PATH", "/nowhere:" + folder))).isNotNull();
        assertThat(DpdkTest.find(Map.of("PATH", "/nowhere"))).isNull();
        assertThat(DpdkTest.find(Map.of())).isNull();
    }

    @Test
    void shouldPreferTheProgramThatIsNamed() throws IOException {
        final Path named = program("other");
        assertThat(DpdkTest.find(Map.of("DPDK_TEST", named.toString(), "PATH", "/nowhere")))
                .isNotNull();
        assertThat(DpdkTest.find(Map.of("DPDK_TEST", "/nowhere/dpdk-test", "PATH", folder.toString())))
                .isNull();
    }

    @Test
    void shouldSayByNameWhatToInstall() {
        assertThat(DpdkTest.MISSING).contains("dpdk-test").contains("dpdk-dev").doesNotContain("\n");
    }

    private Path program(final String name) throws IOException {
        final Path program = Files.createFile(folder.resolve(name));
        assertThat(program.toFile().setExecutable(true)).isTrue();
        return program;
    }
}
