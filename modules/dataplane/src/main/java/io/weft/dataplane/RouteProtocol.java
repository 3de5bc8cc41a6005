// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

/** Who made a route; the names are iproute2's in lower case. */
public enum RouteProtocol {
    /** Follows from an address of the router. */
    KERNEL,
    /** From the node file: a network's remotes and the routes section. */
    BOOT,
    /** From a command. */
    STATIC
}
