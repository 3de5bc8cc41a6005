// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.weft.testkit.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class ZeroLossSearchTest {
    private static final double SENDER = 1_000_000;

    private record Sent(double framesPerSecond, long lost) implements ZeroLossSearch.Trial {}

    /** Loses what is above its capacity; the sender has a limit of its own. */
    private static Sent path(final double rate, final double capacity) {
        final double sent = Math.min(rate, SENDER);
        return new Sent(sent, (long) Math.max(0, sent - capacity));
    }

    @Test
    void shouldFindTheCapacityOfAPath() throws Exception {
        Seeds.each(200, random -> {
            final double capacity = random.nextDouble(1000, SENDER);

            final Sent best = new ZeroLossSearch(12, 1).<Sent>run(rate -> path(rate, capacity), () -> false);

            assertThat(Objects.requireNonNull(best).framesPerSecond())
                    .isLessThanOrEqualTo(capacity + 1)
                    .isEqualTo(capacity, within(SENDER / 4096 + 1));
        });
    }

    @Test
    void shouldFindItThoughFramesAreLostByChanceNowAndThen() throws Exception {
        Seeds.each(200, random -> {
            final double capacity = random.nextDouble(100_000, SENDER);
            // One trial in ten loses a frame below the capacity too; that three in a row do ends a search now and then.
            final ZeroLossSearch.Path<Sent> unlucky = rate -> {
                final Sent sent = path(rate, capacity);
                return random.nextInt(10) == 0 ? new Sent(sent.framesPerSecond(), sent.lost() + 1) : sent;
            };

            final Sent best = new ZeroLossSearch(8, 6).<Sent>run(unlucky, () -> false);

            assertThat(Objects.requireNonNull(best).framesPerSecond())
                    .isLessThanOrEqualTo(capacity + 1)
                    .isGreaterThan(capacity - SENDER / 64);
        });
    }

    @Test
    void shouldTakeTheSendersRateWhereNothingIsLost() throws BenchException {
        final List<Double> rates = new ArrayList<>();

        final Sent best = new ZeroLossSearch(8, 3)
                .<Sent>run(
                        rate -> {
                            rates.add(rate);
                            return path(rate, 2 * SENDER);
                        },
                        () -> false);

        assertThat(Objects.requireNonNull(best).framesPerSecond()).isEqualTo(SENDER);
        assertThat(rates).containsExactly(Double.POSITIVE_INFINITY);
    }

    @Test
    void shouldFindNothingWhereEveryRateLoses() throws BenchException {
        assertThat(new ZeroLossSearch(4, 2).<Sent>run(rate -> new Sent(Math.min(rate, SENDER), 1), () -> false))
                .isNull();
    }

    @Test
    void shouldGoOnBelowItsStepsUntilARateHolds() throws BenchException {
        final Sent best = new ZeroLossSearch(2, 1).<Sent>run(rate -> path(rate, SENDER / 100), () -> true);

        assertThat(Objects.requireNonNull(best).framesPerSecond()).isEqualTo(SENDER / 128);
    }

    @Test
    void shouldEndOnceARateHasHeldAndTheTimeIsOver() throws BenchException {
        final List<Double> rates = new ArrayList<>();

        new ZeroLossSearch(20, 1)
                .<Sent>run(
                        rate -> {
                            rates.add(rate);
                            return path(rate, 0.4 * SENDER);
                        },
                        () -> true);

        assertThat(rates).containsExactly(Double.POSITIVE_INFINITY, SENDER / 2, SENDER / 4);
    }

    /** A sender may not reach what is asked for: what it reached counts. */
    @Test
    void shouldTellTheRateThatWasReached() throws BenchException {
        final Sent best = new ZeroLossSearch(6, 1)
                .<Sent>run(
                        rate -> Double.isInfinite(rate) ? new Sent(SENDER, 5) : new Sent(Math.min(rate, 300_000), 0),
                        () -> false);

        assertThat(Objects.requireNonNull(best).framesPerSecond()).isEqualTo(300_000);
    }
}
