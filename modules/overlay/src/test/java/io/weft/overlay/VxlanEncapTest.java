// SPDX-License-Identifier: Apache-2.0
package io.weft.overlay;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Frame;
import io.weft.frame.FrameVector;
import io.weft.testkit.FrameBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class VxlanEncapTest {
    private final Rig rig = new Rig();

    @AfterEach
    void conserve() {
        rig.assertConservation();
    }

    @Test
    void shouldSetOnlyTheVniFlagAndZeroReservedBits() {
        send(udp(100), Rig.V4, Rig.RED);
        assertThat(Rig.octets(rig.out.get(0))).startsWith(0x08, 0, 0, 0, 0, 0, 200, 0);
        rig.vnis.add(2, 0xABCDEF, false);
        send(udp(100), Rig.V4, 2);
        assertThat(Rig.octets(rig.out.get(1))).startsWith(0x08, 0, 0, 0, 0xAB, 0xCD, 0xEF, 0);
    }

    @Test
    void shouldLeaveInnerFrameAndItsFieldsAlone() {
        final Frame frame = udp(100).parsedInto(rig.pool, 1);
        final byte[] inner = Rig.octets(frame);
        final int hash = frame.flowHash;
        final int l3 = frame.l3Offset;
        send(frame, Rig.V4, Rig.BLUE);
        assertThat(Rig.octets(frame)).isEqualTo(Rig.join(Rig.header(100), inner));
        assertThat(frame.flowHash).isEqualTo(hash);
        assertThat(frame.l3Offset).isEqualTo(l3).isEqualTo(frame.offset + 8 + 14);
    }

    @Test
    void shouldKeepOrderOfFramesThatPass() {
        final Frame first = udp(10).parsedInto(rig.pool, 1);
        final Frame second = udp(10).parsedInto(rig.pool, 2);
        queue(first, Rig.V4, Rig.BLUE);
        queue(udp(2000).parsedInto(rig.pool, 1), Rig.V4, Rig.BLUE);
        queue(second, Rig.V4, Rig.BLUE);
        rig.encap.process(rig.out);
        assertThat(rig.out.size()).isEqualTo(2);
        assertThat(rig.out.get(0)).isSameAs(first);
        assertThat(rig.out.get(1)).isSameAs(second);
        assertThat(rig.drops()).isEqualTo("mtu-exceeded:1");
        assertThat(rig.tooLong).containsExactly(1450);
    }

    @Test
    void shouldDropTaggedFrameOfNetworkThatDoesNotCarryTags() {
        send(udp(100).tag(5), Rig.V4, Rig.BLUE);
        assertThat(rig.drops()).isEqualTo("tag-on-tunnel:1");
        send(udp(100).tag(5), Rig.V4, Rig.RED);
        assertThat(rig.out.size()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"1450, false, true", "1451, false, false", "1446, true, true", "1447, true, false"})
    void shouldKeepPacketsWithinMtuCountingTags(final int ipLength, final boolean tagged, final boolean passes) {
        final FrameBuilder frame = udp(ipLength - 28);
        send(tagged ? frame.tag(5) : frame, Rig.V4, Rig.RED);
        assertThat(rig.out.size()).isEqualTo(passes ? 1 : 0);
        assertThat(rig.drops()).isEqualTo(passes ? "" : "mtu-exceeded:1");
    }

    @ParameterizedTest
    @CsvSource({"1410, true", "1411, false"})
    void shouldJudgeTcpSuperFrameByItsSegments(final int segment, final boolean passes) {
        send(tcp(60_000).gso(segment), Rig.V4, Rig.BLUE);
        assertThat(rig.out.size()).isEqualTo(passes ? 1 : 0);
        assertThat(rig.drops()).isEqualTo(passes ? "" : "mtu-exceeded:1");
    }

    @ParameterizedTest
    @CsvSource({"1422, true", "1423, false"})
    void shouldJudgeUdpSuperFrameByItsSegments(final int segment, final boolean passes) {
        send(udp(20_000).gso(segment), Rig.V4, Rig.BLUE);
        assertThat(rig.out.size()).isEqualTo(passes ? 1 : 0);
    }

    @Test
    void shouldNotTakeSegmentSizeForLengthOfShortSuperFrame() {
        send(tcp(1000).gso(9000), Rig.V4, Rig.BLUE);
        assertThat(rig.out.size()).isEqualTo(1);
    }

    @Test
    void shouldKeepSuperFrameWhole() {
        final Frame frame = tcp(60_000).gso(1400).parsedInto(rig.pool, 1);
        final int checksumStart = frame.checksumStart;
        send(frame, Rig.V4, Rig.BLUE);
        assertThat(frame.length).isEqualTo(8 + 14 + 40 + 60_000);
        assertThat(frame.gsoType).isEqualTo(Frame.GSO_TCPV4);
        assertThat(frame.gsoSize).isEqualTo(1400);
        assertThat(frame.checksumState).isEqualTo(Frame.CHECKSUM_PARTIAL);
        assertThat(frame.checksumStart).isEqualTo(checksumStart);
    }

    @Test
    void shouldDropFramesForWhatHasGone() {
        rig.vteps.remove(Rig.V4.index());
        send(udp(10), Rig.V4, Rig.BLUE);
        assertThat(rig.drops()).isEqualTo("underlay-unreachable:1");
        rig.vnis.remove(Rig.BLUE);
        send(udp(10), Rig.V6, Rig.BLUE);
        assertThat(rig.drops()).isEqualTo("no-network:1 underlay-unreachable:1");
        final Frame nowhere = udp(10).parsedInto(rig.pool, 1);
        nowhere.vtep = 0;
        rig.out.add(nowhere);
        rig.encap.process(rig.out);
        assertThat(rig.drops()).isEqualTo("no-network:2 underlay-unreachable:1");
    }

    private static FrameBuilder udp(final int payload) {
        return FrameBuilder.frame().ipv4("10.0.0.1", "10.0.0.2").udp(1000, 2000).payload(payload);
    }

    private static FrameBuilder tcp(final int payload) {
        return FrameBuilder.frame().ipv4("10.0.0.1", "10.0.0.2").tcp(1000, 2000).payload(payload);
    }

    private void send(final FrameBuilder builder, final Vtep to, final int network) {
        send(builder.parsedInto(rig.pool, 1), to, network);
    }

    private void send(final Frame frame, final Vtep to, final int network) {
        final int before = rig.out.size();
        final FrameVector one = new FrameVector();
        frame.vtep = to.index();
        frame.network = network;
        one.add(frame);
        rig.encap.process(one);
        for (int i = 0; i < one.size(); i++) {
            rig.out.add(one.get(i));
        }
        assertThat(rig.out.size() - before).isBetween(0, 1);
    }

    private void queue(final Frame frame, final Vtep to, final int network) {
        frame.vtep = to.index();
        frame.network = network;
        rig.out.add(frame);
    }
}
