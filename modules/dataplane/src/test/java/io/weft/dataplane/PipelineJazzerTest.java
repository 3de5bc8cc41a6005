// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.weft.frame.WorkerCounter;
import io.weft.port.MemoryQueue;

/**
 * Any octets into a pod port and into the underlay, steered by coverage: {@code JAZZER_FUZZ=1 mvn -pl modules/dataplane -am
 * test -Dtest=PipelineJazzerTest}. Without that, the kept inputs are replayed.
 */
class PipelineJazzerTest {
    private static final int MAX_LENGTH = 9_000;
    private static final MemoryQueue TO_UNDERLAY = new MemoryQueue(64);
    private static final SimulatedNode NODE = node();

    @FuzzTest
    void shouldAccountForEveryFrameWhateverItHolds(final byte[] octets) {
        if (octets.length == 0 || octets.length > MAX_LENGTH) {
            return;
        }
        final long before = arrived();
        NODE.toNode.get(0).offer(octets);
        TO_UNDERLAY.offer(octets);
        NODE.run();
        assertThat(arrived() - before).isEqualTo(2);
        assertThat(NODE.imbalance()).isZero();
        assertThat(NODE.pipeline.pool().inUse()).isZero();
        NODE.toPod.forEach(queue -> {
            while (queue.poll() != null) {
                // A full queue would end the test's view of what passes.
            }
        });
    }

    private static long arrived() {
        return NODE.count(WorkerCounter.RECEIVED) - NODE.count(WorkerCounter.CREATED);
    }

    private static SimulatedNode node() {
        final SimulatedNode node = new SimulatedNode(2, 64);
        node.underlay("198.19.0.1", "198.19.0.2", TO_UNDERLAY, new MemoryQueue(64), 9_000);
        return node;
    }
}
