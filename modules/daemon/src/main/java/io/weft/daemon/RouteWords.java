// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.RouteProtocol;
import io.weft.dataplane.RouteSpec;
import io.weft.dataplane.RouteType;
import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A route as it is typed, in the grammar of ip-route(8):
 *
 * <pre>
 *  [TYPE] DST [metric M] [vrf V] { PATH | nexthop PATH nexthop PATH... }      PATH := [via GATEWAY] [network NETWORK]
 * </pre>
 *
 * Whether it can be is for the router to say.
 */
final class RouteWords {
    private static final long MAX_METRIC = (1L << 32) - 1;
    private static final Set<RouteType> TYPES =
            EnumSet.of(RouteType.UNICAST, RouteType.BLACKHOLE, RouteType.UNREACHABLE, RouteType.PROHIBIT);

    private final Words words;
    private final List<RouteSpec.Path> paths = new ArrayList<>();
    private @Nullable String metric;
    private @Nullable String vrf;
    private @Nullable String via;
    private @Nullable String network;
    /** In a path behind {@code nexthop}. */
    private boolean inNexthop;

    private RouteWords(final Words words) {
        this.words = words;
    }

    /** Reads all words. */
    static RouteSpec read(final Words words) throws CommandException {
        return new RouteWords(words).route();
    }

    static long metric(final String text) throws CommandException {
        return Words.number("metric", text, 0, MAX_METRIC);
    }

    private RouteSpec route() throws CommandException {
        final RouteType type = type();
        final String dst = words.next("DST");
        while (!words.isEmpty()) {
            final String key = words.key("via", "network|dev", "metric", "vrf", "nexthop");
            switch (key) {
                case "via" -> via = once(key, via);
                case "network" -> network = once(key, network);
                case "metric" -> metric = once(key, metric);
                case "vrf" -> vrf = once(key, vrf);
                default -> nexthop();
            }
        }
        endPath();
        checkPaths(type);
        return new RouteSpec(
                vrf == null ? RouteSpec.DEFAULT_VRF : vrf,
                destination(dst),
                metric == null ? 0 : metric(metric),
                type,
                RouteProtocol.STATIC,
                paths);
    }

    private RouteType type() throws CommandException {
        for (final RouteType type : TYPES) {
            if (type.name().toLowerCase(Locale.ROOT).equals(words.peek())) {
                words.next("TYPE");
                return type;
            }
        }
        return RouteType.UNICAST;
    }

    private String once(final String key, final @Nullable String before) throws CommandException {
        if (before != null) {
            throw new CommandException("'" + key + "' twice");
        }
        return words.value(key);
    }

    private void nexthop() throws CommandException {
        endPath();
        if (!inNexthop && !paths.isEmpty()) {
            throw new CommandException("'via' and 'network' stand behind each 'nexthop', not before the first");
        }
        inNexthop = true;
    }

    private void endPath() throws CommandException {
        if (via != null || network != null) {
            paths.add(new RouteSpec.Path(via == null ? null : Words.address(via), network));
            via = null;
            network = null;
        } else if (inNexthop) {
            throw new CommandException("'via' or 'network' is missing behind 'nexthop'");
        }
    }

    private void checkPaths(final RouteType type) throws CommandException {
        if (type == RouteType.UNICAST && paths.isEmpty()) {
            throw new CommandException("'via' or 'network' is missing");
        }
        if (type != RouteType.UNICAST && !paths.isEmpty()) {
            throw new CommandException("a route of type " + type.name().toLowerCase(Locale.ROOT) + " has no next hop");
        }
        if (paths.size() > RouteSpec.MAX_PATHS) {
            throw new CommandException("no more than " + RouteSpec.MAX_PATHS + " next hops, not " + paths.size());
        }
    }

    /** {@code default} is of the family of the first gateway, and of IPv4 if there is none. */
    private IpPrefix destination(final String text) throws CommandException {
        if (text.equals("default")) {
            for (final RouteSpec.Path path : paths) {
                final IpAddress gateway = path.via();
                if (gateway != null) {
                    return Words.prefix(gateway.isIpv4() ? "0.0.0.0/0" : "::/0");
                }
            }
        }
        return Words.prefix(text);
    }
}
