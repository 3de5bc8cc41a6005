// SPDX-License-Identifier: Apache-2.0
package io.weft.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class IperfTest {
    /** Of iperf 3.12, shortened. */
    private static final String ONE_WAY = """
            {"start": {"version": "iperf 3.12"}, "intervals": [],
             "end": {
               "sum_sent": {"start": 0, "end": 1.000809, "seconds": 1.000809, "bytes": 2335571968, "bits_per_second": 18669472141.0, "sender": true},
               "sum_received": {"start": 0, "end": 1.001343, "seconds": 1.001343, "bytes": 2335571968, "bits_per_second": 18659516013.9, "sender": true}
             }}
            """;

    private static final String BOTH_WAYS = """
            {"end": {
               "sum_sent": {"bytes": 10, "bits_per_second": 1.0},
               "sum_received": {"bytes": 2000, "bits_per_second": 15500000000.0},
               "sum_sent_bidir_reverse": {"bytes": 10, "bits_per_second": 1.0},
               "sum_received_bidir_reverse": {"bytes": 1000, "bits_per_second": 8900000000.0}
             }}
            """;

    @Test
    void shouldReadWhatTheReceiverGot() throws BenchException {
        final Iperf.Transfer transfer = Iperf.parse(ONE_WAY);

        assertThat(transfer.gigabitsPerSecond()).isEqualTo(18.6595, within(0.0001));
        assertThat(transfer.octets()).isEqualTo(2_335_571_968.0);
    }

    @Test
    void shouldSumBothDirections() throws BenchException {
        final Iperf.Transfer transfer = Iperf.parse(BOTH_WAYS);

        assertThat(transfer.gigabitsPerSecond()).isEqualTo(24.4, within(1e-9));
        assertThat(transfer.octets()).isEqualTo(3000);
    }

    @Test
    void shouldSayWhatIperfSaidWhereThereIsNoReport() {
        assertThatThrownBy(() -> Iperf.parse("iperf3: parameter error\n"))
                .isInstanceOf(BenchException.class)
                .hasMessage("iperf3: iperf3: parameter error");
        assertThatThrownBy(() -> Iperf.parse("{\"end\": {}}"))
                .isInstanceOf(BenchException.class)
                .hasMessage("iperf3 reports no octets received");
    }

    @Test
    void shouldMoveAsMuchAsTakesTheTimeThatIsAskedFor() {
        assertThat(Iperf.forSeconds(3)).containsExactly("-t", "3");
        assertThat(Iperf.forSeconds(0.5, 16.0)).containsExactly("-n", "1000000000");
        assertThat(Iperf.forSeconds(0.5, 0.0)).containsExactly("-n", "1048576");
    }
}
