// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.PortCounter;
import io.weft.testkit.WarmAllocation;
import io.weft.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The path behind a router is narrower than the underlay's interface:
 *
 * <pre>
 *   n1 (198.19.0.1) --1500-- (.254) router (198.19.1.254) --1400-- (198.19.1.2) n2
 * </pre>
 */
@Tag("netns")
class PathMtuTest {
    private static final int VXLAN_PORT = 4789;

    @AutoClose
    private final TestNamespaces namespaces = new TestNamespaces();

    private final Counters counters = Counters.inMemory(4);
    private final FramePool pool = new FramePool(300, counters);
    private final FrameVector vector = new FrameVector();
    private final List<String> told = new ArrayList<>();
    private String n1 = "";
    private boolean ipv6;

    @BeforeEach
    void makeNamespaces() throws Exception {
        n1 = namespaces.add("n1");
        final String router = namespaces.add("r");
        final String n2 = namespaces.add("n2");
        TestNamespaces.pair(n1, "under", router, "left");
        TestNamespaces.pair(router, "right", n2, "under");
        TestNamespaces.run("ip", "-n", router, "link", "set", "right", "mtu", "1400");
        TestNamespaces.run("ip", "-n", n2, "link", "set", "under", "mtu", "1400");
        for (final String forwarding : List.of("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")) {
            TestNamespaces.run("ip", "netns", "exec", router, "sysctl", "-qw", forwarding);
        }
        for (final String net : List.of("198.19.%d.%d/24", "fd00:19:%d::%d/64")) {
            TestNamespaces.address(n1, "under", net.formatted(0, 1));
            TestNamespaces.address(router, "left", net.formatted(0, 254));
            TestNamespaces.address(router, "right", net.formatted(1, 254));
            TestNamespaces.address(n2, "under", net.formatted(1, 2));
        }
        TestNamespaces.run("ip", "-n", n1, "route", "add", "default", "via", "198.19.0.254");
        TestNamespaces.run("ip", "-n", n2, "route", "add", "default", "via", "198.19.1.254");
        TestNamespaces.run("ip", "-n", n1, "-6", "route", "add", "default", "via", "fd00:19:0::254");
        TestNamespaces.run("ip", "-n", n2, "-6", "route", "add", "default", "via", "fd00:19:1::254");
    }

    private UdpUnderlay open(final String address) throws PortException {
        final UdpUnderlay underlay =
                UdpUnderlay.open(0, new UdpConfig("underlay", n1, IpAddress.parse(address), VXLAN_PORT, 4), pool);
        underlay.pathMtuListener((vtep, mtu) -> told.add(vtep + " " + mtu));
        return underlay;
    }

    /** Datagrams of {@code length} octets of outer IP packet. */
    private void send(final UdpUnderlay underlay, final int vtep, final int length, final int count) {
        for (int i = 0; i < count; i++) {
            final Frame frame = Objects.requireNonNull(pool.create(3));
            frame.length = length - 8 - (ipv6 ? 40 : 20);
            frame.vtep = vtep;
            vector.add(frame);
        }
        underlay.transmit(vector);
    }

    @ParameterizedTest
    @ValueSource(strings = {"198.19.%d.%d", "fd00:19:%d::%d"})
    void shouldHearWhatThePathTakesAfterTheFirstPacketsVanished(final String net) throws Exception {
        ipv6 = net.contains(":");
        final IpAddress remote = IpAddress.parse(net.formatted(1, 2));
        try (UdpUnderlay underlay = open(net.formatted(0, 1))) {
            underlay.setRemote(1, remote, VXLAN_PORT);
            assertThat(underlay.pathMtu(remote)).isEqualTo(1500);

            // Nobody knows yet: taken by the kernel, lost at the router.
            send(underlay, 1, 1450, 1);
            assertThat(counters.getPort(0, PortCounter.TX_FRAMES)).isEqualTo(1);
            assertThat(told).isEmpty();
            await().until(() -> underlay.pathMtu(remote) == 1400);

            send(underlay, 1, 1401, 1);
            assertThat(told).containsExactly("1 1400");
            assertThat(counters.getDrop(3, DropReason.MTU_EXCEEDED)).isEqualTo(1);

            send(underlay, 1, 1400, 2);
            assertThat(counters.getDrop(3, DropReason.MTU_EXCEEDED)).isEqualTo(1);
            assertThat(counters.getPort(0, PortCounter.TX_FRAMES)).isEqualTo(3);
            assertThat(underlay.state()).isEqualTo(PortState.UP);
        }
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void shouldTellForTrainsAndSuperFramesToo() throws Exception {
        final IpAddress remote = IpAddress.parse("198.19.1.2");
        try (UdpUnderlay underlay = open("198.19.0.1")) {
            underlay.setRemote(0, remote, VXLAN_PORT);
            send(underlay, 0, 1450, 1);
            await().until(() -> underlay.pathMtu(remote) == 1400);

            send(underlay, 0, 1450, 5);
            assertThat(told).containsExactly("0 1400");

            // A VTEP set anew is told of at once.
            underlay.setRemote(2, remote, VXLAN_PORT);
            final Frame superFrame = Objects.requireNonNull(pool.create(3));
            TestFrames.tcpSuperFrame(superFrame, 60_000, 1350);
            assertThat(FrameParser.parse(superFrame)).isNull();
            superFrame.vtep = 2;
            vector.add(superFrame);
            underlay.transmit(vector);
            assertThat(told).containsExactly("0 1400", "2 1400");
            assertThat(counters.getDrop(3, DropReason.MTU_EXCEEDED)).isEqualTo(6);
        }
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void shouldNotAskForEveryFrame() throws Exception {
        try (UdpUnderlay underlay = open("198.19.0.1")) {
            // Longer than the interface's own MTU: the same complaint, and the kernel knows the answer.
            underlay.setRemote(0, IpAddress.parse("198.19.1.2"), VXLAN_PORT);
            underlay.setRemote(1, IpAddress.parse("198.19.0.254"), VXLAN_PORT);
            final long begin = System.nanoTime();
            for (int i = 0; i < 500; i++) {
                send(underlay, i & 1, 1600, 1);
            }
            final long intervals = 1 + (System.nanoTime() - begin) / 100_000_000;
            assertThat(told).startsWith("0 1500", "1 1500").hasSizeLessThanOrEqualTo((int) (2 * intervals));
            assertThat(counters.getDrop(3, DropReason.MTU_EXCEEDED)).isEqualTo(500);
            // Asked again after a while.
            await().until(() -> {
                send(underlay, 0, 1600, 1);
                return told.size() > 2 * intervals;
            });
            underlay.pathMtuListener(null);
            told.clear();
            underlay.setRemote(0, IpAddress.parse("198.19.1.2"), VXLAN_PORT);
            send(underlay, 0, 1600, 1);
            assertThat(told).isEmpty();
        }
    }

    @Test
    void shouldNoticeThatAPathIsWideAgain() throws Exception {
        final IpAddress remote = IpAddress.parse("198.19.1.2");
        try (UdpUnderlay underlay = open("198.19.0.1")) {
            underlay.setRemote(0, remote, VXLAN_PORT);
            send(underlay, 0, 1500, 1);
            await().until(() -> underlay.pathMtu(remote) == 1400);
            // The kernel forgets by itself after ten minutes.
            TestNamespaces.run("ip", "-n", n1, "route", "flush", "cache");
            assertThat(underlay.pathMtu(remote)).isEqualTo(1500);
        }
    }

    @Test
    void shouldSayThatThereIsNoPath() throws Exception {
        final UdpUnderlay underlay = open("198.19.0.1");
        TestNamespaces.run("ip", "-n", n1, "route", "del", "default");
        assertThatThrownBy(() -> underlay.pathMtu(IpAddress.parse("198.19.1.2")))
                .isInstanceOf(PortException.class)
                .hasMessage("path to 198.19.1.2: Network is unreachable");
        underlay.close();
        assertThatThrownBy(() -> underlay.pathMtu(IpAddress.parse("198.19.0.254")))
                .isInstanceOf(PortException.class);
    }

    @Test
    void shouldAllocateNothingWhenItAsks() throws Exception {
        try (UdpUnderlay underlay = open("198.19.0.1")) {
            final int[] last = new int[1];
            underlay.pathMtuListener((vtep, mtu) -> last[0] = mtu);
            final IpAddress remote = IpAddress.parse("198.19.0.254");
            final long bytes = WarmAllocation.of(20_000, () -> {
                // Set anew each time, which lets the port ask each time.
                underlay.setRemote(0, remote, VXLAN_PORT);
                send(underlay, 0, 1600, 1);
            });
            assertThat(bytes).isZero();
            assertThat(last[0]).isEqualTo(1500);
        }
    }
}
