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
 * <h2>States of a port</h2>
 *
 * UP: sends and receives. NO_CARRIER: open, but the kernel refuses frames; comes back by itself with the next frame that
 * it takes. DOWN: its interface is gone; {@code reopenPort} makes a new one at the same index, and its MACs stay learned.
 * While a port is not up, frames for it are dropped with a reason, and everything else goes on.
 *
 * <h2>Not handled</h2>
 *
 * One worker per node: sharding by flow comes later; nothing here is global or shared between workers.
 */
@NullMarked
package io.weft.dataplane;

import org.jspecify.annotations.NullMarked;
