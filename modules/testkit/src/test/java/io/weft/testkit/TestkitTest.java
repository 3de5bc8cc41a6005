// SPDX-License-Identifier: Apache-2.0
package io.weft.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The tools themselves against octets worked out by hand. */
class TestkitTest {
    @Test
    void shouldSumTheExampleOfRfc1071() {
        assertThat(SlowChecksum.sum(hex("0001 f203 f4f5 f6f7"), 0, 8)).isEqualTo(0xDDF2);
        assertThat(SlowChecksum.sum(hex("0001 f2"), 0, 3)).isEqualTo(0xF201);
        assertThat(SlowChecksum.add(0xFFFF, 0xFFFF)).isEqualTo(0xFFFF);
    }

    @Test
    void shouldBuildAnEchoRequest() {
        final byte[] frame = FrameBuilder.frame()
                .to("02:00:00:00:00:0b")
                .from("02:00:00:00:00:0a")
                .ipv4("10.0.0.1", "10.0.1.15")
                .icmp(8, 0, 0x0001_0002)
                .payload(2)
                .build();

        assertThat(frame)
                .isEqualTo(hex("02000000000b 02000000000a 0800"
                        + "4500 001e 0000 4000 4001 25d0 0a000001 0a00010f"
                        + "0800 f7fb 0001 0002 0001"));
    }

    @Test
    void shouldBuildATaggedUdpDatagramWithPadding() {
        final byte[] frame = FrameBuilder.frame()
                .tag(0xA005)
                .ipv6("fd00::1", "fd00::2")
                .udp(1, 2)
                .payload(new byte[] {(byte) 0xFF})
                .padTo(70)
                .build();

        assertThat(frame)
                .isEqualTo(hex("020000000002 020000000001 8100 a005 86dd"
                        + "60000000 0009 11 40 fd000000000000000000000000000001 fd000000000000000000000000000002"
                        + "0001 0002 0009 06d4 ff"
                        + "000000"));
    }

    @Test
    void shouldBuildArp() {
        assertThat(FrameBuilder.frame()
                        .to(0xFFFF_FFFF_FFFFL)
                        .arp(1, 0x02_00_00_00_00_01L, "10.0.0.1", 0, "10.0.0.2")
                        .build())
                .isEqualTo(hex("ffffffffffff 020000000001 0806"
                        + "0001 0800 0604 0001 020000000001 0a000001 000000000000 0a000002"));
    }

    @Test
    void shouldCutATcpSuperFrame() {
        final byte[] superFrame = FrameBuilder.frame()
                .ipv4("10.0.0.1", "10.0.0.2")
                .identification(0xFFFF)
                .tcp(1, 2, -1, 0, 0x99, 0, new byte[0])
                .payload(3)
                .gso(2)
                .build();

        final List<byte[]> segments = SlowOffload.segment(superFrame, 2);

        assertThat(segments).hasSize(2);
        assertThat(segments.getFirst())
                .isEqualTo(hex("020000000002 020000000001 0800"
                        + "4500 002a ffff 4000 4006 26cc 0a000001 0a000002"
                        + "0001 0002 ffffffff 00000000 5090 0000 9b4c 0000 0001"));
        assertThat(segments.getLast())
                .isEqualTo(hex("020000000002 020000000001 0800"
                        + "4500 0029 0000 4000 4006 26cd 0a000001 0a000002"
                        + "0001 0002 00000001 00000000 5019 0000 99c4 0000 02"));
    }

    @Test
    void shouldCoalesceItsOwnSegments() {
        final FrameBuilder builder = FrameBuilder.frame()
                .ipv6("fd00::1", "fd00::2")
                .udp(1, 2)
                .payload(2500)
                .gso(1000);

        final List<SlowOffload.Coalesced> result = SlowOffload.coalesce(SlowOffload.segment(builder.build(), 1000));

        assertThat(result).hasSize(1);
        assertThat(result.getFirst().octets()).isEqualTo(builder.build());
        assertThat(result.getFirst().gsoSize()).isEqualTo(1000);
        assertThat(result.getFirst().segments()).isEqualTo(3);
    }

    @Test
    void shouldNameTheSeedOfAFailureAndRepeatIt() {
        final List<Long> drawn = new ArrayList<>();
        assertThatThrownBy(() -> Seeds.each(100, null, 1, random -> {
                    drawn.add(random.nextLong());
                    assertThat(drawn).hasSizeLessThan(3);
                }))
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("failed with WEFT_SEED=")
                .satisfies(failure -> {
                    final String seed =
                            String.valueOf(failure.getMessage()).replaceAll("(?s).*WEFT_SEED=(-?\\d+).*", "$1");
                    final List<Long> again = new ArrayList<>();
                    Seeds.each(100, seed, 2, random -> again.add(random.nextLong()));
                    assertThat(again).containsExactly(drawn.getLast());
                });
    }

    @Test
    void shouldMoveTheClockOnlyWhenTold() {
        final ManualClock clock = new ManualClock();
        assertThat(clock.nanoTime()).isZero();

        clock.advance(Duration.ofMillis(1500));

        assertThat(clock.nanoTime()).isEqualTo(1_500_000_000L);
        assertThat(clock.time()).isEqualTo(1500);
    }

    private static byte[] hex(final String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }
}
