// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.wire.IpAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
    @Test
    void shouldTellAddressesFromNames() {
        assertThat(Endpoint.parse("198.19.0.2")).isEqualTo(new Endpoint(IpAddress.parse("198.19.0.2"), null));
        assertThat(Endpoint.parse("fd00::2")).isEqualTo(new Endpoint(IpAddress.parse("fd00::2"), null));
        assertThat(Endpoint.parse("N2.Example")).isEqualTo(new Endpoint(null, "n2.example"));
        assertThat(Endpoint.parse("compose_n2_1")).isEqualTo(new Endpoint(null, "compose_n2_1"));
        assertThat(Endpoint.parse("2nd")).isEqualTo(new Endpoint(null, "2nd"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "198.19.0",
                "198.19.0.256",
                "198.19.0.2/32",
                "fd00::g",
                "n2.",
                ".n2",
                "n2..n3",
                "-n2",
                "n2-",
                "n 2",
                "n2/24",
                "n2.4",
                "nöde",
                "12345678901234567890123456789012345678901234567890123456789012345"
            })
    void shouldRefuseWhatIsNeither(final String text) {
        assertThatThrownBy(() -> Endpoint.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
