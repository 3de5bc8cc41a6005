// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.routing.GracePeriod;
import io.weft.routing.Ipv4Fib;
import io.weft.routing.Ipv6Fib;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Longest-prefix match: random addresses in 1.08 million IPv4 routes, addresses of random routes in 200,000 IPv6 routes, and
 * changes of the IPv4 table, alone and beside a thread that looks up. One operation is one address or one change.
 */
public class FibBench {
    private static final int BATCH = 256;
    private static final int BATCHES = 4096;
    private static final int ADDRESSES = BATCH * BATCHES;
    private static final int CHANGES = 1000;

    /** A full IPv4 table. */
    @State(Scope.Thread)
    public static class Four {
        private final Ipv4Fib fib = new Ipv4Fib(GracePeriod.NONE);
        private final long[][] addresses = new long[BATCHES][BATCH];
        private final int[] values = new int[BATCH];

        /** Fills it. */
        @Setup
        public void fill() {
            final FibRoutes routes = new FibRoutes(1);
            routes.fill(fib, new int[FibRoutes.IPV4_ROUTES], new int[FibRoutes.IPV4_ROUTES]);
            for (int i = 0; i < ADDRESSES; i++) {
                addresses[i / BATCH][i % BATCH] = routes.anyIpv4();
            }
        }

        /** Both ways of asking must agree on every address. */
        @TearDown
        public void check() {
            for (final long[] batch : addresses) {
                fib.lookup(batch, values, 0, BATCH);
                for (int i = 0; i < BATCH; i++) {
                    expectEqual(values[i], fib.lookup((int) batch[i]));
                }
            }
        }

        /** Octets that lookups read. */
        long memory() {
            return fib.memory();
        }
    }

    /** A large IPv6 table. */
    @State(Scope.Thread)
    public static class Six {
        /** True for one site's prefix, false for the Internet. */
        @Param({"false", "true"})
        public boolean isOneSite;

        private final Ipv6Fib fib = new Ipv6Fib(GracePeriod.NONE);
        private final long[][] highs = new long[BATCHES][BATCH];
        private final long[][] lows = new long[BATCHES][BATCH];
        private final long[] scratch = new long[BATCH];
        private final int[] values = new int[BATCH];

        /** Fills it. */
        @Setup
        public void fill() {
            final FibRoutes routes = new FibRoutes(1);
            final long[] high = new long[FibRoutes.IPV6_ROUTES];
            final long[] low = new long[FibRoutes.IPV6_ROUTES];
            routes.fill(fib, high, low, isOneSite);
            for (int i = 0; i < ADDRESSES; i++) {
                final int route = routes.below(FibRoutes.IPV6_ROUTES);
                highs[i / BATCH][i % BATCH] = high[route];
                lows[i / BATCH][i % BATCH] = low[route];
            }
        }

        /** Both ways of asking must agree on every address, and each address have a route. */
        @TearDown
        public void check() {
            for (int i = 0; i < BATCHES; i++) {
                fib.lookup(highs[i], lows[i], values, scratch, 0, BATCH);
                for (int j = 0; j < BATCH; j++) {
                    expectEqual(values[j], fib.lookup(highs[i][j], lows[i][j]));
                    if (values[j] == Ipv6Fib.NO_ROUTE) {
                        throw new IllegalStateException("an address of a route has none");
                    }
                }
            }
        }
    }

    /** A full IPv4 table that changes. */
    @State(Scope.Thread)
    public static class Changing {
        /** Whether another thread looks up all the while. */
        @Param({"false", "true"})
        public boolean isRead;

        private final Semaphore answers = new Semaphore(0);
        private final FibRoutes routes = new FibRoutes(1);
        private final int[] addresses = new int[FibRoutes.IPV4_ROUTES];
        private final int[] lengths = new int[FibRoutes.IPV4_ROUTES];
        private final Ipv4Fib fib = new Ipv4Fib(this::await);
        private volatile boolean isAsked;
        private volatile boolean stop;
        private @Nullable Thread reader;

        /** Fills it. */
        @Setup
        public void fill() {
            routes.fill(fib, addresses, lengths);
            if (isRead) {
                final Thread thread = new Thread(this::read, "reader");
                thread.start();
                reader = thread;
            }
        }

        /** Ends the reader. Routes must not have been lost. */
        @TearDown
        public void stop() throws InterruptedException {
            stop = true;
            if (reader != null) {
                reader.join();
            }
            // A few routes have moved to where another one was already.
            final int routesNow = fib.size();
            if (routesNow > FibRoutes.IPV4_ROUTES || routesNow < FibRoutes.IPV4_ROUTES / 100 * 99) {
                throw new IllegalStateException(routesNow + " routes are left of " + FibRoutes.IPV4_ROUTES);
            }
        }

        private void await() {
            if (reader != null) {
                isAsked = true;
                answers.acquireUninterruptibly();
            }
        }

        private void read() {
            final long[] batch = new long[BATCH];
            final int[] values = new int[BATCH];
            for (int i = 0; !stop; i++) {
                final int address = i * 0x9E37_79B1;
                batch[i & (BATCH - 1)] = address;
                fib.lookup(batch, values, 0, BATCH);
                if (isAsked) {
                    isAsked = false;
                    answers.release();
                }
            }
        }
    }

    /** IPv4 addresses in bulk. */
    @Benchmark
    @OperationsPerInvocation(ADDRESSES)
    public int ipv4Bulk(final Four state) {
        int sum = 0;
        for (final long[] batch : state.addresses) {
            state.fib.lookup(batch, state.values, 0, BATCH);
            sum += state.values[0];
        }
        return sum;
    }

    /** IPv4 addresses one by one. */
    @Benchmark
    @OperationsPerInvocation(ADDRESSES)
    public int ipv4Single(final Four state) {
        int sum = 0;
        for (final long[] batch : state.addresses) {
            for (final long address : batch) {
                sum += state.fib.lookup((int) address);
            }
        }
        return sum;
    }

    /** IPv6 addresses in bulk. */
    @Benchmark
    @OperationsPerInvocation(ADDRESSES)
    public int ipv6Bulk(final Six state) {
        int sum = 0;
        for (int i = 0; i < BATCHES; i++) {
            state.fib.lookup(state.highs[i], state.lows[i], state.values, state.scratch, 0, BATCH);
            sum += state.values[0];
        }
        return sum;
    }

    /** IPv6 addresses one by one. */
    @Benchmark
    @OperationsPerInvocation(ADDRESSES)
    public int ipv6Single(final Six state) {
        int sum = 0;
        for (int i = 0; i < BATCHES; i++) {
            for (int j = 0; j < BATCH; j++) {
                sum += state.fib.lookup(state.highs[i][j], state.lows[i][j]);
            }
        }
        return sum;
    }

    /** Routes replaced by others, and given other values, half and half: a move is two changes. */
    @Benchmark
    @OperationsPerInvocation(CHANGES)
    public int changes(final Changing state) {
        for (int i = 0; i < CHANGES; ) {
            final int route = state.routes.below(FibRoutes.IPV4_ROUTES);
            if ((i & 3) < 2) {
                state.fib.remove(state.addresses[route], state.lengths[route]);
                state.addresses[route] = state.routes.ipv4Address();
                state.lengths[route] = state.routes.ipv4Length();
                i++;
            }
            state.fib.put(state.addresses[route], state.lengths[route], state.routes.value());
            i++;
        }
        return state.fib.size();
    }

    private static void expectEqual(final int bulk, final int single) {
        if (bulk != single) {
            throw new IllegalStateException("in bulk " + bulk + ", alone " + single);
        }
    }
}
