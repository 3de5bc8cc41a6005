// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.weft.dataplane.Dataplane;
import io.weft.dataplane.NetworkSpec;
import io.weft.dataplane.Options;
import io.weft.dataplane.RefusedException;
import io.weft.dataplane.VtepStatus;
import io.weft.frame.Counters;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PeersTest {
    private static final IpAddress LOW = IpAddress.parse("198.19.0.2");
    private static final IpPrefix UNDERLAY = IpPrefix.parse("192.0.2.1/32");
    private static final IpAddress HIGH = IpAddress.parse("198.19.0.30");
    private static final IpAddress SIX = IpAddress.parse("fd00::2");

    private final Map<String, List<IpAddress>> hosts = new ConcurrentHashMap<>();
    private final CountDownLatch hung = new CountDownLatch(1);
    private final CountDownLatch asked = new CountDownLatch(1);
    private Dataplane dataplane;

    @BeforeEach
    void start() throws Exception {
        dataplane = new Dataplane("n1", Counters.inMemory(4), new Options(8, 4, 16, 0));
        dataplane.start();
        dataplane.underlayMtu(1500);
        dataplane.addNetwork(NetworkSpec.switched("blue", 100));
    }

    @AfterEach
    void end() {
        hung.countDown();
        dataplane.close();
    }

    private List<IpAddress> resolve(final String host) {
        if (host.equals("hangs")) {
            asked.countDown();
            awaitHung();
        }
        return hosts.getOrDefault(host, List.of());
    }

    private void awaitHung() {
        try {
            hung.await();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void shouldFollowNamesThoughAnotherHangs() throws Exception {
        dataplane.vteps().addNamed("blue", "hangs", 4789, 0);
        dataplane.vteps().addNamed("blue", "n2", 4789, 0);
        try (Peers peers = new Peers(dataplane.vteps(), this::resolve, UNDERLAY)) {
            peers.start();
            asked.await();
            hosts.put("n2", List.of(LOW));
            await().until(() -> LOW.equals(address("n2")));
            hosts.put("n2", List.of(HIGH));
            await().until(() -> HIGH.equals(address("n2")));
            hosts.remove("n2");
            hosts.put("hangs", List.of(LOW));
            hung.countDown();
            await().until(() -> LOW.equals(address("hangs")));
            assertThat(address("n2")).as("stands for nothing now").isEqualTo(HIGH);
        }
    }

    @Test
    void shouldTellTheAnswersOfARoundAsOneSet() throws Exception {
        dataplane.vteps().addNamed("blue", "n2", 4789, 0);
        dataplane.vteps().addNamed("blue", "n3", 4789, 0);
        hosts.put("n2", List.of(LOW));
        hosts.put("n3", List.of(HIGH));
        try (Peers peers = new Peers(dataplane.vteps(), this::resolve, UNDERLAY)) {
            peers.round();
            assertThat(List.of(row("n2").label(), String.valueOf(address("n2")), String.valueOf(address("n3"))))
                    .containsExactly("n2", LOW.toString(), HIGH.toString());
            hosts.put("n2", List.of(HIGH));
            hosts.put("n3", List.of(LOW));
            peers.round();
            assertThat(address("n2")).isEqualTo(HIGH);
            assertThat(address("n3")).isEqualTo(LOW);
        }
    }

    @Test
    void shouldKeepThePresentAddressElseTakeTheLowestOfTheFamily() {
        final List<IpAddress> all = List.of(SIX, HIGH, LOW);
        assertThat(Peers.choose(all, null, UNDERLAY)).isEqualTo(LOW);
        assertThat(Peers.choose(all, HIGH, UNDERLAY)).isEqualTo(HIGH);
        assertThat(Peers.choose(List.of(SIX, LOW), HIGH, UNDERLAY)).isEqualTo(LOW);
        assertThat(Peers.choose(all, null, IpPrefix.parse("fd00:77::/64"))).isEqualTo(SIX);
        assertThat(Peers.choose(List.of(SIX), null, UNDERLAY)).isNull();
    }

    @Test
    void shouldPreferAnAddressOfTheOwnUnderlay() {
        final IpPrefix own = new IpPrefix(HIGH, 32);
        assertThat(Peers.choose(List.of(LOW, HIGH), LOW, own)).isEqualTo(HIGH);
        assertThat(Peers.choose(List.of(LOW), null, own)).isEqualTo(LOW);
    }

    private @Nullable IpAddress address(final String name) throws RefusedException {
        return row(name).address();
    }

    private VtepStatus row(final String name) throws RefusedException {
        return dataplane.vteps().rows().stream()
                .filter(row -> name.equals(row.name()))
                .findFirst()
                .orElseThrow();
    }
}
