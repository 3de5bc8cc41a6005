// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.overlay.VniTable;
import io.weft.overlay.Vtep;
import io.weft.overlay.VtepTable;
import io.weft.wire.IpAddress;
import io.weft.wire.Vxlan;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The overlay's tables: 4096 networks with random VNIs, 1000 VTEPs. One operation is one lookup, in random order. */
@State(Scope.Thread)
public class OverlayTableBench {
    private static final int BATCH = 4096;
    private static final int NETWORKS = 4096;
    private static final int VTEPS = 1000;
    private static final int FIRST_VTEP = 0xC613_0001;

    private final VniTable vnis = new VniTable(NETWORKS);
    private final VtepTable vteps = new VtepTable(VTEPS, 1);
    private final int[] askedVnis = new int[BATCH];
    private final long[] askedAddresses = new long[BATCH];
    private long expectedNetworks;
    private long expectedVteps;
    private long networks;
    private long indices;

    /** Fills both. */
    @Setup
    public void fill() {
        final SplittableRandom random = new SplittableRandom(1);
        for (int network = 0; network < NETWORKS; network++) {
            while (!vnis.add(network, random.nextInt(Vxlan.MAX_VNI + 1), false)) {
                // Another network has it.
            }
        }
        for (int i = 0; i < VTEPS; i++) {
            vteps.add(new Vtep(i, IpAddress.ofIpv4(FIRST_VTEP + i), Vxlan.PORT, 1450));
        }
        for (int i = 0; i < BATCH; i++) {
            final int network = random.nextInt(NETWORKS);
            final int vtep = random.nextInt(VTEPS);
            askedVnis[i] = vnis.vni(network);
            askedAddresses[i] = IpAddress.mappedLow(FIRST_VTEP + vtep);
            expectedNetworks += network;
            expectedVteps += vtep;
        }
        networks = expectedNetworks;
        indices = expectedVteps;
    }

    /** Each answer must have been the right one. */
    @TearDown
    public void check() {
        if (networks != expectedNetworks || indices != expectedVteps) {
            throw new IllegalStateException("a VNI or an address was not found");
        }
    }

    /** The network of a VNI. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long vni() {
        long sum = 0;
        for (final int vni : askedVnis) {
            sum += vnis.network(vni);
        }
        networks = sum;
        return sum;
    }

    /** The VTEP that has an outer address. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long vtep() {
        long sum = 0;
        for (final long address : askedAddresses) {
            sum += vteps.find(0, address);
        }
        indices = sum;
        return sum;
    }
}
