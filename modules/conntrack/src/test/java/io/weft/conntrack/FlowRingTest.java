// SPDX-License-Identifier: Apache-2.0
package io.weft.conntrack;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.testkit.WarmAllocation;
import io.weft.wire.IpAddress;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class FlowRingTest {
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[FlowEvent.LENGTH]);
    private final FlowEventWriter writer = new FlowEventWriter(buffer, 0);
    private final FlowEvent event = new FlowEvent(buffer, 0);

    @Test
    void shouldHaveEachFieldThatWasWritten() {
        final IpAddress source = IpAddress.parse("10.0.0.1");
        final IpAddress destination = IpAddress.parse("2001:db8::2");
        writer.type(FlowEventType.CLOSE)
                .state(FlowState.CLOSED, Verdict.DROPPED, CloseCause.RST)
                .flags(1, 2)
                .flow(3)
                .times(4, 5, 6)
                .origin(7, 0xFFFF_FFFFL)
                .addresses(source, destination)
                .ports(17, 65_535, 8)
                .network(9)
                .ways(10, FlowEvent.VTEP + 11)
                .dropped(12, 1L << 40)
                .counts(13, 14, 15, 16);
        assertThat(event.version()).isEqualTo(FlowEvent.VERSION);
        assertThat(event.type()).isEqualTo(FlowEventType.CLOSE);
        assertThat(event.state()).isEqualTo(FlowState.CLOSED);
        assertThat(event.verdict()).isEqualTo(Verdict.DROPPED);
        assertThat(event.cause()).isEqualTo(CloseCause.RST);
        assertThat(List.of(event.flags(), event.replyFlags(), event.worker(), event.protocol()))
                .containsExactly(1, 2, 7, 17);
        assertThat(List.of(event.flow(), event.time(), event.first(), event.last(), event.number()))
                .containsExactly(3L, 4L, 5L, 6L, 0xFFFF_FFFFL);
        assertThat(event.source()).isEqualTo(source);
        assertThat(event.destination()).isEqualTo(destination);
        assertThat(List.of(event.sourcePort(), event.destinationPort(), event.network(), event.ingress()))
                .containsExactly(65_535, 8, 9, 10);
        assertThat(event.egress()).isEqualTo(FlowEvent.VTEP + 11);
        assertThat(event.reason()).isEqualTo(12);
        assertThat(event.drops()).isEqualTo(0xFFFF_FFFFL);
        assertThat(List.of(event.frames(), event.octets(), event.replyFrames(), event.replyOctets()))
                .containsExactly(13L, 14L, 15L, 16L);
    }

    @Test
    void shouldBeginWithNothing() {
        writer.flow(9).wrap(buffer, 0);
        assertThat(event.flow()).isZero();
        assertThat(List.of(event.ingress(), event.egress(), event.reason())).containsOnly(FlowEvent.NONE);
    }

    @Test
    void shouldNumberEventsAndCountThoseForWhichThereIsNoRoom() {
        final FlowRing ring = new FlowRing(1 << 10);
        int taken = 0;
        while (ring.offer(buffer, 0)) {
            taken++;
        }
        assertThat(taken).isPositive();
        final List<Long> numbers = numbers(ring);
        assertThat(numbers).hasSize(taken).isSorted().first().isEqualTo(0L);
        assertThat(ring.offer(buffer, 0)).isTrue();
        assertThat(numbers(ring)).containsExactly(taken + 1L);
        assertThat(ring.made()).isEqualTo(taken + 2);
        assertThat(ring.lost()).isEqualTo(1);
    }

    private static List<Long> numbers(final FlowRing ring) {
        final List<Long> numbers = new ArrayList<>();
        // The end of the ring's memory ends a reading.
        for (int i = 0; i < 2; i++) {
            ring.read((type, from, index, length) -> numbers.add(new FlowEvent(from, index).number()), 100);
        }
        return numbers;
    }

    @Test
    void shouldAllocateNothing() {
        final FlowRing ring = new FlowRing(1 << 16);
        assertThat(WarmAllocation.of(10_000, () -> {
                    writer.wrap(buffer, 0).flow(1).counts(1, 2, 3, 4);
                    ring.offer(buffer, 0);
                }))
                .isZero();
    }
}
