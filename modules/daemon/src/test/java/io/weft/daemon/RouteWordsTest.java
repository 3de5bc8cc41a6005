// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.weft.dataplane.RouteProtocol;
import io.weft.dataplane.RouteSpec;
import io.weft.dataplane.RouteType;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class RouteWordsTest {
    @Test
    void shouldReadAGateway() throws CommandException {
        assertThat(read("10.9.0.0/16 via 10.244.1.7"))
                .isEqualTo(new RouteSpec(
                        "default",
                        IpPrefix.parse("10.9.0.0/16"),
                        0,
                        RouteType.UNICAST,
                        RouteProtocol.STATIC,
                        List.of(path("10.244.1.7", null))));
    }

    @Test
    void shouldReadEveryKeyInAnyOrderAndAbbreviated() throws CommandException {
        final RouteSpec route = read("10.9.0.1 metr 4294967295 dev pods vrf red via 10.244.1.7");
        assertThat(route.dst()).isEqualTo(IpPrefix.parse("10.9.0.1/32"));
        assertThat(route.metric()).isEqualTo(4_294_967_295L);
        assertThat(route.vrf()).isEqualTo("red");
        assertThat(route.paths()).containsExactly(path("10.244.1.7", "pods"));
    }

    @Test
    void shouldReadARouteOnTheNetworkItself() throws CommandException {
        assertThat(read("10.9.0.0/16 network pods").paths()).containsExactly(new RouteSpec.Path(null, "pods"));
    }

    @Test
    void shouldReadNextHops() throws CommandException {
        final RouteSpec route =
                read("fd00:9::/32 metric 5 nexthop via fd00::1 network a nexthop dev b nexthop via fd00::3 vrf red");
        assertThat(route.paths())
                .containsExactly(path("fd00::1", "a"), new RouteSpec.Path(null, "b"), path("fd00::3", null));
        assertThat(route.metric()).isEqualTo(5);
        assertThat(route.vrf()).isEqualTo("red");
    }

    @Test
    void shouldTakeDefaultInTheFamilyOfTheGateway() throws CommandException {
        assertThat(read("default via 10.0.0.1").dst()).isEqualTo(IpPrefix.parse("0.0.0.0/0"));
        assertThat(read("default via fd00::1").dst()).isEqualTo(IpPrefix.parse("::/0"));
        assertThat(read("default nexthop dev a nexthop via fd00::1").dst()).isEqualTo(IpPrefix.parse("::/0"));
        assertThat(read("default dev a").dst()).isEqualTo(IpPrefix.parse("0.0.0.0/0"));
        assertThat(read("prohibit ::/0").dst()).isEqualTo(IpPrefix.parse("::/0"));
    }

    @Test
    void shouldReadTypesWithoutNextHops() throws CommandException {
        assertThat(read("blackhole 10.9.0.0/16").type()).isEqualTo(RouteType.BLACKHOLE);
        assertThat(read("unreachable 10.9.0.0/16 metric 7").metric()).isEqualTo(7);
        assertThat(read("prohibit default").type()).isEqualTo(RouteType.PROHIBIT);
        assertThat(read("unicast 10.9.0.0/16 dev a").type()).isEqualTo(RouteType.UNICAST);
    }

    @Test
    void shouldTakeAsManyNextHopsAsARouteMayHave() throws CommandException {
        assertThat(read("default" + " nexthop via 10.0.0.1".repeat(64)).paths()).hasSize(64);
        refuses("default" + " nexthop via 10.0.0.1".repeat(65), "no more than 64 next hops, not 65");
    }

    @Test
    void shouldLeaveHostBitsToTheRouter() throws CommandException {
        assertThat(read("10.9.0.1/16 dev a").dst()).isEqualTo(IpPrefix.parse("10.9.0.1/16"));
    }

    @Test
    void shouldRefuseWhatIsNoRoute() {
        refuses("", "DST is missing");
        refuses("blackhole", "DST is missing");
        refuses("10.9.0.0/16", "'via' or 'network' is missing");
        refuses("10.9.0.0/33 dev a", "prefix length out of range: 10.9.0.0/33");
        refuses("local 10.9.0.1", "unknown word '10.9.0.1', known here: via network dev metric vrf nexthop");
        refuses("ten dev a", "not an IP address: ten");
        refuses("10.9.0.0/16 via pods", "not an IP address: pods");
        refuses("10.9.0.0/16 via", "the value of 'via' is missing");
        refuses("10.9.0.0/16 via 10.0.0.1 via 10.0.0.2", "'via' twice");
        refuses("10.9.0.0/16 dev a network b", "'network' twice");
        refuses("10.9.0.0/16 dev a metric 1 metric 2", "'metric' twice");
        refuses(
                "10.9.0.0/16 dev a metric 4294967296",
                "metric must be a number from 0 to 4294967295, not '4294967296'");
        refuses("10.9.0.0/16 dev a metric -1", "metric must be a number from 0 to 4294967295, not '-1'");
        refuses("10.9.0.0/16 v 10.0.0.1", "word 'v' is ambiguous: via vrf");
        refuses("10.9.0.0/16 onlink", "unknown word 'onlink', known here: via network dev metric vrf nexthop");
        refuses("blackhole 10.9.0.0/16 via 10.0.0.1", "a route of type blackhole has no next hop");
        refuses("10.9.0.0/16 nexthop nexthop via 10.0.0.1", "'via' or 'network' is missing behind 'nexthop'");
        refuses("10.9.0.0/16 nexthop via 10.0.0.1 nexthop", "'via' or 'network' is missing behind 'nexthop'");
        refuses(
                "10.9.0.0/16 dev a nexthop via 10.0.0.1",
                "'via' and 'network' stand behind each 'nexthop', not before the first");
    }

    private static RouteSpec.Path path(final String via, final @Nullable String network) {
        return new RouteSpec.Path(IpAddress.parse(via), network);
    }

    private static RouteSpec read(final String text) throws CommandException {
        return RouteWords.read(words(text));
    }

    static Words words(final String text) {
        return new Words(text.isEmpty() ? List.of() : List.of(text.split(" ", -1)));
    }

    private static void refuses(final String text, final String message) {
        assertThatExceptionOfType(CommandException.class)
                .isThrownBy(() -> read(text))
                .withMessage(message);
    }
}
