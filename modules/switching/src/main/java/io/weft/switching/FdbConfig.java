// SPDX-License-Identifier: Apache-2.0
package io.weft.switching;

/**
 * Limits of one network's forwarding database.
 *
 * @param learnLimit learned MACs at most, 1 to 2^20; static entries do not count
 * @param ageSeconds a learned MAC is forgotten when it has not been seen for so long (IEEE 802.1Q-2018 table 8-3: 300)
 * @param flapMoves moves within the window that are still taken for ordinary, 1 to 254; the next one damps the MAC
 * @param flapWindowSeconds length of that window
 * @param flapHoldSeconds how long a damped MAC is held where it is. 60 s: long enough that a loop costs one event a
 *     minute and MAC, short enough that a pod which really moved is reached again without an operator
 */
public record FdbConfig(int learnLimit, int ageSeconds, int flapMoves, int flapWindowSeconds, int flapHoldSeconds) {
    /** 4096 MACs, 300 s, damped at the sixth move within 10 s, for 60 s. */
    public static final FdbConfig DEFAULT = new FdbConfig(4096, 300, 5, 10, 60);

    private static final int MAX_LEARN_LIMIT = 1 << 20;

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException naming the first value out of range
     */
    public FdbConfig {
        check("learn limit", learnLimit, MAX_LEARN_LIMIT);
        check("age", ageSeconds, 1_000_000);
        check("flap moves", flapMoves, 254);
        check("flap window", flapWindowSeconds, 86_400);
        check("flap hold", flapHoldSeconds, 86_400);
    }

    /** The default with another learn limit. */
    public static FdbConfig withLearnLimit(final int learnLimit) {
        return new FdbConfig(
                learnLimit, DEFAULT.ageSeconds, DEFAULT.flapMoves, DEFAULT.flapWindowSeconds, DEFAULT.flapHoldSeconds);
    }

    private static void check(final String name, final int value, final int max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException(name + " must be 1 to " + max + ", not " + value);
        }
    }
}
