// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.weft.dataplane.NeighborRow;
import io.weft.wire.IpAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

final class NeighVerbsTest {
    private static final Row REACHABLE = NeighVerbs.row(
            new NeighborRow("pods", IpAddress.parse("10.244.1.2"), 0x02_0000_0000_0aL, "REACHABLE", 3, 0));
    private static final Row INCOMPLETE =
            NeighVerbs.row(new NeighborRow("pods", IpAddress.parse("fd00::2"), 0, "INCOMPLETE", 0, 4));

    @Test
    void shouldShowANeighborAsIprouteDoes() {
        assertThat(Row.lines(List.of(REACHABLE, INCOMPLETE)))
                .containsExactly(
                        "10.244.1.2 dev pods lladdr 02:00:00:00:00:0a age 3 REACHABLE",
                        "fd00::2    dev pods age 0 held 4 INCOMPLETE");
    }

    @Test
    void shouldUseIproutesNamesInJson() {
        assertThat(REACHABLE.json())
                .isEqualTo("{\"dst\":\"10.244.1.2\",\"dev\":\"pods\",\"lladdr\":\"02:00:00:00:00:0a\",\"age\":3,"
                        + "\"held\":0,\"state\":[\"REACHABLE\"]}");
        assertThat(INCOMPLETE.json())
                .isEqualTo("{\"dst\":\"fd00::2\",\"dev\":\"pods\",\"age\":0,\"held\":4,\"state\":[\"INCOMPLETE\"]}");
    }

    @Test
    void shouldTakeStatesInAnyCase() throws CommandException {
        assertThat(NeighVerbs.state(null)).isNull();
        assertThat(NeighVerbs.state("all")).isNull();
        assertThat(NeighVerbs.state("stale")).isEqualTo("STALE");
        assertThat(NeighVerbs.state("PERMANENT")).isEqualTo("PERMANENT");
        assertThatExceptionOfType(CommandException.class)
                .isThrownBy(() -> NeighVerbs.state("noarp"))
                .withMessage("nud must be one of incomplete reachable stale delay probe failed permanent all,"
                        + " not 'noarp'");
    }
}
