// SPDX-License-Identifier: Apache-2.0
package io.weft.frame;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class OutputsTest {
    private final FramePool pool = new FramePool(2 * FrameVector.CAPACITY, Counters.inMemory(4));
    private final List<String> sent = new ArrayList<>();
    private final Outputs outputs = new Outputs(4, new Outputs.Transmitter() {
        @Override
        public void transmit(final int port, final FrameVector frames) {
            sent.add("port " + port + ": " + frames.size());
            frames.clear();
        }

        @Override
        public void transmitTunnel(final FrameVector frames) {
            sent.add("tunnel: " + frames.size() + " to " + frames.get(0).vtep);
            frames.clear();
        }
    });

    @Test
    void shouldSendNothingWhenThereIsNothing() {
        outputs.flush();

        assertThat(sent).isEmpty();
    }

    @Test
    void shouldSendEachPortsFramesOncePerFlush() {
        enqueue(3, 2);
        enqueue(0, 1);
        enqueue(3, 1);
        enqueue(Destination.ofVtep(9), 2);
        outputs.flush();
        outputs.flush();
        enqueue(0, 1);
        outputs.flush();

        assertThat(sent).containsExactly("port 3: 3", "port 0: 1", "tunnel: 2 to 9", "port 0: 1");
    }

    @Test
    void shouldSendAFullVectorAtOnceAndTheRestOnFlush() {
        enqueue(1, 1);
        enqueue(2, FrameVector.CAPACITY + 1);
        assertThat(sent).containsExactly("port 2: 256");
        outputs.flush();

        assertThat(sent).containsExactly("port 2: 256", "port 1: 1", "port 2: 1");
    }

    @Test
    void shouldNotSendAVectorAgainThatWasFull() {
        enqueue(2, FrameVector.CAPACITY);
        outputs.flush();

        assertThat(sent).containsExactly("port 2: 256");
    }

    @Test
    void shouldSendAFullTunnelVectorAtOnce() {
        enqueue(Destination.ofVtep(0), FrameVector.CAPACITY);

        assertThat(sent).containsExactly("tunnel: 256 to 0");
    }

    @Test
    void shouldTellPortsFromVtepsFromNowhere() {
        assertThat(Destination.isVtep(Destination.ofPort(0x7FFF))).isFalse();
        assertThat(Destination.index(Destination.ofPort(0x7FFF))).isEqualTo(0x7FFF);
        assertThat(Destination.isVtep(Destination.ofVtep(0))).isTrue();
        assertThat(Destination.index(Destination.ofVtep(0))).isZero();
        assertThat(Destination.isVtep(Destination.ofVtep(0x7FFE))).isTrue();
        assertThat(Destination.index(Destination.ofVtep(0x7FFE))).isEqualTo(0x7FFE);
        assertThat(Destination.isVtep(Destination.NONE)).isFalse();
    }

    @Test
    void shouldNameWhereAFrameCameFrom() {
        final Frame frame = Objects.requireNonNull(pool.receive(3));
        assertThat(Destination.sourceOf(frame)).isEqualTo(Destination.ofPort(3));
        frame.vtep = 2;
        assertThat(Destination.sourceOf(frame)).isEqualTo(Destination.ofVtep(2));
    }

    private void enqueue(final int destination, final int count) {
        for (int i = 0; i < count; i++) {
            final Frame frame = Objects.requireNonNull(pool.receive(0));
            outputs.enqueue(frame, destination);
            pool.unused(frame);
        }
    }
}
