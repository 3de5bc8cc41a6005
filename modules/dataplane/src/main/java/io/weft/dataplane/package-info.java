// SPDX-License-Identifier: Apache-2.0
/**
 * The stages wired together, the thread that drives them, and the control side's way in.
 *
 * <h2>Theory of operation</h2>
 *
 * {@link io.weft.dataplane.Pipeline} holds the stages in final fields and takes one vector of frames at a time from a port
 * to its end: EthernetInput, NeighborInput, Bridge, Router and the bridge once more for what is routed, and for other nodes
 * VxlanEncap or from them VxlanDecap. It has no thread.
 *
 * <p>{@code Worker} is the thread. It owns the pipeline and everything in it: tables, ports, frames. Nothing else touches
 * them, so there is no lock on a frame's way.
 *
 * <p>{@link io.weft.dataplane.Dataplane} is what control code sees. It knows names; the worker knows indices. A change is
 * checked first, then sent to the worker as a command that runs between two cycles, and waited for.
 *
 * <p>{@link io.weft.dataplane.RoutingControl} is the part of it for routes and neighbors. It keeps the routes as they were asked
 * for, and writes the forwarding tables itself while the worker reads them; one command carried out is the grace period
 * after which the worker can't hold on to what was replaced.
 *
 * <p>{@link io.weft.dataplane.VtepControl} is the part for remote VTEPs. One that is known by name is READY, UNRESOLVED (its name
 * stands for nothing, or for an address that is somebody else's by now), SELF or CONFLICT; only a READY one has an address, is
 * flooded to and accepted from. What leads to another by a route is dropped in the tunnel. All addresses change in one command.
 *
 * <h2>States of a port</h2>
 *
 * WAITING: there is nothing to open yet. UP: sends and receives. NO_CARRIER: open, but the kernel refuses frames; comes back
 * by itself with the next frame that it takes. DOWN: its interface is gone; {@code reopenPort} makes a new one at the same
 * index, and its MACs stay learned. While a port is not up, frames for it are dropped with a reason, and everything else goes
 * on.
 *
 * <h2>Several workers</h2>
 *
 * Each is a {@code Worker} with a pipeline, a pool, tables and counters of its own; nothing that frames make it write is
 * shared, so there is still no lock. Every port has a queue for each worker, and the kernel gives a flow to one queue: both
 * directions to the same, once both have been seen. Routes are in one forwarding table that all read and control writes; legs
 * and next hops are each worker's own, and a grace period is a command to all.
 *
 * <p>What a worker learned the others hear by {@code Gossip}: a ring for each ordered pair, read at the top of a cycle.
 * Invariants: only what a worker saw itself is told; it is told when it is new or changed, and again while it is still seen
 * half an ageing time later, so that it stays alive everywhere; of two words about one MAC the later sighting counts, in one
 * second the later placement, in one millisecond the higher worker, so that all end up with the same. A full ring loses the
 * message, which {@code untold} counts. A command that takes something away is followed by one that empties the rings.
 *
 * <p>A command goes to all workers and is waited for; it fails in all or none, for what control has set is the same in all.
 * What is shown is merged: an entry that several have appears once. The ledger holds in each worker, so it does in sum.
 *
 * <p>Limits that protect somebody else are divided by the workers: ICMP errors a second, and frames that wait for neighbors,
 * which bound the neighbors that are asked for at a time. Each worker repeats its own question once a second at most. Limits
 * that protect the worker (neighbor discovery looked at from a port) are each worker's. The first worker alone advertises the
 * router.
 *
 * <h2>Not handled</h2>
 *
 * Whether a neighbor is a router is told with its advertisement only. A packet that was made up ({@code trace packet}) goes by
 * the first worker's tables. Fragments of a flow may go to another worker than the rest of it.
 */
@NullMarked
package io.weft.dataplane;

import org.jspecify.annotations.NullMarked;
