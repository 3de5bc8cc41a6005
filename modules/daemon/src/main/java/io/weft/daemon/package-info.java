// SPDX-License-Identifier: Apache-2.0
/**
 * The {@code weft} program: node file, node, control socket, command line.
 *
 * <h2>Theory of operation</h2>
 *
 * {@link io.weft.daemon.Main} is the command line. What is about a node's tables goes to the node as it was typed, over the
 * node's Unix-domain socket ({@code ControlProtocol}); what is about the machine runs in place, and other modules add to it
 * ({@link io.weft.daemon.CommandProvider}). The node finds object and verb ({@code CommandRunner}, {@code NodeObject}) and
 * runs one action per verb on the client's own virtual thread, so that {@code monitor} and {@code capture} may last. What users
 * mostly run is {@code scripts/weft-client}, which sends the same words without a JVM; {@code RemoteCommand} and {@link
 * io.weft.daemon.ControlClient} are the same for where there is no Perl.
 *
 * <p>{@code Node} is one running node. Its start is a list of steps with an undo each: lock, counters file, dataplane,
 * underlay, networks, remotes, ports, routes, conductor, socket. The socket comes last: that it is there means that the node is
 * ready. What fails on the way undoes the steps before it, and so does the end, in reverse.
 *
 * <p>{@code NodeSetup} turns the node file into calls of the dataplane. The node runs it over the machine's devices ({@code
 * MachinePorts}), {@code Replay} over files, so that a replayed node switches and routes as the running one does.
 *
 * <p>{@code Conductor} is the node's own control thread: ports that are down are opened again, pods follow the underlay's
 * MTU and tunnels the MTU of their paths, events go to the {@code EventLog} that monitors read.
 *
 * <p>{@code AttachServer} is the node's side of {@code weft attach}: pods that are containers make their TAPs themselves and hand
 * them over by a second socket ({@code AttachMessage}). It alone opens ports that attach, and sets them waiting: its one thread
 * sees who comes, who goes, and, told by the conductor, what is lost. {@code Attacher} is the pod's side.
 *
 * <p>Where nodes are may change. {@code UnderlayWatch} follows the node's own address, if the file says only in which prefix it
 * lies, and {@code Peers} the names of the others ({@code Resolver}), each on a thread of its own: the one hears from the kernel,
 * the other asks once a second, and a resolver that hangs keeps nobody.
 *
 * <h2>Invariants</h2>
 *
 * <ul>
 *   <li>A node file is refused at its first fault, with file and line, before anything is touched: first as text
 *       ({@code NodeConfigReader}, {@code NetworkReader}, {@code RouteReader}), then against the machine
 *       ({@code Preflight}).
 *   <li>The kernel's routes follow from the file too ({@code PodRoutes}): pods get the gateway of their network, a host port
 *       (a TAP in the node's own namespace) every range of pods, and pods the node's underlay address by that port.
 *   <li>Exit codes: 0 done, 1 wrong command, file or machine, 2 refused by the node. Errors are one line on stderr.
 *   <li>One node of a name runs at a time (a locked file); what a killed one left is replaced.
 *   <li>Counters have one writer, the worker. {@code clear} is a subtraction here ({@code Baseline}).
 *   <li>Every length on the socket is bounded before use; a client that goes ends its command.
 * </ul>
 *
 * <h2>Not handled</h2>
 *
 * Changing a running node to another file; routes of a host port to networks that are added while the node runs;
 * {@code flush} of VTEPs; next hops by name ({@code via}), other than a VTEP's address of the moment, which then goes with it;
 * names in a replay, which asks nobody; the MTU of an interface that was handed over with {@code --once}, when the underlay's
 * changes; access for other users than the node's own.
 */
@NullMarked
package io.weft.daemon;

import org.jspecify.annotations.NullMarked;
