// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.wire.MacAddress;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AutoMacTest {
    @Test
    void shouldBeStableLocalAndUnicast() {
        final Set<Long> seen = new HashSet<>();
        for (int port = 0; port < 1000; port++) {
            final long mac = AutoMac.of("n1", "p" + port);
            assertThat(mac).isEqualTo(AutoMac.of("n1", "p" + port));
            assertThat(mac >>> 40 & 3).isEqualTo(2);
            assertThat(mac >>> 48).isZero();
            assertThat(MacAddress.isUnicastSource(mac)).isTrue();
            seen.add(mac);
        }
        assertThat(seen).hasSize(1000);
        assertThat(AutoMac.of("n1", "a")).isNotEqualTo(AutoMac.of("n2", "a"));
        assertThat(MacAddress.format(AutoMac.of("n1", "a"))).isEqualTo("16:a5:bf:af:3f:96");
    }
}
