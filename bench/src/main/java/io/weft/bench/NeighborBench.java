// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.frame.Counters;
import io.weft.frame.DropReason;
import io.weft.frame.FramePool;
import io.weft.routing.Egress;
import io.weft.routing.NeighborConfig;
import io.weft.routing.NeighborListener;
import io.weft.routing.NeighborTable;
import io.weft.routing.RouterInterfaces;
import io.weft.wire.IpAddress;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The neighbor table with 10,000 neighbors of one network, asked in random order. One operation is one neighbor's MAC. */
@State(Scope.Thread)
public class NeighborBench {
    private static final int NEIGHBORS = 10_000;
    private static final int NETWORK = 0;
    private static final int FIRST_IPV4 = 0x0A00_0000;
    private static final long PREFIX_IPV6 = 0xFD00_0000_0000_0001L;

    /** Whose addresses. */
    @Param({"ipv4", "ipv6"})
    public String family = "";

    private final FramePool pool = new FramePool(1, Counters.inMemory(1));
    private final NeighborTable table = new NeighborTable(
            pool,
            NeighborConfig.of(1, 1),
            new RouterInterfaces(1),
            new Egress(frames -> pool.dropAll(frames, DropReason.NEIGHBOR_UNRESOLVED)),
            frame -> pool.drop(frame, DropReason.NEIGHBOR_UNRESOLVED),
            NeighborListener.NONE);
    private final long[] highs = new long[NEIGHBORS];
    private final long[] lows = new long[NEIGHBORS];
    private long expected;
    private long found;

    /** Makes all of them known; who is asked for first and last is random, and some are asked for more than once. */
    @Setup
    public void fill() {
        final SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < NEIGHBORS; i++) {
            table.addPermanent(NETWORK, high(), low(i), Templates.mac(i), false);
        }
        expected = 0;
        for (int i = 0; i < NEIGHBORS; i++) {
            final int host = random.nextInt(NEIGHBORS);
            highs[i] = high();
            lows[i] = low(host);
            expected += Templates.mac(host);
        }
        found = expected;
    }

    /** Each answer must have been the right one. */
    @TearDown
    public void check() {
        if (found != expected) {
            throw new IllegalStateException("a neighbor has another's MAC, or none");
        }
    }

    /** MAC of each. */
    @Benchmark
    @OperationsPerInvocation(NEIGHBORS)
    public long lookup() {
        long sum = 0;
        for (int i = 0; i < NEIGHBORS; i++) {
            sum += table.mac(NETWORK, highs[i], lows[i]);
        }
        found = sum;
        return sum;
    }

    private boolean isIpv4() {
        return family.equals("ipv4");
    }

    private long high() {
        return isIpv4() ? 0 : PREFIX_IPV6;
    }

    private long low(final int host) {
        return isIpv4() ? IpAddress.mappedLow(FIRST_IPV4 + host) : host + 1L;
    }
}
