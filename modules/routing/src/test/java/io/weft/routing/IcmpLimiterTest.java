// SPDX-License-Identifier: Apache-2.0
package io.weft.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.testkit.ManualClock;
import io.weft.testkit.Seeds;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IcmpLimiterTest {
    private final ManualClock clock = new ManualClock();
    private final IcmpLimiter limiter = new IcmpLimiter(IcmpLimits.DEFAULT);

    @Test
    void shouldAnswerATracerouteOf16ProbesAtOnceThenItsRate() {
        assertThat(taken(1, 100)).isEqualTo(20);
        advance(Duration.ofMillis(19));
        assertThat(taken(1, 100)).isZero();
        advance(Duration.ofMillis(1));
        assertThat(taken(1, 100)).isOne();
        advance(Duration.ofSeconds(1));
        assertThat(taken(1, 100))
                .as("no more than the burst, however long nothing came")
                .isEqualTo(20);
    }

    @Test
    void shouldNotLetOneSourceUseUpWhatOthersGet() {
        taken(1, 1000);

        assertThat(taken(2, 16)).isEqualTo(16);
    }

    @Test
    void shouldLimitAllSourcesTogether() {
        int taken = 0;
        for (int source = 0; source < 100_000; source++) {
            taken += taken(source, 1);
        }
        assertThat(taken).isEqualTo(100);
        advance(Duration.ofMillis(50));
        assertThat(taken(7, 20) + taken(8, 20) + taken(9, 20)).isEqualTo(50);
    }

    @Test
    void shouldNotChargeASourceForWhatAllMayNotHave() {
        for (int source = 10; source < 20; source++) {
            taken(source, 20);
        }
        assertThat(taken(1, 20)).as("nothing is left for anybody").isZero();
        advance(Duration.ofMillis(20));

        assertThat(taken(1, 100)).isEqualTo(20);
    }

    @Test
    void shouldTellSourcesApartByAllTheirBits() {
        for (int bit = 0; bit < 128; bit++) {
            advance(Duration.ofSeconds(1));
            assertThat(taken(0, 0, 20)).isEqualTo(20);
            assertThat(taken(bit < 64 ? 0 : 1L << (bit - 64), bit < 64 ? 1L << bit : 0, 20))
                    .isEqualTo(20);
            assertThat(taken(0, 0, 1)).isZero();
        }
    }

    @Test
    void shouldKeepTheEmptyBucketsWhenSourcesAreManyAndForgetTheFullOnes() {
        final IcmpLimiter roomy = new IcmpLimiter(new IcmpLimits(1_000_000, 1_000_000, 1, 20));
        for (int i = 0; i < 20; i++) {
            assertThat(roomy.take(0, 1)).isTrue();
        }
        for (int source = 2; source < 20_000; source++) {
            roomy.take(0, source);
        }
        assertThat(roomy.take(0, 1)).isFalse();
    }

    @Test
    void shouldNeverExceedRateAndBurstOverAnyTime() {
        Seeds.each(200, random -> {
            final IcmpLimits limits = new IcmpLimits(
                    1 + random.nextInt(2000), 1 + random.nextInt(200), 1 + random.nextInt(100), 1 + random.nextInt(30));
            final IcmpLimiter any = new IcmpLimiter(limits);
            long now = random.nextLong(1L << 40);
            final long start = now;
            long all = 0;
            final long[] bySource = new long[3];
            for (int i = 0; i < 3000; i++) {
                now += random.nextInt(5) == 0 ? random.nextInt(20) : 0;
                any.time(now);
                final int source = random.nextInt(3);
                if (any.take(0, source)) {
                    all++;
                    bySource[source]++;
                }
            }
            assertWithin(all, limits.rate(), limits.burst(), now - start);
            for (final long taken : bySource) {
                assertWithin(taken, limits.sourceRate(), limits.sourceBurst(), now - start);
            }
        });
    }

    /** A token's interval is whole microseconds, so that the rate may be a little higher than said. */
    private static void assertWithin(final long taken, final int rate, final int burst, final long millis) {
        final long interval = 1_000_000 / rate;
        assertThat(taken).isBetween(1L, burst + millis * 1000 / interval);
    }

    @ParameterizedTest
    @CsvSource({"0,1,1,1", "1,0,1,1", "1,1,0,1", "1,1,1,0", "1000001,1,1,1", "1,1,1,1000001", "-1,1,1,1"})
    void shouldRefuseLimitsOutOfRange(final int rate, final int burst, final int sourceRate, final int sourceBurst) {
        assertThatThrownBy(() -> new IcmpLimits(rate, burst, sourceRate, sourceBurst))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private void advance(final Duration duration) {
        clock.advance(duration);
        limiter.time(clock.time());
    }

    private int taken(final int source, final int times) {
        return taken(0xFD00L << 48, source, times);
    }

    private int taken(final long high, final long low, final int times) {
        int taken = 0;
        for (int i = 0; i < times; i++) {
            taken += limiter.take(high, low) ? 1 : 0;
        }
        return taken;
    }
}
