// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.daemon.FileChecks.RouteKey;
import io.weft.daemon.NodeConfig.Network;
import io.weft.daemon.NodeConfig.RouteEntry;
import io.weft.dataplane.RouteProtocol;
import io.weft.dataplane.RouteSpec;
import io.weft.dataplane.RouteType;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the section {@code routes} of a node file. */
final class RouteReader {
    private static final IpPrefix DEFAULT_IPV4 = IpPrefix.parse("0.0.0.0/0");
    private static final IpPrefix DEFAULT_IPV6 = IpPrefix.parse("::/0");
    private static final long MAX_METRIC = 0xFFFF_FFFFL;

    private final Map<String, Network> networks;
    private final NextHops hops;
    private final Map<RouteKey, Integer> taken;

    /**
     * Starts without a route.
     *
     * @param taken routes that there are already
     */
    RouteReader(final Map<String, Network> networks, final NextHops hops, final Map<RouteKey, Integer> taken) {
        this.networks = networks;
        this.hops = hops;
        this.taken = taken;
    }

    /** Reads one route. */
    RouteEntry read(final YamlNode entry) throws ConfigException {
        entry.map("dst", "via", "network", "metric", "type", "vrf", "nexthops");
        final YamlNode dstNode = entry.require("dst");
        final String vrf = vrf(entry);
        final RouteType type = type(entry);
        final List<YamlNode> places = places(entry, type, dstNode.text());
        final IpPrefix dst = destination(dstNode, places);
        final YamlNode metricNode = entry.get("metric");
        final long metric = metricNode == null ? 0 : metricNode.whole(0, MAX_METRIC);
        final List<RouteSpec.Path> paths = new ArrayList<>();
        final Set<RouteSpec.Path> seen = new HashSet<>();
        for (final YamlNode place : places) {
            final RouteSpec.Path path = path(place, dst, vrf);
            if (!seen.add(path)) {
                throw place.refuse("route " + dst + " has the next hop " + path.via() + " twice");
            }
            paths.add(path);
        }
        FileChecks.unique(
                taken,
                new RouteKey(vrf, dst, metric),
                dstNode,
                "route " + dst + (metric == 0 ? "" : " metric " + metric));
        return new RouteEntry(entry.line(), new RouteSpec(vrf, dst, metric, type, RouteProtocol.BOOT, paths));
    }

    /** The VRF said, or that of the network said. */
    private String vrf(final YamlNode entry) throws ConfigException {
        final YamlNode vrfNode = entry.get("vrf");
        final YamlNode networkNode = entry.get("network");
        final Network network = networkNode == null ? null : networks.get(networkNode.text());
        if (vrfNode == null) {
            return network == null ? RouteSpec.DEFAULT_VRF : network.vrf();
        }
        final String vrf = Names.check(vrfNode, "VRF name");
        if (!hops.hasVrf(vrf)) {
            throw vrfNode.refuse("no network with a gateway is in VRF " + vrf);
        }
        return vrf;
    }

    private static RouteType type(final YamlNode entry) throws ConfigException {
        final YamlNode node = entry.get("type");
        return node == null
                ? RouteType.UNICAST
                : RouteType.valueOf(node.oneOf("unicast", "blackhole", "unreachable", "prohibit")
                        .toUpperCase(Locale.ROOT));
    }

    /** The maps that hold {@code via} and {@code network}: one for each next hop. */
    private static List<YamlNode> places(final YamlNode entry, final RouteType type, final String dst)
            throws ConfigException {
        final List<YamlNode> nexthops = entry.listOf("nexthops");
        if (type != RouteType.UNICAST) {
            for (final String key : List.of("via", "network", "nexthops")) {
                FileChecks.refuseIfSet(
                        entry, key, "a route of type " + type.name().toLowerCase(Locale.ROOT) + " leads nowhere");
            }
            return List.of();
        }
        if (nexthops.isEmpty()) {
            if (entry.get("via") == null && entry.get("network") == null) {
                throw entry.refuse("route " + dst + " has neither via nor network nor nexthops");
            }
            return List.of(entry);
        }
        FileChecks.refuseIfSet(entry, "via", "via beside nexthops: write all next hops there");
        FileChecks.refuseIfSet(entry, "network", "network beside nexthops: write it with each of them");
        if (nexthops.size() > RouteSpec.MAX_PATHS) {
            throw nexthops.get(RouteSpec.MAX_PATHS)
                    .refuse("route " + dst + " has more than " + RouteSpec.MAX_PATHS + " next hops");
        }
        for (final YamlNode nexthop : nexthops) {
            nexthop.map("via", "network");
            if (nexthop.get("via") == null && nexthop.get("network") == null) {
                throw nexthop.refuse("a next hop of route " + dst + " has neither via nor network");
            }
        }
        return nexthops;
    }

    /** The destination; that of {@code default} has the family of the first next hop. */
    private static IpPrefix destination(final YamlNode node, final List<YamlNode> places) throws ConfigException {
        if (!node.text().equals("default")) {
            return FileChecks.prefix(node, "destination");
        }
        final YamlNode via = places.isEmpty() ? null : places.getFirst().get("via");
        if (via == null) {
            throw node.refuse("a default route without via: write " + DEFAULT_IPV4 + " or " + DEFAULT_IPV6);
        }
        return via.parsed(IpAddress::parse).isIpv4() ? DEFAULT_IPV4 : DEFAULT_IPV6;
    }

    private RouteSpec.Path path(final YamlNode place, final IpPrefix dst, final String vrf) throws ConfigException {
        final YamlNode viaNode = place.get("via");
        final YamlNode networkNode = place.get("network");
        final @Nullable Network network =
                networkNode == null ? null : hops.routed(networkNode, networkNode.text(), vrf);
        if (viaNode == null) {
            return new RouteSpec.Path(null, network == null ? null : network.name());
        }
        final IpAddress via = FileChecks.hostAddress(viaNode);
        if (via.isIpv4() != dst.address().isIpv4() && !NextHops.isVtep(network, via)) {
            throw viaNode.refuse("next hop " + via + " is not of the family of " + dst);
        }
        hops.check(viaNode, vrf, via, network);
        return new RouteSpec.Path(via, network == null ? null : network.name());
    }
}
