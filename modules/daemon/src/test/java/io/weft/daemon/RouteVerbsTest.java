// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.weft.dataplane.RouteProtocol;
import io.weft.dataplane.RouteRow;
import io.weft.dataplane.RouteSpec;
import io.weft.dataplane.RouteType;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class RouteVerbsTest {
    private static final RouteSpec REMOTE = route("10.244.2.0/24", RouteProtocol.BOOT, path("198.18.2.1", "pods"));
    private static final RouteSpec CONNECTED = route("10.244.1.0/24", RouteProtocol.KERNEL, path(null, "pods"));
    private static final RouteSpec DEFAULT = route("0.0.0.0/0", RouteProtocol.STATIC, path("10.244.1.9", "pods"));
    private static final RouteSpec DEFAULT6 = route("::/0", RouteProtocol.STATIC, path("fd00::9", "wire"));
    private static final RouteSpec BLACKHOLE = new RouteSpec(
            "red", IpPrefix.parse("10.9.0.1/32"), 20, RouteType.BLACKHOLE, RouteProtocol.STATIC, List.of());
    private static final RouteSpec OWN = new RouteSpec(
            "default",
            IpPrefix.parse("10.244.1.1/32"),
            0,
            RouteType.LOCAL,
            RouteProtocol.KERNEL,
            List.of(path(null, "pods")));
    private static final RouteSpec ALL_HOSTS = new RouteSpec(
            "default", IpPrefix.parse("10.244.1.255/32"), 0, RouteType.BROADCAST, RouteProtocol.KERNEL, List.of());

    @Test
    void shouldShowARouteAsIprouteDoes() {
        assertThat(text(REMOTE)).isEqualTo("10.244.2.0/24 via 198.18.2.1 dev pods proto boot metric 0");
        assertThat(text(CONNECTED)).isEqualTo("10.244.1.0/24 dev pods proto kernel metric 0");
        assertThat(text(DEFAULT)).isEqualTo("default via 10.244.1.9 dev pods proto static metric 0");
        assertThat(text(DEFAULT6)).isEqualTo("::/0 via fd00::9 dev wire proto static metric 0");
        assertThat(text(BLACKHOLE)).isEqualTo("blackhole 10.9.0.1 proto static metric 20 vrf red");
        assertThat(row(new RouteRow(REMOTE, false)).text(new int[0])).endsWith(" metric 0 unused");
    }

    @Test
    void shouldUseIproutesNamesInJson() {
        assertThat(row(new RouteRow(REMOTE, true)).json())
                .isEqualTo(
                        "{\"dst\":\"10.244.2.0/24\",\"type\":\"unicast\",\"gateway\":\"198.18.2.1\",\"dev\":\"pods\","
                                + "\"protocol\":\"boot\",\"metric\":0,\"vrf\":\"default\",\"flags\":[]}");
        assertThat(row(new RouteRow(BLACKHOLE, false)).json())
                .isEqualTo("{\"dst\":\"10.9.0.1\",\"type\":\"blackhole\",\"protocol\":\"static\",\"metric\":20,"
                        + "\"vrf\":\"red\",\"flags\":[\"unused\"]}");
    }

    @Test
    void shouldPutEachNextHopOnALineOfItsOwn() {
        final RouteSpec many =
                route("10.9.0.0/16", RouteProtocol.STATIC, path("10.244.1.7", "pods"), path("10.100.0.7", "blue"));
        assertThat(text(many)).isEqualTo("""
                        10.9.0.0/16 proto static metric 0
                        \tnexthop via 10.244.1.7 dev pods weight 1
                        \tnexthop via 10.100.0.7 dev blue weight 1""");
        assertThat(row(new RouteRow(many, true)).json())
                .contains("\"nexthops\":[{\"gateway\":\"10.244.1.7\",\"dev\":\"pods\",\"weight\":1,\"flags\":[]},{")
                .doesNotContain("\"metric\":0,\"gateway\"");
    }

    @Test
    void shouldSelectByPrefixExactlyWithinAndAround() throws CommandException {
        assertThat(selected("")).hasSize(5);
        assertThat(selected("10.244.1.0/24")).containsExactly(CONNECTED);
        assertThat(selected("to 10.244.0.0/16")).isEmpty();
        assertThat(selected("root 10.244.0.0/16")).containsExactly(REMOTE, CONNECTED);
        assertThat(selected("match 10.244.2.7")).containsExactly(REMOTE, DEFAULT);
        assertThat(selected("default")).containsExactly(DEFAULT);
        assertThat(selected("to ::/0")).containsExactly(DEFAULT6);
        assertThat(selected("root ::/0")).containsExactly(DEFAULT6);
    }

    @Test
    void shouldSelectByNetworkProtocolAndType() throws CommandException {
        assertThat(selected("network wire")).containsExactly(DEFAULT6);
        assertThat(selected("dev pods proto kernel")).containsExactly(CONNECTED);
        assertThat(selected("type blackhole")).containsExactly(BLACKHOLE);
    }

    @Test
    void shouldShowTheRoutersOwnRoutesOnlyWhenAskedForThem() throws CommandException {
        assertThat(selected("root 10.244.1.0/24")).containsExactly(CONNECTED);
        assertThat(selected("10.244.1.1")).isEmpty();
        assertThat(selected("type local")).containsExactly(OWN);
        assertThat(selected("type broadcast")).containsExactly(ALL_HOSTS);
        assertThat(selected("root 10.244.1.0/24 type all")).containsExactly(CONNECTED, OWN, ALL_HOSTS);
    }

    @Test
    void shouldRefuseAnUnknownSelection() {
        refuses("proto bgp", "proto must be one of kernel boot static, not 'bgp'");
        refuses("type x", "type must be one of unicast local broadcast blackhole unreachable prohibit, not 'x'");
        refuses("10.0.0.0/8 to 10.0.0.0/8", "'to' twice");
        refuses("10.0.0/8", "not an IP address: 10.0.0");
    }

    private static List<RouteSpec> selected(final String words) throws CommandException {
        final RouteVerbs.Selection selection = RouteVerbs.Selection.read(RouteWordsTest.words(words));
        return Stream.of(REMOTE, CONNECTED, DEFAULT, DEFAULT6, BLACKHOLE, OWN, ALL_HOSTS)
                .filter(selection::fits)
                .toList();
    }

    private static void refuses(final String words, final String message) {
        assertThatExceptionOfType(CommandException.class)
                .isThrownBy(() -> selected(words))
                .withMessage(message);
    }

    private static String text(final RouteSpec spec) {
        return row(new RouteRow(spec, true)).text(new int[0]);
    }

    private static Row row(final RouteRow row) {
        return RouteVerbs.row(row, RouteVerbs.destination(row.spec().dst()));
    }

    private static RouteSpec route(final String dst, final RouteProtocol protocol, final RouteSpec.Path... paths) {
        return new RouteSpec("default", IpPrefix.parse(dst), 0, RouteType.UNICAST, protocol, List.of(paths));
    }

    private static RouteSpec.Path path(final @Nullable String via, final String network) {
        return new RouteSpec.Path(via == null ? null : IpAddress.parse(via), network);
    }
}
