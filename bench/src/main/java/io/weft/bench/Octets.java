// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Counts octets beside operations; JMH makes octets per second of it. */
@AuxCounters(AuxCounters.Type.OPERATIONS)
@State(Scope.Thread)
public class Octets {
    /** Octets so far; JMH takes the name for its result, and sets it to zero before each iteration. */
    public long octets;
}
