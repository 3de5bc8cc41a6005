// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

/** The forwarding tables of one VRF (virtual routing and forwarding instance). The control side writes, workers read. */
public final class Vrf {
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

    /** Name, for users. */
    public final String name;
    /** IPv4 routes: values are numbers of {@link NextHopTable}. */
    public final Ipv4Fib ipv4;
    /** IPv6 routes. */
    public final Ipv6Fib ipv6;
    /** A bit for each own address: most sources are told from them by it without a lookup. Bits are never taken back. */
    private volatile long ownAddresses;

    /** Empty tables. */
    public Vrf(final String name, final GracePeriod grace) {
        this.name = name;
        this.ipv4 = new Ipv4Fib(grace);
        this.ipv6 = new Ipv6Fib(grace);
    }

    /** From now on the address may be the router's own. One writer. */
    @SuppressWarnings("NonAtomicVolatileUpdate")
    public void addOwn(final long high, final long low) {
        ownAddresses |= bit(high, low);
    }

    /** False if the address is certainly not the router's own; true: look it up. */
    public boolean mayBeOwn(final long high, final long low) {
        return (ownAddresses & bit(high, low)) != 0;
    }

    /** The number of the next-hop group for an address; IPv4 mapped. */
    public int lookup(final long high, final long low) {
        return high == 0 && low >>> 32 == 0xFFFF ? ipv4.lookup((int) low) : ipv6.lookup(high, low);
    }

    private static long bit(final long high, final long low) {
        return 1L << ((((high * MIX) ^ low) * MIX) >>> 58);
    }
}
