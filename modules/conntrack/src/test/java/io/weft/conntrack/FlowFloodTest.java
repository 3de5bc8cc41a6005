// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Frame;
import io.weft.frame.WorkerCounter;
import io.weft.testkit.FrameBuilder;
import io.weft.wire.Tcp;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class FlowFloodTest {
    private static final int SOURCE_OFFSET = 12;
    private static final int MAX = 8_192;

    private static FrameBuilder tcp(final int from, final boolean isBack, final int flags) {
        final FrameBuilder frame = FrameBuilder.frame();
        return isBack
                ? frame.ipv4("10.0.0.2", "10.0.0.1").tcp(80, from, 1, 1, flags, 1000, new byte[0])
                : frame.ipv4("10.0.0.1", "10.0.0.2").tcp(from, 80, 1, 1, flags, 1000, new byte[0]);
    }

    private static void establish(final FlowRig rig, final int connections) {
        for (int port = 1; port <= connections; port++) {
            rig.count(tcp(port, false, Tcp.SYN));
            rig.count(tcp(port, true, Tcp.SYN | Tcp.ACK));
            rig.count(tcp(port, false, Tcp.ACK));
        }
    }

    /** SYNs from addresses that come but once, 256 to a vector, a microsecond each. */
    private static void flood(final FlowRig rig, final int frames) {
        final Frame[] vector = new Frame[256];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = FrameBuilder.frame()
                    .ipv4("11.0.0.0", "10.0.0.2")
                    .tcp(1, 80, 1, 0, Tcp.SYN, 1000, new byte[0])
                    .parsedInto(rig.pool, FlowRig.PORT);
            vector[i].network = FlowRig.NETWORK;
        }
        int source = 0x0B00_0000;
        for (int sent = 0; sent < frames; sent += vector.length) {
            for (final Frame frame : vector) {
                frame.buffer.putInt(frame.l3Offset + SOURCE_OFFSET, Integer.reverseBytes(source++));
            }
            rig.process(vector);
            rig.tracker.settle();
            rig.advance(Duration.ofNanos(256_000));
            rig.events();
        }
        for (final Frame frame : vector) {
            rig.pool.consumed(frame);
        }
    }

    @Test
    void shouldKeepEveryEstablishedConnectionThroughAMillionSynsAndRaiseTheAlarm() {
        final FlowRig rig = new FlowRig(FlowSettings.DEFAULT.withMaxFlows(MAX));
        establish(rig, 1_000);
        assertThat(rig.tracker.isAlarmed()).isFalse();
        flood(rig, 1_000_000);
        assertThat(rig.tracker.isAlarmed()).isTrue();
        assertThat(rig.count(WorkerCounter.FLOWS_ALARM)).isEqualTo(1);
        assertThat(rig.tracker.size()).isBetween(MAX * 9 / 10, MAX);
        assertThat(rig.flows())
                .filteredOn(flow -> flow.state() == FlowState.ESTABLISHED)
                .hasSize(1_000);
        assertThat(rig.count(WorkerCounter.FLOWS_EVICTED)).isGreaterThan(900_000);
        assertThat(rig.count(WorkerCounter.FLOWS_OPENED) - rig.count(WorkerCounter.FLOWS_CLOSED))
                .isEqualTo(rig.tracker.size());

        // Somebody else can still begin: half open connections of the flood make room.
        rig.count(tcp(60_000, false, Tcp.SYN));
        assertThat(rig.flows()).anyMatch(flow -> flow.sourcePort() == 60_000);

        // A tick looks at an eighth of the table.
        rig.advanceSeconds(260);
        assertThat(rig.tracker.isAlarmed()).isFalse();
        assertThat(rig.count(WorkerCounter.FLOWS_ALARM)).isZero();
        assertThat(rig.tracker.size()).isEqualTo(1_000);
    }

    @Test
    void shouldForwardUntrackedWhenNothingMayGo() {
        final FlowRig rig = new FlowRig(FlowSettings.DEFAULT.withMaxFlows(64).withPerSource(64));
        establish(rig, 64);
        final Frame frame = rig.feed(tcp(1_000, false, Tcp.SYN));
        assertThat(frame.flow).isEqualTo(Frame.NONE);
        assertThat(rig.count(WorkerCounter.FLOWS_UNTRACKED)).isEqualTo(1);
        assertThat(rig.count(WorkerCounter.FLOWS_EVICTED)).isZero();
        rig.pool.consumed(frame);
        // A closed connection may.
        rig.count(tcp(5, true, Tcp.RST));
        for (int i = 0; i < 8; i++) {
            rig.count(tcp(1_000, false, Tcp.SYN));
        }
        assertThat(rig.flows()).anyMatch(flow -> flow.sourcePort() == 1_000);
        assertThat(rig.events(FlowEventType.CLOSE)).extracting(FlowEvent::cause).containsExactly(CloseCause.RST);
    }

    @Test
    void shouldKeepASourceToItsShare() {
        final FlowRig rig = new FlowRig(FlowSettings.DEFAULT.withMaxFlows(1024).withPerSource(100));
        for (int port = 1; port <= 500; port++) {
            rig.count(tcp(port, false, Tcp.SYN));
        }
        assertThat(rig.tracker.size()).isEqualTo(100);
        final List<CloseCause> causes =
                rig.events(FlowEventType.CLOSE).stream().map(FlowEvent::cause).toList();
        assertThat(causes).hasSize(400).containsOnly(CloseCause.EVICTED);
        // Others have what they had, and may begin.
        rig.count(tcp(9_000, true, Tcp.SYN));
        assertThat(rig.tracker.size()).isEqualTo(101);
    }

    @Test
    void shouldTakeNothingOfOthersForASourceAboveItsShare() {
        final FlowRig rig = new FlowRig(FlowSettings.DEFAULT.withMaxFlows(1024).withPerSource(10));
        for (int i = 0; i < 500; i++) {
            rig.count(FrameBuilder.frame()
                    .ipv4("10.1." + i / 250 + "." + i % 250, "10.0.0.2")
                    .udp(1, 2));
        }
        establish(rig, 10);
        for (int port = 100; port < 200; port++) {
            rig.count(tcp(port, false, Tcp.SYN));
        }
        assertThat(rig.tracker.size()).isEqualTo(510);
        assertThat(rig.count(WorkerCounter.FLOWS_EVICTED)).isZero();
        assertThat(rig.count(WorkerCounter.FLOWS_UNTRACKED)).isEqualTo(100);
    }
}
