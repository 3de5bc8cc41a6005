// SPDX-License-Identifier: Apache-2.0
package io.weft.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LabStateTest {
    private final String name = "state-" + ProcessHandle.current().pid();

    @AfterEach
    void removeFiles() throws LabException {
        try (LabState state = LabState.lock(name)) {
            state.clear();
            state.delete();
        }
    }

    @Test
    void shouldRememberWhatWasWritten() throws LabException {
        final LabProcess self = LabProcess.of("n1", ProcessHandle.current().pid());
        try (LabState state = LabState.lock(name)) {
            state.addNamespace(name + "-n1");
            state.addNode("n1");
            state.addProcess(self);
            state.markReady();
        }

        final LabState found = Objects.requireNonNull(LabState.find(name));

        assertThat(found.namespaces()).containsExactly(name + "-n1");
        assertThat(found.nodeProcesses()).containsExactly(self);
        assertThat(found.isReady() && found.nodesAlive()).isTrue();
        assertThat(LabState.names()).contains(name);
    }

    @Test
    void shouldIgnoreALineThatACrashCutShort() throws Exception {
        try (LabState state = LabState.lock(name)) {
            state.addNamespace(name + "-n1");
            Files.writeString(state.file("state"), "netns " + name + "-n", StandardOpenOption.APPEND);
        }

        final LabState found = Objects.requireNonNull(LabState.find(name));

        assertThat(found.namespaces()).containsExactly(name + "-n1");
        assertThat(found.isReady() && found.nodesAlive()).isFalse();
    }

    @Test
    void shouldLetOneCommandWorkOnALabAtATime() throws LabException {
        try (LabState held = LabState.lock(name)) {
            assertThat(held.name()).isEqualTo(name);
            assertThatThrownBy(() -> LabState.lock(name)).hasMessageContaining("another command");
        }
    }

    @Test
    void shouldLeaveNoFilesBehind() throws LabException {
        try (LabState state = LabState.lock(name)) {
            state.addNode("n1");
            state.write(state.nodeFile("n1"), "node: n1\n");
            state.clear();
            state.delete();
        }

        assertThat(LabState.find(name)).isNull();
    }
}
