// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.RefusedException;
import io.weft.dataplane.RouteProtocol;
import io.weft.dataplane.RouteRow;
import io.weft.dataplane.RouteSpec;
import io.weft.dataplane.RouteType;
import io.weft.dataplane.RoutingControl;
import io.weft.dataplane.VtepControl;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code weft route}, in the words of {@code ip route}. */
final class RouteVerbs {
    private static final String ROUTE = "[unicast|blackhole|unreachable|prohibit] DST|default"
            + " { [via GATEWAY] [network NETWORK] | nexthop [via GATEWAY] [network NETWORK]... } [metric M] [vrf VRF]";
    private static final Set<RouteProtocol> FLUSHED = EnumSet.of(RouteProtocol.BOOT, RouteProtocol.STATIC);

    private RouteVerbs() {}

    static List<Verb> verbs() {
        return List.of(
                new Verb(
                        "show",
                        "[[to] PREFIX | root PREFIX | match PREFIX] [network NETWORK] [vrf VRF] [proto PROTOCOL]"
                                + " [type TYPE|all]",
                        RouteVerbs::show),
                new Verb("get", "ADDRESS [vrf VRF]", RouteVerbs::get),
                new Verb("add", ROUTE, call -> put(call, false)),
                new Verb("replace", ROUTE, call -> put(call, true)),
                new Verb("del", "DST|default [metric M] [vrf VRF]", RouteVerbs::delete),
                new Verb("flush", "[proto boot|static] [vrf VRF]", RouteVerbs::flush),
                new Verb("monitor", "", Monitors.of("route")));
    }

    /**
     * What {@code show} shows. Of a prefix: {@code to} means exactly this one, {@code root} all within it, {@code match}
     * all that hold it.
     *
     * @param types of routes that are shown
     */
    record Selection(
            @Nullable IpPrefix to,
            @Nullable IpPrefix root,
            @Nullable IpPrefix match,
            @Nullable String network,
            @Nullable RouteProtocol protocol,
            Set<RouteType> types) {
        /** As in iproute2's main table: what the router makes for itself is shown when it is asked for. */
        private static final Set<RouteType> USUAL =
                EnumSet.complementOf(EnumSet.of(RouteType.LOCAL, RouteType.BROADCAST));

        static Selection read(final Words words) throws CommandException {
            final String word = words.peek();
            final boolean isPrefix = word.indexOf('.') >= 0 || word.indexOf(':') >= 0 || word.equals("default");
            final String given = isPrefix ? words.next("PREFIX") : null;
            words.keys("to", "root", "match", "network|dev", "vrf", "proto", "type");
            if (given != null && words.get("to") != null) {
                throw new CommandException("'to' twice");
            }
            final String protocol = words.get("proto");
            return new Selection(
                    prefix(given == null ? words.get("to") : given),
                    prefix(words.get("root")),
                    prefix(words.get("match")),
                    words.get("network"),
                    protocol == null ? null : Words.choice("proto", protocol, EnumSet.allOf(RouteProtocol.class)),
                    types(words.get("type")));
        }

        private static Set<RouteType> types(final @Nullable String type) throws CommandException {
            if (type == null) {
                return USUAL;
            }
            final Set<RouteType> all = EnumSet.allOf(RouteType.class);
            return type.equals("all") ? all : EnumSet.of(Words.choice("type", type, all));
        }

        private static @Nullable IpPrefix prefix(final @Nullable String text) throws CommandException {
            return text == null ? null : Words.prefix(text);
        }

        boolean fits(final RouteSpec route) {
            return (to == null || to.equals(route.dst()))
                    && (root == null || isWithin(route.dst(), root))
                    && (match == null || isWithin(match, route.dst()))
                    && (network == null || route.paths().stream().anyMatch(path -> network.equals(path.network())))
                    && (protocol == null || protocol == route.protocol())
                    && types.contains(route.type());
        }

        private static boolean isWithin(final IpPrefix inner, final IpPrefix outer) {
            return inner.length() >= outer.length() && outer.contains(inner.address());
        }
    }

    private static void show(final Call call) throws CommandException, RefusedException, IOException {
        final Selection selection = Selection.read(call.words());
        call.showEach(routing(call).routes(call.words().get("vrf")).stream()
                .filter(route -> selection.fits(route.spec()))
                .map(route -> row(route, destination(route.spec().dst()))));
    }

    private static void get(final Call call) throws CommandException, RefusedException, IOException {
        final IpAddress address = Words.address(call.words().next("ADDRESS"));
        final RouteRow route = routing(call).lookup(vrf(call.words().keys("vrf")), address);
        if (route == null) {
            throw new RefusedException("no route to " + address);
        }
        call.show(List.of(
                row(route, address.toString()).pair("match", route.spec().dst().toString())));
    }

    private static void put(final Call call, final boolean replace) throws CommandException, RefusedException {
        routing(call).addRoute(RouteWords.read(call.words()), replace);
    }

    private static void delete(final Call call) throws CommandException, RefusedException {
        final IpPrefix dst = Words.prefix(call.words().next("DST"));
        final String metric = call.words().keys("metric", "vrf").get("metric");
        routing(call).removeRoute(vrf(call.words()), dst, metric == null ? null : (Long) RouteWords.metric(metric));
    }

    private static void flush(final Call call) throws CommandException, RefusedException, IOException {
        final String protocol = call.words().keys("proto", "vrf").get("proto");
        final int flushed = routing(call)
                .flushRoutes(vrf(call.words()), protocol == null ? null : Words.choice("proto", protocol, FLUSHED));
        call.show(List.of(new Row().pair("flushed", flushed)));
    }

    private static RoutingControl routing(final Call call) {
        return call.node().dataplane().routing();
    }

    private static String vrf(final Words words) {
        final String vrf = words.get("vrf");
        return vrf == null ? RouteSpec.DEFAULT_VRF : vrf;
    }

    /** As ip-route(8) shows it; {@code dst} stands for the destination. */
    static Row row(final RouteRow route, final String dst) {
        final RouteSpec spec = route.spec();
        final boolean many = spec.paths().size() > 1;
        final String type = lower(spec.type());
        final Row row = new Row()
                .label(spec.type() == RouteType.UNICAST ? dst : type + " " + dst)
                .only("dst", dst)
                .only("type", type);
        if (!many) {
            spec.paths().forEach(path -> path(row, path));
        }
        row.pair("proto", "protocol", lower(spec.protocol()))
                .pair("metric", spec.metric())
                .note(spec.vrf().equals(RouteSpec.DEFAULT_VRF) ? "" : "vrf " + spec.vrf())
                .only("vrf", spec.vrf())
                .note(route.used() ? "" : "unused")
                .only("flags", route.used() ? List.of() : List.of("unused"));
        return many
                ? row.below(
                        "nexthops",
                        spec.paths().stream().map(RouteVerbs::nexthop).toList())
                : row;
    }

    private static Row path(final Row row, final RouteSpec.Path path) {
        final IpAddress via = path.via();
        return row.pair("via", "gateway", via == null || VtepControl.isPlaced(via) ? via : "unresolved")
                .pair("dev", path.network());
    }

    private static Row nexthop(final RouteSpec.Path path) {
        return path(new Row().label("nexthop"), path).pair("weight", 1).only("flags", List.of());
    }

    /**
     * As ip-route(8) writes destinations, but that {@code default} is IPv4's alone: typed again, each means the same
     * route.
     */
    static String destination(final IpPrefix dst) {
        final boolean ipv4 = dst.address().isIpv4();
        if (dst.length() == 0 && ipv4) {
            return "default";
        }
        return dst.length() == (ipv4 ? 32 : 128) ? dst.address().toString() : dst.toString();
    }

    private static String lower(final Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}
