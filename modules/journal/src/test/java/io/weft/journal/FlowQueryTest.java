// SPDX-License-Identifier: Apache-2.0
package io.weft.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.weft.conntrack.FlowEvent;
import io.weft.conntrack.FlowEventType;
import io.weft.conntrack.Verdict;
import io.weft.frame.DropReason;
import io.weft.wire.IpAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlowQueryTest {
    private static final long NOW = nanos("2026-03-04T12:34:56.789Z");

    private static long nanos(final String time) {
        return FlowTime.nanos(Instant.parse(time));
    }

    private static FlowQuery parse(final String words) {
        return FlowQuery.parse(List.of(words.split(" ")), NOW);
    }

    private static boolean matches(final String words, final FlowEvent event) {
        return parse(words).matches(event, MadeSource.NAMES);
    }

    @ParameterizedTest
    @CsvSource({
        "10m, 2026-03-04T12:24:56.789Z",
        "2h, 2026-03-04T10:34:56.789Z",
        "1d, 2026-03-03T12:34:56.789Z",
        "5s, 2026-03-04T12:34:51.789Z",
        "250ms, 2026-03-04T12:34:56.539Z",
        "now, 2026-03-04T12:34:56.789Z",
        "08:15, 2026-03-04T08:15:00Z",
        "08:15:09, 2026-03-04T08:15:09Z",
        "2026-03-01T01:02:03.000000004Z, 2026-03-01T01:02:03.000000004Z",
        "2026-03-01T01:02:03+02:00, 2026-02-28T23:02:03Z"
    })
    void shouldReadTimesAsPeopleTypeThem(final String text, final String time) {
        assertThat(FlowTime.parse(text, NOW)).isEqualTo(nanos(time));
        assertThat(FlowTime.exact(FlowTime.parse(text, NOW))).startsWith(time.substring(0, 19));
    }

    @ParameterizedTest
    @CsvSource({"ten", "10", "10w", "25:00", "2026-03-01", "9999-01-01T00:00:00Z", "-5m", "''"})
    void shouldRefuseWhatIsNoTime(final String text) {
        assertThatThrownBy(() -> FlowTime.parse(text, NOW))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("not a time: '" + text + "'");
    }

    @Test
    void shouldIncludeTheBeginningOfTheRangeAndNotItsEnd() {
        final FlowQuery query = parse("--since 10m --until 5m");
        final long minute = 60_000_000_000L;
        assertThat(query.inRange(NOW - 10 * minute)).isTrue();
        assertThat(query.inRange(NOW - 10 * minute - 1)).isFalse();
        assertThat(query.inRange(NOW - 5 * minute - 1)).isTrue();
        assertThat(query.inRange(NOW - 5 * minute)).isFalse();
        assertThat(query.readFrom()).isEqualTo(NOW - 12 * minute);
        assertThat(FlowQuery.ALL.readFrom()).isEqualTo(Long.MIN_VALUE);
        assertThat(query.isPast(NOW - 5 * minute)).isFalse();
        assertThat(query.isPast(NOW)).isTrue();
        assertThat(FlowQuery.ALL.isPast(Long.MAX_VALUE)).isFalse();
    }

    @Test
    void shouldMatchEachPropertyByItself() {
        final FlowEvent tcp = MadeEvent.of(FlowEventType.OPEN, 1, 1).event();
        assertThat(List.of(
                        "--pod a",
                        "--pod b",
                        "--network blue",
                        "--verdict forwarded",
                        "--port 80",
                        "--port 40000",
                        "--protocol tcp",
                        "--protocol 6",
                        "--address 10.0.0.2",
                        "--address 10.0.0.0/24"))
                .allMatch(words -> matches(words, tcp));
        assertThat(List.of(
                        "--pod c",
                        "--network red",
                        "--verdict dropped",
                        "--drop-reason no-route",
                        "--port 81",
                        "--protocol udp",
                        "--address 10.0.1.0/24",
                        "--address fd00::/8",
                        "--pod a --port 81"))
                .noneMatch(words -> matches(words, tcp));
    }

    @Test
    void shouldMatchDropsByReason() {
        final FlowEvent drop = MadeEvent.of(FlowEventType.DROP, 1, 1)
                .dropped(DropReason.NO_ROUTE, 1)
                .event();
        assertThat(matches("--verdict dropped --drop-reason no-route", drop)).isTrue();
        assertThat(matches("--drop-reason ttl-exceeded", drop)).isFalse();
        assertThat(parse("--verdict local").verdict()).isEqualTo(Verdict.LOCAL);
    }

    @Test
    void shouldNotTakeAnIcmpIdentifierForAPort() {
        final FlowEvent echo = MadeEvent.of(FlowEventType.OPEN, 1, 1)
                .protocol(1)
                .ends("10.0.0.1", 80, "10.0.0.2", 0x800)
                .event();
        final FlowEvent echo6 =
                MadeEvent.of(FlowEventType.OPEN, 1, 1).protocol(58).event();
        assertThat(matches("--port 80", echo)).isFalse();
        assertThat(matches("--protocol icmp", echo)).isTrue();
        assertThat(matches("--protocol icmp", echo6)).isTrue();
        assertThat(matches("--protocol icmpv6", echo)).isFalse();
        assertThat(matches("--protocol 1", echo6)).isFalse();
    }

    @Test
    void shouldTakeThePodOfTheEventsNetworkWhereTwoHaveTheAddress() {
        final FlowNames names = new FlowNames(
                "n1",
                Map.of(
                        0,
                        new FlowNames.PortName("p", "red", "r", List.of(IpAddress.parse("10.0.0.1"))),
                        1,
                        new FlowNames.PortName("q", "blue", "b", List.of(IpAddress.parse("10.0.0.1")))),
                Map.of(
                        1, new FlowNames.NetworkName("blue", 100),
                        2, new FlowNames.NetworkName("red", 200),
                        3, new FlowNames.NetworkName("green", 0)),
                Map.of());
        final PodNames pods = new PodNames();
        final IpAddress address = IpAddress.parse("10.0.0.1");
        assertThat(pods.podOf(names, 1, address)).isEqualTo("b");
        assertThat(pods.podOf(names, 2, address)).isEqualTo("r");
        assertThat(pods.podOf(names, 3, address)).isEqualTo("r");
        assertThat(pods.podOf(FlowNames.NONE, 1, address)).isNull();
        assertThat(pods.nameOf(names, 1, IpAddress.parse("fd00::9"))).isEqualTo("fd00::9");
        for (final String network : List.of("blue", "red", "green")) {
            assertThat(PodNames.find(names, network, address))
                    .isEqualTo(names.pods(network).get(address));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--pot a|unknown word '--pot', known here: --since",
                "--pod|the value of '--pod' is missing",
                "--pod a --pod b|'--pod' twice",
                "--verdict lost|--verdict must be one of none forwarded dropped local, not 'lost'",
                "--drop-reason bad|unknown drop reason 'bad'",
                "--port 65536|--port must be a number from 0 to 65535, not '65536'",
                "--protocol tpc|--protocol must be one of icmp tcp",
                "--protocol 256|--protocol must be one of icmp tcp",
                "--address 10.0.0|not an IP address: 10.0.0",
                "--address 10.0.0.0/33|prefix length out of range",
                "--since 5m --until 10m|--until must be later than --since"
            })
    void shouldSayWhatIsWrongWithAQuestion(final String words, final String message) {
        assertThatThrownBy(() -> parse(words))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }
}
