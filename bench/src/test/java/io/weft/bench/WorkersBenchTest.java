// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.weft.frame.FrameVector;
import org.junit.jupiter.api.Test;

/** That the benchmark measures what it says. Not how fast. */
final class WorkersBenchTest {
    @Test
    void shouldSwitchTheShareOfEveryWorker() throws Exception {
        final WorkersBench.Node node = new WorkersBench.Node();
        node.workers = 4;
        node.learn();
        for (int i = 0; i < 100; i++) {
            assertThat(new WorkersBench().switching(node)).isEqualTo(2 * FrameVector.CAPACITY);
        }
        assertThatCode(node::check).doesNotThrowAnyException();
    }
}
