// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

/**
 * How many ICMP errors may be sent (RFC 1812 section 4.3.2.8, RFC 4443 section 2.4 f).
 *
 * @param rate errors a second in all, 1 to 1,000,000
 * @param burst errors at once in all, 1 to 1,000,000
 * @param sourceRate errors a second to one address, 1 to 1,000,000
 * @param sourceBurst errors at once to one address, 1 to 1,000,000
 */
public record IcmpLimits(int rate, int burst, int sourceRate, int sourceBurst) {
    /** A traceroute with 16 probes at once gets every answer. */
    public static final IcmpLimits DEFAULT = new IcmpLimits(1000, 100, 50, 20);

    private static final int MOST = 1_000_000;

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public IcmpLimits {
        check("rate", rate);
        check("burst", burst);
        check("source rate", sourceRate);
        check("source burst", sourceBurst);
    }

    /** What each of {@code workers} may send, so that all together send no more than this. */
    public IcmpLimits dividedBy(final int workers) {
        return new IcmpLimits(
                Math.max(1, rate / workers),
                Math.max(1, burst / workers),
                Math.max(1, sourceRate / workers),
                Math.max(1, sourceBurst / workers));
    }

    private static void check(final String name, final int value) {
        if (value < 1 || value > MOST) {
            throw new IllegalArgumentException("ICMP " + name + " " + value + " is not in 1 to " + MOST);
        }
    }
}
