// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.Counters;
import io.weft.frame.WorkerCounter;
import io.weft.switching.BridgeDomain;
import io.weft.switching.MacTable;
import io.weft.testkit.WarmAllocation;
import io.weft.wire.Ndp;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Telling and hearing allocate nothing. */
final class GossipAllocationTest {
    private static final long MAC = 0x02_00_00_01_00_00L;
    private static final int MACS = 512;
    private static final int ROUNDS = 200;

    private final Counters counters = Counters.inMemory(4, 2);
    private final Dataplane dataplane = Dataplane.offline("n1", counters, new Options(16, 4, 16, 0, 2));
    private int port;
    private long millis = 1_000;

    @Test
    void shouldNotAllocatePerMessage() throws Exception {
        dataplane.addNetwork(NetworkSpec.switched("blue", 100));
        for (int worker = 0; worker < 2; worker++) {
            final BridgeDomain domain = domain(worker);
            domain.addPort(0);
            domain.addPort(1);
        }
        assertThat(WarmAllocation.of(this::run)).isZero();
        assertThat(counters.get(WorkerCounter.HEARD))
                .isEqualTo(counters.get(WorkerCounter.TOLD))
                .isPositive();
    }

    private void run() {
        final Pipeline one = dataplane.pipeline(0);
        final Pipeline other = dataplane.pipeline(1);
        for (int round = 0; round < ROUNDS; round++) {
            millis += 10_000;
            port = 1 - port;
            one.tick(TimeUnit.MILLISECONDS.toNanos(millis));
            other.tick(TimeUnit.MILLISECONDS.toNanos(millis));
            for (int i = 0; i < MACS; i++) {
                final int result = domain(0).macs().learn(MAC + i, port, (int) (millis / 1000));
                if (result == MacTable.ADDED || result == MacTable.MOVED) {
                    one.gossip().onPlaced(domain(0), MAC + i, result);
                }
                one.gossip().onHeard(0, 0, 0xFFFF_0A01_0000L + i % 64, MAC + i % 64, Ndp.SOLICITED, 0, 0);
                other.hear();
            }
        }
    }

    private BridgeDomain domain(final int worker) {
        return Objects.requireNonNull(dataplane.pipeline(worker).bridge().domain(0));
    }
}
