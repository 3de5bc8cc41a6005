// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testkit.FrameBuilder;
import io.weft.testkit.Seeds;
import io.weft.wire.Arp;
import io.weft.wire.Icmp;
import io.weft.wire.Ipv4;
import io.weft.wire.Tcp;
import java.util.Arrays;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

final class FrameLineTest {
    private static final String A = "02:00:00:00:00:0a";
    private static final String B = "02:00:00:00:00:0b";
    private static final String ROUTER = "02:00:00:00:00:fe";

    @Test
    void shouldNameAddressesProtocolAndPorts() {
        final FrameLine line = line(ipv4().udp(4000, 5000).build());
        assertThat(line.text()).isEqualTo("10.244.1.2 > 10.244.2.2 udp 4000 > 5000");
        assertThat(line.source()).isEqualTo(A);
        assertThat(line.destination()).isEqualTo(ROUTER);
        assertThat(line.ttl()).isEqualTo(64);
        assertThat(text(ipv4().tcp(40_000, 80, 7, 0, Tcp.SYN, 512, new byte[0])))
                .endsWith(" tcp 40000 > 80 syn seq 7");
        assertThat(text(ipv4().icmp(Icmp.ECHO_REQUEST, 0, 0x0007_0002))).endsWith(" icmp echo-request id 7 seq 2");
        assertThat(text(ipv4().icmp(3, 4, 1400))).endsWith(" icmp unreachable code 4");
        assertThat(text(ipv6().icmp(2, 0, 1400))).isEqualTo("fd00::1 > fd00::2 icmp6 packet-too-big code 0");
        assertThat(text(ipv4().protocol(47).payload(8))).endsWith(" protocol 47");
        assertThat(text(FrameBuilder.frame().from(A).to(B).tag(5).etherType(0x88B5)))
                .isEqualTo("vlan 5 ethertype 0x88b5");
    }

    @Test
    void shouldReadArpAndNeighborDiscovery() {
        final FrameBuilder arp = FrameBuilder.frame()
                .from(A)
                .to("ff:ff:ff:ff:ff:ff")
                .arp(Arp.REQUEST, 0x02_0000_0000_0aL, "10.244.1.2", 0, "10.244.1.1");
        assertThat(text(arp)).isEqualTo("arp who-has 10.244.1.1 tell 10.244.1.2");
        final byte[] target = new byte[16];
        target[0] = (byte) 0xFD;
        target[15] = 2;
        assertThat(text(ipv6().icmp(135, 0, 0).payload(target))).endsWith(" icmp6 neighbor-solicitation fd00::2");
    }

    @Test
    void shouldKeepItsKeyOnTheWayThroughARouter() {
        final FrameLine before = line(ipv4().udp(4000, 5000).build());
        final FrameLine after = line(FrameBuilder.frame()
                .from(ROUTER)
                .to(B)
                .ipv4("10.244.1.2", "10.244.2.2")
                .ttl(63)
                .udp(4000, 5000)
                .build());
        assertThat(after.key()).isEqualTo(before.key());
        assertThat(after.ttl()).isEqualTo(63);
        assertThat(line(ipv4().udp(4000, 5001).build()).key()).isNotEqualTo(before.key());
    }

    @Test
    void shouldTellFragmentsByTheirIdentification() {
        final FrameLine whole =
                line(ipv4().identification(9).fragment(0).udp(4000, 5000).build());
        final FrameLine later = line(ipv4().identification(9)
                .fragment(185)
                .protocol(Ipv4.PROTOCOL_UDP)
                .payload(8)
                .build());
        assertThat(later.text()).isEqualTo("10.244.1.2 > 10.244.2.2 udp fragment at 1480 id 9");
        assertThat(later.key()).isEqualTo(whole.key());
        assertThat(line(ipv4().identification(8).fragment(0).udp(4000, 5000).build())
                        .key())
                .isNotEqualTo(whole.key());
    }

    @Test
    void shouldReadWhateverIsThere() {
        Seeds.each(20_000, random -> {
            final boolean six = random.nextBoolean();
            final byte[] octets = (six ? ipv6() : ipv4())
                    .udp(1, 2)
                    .payload(random.nextInt(64))
                    .build();
            final int changes = random.nextInt(8);
            for (int i = 0; i < changes; i++) {
                octets[random.nextInt(octets.length)] = (byte) random.nextInt();
            }
            if (six && random.nextBoolean()) {
                octets[20] = (byte) (random.nextBoolean() ? 44 : 0);
            }
            // Nothing behind the end is there to be read.
            final byte[] cut = Arrays.copyOf(octets, random.nextInt(octets.length + 1));
            final FrameLine line = line(cut);
            assertThat(line.text()).isNotEmpty();
            assertThat(line.key()).isNotEmpty();
        });
    }

    private static FrameBuilder ipv4() {
        return FrameBuilder.frame().from(A).to(ROUTER).ipv4("10.244.1.2", "10.244.2.2");
    }

    private static FrameBuilder ipv6() {
        return FrameBuilder.frame().from(A).to(ROUTER).ipv6("fd00::1", "fd00::2");
    }

    private static String text(final FrameBuilder frame) {
        return line(frame.build()).text();
    }

    private static FrameLine line(final byte[] octets) {
        return FrameLine.of(new UnsafeBuffer(octets), 0, octets.length);
    }
}
