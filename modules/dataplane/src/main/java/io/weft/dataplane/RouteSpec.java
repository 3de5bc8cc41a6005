// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

import io.weft.wire.IpAddress;
import io.weft.wire.IpPrefix;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A route as it is asked for. Two routes are the same if VRF, destination and metric are.
 *
 * @param vrf name of the VRF, {@link #DEFAULT_VRF} if not said
 * @param dst destination without host bits; {@code 0.0.0.0/0} and {@code ::/0} are the default routes
 * @param metric 0 to 2^32 - 1; the lowest of a destination is used
 * @param paths where to, 1 to 64 for {@link RouteType#UNICAST}, else none
 */
public record RouteSpec(
        String vrf, IpPrefix dst, long metric, RouteType type, RouteProtocol protocol, List<Path> paths) {
    /** The VRF of networks that name none. */
    public static final String DEFAULT_VRF = "default";
    /** Paths that a route may have. */
    public static final int MAX_PATHS = 64;

    /**
     * One way to go.
     *
     * @param via address of the next hop; null: the destination itself is on the network
     * @param network null: the network of the VRF to which {@code via} belongs
     */
    public record Path(@Nullable IpAddress via, @Nullable String network) {}

    /** Copies its list. */
    public RouteSpec {
        paths = List.copyOf(paths);
    }
}
