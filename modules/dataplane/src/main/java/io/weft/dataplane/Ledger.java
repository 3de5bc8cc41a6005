// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.frame.Counters;
import io.weft.frame.WorkerCounter;

/**
 * The conservation ledger, read between two cycles of the worker.
 *
 * @param received frames that came to be in the worker
 * @param created of those, made by the worker itself
 * @param held frames that the worker has now
 */
public record Ledger(long received, long created, long transmitted, long consumed, long dropped, long held) {
    /** The ledger of no worker. */
    static final Ledger NOTHING = new Ledger(0, 0, 0, 0, 0, 0);

    static Ledger of(final Counters counters, final long held) {
        return new Ledger(
                counters.get(WorkerCounter.RECEIVED),
                counters.get(WorkerCounter.CREATED),
                counters.get(WorkerCounter.TRANSMITTED),
                counters.get(WorkerCounter.CONSUMED),
                counters.get(WorkerCounter.DROPPED),
                held);
    }

    Ledger plus(final Ledger other) {
        return new Ledger(
                received + other.received,
                created + other.created,
                transmitted + other.transmitted,
                consumed + other.consumed,
                dropped + other.dropped,
                held + other.held);
    }

    /** 0 unless a frame was lost or invented. */
    public long imbalance() {
        return received - transmitted - consumed - dropped - held;
    }
}
