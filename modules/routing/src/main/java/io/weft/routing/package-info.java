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
 * <p><b>A packet's way.</b> {@link io.weft.routing.Router}, once per vector:
 *
 * <pre>
 *   check     checksum, martians, options, spoofed sources (RFC 1812 section 5.3)          drop by name
 *   look up   all destinations of the vector together; next hops; neighbors' entries
 *   forward   TTL, MTU of the path by segment, fragments, MACs                             ICMP errors
 *   deliver   to one of our own addresses: echo; all else is not served                    ICMP errors
 * </pre>
 *
 * What the router makes itself (replies, errors, fragments, ARP) leaves by the same {@link io.weft.routing.Egress}.
 *
 * <p><b>Tables.</b> A {@link io.weft.routing.Vrf} has a {@link io.weft.routing.Ipv4Fib} and a {@link io.weft.routing.Ipv6Fib};
 * their values are numbers in the {@link io.weft.routing.NextHopTable}, which all VRFs share: routes to the same place have
 * the same number. The control side writes all three while workers read: a number means something before a table names it,
 * and is given to something else only after a grace period.
 *
 * <p><b>Errors.</b> {@code IcmpErrors} knows when none may be sent (RFC 1812 section 4.3.2.7, RFC 4443 section
 * 2.4 e); {@code IcmpLimiter} how many. They come from the address of the leg by which they leave. Longer
 * packets than a tunnel takes are answered also where nothing was routed, in the name of the pod that can't be reached.
 *
 * <p><b>Neighbors.</b> {@link io.weft.routing.NeighborInput} stands in front of the bridge and sees the ARP and Neighbor
 * Discovery of all networks; {@link io.weft.routing.NeighborTable} has what it learned and sends frames to neighbors;
 * {@link io.weft.routing.RouterAdvertiser} tells hosts of the router. States are those of RFC 4861 section 7.3.2 for both
 * families:
 *
 * <pre>
 *   none --frame--&gt; INCOMPLETE --answer--&gt; REACHABLE --30 s--&gt; STALE --frame--&gt; DELAY --5 s--&gt; PROBE
 *                     | 3 x 1 s              ^                  |                               | answer: REACHABLE
 *                     v                      +-- (answer) ------+-- unused 300 s: none          | 3 x 1 s
 *                   FAILED --5 s--&gt; none                                                       v
 *                     ^  next frame after 1 s: INCOMPLETE                          FAILED, next frame: INCOMPLETE
 *   heard of without having asked, or with another MAC: STALE        PERMANENT: set and removed by control only
 * </pre>
 *
 * Frames wait only while INCOMPLETE; in STALE, DELAY and PROBE they go to the MAC that is known, so traffic never stalls
 * for a neighbor that answers.
 *
 * <p><b>One gateway on many nodes.</b> The routers of a switched network's nodes share its gateway address and have a MAC
 * each; they are <em>siblings</em>. A pod must know its own node's router only. So what a sibling says of the address, or
 * asks in its name, comes by a tunnel and ends here, answered in the neighbor's name if the neighbor is on this node.
 * Announcements and router advertisements never leave the node. The same claim from a port of this node is a duplicate,
 * dropped and reported. IPv6 needs no more than that: solicitations come from the link-local address, which no two routers
 * share.
 *
 * <p><b>Fairness.</b> An entry is put down to the port or VTEP whose frame made it. A full table takes from who has most,
 * and from who has most only what is failed or stale of his own. Who may hold no more frames asks for no more neighbors. ARP
 * and Neighbor Discovery are looked at up to a rate per port and VTEP.
 *
 * <p><b>Not handled.</b> Multicast routing, redirects, reassembly, multicast listener discovery, detection of duplicates
 * of the router's own addresses before it uses them (RFC 4862 section 5.4), secure neighbor discovery. Hosts behind tunnels
 * get router advertisements only when they ask.
 */
@NullMarked
package io.weft.routing;

import org.jspecify.annotations.NullMarked;
