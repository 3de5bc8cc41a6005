// SPDX-License-Identifier: Apache-2.0
package io.weft.overlay;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Frame;
import io.weft.frame.FrameParser;
import io.weft.frame.FrameVector;
import io.weft.testkit.FrameBuilder;
import io.weft.testkit.WarmAllocation;
import io.weft.wire.Tcp;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class OverlayAllocationTest {
    private static final int SIZE = 1000;
    private static final int SEGMENTS = 20;

    private final Rig rig = new Rig();
    private final byte[] plain = FrameBuilder.frame()
            .ipv6("fd00::1", "fd00::2")
            .udp(1, 2)
            .payload(18)
            .build();
    private final byte[] bad = Rig.packet(999, FrameBuilder.frame());
    private final byte[] train = train();
    private final byte[] whole = FrameBuilder.frame()
            .ipv4("10.0.0.1", "10.0.0.2")
            .tcp(1, 2, 0, 1, Tcp.ACK, 500, new byte[0])
            .payload(content())
            .gso(SIZE)
            .build();

    @Test
    void shouldNotAllocatePerFrame() {
        assertThat(WarmAllocation.of(this::run)).isZero();
        rig.assertConservation();
    }

    private void run() {
        for (int round = 0; round < 1000; round++) {
            for (int i = 0; i < 100; i++) {
                encapsulateAndBack();
            }
            receive(bad);
            final Frame frame = receive(train);
            frame.gsoType = Frame.GSO_UDP;
            frame.gsoSize = train.length / SEGMENTS;
            forward(2);
        }
    }

    private void encapsulateAndBack() {
        final Frame frame = Objects.requireNonNull(rig.pool.receive(1));
        frame.buffer.putBytes(frame.offset, plain);
        frame.length = plain.length;
        frame.network = Rig.BLUE;
        frame.vtep = Rig.V6.index();
        rig.pool.received(frame);
        FrameParser.parse(frame);
        rig.in.add(frame);
        rig.encap.process(rig.in);
        frame.remoteHigh = Rig.V6.address().high();
        frame.remoteLow = Rig.V6.address().low();
        forward(1);
    }

    private Frame receive(final byte[] octets) {
        final Frame frame = Objects.requireNonNull(rig.pool.receive(Rig.UPLINK));
        frame.buffer.putBytes(frame.offset, octets);
        frame.length = octets.length;
        frame.remoteLow = Rig.V4.address().low();
        rig.pool.received(frame);
        rig.in.add(frame);
        return frame;
    }

    /** What comes out is one frame, and right: also once the copying loops are compiled. */
    private void forward(final int received) {
        final boolean done = rig.decap.process(rig.in, rig.out);
        final FrameVector out = rig.out;
        if (!done || out.size() != 1 || !isWhole(out.get(0), received == 1 ? plain : whole)) {
            throw new AssertionError("frames lost or damaged");
        }
        rig.pool.transmitted(out.get(0), 1);
        out.clear();
    }

    private static boolean isWhole(final Frame frame, final byte[] octets) {
        if (frame.length != octets.length) {
            return false;
        }
        for (int i = 0; i < octets.length; i++) {
            if (frame.buffer.getByte(frame.offset + i) != octets[i]) {
                return false;
            }
        }
        return true;
    }

    private static byte[] content() {
        final byte[] octets = new byte[SIZE * SEGMENTS];
        for (int i = 0; i < octets.length; i++) {
            octets[i] = (byte) (i * 31 + i / SIZE);
        }
        return octets;
    }

    private static byte[] train() {
        final byte[][] packets = new byte[SEGMENTS][];
        for (int i = 0; i < SEGMENTS; i++) {
            final byte[] payload = new byte[SIZE];
            System.arraycopy(content(), i * SIZE, payload, 0, SIZE);
            packets[i] = Rig.packet(
                    Rig.BLUE_VNI,
                    FrameBuilder.frame()
                            .ipv4("10.0.0.1", "10.0.0.2")
                            .tcp(1, 2, i * SIZE, 1, Tcp.ACK, 500, new byte[0])
                            .payload(payload));
        }
        return Rig.join(packets);
    }
}
