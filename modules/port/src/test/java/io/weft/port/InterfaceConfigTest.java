// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("netns")
class InterfaceConfigTest {
    @AutoClose
    private final TestNamespaces namespaces = new TestNamespaces();

    private String a = "";

    @BeforeEach
    void makeNamespaces() throws Exception {
        a = namespaces.add("a");
        final String b = namespaces.add("b");
        TestNamespaces.connect(a, b, "198.19.0.1/24", "198.19.0.2/24");
    }

    @Test
    void shouldSayThatIpv6IsOff() throws Exception {
        TestNamespaces.run("ip", "netns", "exec", a, "sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/under/disable_ipv6");
        final String line = NetworkNamespace.call(a, () -> {
            try (InterfaceConfig under = new InterfaceConfig("under")) {
                under.addAddress(IpPrefix.parse("fd00::1/64"));
                return "added";
            } catch (final PortException e) {
                return String.valueOf(e.getMessage());
            }
        });
        assertThat(line).contains("fd00::1/64").contains("IPv6 is off here");
    }

    @Test
    void shouldSetAndReadProperties() throws Exception {
        // The socket belongs to the namespace: what is made inside works outside.
        try (InterfaceConfig under = NetworkNamespace.call(a, () -> new InterfaceConfig("under"))) {
            assertThat(under.flags() & InterfaceConfig.FLAG_UP).isNotZero();
            under.down();
            assertThat(under.flags() & InterfaceConfig.FLAG_UP).isZero();
            under.mac(0x0212_3456_789AL);
            assertThat(under.mac()).isEqualTo(0x0212_3456_789AL);
            under.mtu(1400);
            assertThat(under.mtu()).isEqualTo(1400);
            under.txQueueLength(77);
            under.gsoMaxSize(UdpUnderlay.gsoMaxSize(1450, 22));
            under.up();
            assertThat(under.index()).isPositive();
        }
        assertThat(TestNamespaces.run("ip", "-n", a, "-d", "link", "show", "under"))
                .contains("02:12:34:56:78:9a", "mtu 1400", "qlen 77", "UP", "gso_max_size 61833");
    }

    @Test
    void shouldAddAddressesOfBothFamilies() throws Exception {
        NetworkNamespace.call(a, () -> {
            try (InterfaceConfig under = new InterfaceConfig("under")) {
                under.disableDuplicateAddressDetection();
                under.addAddress(IpPrefix.parse("10.1.0.1/16"));
                under.addAddress(IpPrefix.parse("10.2.0.1/32"));
                under.addAddress(IpPrefix.parse("fd00:7::1/64"));
                return InterfaceConfig.mtuOf(IpAddress.parse("10.2.0.1"));
            }
        });
        final String shown = TestNamespaces.run("ip", "-n", a, "address", "show", "under");
        assertThat(shown).contains("inet 10.1.0.1/16 brd 10.1.255.255", "inet 10.2.0.1/32", "inet6 fd00:7::1/64");
        assertThat(shown).doesNotContain("fd00:7::1/64 scope global tentative");
    }

    @Test
    void shouldLeaveTheCallingThreadWhereItWas() throws Exception {
        NetworkNamespace.call(a, () -> 1);
        assertThat(InterfaceConfig.mtuOf(IpAddress.parse("198.19.0.1"))).isEqualTo(-1);
        final int mtu = NetworkNamespace.call(a, () -> InterfaceConfig.mtuOf(IpAddress.parse("198.19.0.1")));
        assertThat(mtu).isEqualTo(1500);
        final int byPath =
                NetworkNamespace.call("/run/netns/" + a, () -> InterfaceConfig.mtuOf(IpAddress.parse("198.19.0.1")));
        assertThat(byPath).isEqualTo(1500);
    }

    @Test
    void shouldSayWhatIsMissingInOneLine() {
        assertThatThrownBy(() -> NetworkNamespace.call("weft-none", () -> 1))
                .isInstanceOf(PortException.class)
                .hasMessage("no network namespace weft-none (/run/netns/weft-none)");
        assertThatThrownBy(() -> NetworkNamespace.call("../etc/passwd", () -> 1))
                .isInstanceOf(PortException.class)
                .hasMessage("not the name of a network namespace: ../etc/passwd");
        assertThatThrownBy(() -> NetworkNamespace.call("/etc/hostname", () -> 1))
                .isInstanceOf(PortException.class)
                .hasMessage("setns /etc/hostname: Invalid argument");
        assertThatThrownBy(() -> NetworkNamespace.call(a, () -> new InterfaceConfig("none").mtu()))
                .isInstanceOf(PortException.class)
                .hasMessage("interface none mtu: No such device");
        assertThatThrownBy(() -> new InterfaceConfig("much-too-long-name"))
                .isInstanceOf(PortException.class)
                .hasMessage("not an interface name (1 to 15 octets): much-too-long-name");
    }
}
