// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testkit.FrameBuilder;
import io.weft.wire.Tcp;
import java.util.List;
import org.junit.jupiter.api.Test;

class TcpFlowTest {
    private static final int SYN = Tcp.SYN;
    private static final int SYN_ACK = Tcp.SYN | Tcp.ACK;
    private static final int ACK = Tcp.ACK;
    private static final int FIN = Tcp.FIN | Tcp.ACK;
    private static final int RST = Tcp.RST;

    private final FlowRig rig = FlowRig.small();

    private void client(final int flags) {
        rig.count(FrameBuilder.frame().ipv4("10.0.0.1", "10.0.0.2").tcp(40_000, 80, 1, 1, flags, 1000, new byte[0]));
    }

    private void server(final int flags) {
        rig.count(FrameBuilder.frame().ipv4("10.0.0.2", "10.0.0.1").tcp(80, 40_000, 1, 1, flags, 1000, new byte[0]));
    }

    private FlowState state() {
        return rig.onlyFlow().state();
    }

    private void open() {
        client(SYN);
        server(SYN_ACK);
        client(ACK);
    }

    @Test
    void shouldFollowAConnectionFromHandshakeToEnd() {
        client(SYN);
        assertThat(state()).isEqualTo(FlowState.SYN_SENT);
        client(SYN);
        assertThat(state()).isEqualTo(FlowState.SYN_SENT);
        server(SYN_ACK);
        assertThat(state()).isEqualTo(FlowState.SYN_RECEIVED);
        server(SYN_ACK);
        client(ACK);
        assertThat(state()).isEqualTo(FlowState.ESTABLISHED);
        server(FIN);
        assertThat(state()).isEqualTo(FlowState.FIN_WAIT);
        client(ACK);
        assertThat(state()).isEqualTo(FlowState.FIN_WAIT);
        client(FIN);
        assertThat(state()).isEqualTo(FlowState.CLOSED);
        server(ACK);
        assertThat(rig.onlyFlow().flags()).isEqualTo(Tcp.SYN | Tcp.ACK | Tcp.FIN);
        assertThat(rig.onlyFlow().replyFlags()).isEqualTo(Tcp.SYN | Tcp.ACK | Tcp.FIN);
        rig.advanceSeconds(11);
        final List<FlowEvent> closed = rig.events(FlowEventType.CLOSE);
        assertThat(closed).extracting(FlowEvent::cause).containsExactly(CloseCause.FIN);
        assertThat(closed.getFirst().frames() + closed.getFirst().replyFrames()).isEqualTo(9);
    }

    @Test
    void shouldFollowASimultaneousOpen() {
        client(SYN);
        server(SYN);
        assertThat(state()).isEqualTo(FlowState.SYN_RECEIVED);
        client(SYN_ACK);
        server(SYN_ACK);
        assertThat(state()).isEqualTo(FlowState.SYN_RECEIVED);
        client(ACK);
        assertThat(state()).isEqualTo(FlowState.ESTABLISHED);
        assertThat(rig.tracker.size()).isEqualTo(1);
    }

    @Test
    void shouldEndByARst() {
        open();
        server(RST);
        assertThat(state()).isEqualTo(FlowState.CLOSED);
        rig.advanceSeconds(11);
        assertThat(rig.events(FlowEventType.CLOSE)).extracting(FlowEvent::cause).containsExactly(CloseCause.RST);
    }

    @Test
    void shouldPickUpAConnectionInTheMiddle() {
        client(ACK);
        assertThat(state()).isEqualTo(FlowState.NEW);
        server(ACK);
        assertThat(state()).isEqualTo(FlowState.ESTABLISHED);
    }

    @Test
    void shouldTakeWhoGetsASynAckForTheOriginator() {
        server(SYN_ACK);
        final FlowEvent flow = rig.onlyFlow();
        assertThat(flow.sourcePort()).isEqualTo(40_000);
        assertThat(flow.replyFrames()).isEqualTo(1);
        assertThat(flow.ingress()).isEqualTo(FlowEvent.NONE);
        client(ACK);
        assertThat(state()).isEqualTo(FlowState.ESTABLISHED);
        assertThat(rig.onlyFlow().ingress()).isEqualTo(FlowRig.PORT);
    }

    @Test
    void shouldBeginAnewByASynOnAClosedFlow() {
        open();
        client(FIN);
        server(FIN);
        final long before = rig.onlyFlow().flow();
        client(SYN);
        assertThat(state()).isEqualTo(FlowState.SYN_SENT);
        assertThat(rig.onlyFlow().flow()).isNotEqualTo(before);
        assertThat(rig.onlyFlow().frames()).isEqualTo(1);
        assertThat(rig.events(FlowEventType.CLOSE)).extracting(FlowEvent::cause).containsExactly(CloseCause.FIN);
    }

    @Test
    void shouldBeginAnewByASynOnAHalfClosedFlowButNotOnAnOpenOne() {
        open();
        client(SYN);
        assertThat(state()).isEqualTo(FlowState.ESTABLISHED);
        client(FIN);
        server(SYN);
        assertThat(state()).isEqualTo(FlowState.SYN_SENT);
        assertThat(rig.onlyFlow().sourcePort()).isEqualTo(80);
        assertThat(rig.events(FlowEventType.CLOSE)).extracting(FlowEvent::cause).containsExactly(CloseCause.REUSED);
    }

    @Test
    void shouldKeepEstablishedConnectionsLongerThanHalfOpenOnes() {
        client(SYN);
        rig.advanceSeconds(242);
        assertThat(rig.events(FlowEventType.CLOSE)).extracting(FlowEvent::cause).containsExactly(CloseCause.IDLE);
        open();
        rig.advanceSeconds(7_430);
        assertThat(state()).isEqualTo(FlowState.ESTABLISHED);
        rig.advanceSeconds(12);
        assertThat(rig.tracker.size()).isZero();
    }

    @Test
    void shouldTimeOutSoonerFromWhenAStateIsShorter() {
        open();
        rig.advanceSeconds(1);
        client(FIN);
        rig.advanceSeconds(239);
        assertThat(state()).isEqualTo(FlowState.FIN_WAIT);
        server(FIN);
        rig.advanceSeconds(9);
        assertThat(state()).isEqualTo(FlowState.CLOSED);
        rig.advanceSeconds(2);
        assertThat(rig.tracker.size()).isZero();
    }
}
