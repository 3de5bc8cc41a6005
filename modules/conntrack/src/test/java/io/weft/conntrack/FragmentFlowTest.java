// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Frame;
import io.weft.testkit.FrameBuilder;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FragmentFlowTest {
    private static final int MORE = 0x2000;
    private static final int PROTOCOL_UDP = 17;
    private static final int FRAGMENT_HEADER = 44;
    private static final int LENGTH = 64;

    private final FlowRig rig = FlowRig.small();

    /** A third of a UDP packet from port 1000 to 53. Only the first piece has ports; the others have octets that look like others. */
    private static FrameBuilder fragment(final boolean isIpv4, final boolean isBack, final int id, final int piece) {
        final ByteBuffer content = ByteBuffer.allocate(LENGTH);
        if (piece == 0) {
            content.putShort((short) (isBack ? 53 : 1000)).putShort((short) (isBack ? 1000 : 53));
        } else {
            content.putInt(0x0BAD_0BAD);
        }
        final boolean hasMore = piece < 2;
        final FrameBuilder frame = FrameBuilder.frame();
        if (isIpv4) {
            frame.ipv4(isBack ? "10.0.0.2" : "10.0.0.1", isBack ? "10.0.0.1" : "10.0.0.2")
                    .protocol(PROTOCOL_UDP)
                    .identification(id)
                    .fragment((hasMore ? MORE : 0) | (piece * LENGTH / 8));
        } else {
            frame.ipv6(isBack ? "fd00::2" : "fd00::1", isBack ? "fd00::1" : "fd00::2")
                    .extensionHeaders(
                            FRAGMENT_HEADER,
                            ByteBuffer.allocate(8)
                                    .put((byte) PROTOCOL_UDP)
                                    .put((byte) 0)
                                    .putShort((short) ((piece * LENGTH) | (hasMore ? 1 : 0)))
                                    .putInt(id)
                                    .array());
        }
        return frame.payload(content.array());
    }

    private static long octets(final boolean isIpv4) {
        return LENGTH + (isIpv4 ? 20L : 48L);
    }

    private static FrameBuilder whole(final boolean isIpv4) {
        final FrameBuilder frame = FrameBuilder.frame();
        return (isIpv4 ? frame.ipv4("10.0.0.1", "10.0.0.2") : frame.ipv6("fd00::1", "fd00::2")).udp(1000, 53);
    }

    @ParameterizedTest
    @CsvSource({
        "true,0,1,2", "true,0,2,1", "true,1,0,2", "true,1,2,0", "true,2,0,1", "true,2,1,0",
        "false,0,1,2", "false,0,2,1", "false,1,0,2", "false,1,2,0", "false,2,0,1", "false,2,1,0"
    })
    void shouldCountFragmentsInTheirFlowInAnyOrder(
            final boolean isIpv4, final int first, final int second, final int third) {
        rig.count(whole(isIpv4));
        final long before = rig.onlyFlow().octets();
        for (final int piece : new int[] {first, second, third}) {
            rig.count(fragment(isIpv4, false, 7, piece));
        }
        final FlowEvent flow = rig.onlyFlow();
        assertThat(flow.frames()).isEqualTo(4);
        assertThat(flow.octets() - before).isEqualTo(3 * octets(isIpv4));
        rig.count(fragment(isIpv4, true, 7, 1));
        rig.count(fragment(isIpv4, true, 7, 0));
        assertThat(rig.onlyFlow().replyFrames()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldBeginAFlowWithTheFirstFragment(final boolean isIpv4) {
        final Frame later = rig.feed(fragment(isIpv4, false, 7, 1));
        assertThat(later.flow).isEqualTo(Frame.NONE);
        assertThat(rig.tracker.size()).isZero();
        rig.count(fragment(isIpv4, false, 7, 0));
        assertThat(rig.onlyFlow().sourcePort()).isEqualTo(1000);
        assertThat(rig.onlyFlow().destinationPort()).isEqualTo(53);
        assertThat(rig.onlyFlow().frames()).isEqualTo(2);
        rig.pool.consumed(later);
    }

    @ParameterizedTest
    @CsvSource({"true,30", "false,60"})
    void shouldCountFragmentsWithoutAFirstOneInAFlowWithoutPorts(final boolean isIpv4, final int seconds) {
        rig.count(fragment(isIpv4, false, 7, 1));
        rig.count(fragment(isIpv4, false, 7, 2));
        assertThat(rig.tracker.nextTimeoutMillis()).isEqualTo(1000);
        rig.advanceSeconds(seconds - 1);
        assertThat(rig.tracker.size()).isZero();
        rig.advanceSeconds(2);
        final FlowEvent flow = rig.onlyFlow();
        assertThat(flow.sourcePort()).isZero();
        assertThat(flow.destinationPort()).isZero();
        assertThat(flow.frames()).isEqualTo(2);
        assertThat(flow.octets()).isEqualTo(2 * octets(isIpv4));
        assertThat(flow.ingress()).isEqualTo(FlowRig.PORT);
        assertThat(rig.events(FlowEventType.OPEN)).hasSize(1);
    }

    @Test
    void shouldCountWhatWaitsWhenTheNodeEnds() {
        rig.count(fragment(true, false, 7, 1));
        assertThat(rig.tracker.end()).isTrue();
        assertThat(rig.events(FlowEventType.CLOSE))
                .extracting(FlowEvent::frames)
                .containsExactly(1L);
    }

    @Test
    void shouldForgetAnOldPacket() {
        rig.count(fragment(true, false, 7, 0));
        rig.advanceSeconds(31);
        rig.count(fragment(true, false, 7, 1));
        assertThat(rig.onlyFlow().frames()).isEqualTo(1);
        rig.advanceSeconds(32);
        assertThat(rig.flows()).extracting(FlowEvent::sourcePort).containsExactlyInAnyOrder(0, 1000);
    }

    @Test
    void shouldTakeAFragmentThatIsAllOfAPacketForOne() {
        final byte[] header = ByteBuffer.allocate(8).put((byte) PROTOCOL_UDP).array();
        rig.count(FrameBuilder.frame()
                .ipv6("fd00::1", "fd00::2")
                .extensionHeaders(FRAGMENT_HEADER, header)
                .udp(1000, 53));
        assertThat(rig.onlyFlow().sourcePort()).isEqualTo(1000);
    }

    @Test
    void shouldReadNoPortsBehindATinyFirstFragment() {
        rig.count(FrameBuilder.frame()
                .ipv4("10.0.0.1", "10.0.0.2")
                .protocol(PROTOCOL_UDP)
                .fragment(MORE)
                .payload(new byte[] {1, 2, 3})
                .padTo(60));
        assertThat(rig.onlyFlow().sourcePort()).isZero();
    }

    @Test
    void shouldReadTheFlagsOfAFirstFragment() {
        final byte[] header = new byte[20];
        header[1] = 1;
        header[3] = 2;
        header[12] = 0x50;
        header[13] = 0x02;
        rig.count(FrameBuilder.frame()
                .ipv4("10.0.0.1", "10.0.0.2")
                .protocol(6)
                .fragment(MORE)
                .payload(header));
        assertThat(rig.onlyFlow().state()).isEqualTo(FlowState.SYN_SENT);
        assertThat(rig.onlyFlow().sourcePort()).isEqualTo(1);
    }

    @Test
    void shouldLoseNoFrameWhenMorePacketsComeInFragmentsThanItRemembers() {
        final int packets = 2 * FlowTracker.FRAGMENTED_PACKETS;
        for (int id = 0; id < packets; id++) {
            rig.count(fragment(true, false, id, 1));
        }
        for (int id = 0; id < packets; id++) {
            rig.count(fragment(true, false, id, 0));
        }
        rig.advanceSeconds(32);
        final List<FlowEvent> flows = rig.flows().stream()
                .sorted(Comparator.comparingInt(FlowEvent::sourcePort))
                .toList();
        assertThat(flows).extracting(FlowEvent::sourcePort).containsExactly(0, 1000);
        assertThat(flows.stream().mapToLong(FlowEvent::frames).sum()).isEqualTo(2L * packets);
        // What was remembered is not fewer than a table of sets holds when they fill at random.
        assertThat(flows.getLast().frames()).isGreaterThan(packets + FlowTracker.FRAGMENTED_PACKETS * 3L / 4);
    }
}
