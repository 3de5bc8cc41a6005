// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import java.util.HashMap;
import java.util.Map;

/**
 * What counters stood at when a user cleared them. Counters have one writer, the worker, so that clearing them means
 * subtracting from now on. A counter below its baseline was started anew in between (a port's, for another port).
 */
final class Baseline {
    private final Map<String, Long> values = new HashMap<>();

    /** {@code value} as the user shall see it. */
    synchronized long since(final String counter, final long value) {
        final long base = values.getOrDefault(counter, 0L);
        return value < base ? value : value - base;
    }

    /** From now on {@code value} is 0. */
    synchronized void set(final String counter, final long value) {
        values.put(counter, value);
    }
}
