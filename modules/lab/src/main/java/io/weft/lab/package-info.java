// SPDX-License-Identifier: Apache-2.0
/**
 * Labs: topologies of nodes and pods in network namespaces or containers, made and removed by one command each.
 *
 * <h2>Theory of operation</h2>
 *
 * A lab file becomes a {@code Topology}, checked as a whole before anything is touched. A {@code LabRuntime} makes it:
 * {@code NetnsRuntime} makes namespaces and links with ip(8), and {@code NodeLauncher} starts one {@code weft node run} per
 * node; {@code DockerRuntime} makes a container per node and a Docker network per link. Then {@code Reachability} waits until
 * every pod answers every other.
 *
 * <p>{@code lab check} proves the {@code Ways} of a lab: between pods, to routers, between pods and nodes, between networks,
 * and to plain hosts that routers know. What TCP and UDP reach must see the sender's own address, which is the proof that
 * nothing translates addresses.
 *
 * <p>{@code LabState} is a file that is only appended to, each line before the thing it names is made. So whatever kills
 * {@code lab up}, what may exist is written down, and the next {@code up} or {@code down} removes it. Processes are ended
 * by pid and start time, never by name; a pid that another process has by now is left alone.
 *
 * <p>Everything is inside namespaces called {@code LAB-NAME}; one that is there but not recorded is somebody else's, and the
 * lab is refused. The machine's own interfaces, routes and rules are never touched.
 *
 * <p>On Docker everything carries a label with the lab's name, by which the next {@code up} or {@code down} finds it again. A
 * pod is two containers, one of which runs {@code weft attach} and holds the network namespace; interfaces of nodes get the
 * lab's names and addresses by a {@code StartScript} at each start of the container, so that a restart needs nobody.
 *
 * <p>Each node keeps a flow journal beside the lab's other files: {@code journal: off} or {@code journal: { retain: SIZE }} in the lab
 * file say otherwise. Its section {@code conntrack} goes to every node as it is, after the node's own reader has looked at it.
 *
 * <h2>Not handled</h2>
 *
 * Two labs with one underlay subnet on one Docker engine, which refuses the second. A Docker engine on another machine: the
 * node files are mounted from this one. When the container that holds a pod's network ends, the pod must be restarted too.
 */
@NullMarked
package io.weft.lab;

import org.jspecify.annotations.NullMarked;
