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
import io.weft.wire.IpPrefix;
import io.weft.wire.MacAddress;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("netns")
class TapPortTest {
    @AutoClose
    private final TestNamespaces namespaces = new TestNamespaces();

    private final Counters counters = Counters.inMemory(4);
    private final FramePool pool = new FramePool(300, counters);
    private final FrameVector vector = new FrameVector();
    private String a = "";
    private String b = "";

    @BeforeEach
    void makeNamespaces() throws Exception {
        a = namespaces.add("a");
        b = namespaces.add("b");
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
                Splice splice = new Splice(pool, first, second).start()) {
            assertThat(first.offloads()).startsWith("csum tso4 tso6");
            assertThat(Transfer.tcp(a, b, "10.1.0.2", 50_000_000)).isTrue();
            assertThat(Transfer.tcp(b, a, "fd00:1::1", 50_000_000)).isTrue();
            assertThat(splice.superFrameSeen()).isTrue();
        }
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void shouldCarryTcpWithoutOffloads() throws Exception {
        try (TapPort first = open(0, a, false, "10.1.0.1/24");
                TapPort second = open(1, b, false, "10.1.0.2/24");
                Splice splice = new Splice(pool, first, second).start()) {
            assertThat(first.offloads()).isEqualTo("off");
            assertThat(Transfer.tcp(a, b, "10.1.0.2", 5_000_000)).isTrue();
            assertThat(splice.superFrameSeen()).isFalse();
        }
    }

    @Test
    void shouldSegmentForAPortThatTakesNoSuperFrames() throws Exception {
        try (TapPort first = open(0, a, true, "10.1.0.1/24", "fd00:1::1/64");
                TapPort second = open(1, b, false, "10.1.0.2/24", "fd00:1::2/64");
                Splice splice = new Splice(pool, first, second).start()) {
            assertThat(Transfer.tcp(a, b, "10.1.0.2", 10_000_000)).isTrue();
            assertThat(Transfer.tcp(a, b, "fd00:1::2", 10_000_000)).isTrue();
            assertThat(splice.superFrameSeen()).isTrue();
        }
        assertThat(counters.getPort(1, PortCounter.TX_SEGMENTS))
                .isGreaterThan(2 * counters.getPort(1, PortCounter.TX_FRAMES));
        assertThat(counters.getPort(0, PortCounter.RX_SEGMENTS))
                .isEqualTo(counters.getPort(1, PortCounter.TX_SEGMENTS));
    }

    @Test
    void shouldSetUpTheInterfaceInItsNamespace() throws Exception {
        try (TapPort port = open(0, a, true, "10.1.0.1/24", "fd00:1::1/64")) {
            assertThat(port.state()).isEqualTo(PortState.UP);
            assertThat(TestNamespaces.run("ip", "-n", a, "address", "show", "eth0"))
                    .contains("mtu 1450", "qlen 4096", "UP", "inet 10.1.0.1/24", "inet6 fd00:1::1/64")
                    .contains(MacAddress.format(AutoMac.of("n1", "p0")));
        }
        assertThat(TestNamespaces.run("ip", "-n", a, "link")).doesNotContain("eth0");
    }

    @Test
    void shouldAnnounceItsAddressesWhenItOpens() throws Exception {
        try (TapPort port = open(0, a, true, "10.1.0.1/24", "fd00:1::1/64")) {
            final Set<String> announced = new TreeSet<>();
            await().until(() -> {
                port.receive(vector, FrameVector.CAPACITY);
                for (int i = 0; i < vector.size(); i++) {
                    announced.add(announcement(vector.get(i)));
                    pool.drop(vector.get(i), DropReason.PORT_DOWN);
                }
                vector.clear();
                return announced.containsAll(List.of("ARP 10.1.0.1 for 10.1.0.1", "NA fd00:1:0:0:0:0:0:1"));
            });
        }
    }

    private static String announcement(final Frame frame) throws Exception {
        final byte[] octets = new byte[frame.length];
        frame.buffer.getBytes(frame.offset, octets);
        final int type = (octets[12] & 0xFF) << 8 | (octets[13] & 0xFF);
        if (type == 0x0806) {
            return "ARP " + address(octets, 28, 4) + " for " + address(octets, 38, 4);
        }
        return type == 0x86DD && octets[20] == 58 && (octets[54] & 0xFF) == 136
                ? "NA " + address(octets, 62, 16)
                : "other";
    }

    private static String address(final byte[] octets, final int offset, final int length) throws Exception {
        return InetAddress.getByAddress(Arrays.copyOfRange(octets, offset, offset + length))
                .getHostAddress();
    }

    private static TapConfig withRoutes(final String namespace, final String name, final InterfaceRoute... routes) {
        final List<IpPrefix> addresses = List.of(IpPrefix.parse("10.1.0.1/24"), IpPrefix.parse("fd00:1::1/64"));
        return new TapConfig(name, namespace, name, AutoMac.of("n1", name), 1450, 0, addresses, List.of(routes), true);
    }

    private static InterfaceRoute route(final String dst, final @Nullable String via) {
        return new InterfaceRoute(IpPrefix.parse(dst), via == null ? null : IpAddress.parse(via));
    }

    @Test
    void shouldSetRoutesOfBothFamiliesThatEndWithTheInterface() throws Exception {
        final TapConfig config = withRoutes(
                a,
                "eth0",
                route("0.0.0.0/0", "10.1.0.254"),
                route("10.9.0.0/16", "192.0.2.1"),
                route("10.8.0.0/16", null),
                route("::/0", "fd00:1::fe"),
                route("fd00:9::/48", "fd00:2::1"),
                route("fd00:8::/48", "fe80::1"),
                route("fd00:7::/48", null));
        try (TapPort port = TapPort.open(0, config, pool)) {
            assertThat(port.state()).isEqualTo(PortState.UP);
            assertThat(TestNamespaces.run("ip", "-n", a, "route", "show"))
                    .contains("default via 10.1.0.254 dev eth0 proto static")
                    .contains("10.9.0.0/16 via 192.0.2.1 dev eth0 proto static onlink")
                    .contains("10.8.0.0/16 dev eth0 proto static scope link")
                    .doesNotContain("10.1.0.254 dev eth0 proto static onlink");
            assertThat(TestNamespaces.run("ip", "-n", a, "-6", "route", "show"))
                    .contains("default via fd00:1::fe dev eth0 proto static")
                    .contains("fd00:9::/48 via fd00:2::1 dev eth0 proto static metric 1024 onlink")
                    .contains("fd00:8::/48 via fe80::1 dev eth0 proto static")
                    .contains("fd00:7::/48 dev eth0 proto static");
            // Usable at once: no address waits for duplicate address detection.
            assertThat(TestNamespaces.run("ip", "-n", a, "-6", "route", "get", "fd00:5::1"))
                    .contains("via fd00:1::fe dev eth0", "src fd00:1::1");
            assertThat(TestNamespaces.run("ip", "-n", a, "address", "show", "dev", "eth0", "scope", "global"))
                    .contains("inet6 fd00:1::1/64")
                    .doesNotContain("tentative");
        }
        assertThat(TestNamespaces.run("ip", "-n", a, "route", "show", "table", "all"))
                .doesNotContain("eth0");
        assertThat(TestNamespaces.run("ip", "-n", a, "-6", "route", "show", "table", "all"))
                .doesNotContain("eth0");
    }

    @Test
    void shouldNameTheRouteThatTheKernelRefusesAndLeaveNothingBehind() throws Exception {
        final InterfaceRoute defaultRoute = route("0.0.0.0/0", "10.1.0.254");
        try (TapPort port = TapPort.open(0, withRoutes(a, "eth0", defaultRoute), pool)) {
            assertThat(port.state()).isEqualTo(PortState.UP);
            assertThatThrownBy(() -> TapPort.open(1, withRoutes(a, "eth1", defaultRoute), pool))
                    .isInstanceOf(PortException.class)
                    .hasMessage("interface eth1 route 0.0.0.0/0 via 10.1.0.254: File exists");
            assertThat(TestNamespaces.run("ip", "-n", a, "link")).doesNotContain("eth1");
        }
        assertThatThrownBy(() -> route("10.9.0.1/16", null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("route 10.9.0.1/16 has host bits: 10.9.0.0/16 is meant?");
        assertThatThrownBy(() -> route("10.9.0.0/16", "fd00::1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("route 10.9.0.0/16 via fd00::1: not of one family");
    }

    @Test
    void shouldRefuseInOneLineAndLeaveNothingBehind() throws Exception {
        try (TapPort port = open(0, a, true)) {
            assertThat(port.name()).isEqualTo("p0");
            assertThatThrownBy(() -> open(1, a, true))
                    .isInstanceOf(PortException.class)
                    .hasMessage("interface eth0 exists and is in use or is no TAP");
        }
        assertThatThrownBy(() -> open(1, "weft-none", true))
                .isInstanceOf(PortException.class)
                .hasMessageStartingWith("no network namespace weft-none");
        TestNamespaces.run("ip", "netns", "exec", b, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1");
        assertThatThrownBy(() -> open(1, b, true, "fd00:1::2/64")).isInstanceOf(PortException.class);
        assertThat(TestNamespaces.run("ip", "-n", b, "link")).doesNotContain("eth0");
    }

    @Test
    void shouldComeBackWhenTheInterfaceIsSetDownAndUp() throws Exception {
        try (TapPort port = open(0, a, true)) {
            TestNamespaces.run("ip", "-n", a, "link", "set", "eth0", "down");
            send(port);
            assertThat(port.state()).isEqualTo(PortState.NO_CARRIER);
            assertThat(port.reason()).isEqualTo("interface eth0 is set down");
            assertThat(counters.getDrop(3, DropReason.PORT_DOWN)).isEqualTo(1);
            assertThat(counters.getPort(0, PortCounter.TX_DROPPED)).isEqualTo(1);
            port.receive(vector, 64);
            pool.dropAll(vector, DropReason.NO_NETWORK);
            assertThat(port.state()).isEqualTo(PortState.NO_CARRIER);

            TestNamespaces.run("ip", "-n", a, "link", "set", "eth0", "up");
            send(port);
            assertThat(port.state()).isEqualTo(PortState.UP);
            assertThat(port.reason()).isEmpty();
        }
    }

    @Test
    void shouldGoDownWhenTheInterfaceIsDeleted() throws Exception {
        try (TapPort port = open(0, a, true);
                Poller poller = new Poller()) {
            poller.add(port.fileDescriptor(), 0);
            TestNamespaces.run("ip", "-n", a, "link", "del", "eth0");
            assertThat(poller.poll(10_000)).isEqualTo(1);
            assertGone(port);
        }
    }

    @Test
    void shouldTellThatItsNamespaceIsDeletedAndGoOn() throws Exception {
        try (TapPort port = open(0, a, true)) {
            assertThat(port.isOrphaned()).isFalse();
            namespaces.delete(a);
            assertThat(port.isOrphaned()).isTrue();
            send(port);
            port.receive(vector, 64);
            pool.dropAll(vector, DropReason.NO_NETWORK);
            assertThat(port.state()).isNotEqualTo(PortState.NO_CARRIER);
            assertThat(namespaces.add("a")).isEqualTo(a);
            assertThat(port.isOrphaned()).isTrue();
            try (TapPort successor = open(1, a, true)) {
                assertThat(successor.isOrphaned()).isFalse();
            }
        }
        assertThat(pool.inUse()).isZero();
    }

    /** The kernel tells at the next call at the latest; then nothing is called any more. */
    private void assertGone(final TapPort port) {
        while (port.receive(vector, 64)) {
            pool.dropAll(vector, DropReason.NO_NETWORK);
        }
        pool.dropAll(vector, DropReason.NO_NETWORK);
        assertThat(port.state()).isEqualTo(PortState.DOWN);
        assertThat(port.reason()).isEqualTo("interface eth0 is gone");
        send(port);
        assertThat(counters.getDrop(3, DropReason.PORT_DOWN)).isEqualTo(1);
        assertThat(pool.inUse()).isZero();
    }

    @Test
    void shouldNoticeAtTransmitThatTheInterfaceIsGone() throws Exception {
        try (TapPort port = open(0, a, true)) {
            TestNamespaces.run("ip", "-n", a, "link", "del", "eth0");
            send(port);
            assertThat(port.state()).isEqualTo(PortState.DOWN);
            assertThat(counters.getDrop(3, DropReason.PORT_DOWN)).isEqualTo(1);
        }
    }

    @Test
    void shouldSendInSoftwareWhatTheKernelRefuses() throws Exception {
        try (TapPort port = open(0, a, true)) {
            // Some by themselves, some together; after eight refusals none is offered to the kernel any more.
            for (final int together : new int[] {1, 2, 5, 1, 6}) {
                for (int i = 0; i < together; i++) {
                    vector.add(refusedSuperFrame());
                }
                port.transmit(vector);
            }
            assertThat(counters.getPort(0, PortCounter.TX_FRAMES)).isEqualTo(15);
            assertThat(port.refusedOffloads()).isEqualTo(8);
        }
        assertThat(pool.inUse()).isZero();
    }

    /** A segment size of 0xFFFF: sound for a parser, EINVAL for the kernel. */
    private Frame refusedSuperFrame() {
        final Frame frame = Objects.requireNonNull(pool.create(3));
        TestFrames.udpSuperFrame(frame, 3000, 1000);
        assertThat(FrameParser.parse(frame)).isNull();
        frame.gsoSize = 0xFFFF;
        return frame;
    }

    @Test
    void shouldDiscardAndCountWhenThePoolIsEmpty() throws Exception {
        final FramePool tiny = new FramePool(1, counters);
        final Frame held = Objects.requireNonNull(tiny.create(3));
        final TapConfig config = new TapConfig("p", a, "eth0", AutoMac.of("n1", "p"), 1450, List.of(), true);
        try (TapPort port = TapPort.open(0, config, tiny);
                Poller poller = new Poller()) {
            poller.add(port.fileDescriptor(), 0);
            // An interface that comes up says so by IPv6 multicast.
            assertThat(poller.poll(10_000)).isEqualTo(1);
            port.receive(vector, 64);
            assertThat(vector.isEmpty()).isTrue();
            assertThat(counters.getDrop(0, DropReason.NO_FRAME_AVAILABLE)).isPositive();
        }
        tiny.consumed(held);
    }

    private void send(final TapPort port) {
        final Frame frame = Objects.requireNonNull(pool.create(3));
        final byte[] octets = TestFrames.udp(100);
        frame.buffer.putBytes(frame.offset, octets);
        frame.length = octets.length;
        vector.add(frame);
        port.transmit(vector);
    }

    @Test
    void shouldAllocateNothing() throws Exception {
        final FrameVector sent = new FrameVector();
        try (TapPort first = open(0, a, true);
                TapPort second = TapPort.open(
                        1, new TapConfig("p1", a, "eth1", AutoMac.of("n1", "p1"), 1450, List.of(), true), pool)) {
            TestNamespaces.run("ip", "-n", a, "link", "add", "br0", "type", "bridge");
            for (final String link : new String[] {"eth0", "eth1"}) {
                TestNamespaces.run("ip", "-n", a, "link", "set", link, "master", "br0");
            }
            TestNamespaces.run("ip", "-n", a, "link", "set", "br0", "up");
            final long bytes = WarmAllocation.of(20_000, () -> {
                final Frame frame = Objects.requireNonNull(pool.create(3));
                TestFrames.tcpSuperFrame(frame, 3000, 1000);
                sent.add(frame);
                first.transmit(sent);
                second.receive(vector, 64);
                for (int i = 0; i < vector.size(); i++) {
                    pool.consumed(vector.get(i));
                }
                vector.clear();
            });
            assertThat(bytes).isZero();
            assertThat(counters.getPort(1, PortCounter.RX_SEGMENTS)).isGreaterThan(30_000);
        }
    }
}
