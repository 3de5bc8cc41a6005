// SPDX-License-Identifier: Apache-2.0
/**
 * Routing between networks: forwarding tables, neighbors, ICMP.
 *
 * <h2>Theory of operation</h2>
 *
 * <p><b>Goal.</b> The node's router has one leg in each network that has a gateway, a {@link io.weft.routing.RouterInterface}
 * with a MAC and addresses of its own. Frames to that MAC come here from the bridge, and leave rewritten for the network of
 * the next hop, where the bridge finds the port. The router knows networks, never ports.
 *
 * <p><b>Not handled.</b> Multicast routing, redirects, reassembly.
 */
@NullMarked
package io.weft.routing;

import org.jspecify.annotations.NullMarked;
