// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import io.weft.journal.LossRecord.Cause;
import java.util.ArrayList;
import java.util.List;

/** Events that were lost and of which the journal does not tell yet. */
final class Losses {
    private static final Cause[] CAUSES = Cause.values();

    private static final class Count {
        long events;
        long first;
        long last;
    }

    private final Count[][] counts;
    private boolean some;

    Losses(final int workers) {
        counts = new Count[workers][CAUSES.length];
        for (final Count[] of : counts) {
            for (int i = 0; i < of.length; i++) {
                of[i] = new Count();
            }
        }
    }

    void add(final int worker, final Cause cause, final long events, final long first, final long last) {
        final Count count = counts[worker][cause.ordinal()];
        if (count.events == 0) {
            count.first = first;
        }
        count.events += events;
        count.last = last;
        some = true;
    }

    boolean any() {
        return some;
    }

    /** What was lost. */
    List<LossRecord> list() {
        final List<LossRecord> list = new ArrayList<>();
        for (int worker = 0; worker < counts.length; worker++) {
            for (final Cause cause : CAUSES) {
                final Count count = counts[worker][cause.ordinal()];
                if (count.events > 0) {
                    list.add(new LossRecord(worker, cause, count.events, count.first, count.last));
                }
            }
        }
        return list;
    }

    /** The journal tells of this one. */
    void told(final LossRecord loss) {
        counts[loss.worker()][loss.cause().ordinal()].events -= loss.count();
        some = !list().isEmpty();
    }
}
