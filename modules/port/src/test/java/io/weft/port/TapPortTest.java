// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.FramePool;
import io.weft.wire.IpPrefix;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("netns")
class TapPortTest {
    private final TestNamespaces namespaces = new TestNamespaces();
    private final FramePool pool = new FramePool(300, Counters.inMemory(4));
    private String a = "";
    private String b = "";

    @BeforeEach
    void makeNamespaces() throws Exception {
        a = namespaces.add("a");
        b = namespaces.add("b");
    }

    @AfterEach
    void removeNamespaces() throws Exception {
        namespaces.close();
    }

    private TapPort open(final int index, final String namespace, final boolean offloads, final String... addresses)
            throws PortException {
        final List<IpPrefix> prefixes =
                List.of(addresses).stream().map(IpPrefix::parse).toList();
        final TapConfig config =
                new TapConfig("p" + index, namespace, "eth0", AutoMac.of("n1", "p" + index), 1450, prefixes, offloads);
        return TapPort.open(index, config, pool);
    }

    @Test
    void shouldCarryTcpInSuperFrames() throws Exception {
        try (TapPort first = open(0, a, true, "10.1.0.1/24", "fd00:1::1/64");
                TapPort second = open(1, b, true, "10.1.0.2/24", "fd00:1::2/64");
                Splice splice = new Splice(pool, first, second)) {
            assertThat(first.offloads()).startsWith("csum tso4 tso6");
            assertThat(Transfer.tcp(a, b, "10.1.0.2", 50_000_000)).isTrue();
            assertThat(Transfer.tcp(b, a, "fd00:1::1", 50_000_000)).isTrue();
            assertThat(splice.superFrameSeen()).isTrue();
        }
        assertThat(pool.inUse()).isZero();
    }
}
