// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class NodeVerbsTest {
    @Test
    void shouldShowEachAlarmOnALineOfItsOwn() {
        final Row row =
                NodeVerbs.alarms(new Row().word("node", "n1"), List.of("neighbor table full: 4096 entries", "another"));
        assertThat(Row.lines(List.of(row)))
                .containsExactly("n1\n\talarm: neighbor table full: 4096 entries\n\talarm: another");
        assertThat(row.json())
                .isEqualTo("{\"node\":\"n1\",\"alarms\":[\"neighbor table full: 4096 entries\",\"another\"]}");
    }
}
