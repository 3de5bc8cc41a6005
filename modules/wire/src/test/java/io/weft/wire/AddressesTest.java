// SPDX-License-Identifier: Apache-2.0
package io.weft.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressesTest {
    @ParameterizedTest
    @CsvSource({
        // RFC 5952: section 4.1 leading zeros, 4.2.1 shorten, 4.2.2 one group, 4.2.3 the longest, then the first run
        "2001:0db8::0001, 2001:db8::1",
        "2001:db8:0:0:0:0:2:1, 2001:db8::2:1",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "2001:DB8::ABCD, 2001:db8::abcd",
        "0:0:0:0:0:0:0:0, ::",
        "0:0:0:0:0:0:0:1, ::1",
        "1:0:0:0:0:0:0:0, 1::",
        "fd00:0:0:0:0:0:1:2, fd00::1:2",
        "::1.2.3.4, ::102:304",
        "::ffff:10.0.0.1, 10.0.0.1",
        "0.0.0.0, 0.0.0.0",
        "255.255.255.255, 255.255.255.255"
    })
    void shouldWriteAddressesAsRfc5952(final String text, final String canonical) {
        assertThat(IpAddress.parse(text)).hasToString(canonical);
        assertThat(IpAddress.parse(canonical)).isEqualTo(IpAddress.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                ":",
                "1",
                "1.2.3",
                "1.2.3.4.5",
                "256.0.0.1",
                "01.2.3.4",
                "1.2.3.4 ",
                "1.2.3.4/8",
                "a.b.c.d",
                "localhost",
                ":::",
                "1::2::3",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "12345::",
                "fe80::1%lo",
                ".:1",
                "::1.2.3",
                "[::1]"
            })
    void shouldRefuseWhatIsNoAddress(final String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> IpAddress.parse(text))
                .withMessage("not an IP address: " + text);
    }

    @Test
    void shouldAgreeWithTheJdkOnEveryAddress() throws UnknownHostException {
        final SplittableRandom random = new SplittableRandom(5952);
        for (int i = 0; i < 5_000; i++) {
            final byte[] octets = new byte[random.nextInt(4) == 0 ? 4 : 16];
            for (int at = 0; at < octets.length; at++) {
                octets[at] = (byte) (random.nextBoolean() ? 0 : random.nextInt());
            }
            final IpAddress address = IpAddress.of(octets);

            assertThat(address.octets()).isEqualTo(octets);
            assertThat(IpAddress.parse(address.toString())).isEqualTo(address);
            assertThat(InetAddress.getByAddress(octets)).isEqualTo(InetAddress.ofLiteral(address.toString()));
        }
    }

    @Test
    void shouldKeepIpv4Mapped() {
        final IpAddress address = IpAddress.ofIpv4(0xC0A8_0001);

        assertThat(address.isIpv4()).isTrue();
        assertThat(address.ipv4()).isEqualTo(0xC0A8_0001);
        assertThat(address.high()).isZero();
        assertThat(address.low()).isEqualTo(0xFFFF_C0A8_0001L).isEqualTo(IpAddress.mappedLow(0xC0A8_0001));
        assertThat(IpAddress.parse("::1").isIpv4()).isFalse();
    }

    @Test
    void shouldOrderAddressesUnsigned() {
        assertThat(IpAddress.parse("10.0.0.1")).isLessThan(IpAddress.parse("200.0.0.1"));
        assertThat(IpAddress.parse("fd00::1")).isLessThan(IpAddress.parse("fd00::ffff:0:0:0"));
        assertThat(IpAddress.parse("2001::")).isLessThan(IpAddress.parse("fd00::"));
        assertThat(IpAddress.parse("fd00::1")).isEqualByComparingTo(IpAddress.parse("fd00:0::1"));
    }

    @Test
    void shouldReadAndWritePrefixes() {
        assertThat(IpPrefix.parse("10.1.2.3/24")).hasToString("10.1.2.3/24");
        assertThat(IpPrefix.parse("10.1.2.3/24").network()).hasToString("10.1.2.0/24");
        assertThat(IpPrefix.parse("10.1.2.3/0").network()).hasToString("0.0.0.0/0");
        assertThat(IpPrefix.parse("10.1.2.3")).hasToString("10.1.2.3/32");
        assertThat(IpPrefix.parse("fd00::1:2/65").network()).hasToString("fd00::/65");
        assertThat(IpPrefix.parse("fd00::ffff:0:0:1/65").network()).hasToString("fd00::8000:0:0:0/65");
        assertThat(IpPrefix.parse("fd00::1/64").network()).hasToString("fd00::/64");
        assertThat(IpPrefix.parse("fd00::1/0").network()).hasToString("::/0");
        assertThat(IpPrefix.parse("fd00::1")).hasToString("fd00::1/128");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8/8", "/8", "fd00::/129", "fd00::/9999"})
    void shouldRefuseWhatIsNoPrefix(final String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> IpPrefix.parse(text));
    }

    @Test
    void shouldContainAddressesOfItsFamilyOnly() {
        final IpPrefix subnet = IpPrefix.parse("10.1.2.3/23");
        assertThat(subnet.contains(IpAddress.parse("10.1.3.255"))).isTrue();
        assertThat(subnet.contains(IpAddress.parse("10.1.4.0"))).isFalse();
        assertThat(IpPrefix.parse("0.0.0.0/0").contains(IpAddress.parse("255.0.0.1")))
                .isTrue();
        assertThat(IpPrefix.parse("0.0.0.0/0").contains(IpAddress.parse("::1"))).isFalse();
        assertThat(IpPrefix.parse("::/0").contains(IpAddress.parse("10.0.0.1"))).isFalse();
        assertThat(IpPrefix.parse("fd00::/64").contains(IpAddress.parse("fd00::ffff:1:2:3")))
                .isTrue();
        assertThat(IpPrefix.parse("fd00::/64").contains(IpAddress.parse("fd00:0:0:1::")))
                .isFalse();
        assertThat(IpPrefix.parse("fd00::5/128").contains(IpAddress.parse("fd00::5")))
                .isTrue();
        assertThat(IpPrefix.parse("fd00::5/128").contains(IpAddress.parse("fd00::4")))
                .isFalse();
    }

    @Test
    void shouldOverlapIfEitherContainsTheOther() {
        final IpPrefix wide = IpPrefix.parse("10.0.0.0/8");
        final IpPrefix narrow = IpPrefix.parse("10.1.0.0/16");
        assertThat(wide.overlaps(narrow)).isTrue();
        assertThat(narrow.overlaps(wide)).isTrue();
        assertThat(narrow.overlaps(IpPrefix.parse("10.2.0.0/16"))).isFalse();
    }

    @Test
    void shouldReadAndWriteMacs() {
        assertThat(MacAddress.parse("02:00:5E:ff:00:0a")).isEqualTo(0x0200_5EFF_000AL);
        assertThat(MacAddress.format(0x0200_5EFF_000AL)).isEqualTo("02:00:5e:ff:00:0a");
        assertThat(MacAddress.format(MacAddress.BROADCAST)).isEqualTo("ff:ff:ff:ff:ff:ff");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "02:00:00:00:00",
                "02:00:00:00:00:00:00",
                "2:0:0:0:0:0",
                "02-00-00-00-00-01",
                "0g:00:00:00:00:00"
            })
    void shouldRefuseWhatIsNoMac(final String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MacAddress.parse(text))
                .withMessage("not a MAC address: " + text);
    }

    @Test
    void shouldKnowKindsOfMacs() {
        assertThat(MacAddress.isGroup(MacAddress.BROADCAST)).isTrue();
        assertThat(MacAddress.isGroup(MacAddress.parse("01:00:5e:00:00:01"))).isTrue();
        assertThat(MacAddress.isGroup(MacAddress.parse("fe:ff:ff:ff:ff:ff"))).isFalse();
        assertThat(MacAddress.isReserved(MacAddress.parse("01:80:c2:00:00:0f"))).isTrue();
        assertThat(MacAddress.isReserved(MacAddress.parse("01:80:c2:00:00:10"))).isFalse();
        assertThat(MacAddress.isUnicastSource(0)).isFalse();
        assertThat(MacAddress.isUnicastSource(MacAddress.BROADCAST)).isFalse();
        assertThat(MacAddress.isUnicastSource(MacAddress.parse("02:00:00:00:00:01")))
                .isTrue();
    }
}
