// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.wire.IpAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class LabSocketsTest {
    private static final List<String> RUNNING = List.of("blue-n1", "blue-n2", "green-n1", "single");

    @Test
    void shouldTakeTheNodesOfTheLabOfTheNodeThatIsNamed() {
        assertThat(LabSockets.nodes(RUNNING, "blue-n2")).containsExactly("blue-n1", "blue-n2");
        assertThat(LabSockets.nodes(RUNNING, "single")).containsExactly("single");
        assertThat(LabSockets.nodes(RUNNING, null)).isEqualTo(RUNNING);
    }

    @Test
    void shouldRefuseAnAddressThatTwoPodsHave() throws CommandException {
        final LabSockets sockets = new LabSockets();
        final IpAddress address = IpAddress.parse("10.100.0.1");
        sockets.add(address, "blue-a");
        sockets.add(address, "blue-a");

        assertThatThrownBy(() -> sockets.add(address, "green-a"))
                .isInstanceOf(CommandException.class)
                .hasMessage(
                        "both blue-a and green-a have the address 10.100.0.1: say which lab by one of its nodes, -n NODE");
        assertThat(sockets.pod(address)).isEqualTo("blue-a");
    }
}
