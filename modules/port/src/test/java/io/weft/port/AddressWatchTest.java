// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("netns")
class AddressWatchTest {
    private static final IpPrefix PREFIX = IpPrefix.parse("198.19.0.0/24");

    @AutoClose
    private final TestNamespaces namespaces = new TestNamespaces();

    private String a = "";

    @BeforeEach
    void makeNamespaces() throws Exception {
        a = namespaces.add("a");
    }

    private List<IpAddress> addresses() throws Exception {
        return NetworkNamespace.call(a, () -> InterfaceConfig.addressesIn(PREFIX));
    }

    @Test
    void shouldHearOfEveryAddressThatComesOrGoes() throws Exception {
        try (AddressWatch watch = NetworkNamespace.call(a, () -> new AddressWatch(20))) {
            while (watch.await()) {
                // What the namespace's own birth still says.
            }
            assertThat(addresses()).isEmpty();
            for (final String address : List.of("198.19.0.20/24", "198.19.0.3/24", "198.19.1.1/24", "fd00::1/64")) {
                TestNamespaces.run("ip", "-n", a, "address", "add", address, "dev", "lo");
                assertHears(watch);
            }
            assertThat(addresses()).hasToString("[198.19.0.3, 198.19.0.20]");
            TestNamespaces.run("ip", "-n", a, "address", "del", "198.19.0.20/24", "dev", "lo");
            assertHears(watch);
            TestNamespaces.run("ip", "-n", a, "link", "add", "x", "type", "veth", "peer", "name", "y");
            assertHears(watch);
        }
    }

    /** Then nothing more, for nothing more has happened. */
    private static void assertHears(final AddressWatch watch) {
        assertThat(watch.await()).isTrue();
        while (watch.await()) {
            // One change may be told by several messages.
        }
    }
}
