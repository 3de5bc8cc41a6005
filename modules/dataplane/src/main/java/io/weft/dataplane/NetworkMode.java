// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

/** How a network reaches the other nodes. */
public enum NetworkMode {
    /** One subnet stretched over the nodes, Ethernet in VXLAN. */
    SWITCHED,
    /** A prefix per node, routed, VXLAN between the nodes' routers. */
    OVERLAY,
    /** A prefix per node, routed without encapsulation. */
    ROUTED
}
