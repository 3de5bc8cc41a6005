// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import io.weft.routing.Ipv4Fib;
import io.weft.routing.Ipv6Fib;
import java.util.SplittableRandom;

/** Routes as a full table has them: random prefixes of unicast space, lengths distributed as in BGP, 250 next hops. */
final class FibRoutes {
    /** IPv4 routes. */
    static final int IPV4_ROUTES = 1_080_000;
    /** IPv6 routes. */
    static final int IPV6_ROUTES = 200_000;

    private static final int NEXT_HOPS = 250;
    private static final long FIRST_IPV4 = 0x0100_0000L;
    private static final long BEHIND_IPV4 = 0xE000_0000L;
    /** Routes of each length from /8 on, in 100,000. */
    private static final int[] IPV4_WEIGHTS = {
        5, 10, 30, 50, 100, 200, 400, 600, 3_000, 2_000, 3_605, 6_000, 6_000, 5_000, 7_000, 8_000, 54_000, 500, 500,
        500, 500, 500, 500, 500, 500
    };

    private static final int SHORTEST_IPV4 = 8;
    private static final int WEIGHTS = 100_000;

    private final SplittableRandom random;

    FibRoutes(final long seed) {
        this.random = new SplittableRandom(seed);
    }

    /** A random value. */
    int value() {
        return random.nextInt(1, NEXT_HOPS + 1);
    }

    /** A random number below {@code bound}. */
    int below(final int bound) {
        return random.nextInt(bound);
    }

    /** A random prefix length. */
    int ipv4Length() {
        int left = random.nextInt(WEIGHTS);
        int length = SHORTEST_IPV4;
        while (left >= IPV4_WEIGHTS[length - SHORTEST_IPV4]) {
            left -= IPV4_WEIGHTS[length - SHORTEST_IPV4];
            length++;
        }
        return length;
    }

    /** A random address for a route. */
    int ipv4Address() {
        return (int) random.nextLong(FIRST_IPV4, BEHIND_IPV4);
    }

    /** Any address. */
    int anyIpv4() {
        return random.nextInt();
    }

    /** Fills a table; the arrays get its routes. */
    void fill(final Ipv4Fib fib, final int[] addresses, final int[] lengths) {
        for (int i = 0; i < addresses.length; ) {
            addresses[i] = ipv4Address();
            lengths[i] = ipv4Length();
            if (fib.get(addresses[i], lengths[i]) == Ipv4Fib.NO_ROUTE) {
                fib.put(addresses[i], lengths[i], value());
                i++;
            }
        }
    }

    /**
     * Fills a table; the arrays get an address within each route.
     *
     * @param isOneSite all under one fd00::/32, an eighth /48 and the rest /64; else providers' /32 in 2000::/3 with /36 to /48 in them
     */
    void fill(final Ipv6Fib fib, final long[] highs, final long[] lows, final boolean isOneSite) {
        for (int i = 0; i < highs.length; ) {
            final int length;
            long high;
            if (isOneSite) {
                length = random.nextInt(8) == 0 ? 48 : 64;
                high = 0xFD00_1234L << 32 | (random.nextLong() & 0xFFFF_FFFFL);
            } else {
                length = i < highs.length / 5 ? 32 : random.nextInt(6) == 0 ? 36 + 4 * random.nextInt(3) : 48;
                high = 1L << 61 | random.nextLong() >>> 3;
                if (length > 32) {
                    high = (highs[random.nextInt(highs.length / 5)] & -1L << 32) | (high & 0xFFFF_FFFFL);
                }
            }
            highs[i] = high;
            lows[i] = random.nextLong();
            if (fib.get(high, lows[i], length) == Ipv6Fib.NO_ROUTE) {
                fib.put(high, lows[i], length, value());
                i++;
            }
        }
    }
}
