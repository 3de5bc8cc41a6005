// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class PingTest {
    private static final String OUTPUT = """
            PING 10.100.0.2 (10.100.0.2) 56(84) bytes of data.
            64 bytes from 10.100.0.2: icmp_seq=1 ttl=64 time=0.145 ms
            64 bytes from 10.100.0.2: icmp_seq=2 ttl=64 time=0.026 ms
            64 bytes from 10.100.0.2: icmp_seq=2 ttl=64 time=0.040 ms (DUP!)
            64 bytes from 10.100.0.2: icmp_seq=4 ttl=64 time=12.3 ms
            From 10.100.0.254 icmp_seq=5 Destination Host Unreachable

            --- 10.100.0.2 ping statistics ---
            5 packets transmitted, 3 received, +1 duplicates, +1 errors, 40% packet loss, time 4ms
            rtt min/avg/max/mdev = 0.026/4.157/12.300/5.758 ms
            """;

    @Test
    void shouldReadEachReplyOnceAndCountWhatIsMissing() {
        final Ping.Trips trips = Ping.parse(OUTPUT, 5);

        assertThat(trips.missing()).isEqualTo(2);
        assertThat(trips.times().getTotalCount()).isEqualTo(3);
        assertThat(Statistics.micros(trips.times(), 0)).isEqualTo(26, within(0.1));
        assertThat(Statistics.micros(trips.times(), 50)).isEqualTo(145, within(0.2));
        assertThat(Statistics.micros(trips.times(), 100)).isEqualTo(12_300, within(10.0));
    }

    @Test
    void shouldMissAllWhereNothingWasReceived() {
        assertThat(Ping.parse("ping: connect: Network is unreachable\n", 3).missing())
                .isEqualTo(3);
    }
}
