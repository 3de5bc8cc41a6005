// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.journal.FlowNames.NetworkName;
import io.weft.journal.FlowNames.PortName;
import io.weft.wire.IpAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class NamesTextTest {
    @Test
    void shouldGiveBackNames() {
        final FlowNames names = new FlowNames(
                "nœud 1",
                Map.of(
                        0,
                        new PortName(
                                "a", "blue", "a", List.of(IpAddress.parse("10.0.0.1"), IpAddress.parse("fd00::1"))),
                        7,
                        new PortName("host port", "", null, List.of())),
                Map.of(0, new NetworkName("blue", 100), 1, new NetworkName("pods", 0)),
                Map.of(12, "198.19.0.2"));
        assertThat(NamesText.decode(NamesText.encode(names))).isEqualTo(names);
        assertThat(NamesText.decode(NamesText.encode(FlowNames.NONE))).isEqualTo(FlowNames.NONE);
    }

    @Test
    void shouldKeepLinesApartWhateverIsInAName() {
        final FlowNames names = new FlowNames("a\nport\t1", Map.of(), Map.of(), Map.of());
        assertThat(NamesText.decode(NamesText.encode(names)).node()).isEqualTo("a?port?1");
    }

    @Test
    void shouldLeaveOutWhatNoRecordHolds() {
        final Map<Integer, NetworkName> networks = new HashMap<>();
        for (int i = 0; i < 100; i++) {
            networks.put(i, new NetworkName("x".repeat(RecordHeader.MAX_BODY / 90), i));
        }
        final byte[] octets = NamesText.encode(new FlowNames("n1", Map.of(), networks, Map.of()));
        assertThat(octets.length).isLessThanOrEqualTo(RecordHeader.MAX_BODY);
        assertThat(NamesText.decode(octets).networks()).hasSizeGreaterThan(80);
    }

    @Test
    void shouldRefuseWhatIsNoNames() {
        for (final String text : List.of(
                "node",
                "port\t1",
                "network\tx\ty\t1",
                "network\t1\ty",
                "network\t1\ty\tz",
                "vtep\t1\t2\t3",
                "some\tthing")) {
            assertThatThrownBy(() -> NamesText.decode(text.getBytes(StandardCharsets.UTF_8)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
