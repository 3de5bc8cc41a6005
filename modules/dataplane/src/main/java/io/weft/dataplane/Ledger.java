// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

/**
 * The conservation ledger, read between two cycles of the worker.
 *
 * @param received frames that came to be in the worker
 * @param created of those, made by the worker itself
 * @param held frames that the worker has now
 */
public record Ledger(long received, long created, long transmitted, long consumed, long dropped, long held) {
    /** 0 unless a frame was lost or invented. */
    public long imbalance() {
        return received - transmitted - consumed - dropped - held;
    }
}
