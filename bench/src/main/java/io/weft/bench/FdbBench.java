// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.switching.FdbConfig;
import io.weft.switching.MacTable;
import java.util.Random;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The forwarding database with 10,000 MACs, asked in random order. One operation is one MAC. */
@State(Scope.Thread)
public class FdbBench {
    private static final int MACS = 10_000;
    private static final int PORTS = 200;

    private final MacTable table = new MacTable(FdbConfig.withLearnLimit(MACS));
    private final long[] macs = new long[MACS];
    private int now;

    /** Learns all of them. */
    @Setup
    public void fill() {
        for (int i = 0; i < MACS; i++) {
            macs[i] = Templates.mac(i);
            table.learn(macs[i], i % PORTS, now);
        }
        final Random random = new Random(1);
        for (int i = MACS - 1; i > 0; i--) {
            final int other = random.nextInt(i + 1);
            final long mac = macs[i];
            macs[i] = macs[other];
            macs[other] = mac;
        }
        if (table.learned() != MACS) {
            throw new IllegalStateException(table.learned() + " MACs learned, not " + MACS);
        }
    }

    /** Destination of each. */
    @Benchmark
    @OperationsPerInvocation(MACS)
    public int lookup() {
        int sum = 0;
        for (final long mac : macs) {
            sum += table.lookup(mac);
        }
        return sum;
    }

    /** Refreshes each where it is. */
    @Benchmark
    @OperationsPerInvocation(MACS)
    public int learn() {
        now++;
        int results = 0;
        for (final long mac : macs) {
            results += table.learn(mac, (int) (mac & 0xFFFF) % PORTS, now);
        }
        return results;
    }
}
