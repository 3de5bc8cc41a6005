// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testkit.FrameBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IcmpFlowTest {
    private static final int ID = 0x1234;

    private final FlowRig rig = FlowRig.small();

    private static FrameBuilder icmp(final boolean isIpv4, final boolean isBack, final int type, final int rest) {
        final String a = isIpv4 ? "10.0.0.1" : "fd00::1";
        final String b = isIpv4 ? "10.0.0.2" : "fd00::2";
        final String from = isBack ? b : a;
        final String to = isBack ? a : b;
        final FrameBuilder frame = FrameBuilder.frame();
        return (isIpv4 ? frame.ipv4(from, to) : frame.ipv6(from, to)).icmp(type, 0, rest);
    }

    @ParameterizedTest
    @CsvSource({"true,8,0", "true,13,14", "true,15,16", "true,17,18", "true,42,43", "false,128,129", "false,160,161"})
    void shouldMakeQuestionAndAnswerOneFlow(final boolean isIpv4, final int question, final int answer) {
        rig.count(icmp(isIpv4, false, question, (ID << 16) | 1));
        rig.count(icmp(isIpv4, true, answer, (ID << 16) | 1));
        rig.count(icmp(isIpv4, false, question, (ID << 16) | 2));
        final FlowEvent flow = rig.onlyFlow();
        assertThat(flow.sourcePort()).isEqualTo(ID);
        assertThat(flow.destinationPort()).isEqualTo(question << 8);
        assertThat(flow.frames()).isEqualTo(2);
        assertThat(flow.replyFrames()).isEqualTo(1);
        assertThat(flow.state()).isEqualTo(FlowState.REPLIED);
    }

    @Test
    void shouldKeepIdentifiersAndWhoAsksApart() {
        rig.count(icmp(true, false, 8, ID << 16));
        rig.count(icmp(true, false, 8, (ID + 1) << 16));
        rig.count(icmp(true, true, 8, ID << 16));
        assertThat(rig.tracker.size()).isEqualTo(3);
    }

    @Test
    void shouldTakeWhoGetsAnAnswerForTheOriginator() {
        rig.count(icmp(true, true, 0, ID << 16));
        assertThat(rig.onlyFlow().sourcePort()).isEqualTo(ID);
        assertThat(rig.onlyFlow().frames()).isZero();
        assertThat(rig.onlyFlow().replyFrames()).isEqualTo(1);
        rig.count(icmp(true, false, 8, ID << 16));
        assertThat(rig.onlyFlow().frames()).isEqualTo(1);
    }

    @Test
    void shouldMakeOtherMessagesFlowsOfOneWay() {
        rig.count(icmp(true, false, 3, 0));
        rig.count(icmp(true, true, 3, 0));
        rig.count(icmp(true, true, 3, 7));
        assertThat(rig.flows()).extracting(FlowEvent::destinationPort).containsExactly(3 << 8, 3 << 8);
        assertThat(rig.flows()).extracting(FlowEvent::frames).containsExactly(1L, 2L);
        assertThat(rig.flows()).extracting(FlowEvent::sourcePort).containsOnly(0);
    }

    @Test
    void shouldForgetAfterAMinute() {
        rig.count(icmp(true, false, 8, ID << 16));
        rig.advanceSeconds(59);
        assertThat(rig.tracker.size()).isEqualTo(1);
        rig.advanceSeconds(2);
        assertThat(rig.tracker.size()).isZero();
    }
}
