// SPDX-License-Identifier: Apache-2.0
/**
 * Switching within a network: learning, forwarding, flooding.
 *
 * <h2>Theory of operation</h2>
 *
 * <p><b>Goal.</b> Every network is one Ethernet broadcast domain that stretches over the ports of this node and the remote
 * VTEPs. {@link io.weft.switching.Bridge} is the stage; {@link io.weft.switching.BridgeDomain} is what it knows of one
 * network; {@link io.weft.switching.MacTable} is that network's forwarding database.
 *
 * <p><b>A frame's way.</b> Network? Reserved destination? Valid source? Learn the source; then
 *
 * <pre>
 *   destination known   one output; where it came from: SAME_PORT; tunnel to tunnel: SPLIT_HORIZON
 *   unknown or group    every member port but the ingress, and every remote VTEP once if it came from a port
 * </pre>
 *
 * A frame from a tunnel never goes to a tunnel: remote VTEPs form a full mesh and have flooded to the others themselves.
 * Flooding copies; the last output gets the frame itself. 802.1Q tags are content: frames with and without them share one
 * database, as in a VLAN-unaware bridge.
 *
 * <p><b>States of a MAC.</b>
 *
 * <pre>
 *   unknown --frame--&gt; learned --moves too often--&gt; damped --hold over--&gt; learned
 *      ^                  |  ^                         |
 *      +------ aged ------+  +- frame from elsewhere   +- frame from elsewhere: MAC_FLAPPING
 *   static: set and removed by control only; a frame from elsewhere: STATIC_MAC_MOVED
 * </pre>
 *
 * A MAC that moves a sixth time within 10 s stays where it is for 60 s and is reported once to
 * {@link io.weft.switching.SwitchListener}: a loop, or two pods with one MAC, then costs frames but not the network.
 *
 * <p><b>Invariants.</b> One worker owns everything here. Nothing allocates per frame, lookup or learning. Every frame of the
 * input vector is enqueued or dropped. Tables are bounded by {@link io.weft.switching.FdbConfig}. No entry points to a
 * member that has been removed. Entries live on at most about 8 s past their age.
 *
 * <p><b>Not handled.</b> Spanning tree, VLAN-aware learning, multicast snooping, storm control, neighbour suppression.
 */
@NullMarked
package io.weft.switching;

import org.jspecify.annotations.NullMarked;
