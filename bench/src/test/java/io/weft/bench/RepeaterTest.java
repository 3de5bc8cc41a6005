// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class RepeaterTest {
    private final AtomicInteger runs = new AtomicInteger();

    @Test
    void shouldDoItAgainUntilItIsStopped() throws Exception {
        final CountDownLatch several = new CountDownLatch(5);
        final Repeater repeater = Repeater.start("test", several::countDown);

        several.await();
        repeater.stop();

        repeater.join();
        assertThat(repeater.retries()).isEmpty();
    }

    @Test
    void shouldDoAgainWhatFailsNowAndThen() throws Exception {
        final CountDownLatch several = new CountDownLatch(10);
        final Repeater repeater = Repeater.start("test", () -> {
            several.countDown();
            if (runs.incrementAndGet() % 3 != 0) {
                throw new BenchException("no luck");
            }
        });

        several.await();
        repeater.stop();

        repeater.join();
        assertThat(repeater.retries()).hasSizeGreaterThanOrEqualTo(6).containsOnly("test: no luck");
    }

    @Test
    void shouldGiveUpWhatFailsThreeTimesInARow() {
        final Repeater repeater = Repeater.start("test", () -> {
            runs.incrementAndGet();
            throw new BenchException("never");
        });

        assertThatThrownBy(repeater::join).isInstanceOf(BenchException.class).hasMessage("test: never");
        assertThatThrownBy(repeater::check).isInstanceOf(BenchException.class);
        assertThat(runs).hasValue(3);
    }

    @Test
    void shouldBreakOffWhereItIsAborted() throws Exception {
        final CountDownLatch running = new CountDownLatch(1);
        final CountDownLatch never = new CountDownLatch(1);
        final Repeater repeater = Repeater.start("test", () -> {
            running.countDown();
            try {
                never.await();
            } catch (final InterruptedException e) {
                throw new BenchException("interrupted", e);
            }
        });
        running.await();

        repeater.abort();

        repeater.join();
        assertThat(repeater.retries()).containsExactly("test: interrupted");
    }

    @Test
    void shouldTellOfAFaultOfTheProgram() {
        final Repeater repeater = Repeater.start("test", () -> {
            throw new IllegalStateException("a fault");
        });

        assertThatThrownBy(repeater::join).hasMessageContaining("a fault");
    }
}
