// SPDX-License-Identifier: Apache-2.0
/**
 * Labs: topologies of nodes and pods in network namespaces, made and removed by one command each.
 *
 * <h2>Theory of operation</h2>
 *
 * A lab file becomes a {@code Topology}, checked as a whole before anything is touched. {@code NetnsRuntime} makes its
 * namespaces and links with ip(8), {@code NodeLauncher} starts one {@code weft node run} per node, {@code Reachability}
 * waits until every pod answers every other.
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
 * <h2>Not handled</h2>
 *
 * Nodes as containers.
 */
@NullMarked
package io.weft.lab;

import org.jspecify.annotations.NullMarked;
