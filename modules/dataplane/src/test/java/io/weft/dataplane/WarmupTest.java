// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.weft.frame.DropReason;
import io.weft.frame.WorkerCounter;
import org.junit.jupiter.api.Test;

class WarmupTest {
    @Test
    void shouldSendEveryKindOfFrameThroughWithoutALoss() {
        final Warmup warmup = new Warmup();
        warmup.rounds(64, Long.MAX_VALUE);
        for (final DropReason reason : DropReason.values()) {
            assertThat(warmup.counters().getDrop(reason)).as(reason.label()).isZero();
        }
        assertThat(warmup.counters().get(WorkerCounter.TRANSMITTED)).isGreaterThan(64 * 6);
        assertThat(warmup.counters().get(WorkerCounter.ROUTED)).isEqualTo(64 * 2);
    }
}
