// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.switching.FdbConfig;
import io.weft.switching.MacTable;
import java.util.Random;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The forwarding database with 10,000 MACs, which the cache holds, and with a million, which it does not; asked in random
 * order. One operation is one MAC.
 */
@State(Scope.Thread)
public class FdbBench {
    private static final int BATCH = 10_000;
    private static final int PORTS = 200;
    private static final int HOST_MASK = 0xFF_FFFF;

    /** MACs in the table, a multiple of 10,000. */
    @Param({"10000", "1000000"})
    public int size;

    private MacTable table = new MacTable(FdbConfig.DEFAULT);
    private long[] macs = {};
    private int now;
    private int from;
    private int destinations;
    private int refused;

    /** Learns all of them. */
    @Setup
    public void fill() {
        table = new MacTable(FdbConfig.withLearnLimit(size));
        macs = new long[size];
        for (int i = 0; i < size; i++) {
            macs[i] = Templates.mac(i);
            table.learn(macs[i], portOf(macs[i]), now);
        }
        final Random random = new Random(1);
        for (int i = size - 1; i > 0; i--) {
            final int other = random.nextInt(i + 1);
            final long mac = macs[i];
            macs[i] = macs[other];
            macs[other] = mac;
        }
    }

    /** The table must still have every MAC where it was, and the last batch of answers must have been right. */
    @TearDown
    public void check() {
        long expected = 0;
        for (int i = 0; i < size; i++) {
            if (table.lookup(macs[i]) != portOf(macs[i])) {
                throw new IllegalStateException("a MAC is not where it was learned");
            }
        }
        for (int i = from; i < from + BATCH; i++) {
            expected += portOf(macs[i]);
        }
        if (table.learned() != size || refused != 0 || (destinations != 0 && destinations != expected)) {
            throw new IllegalStateException(table.learned() + " MACs learned, not " + size + ", or a wrong answer");
        }
    }

    /** Destination of each. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int lookup() {
        advance();
        int sum = 0;
        for (int i = from; i < from + BATCH; i++) {
            sum += table.lookup(macs[i]);
        }
        destinations = sum;
        return sum;
    }

    /** Refreshes each where it is, as every frame does with its source. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int learn() {
        advance();
        now++;
        int results = 0;
        for (int i = from; i < from + BATCH; i++) {
            results += table.learn(macs[i], portOf(macs[i]), now);
        }
        refused |= results;
        return results;
    }

    private void advance() {
        from = from + BATCH == size ? 0 : from + BATCH;
    }

    private static int portOf(final long mac) {
        return (int) (mac & HOST_MASK) % PORTS;
    }
}
