// SPDX-License-Identifier: Apache-2.0
package io.weft.switching;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.Frame;
import io.weft.frame.FramePool;
import io.weft.frame.FrameVector;
import io.weft.frame.Outputs;
import io.weft.frame.WorkerCounter;
import io.weft.testkit.WarmAllocation;
import io.weft.wire.Ethernet;
import io.weft.wire.MacAddress;
import org.junit.jupiter.api.Test;

final class BridgeAllocationTest {
    private static final int VECTORS = 1000;

    private final Counters counters = Counters.inMemory(8);
    private final FramePool pool = new FramePool(1024, counters);
    private final Bridge bridge = new Bridge(pool, 1, SwitchListener.NONE);
    private final Outputs out = new Outputs(8, new Sink());
    private final FrameVector in = new FrameVector();
    private int start;

    @Test
    void shouldNotAllocatePerFrame() {
        final BridgeDomain domain = new BridgeDomain(0, 1, "blue", false, new FdbConfig(2000, 5, 2, 10, 60));
        for (int port = 0; port < 3; port++) {
            domain.addPort(port);
        }
        domain.addVtep(0);
        bridge.addDomain(domain);
        assertThat(WarmAllocation.of(this::run)).isZero();
        assertThat(counters.get(WorkerCounter.MOVED)).isPositive();
        assertThat(counters.get(WorkerCounter.FLAPPED)).isPositive();
        assertThat(counters.get(WorkerCounter.AGED)).isPositive();
        assertThat(counters.get(WorkerCounter.FLOODED)).isPositive();
        assertThat(pool.inUse()).isZero();
        assertThat(counters.get(WorkerCounter.RECEIVED))
                .isEqualTo(counters.get(WorkerCounter.TRANSMITTED) + counters.get(WorkerCounter.DROPPED));
    }

    private void run() {
        start += 100_000;
        for (int vector = 0; vector < VECTORS; vector++) {
            for (int i = 0; i < 128; i++) {
                final int number = start + vector * 7 + i;
                // One MAC is seen everywhere and flaps; the others come by again when they have aged.
                receive(number % 3, 0x0200_0000_0000L + (number % 50 == 7 ? 0 : number % 2500), number);
            }
            bridge.process(in, out, start + vector / 40);
            bridge.age(start + vector / 40);
            out.flush();
        }
    }

    private void receive(final int port, final long source, final int number) {
        final Frame frame = pool.receive(port);
        if (frame != null) {
            frame.length = 60;
            frame.network = 0;
            final long destination = number % 50 == 0 ? MacAddress.BROADCAST : 0x0200_0000_0000L + (number + 7) % 2500;
            Ethernet.put(frame.buffer, frame.offset, destination, source, 0x88B5);
            pool.received(frame);
            in.add(frame);
        }
    }

    private final class Sink implements Outputs.Transmitter {
        @Override
        public void transmit(final int port, final FrameVector frames) {
            for (int i = 0; i < frames.size(); i++) {
                pool.transmitted(frames.get(i), port);
            }
            frames.clear();
        }

        @Override
        public void transmitTunnel(final FrameVector frames) {
            transmit(7, frames);
        }
    }
}
