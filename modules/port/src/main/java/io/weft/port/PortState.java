// SPDX-License-Identifier: Apache-2.0
package io.weft.port;

/** State of a port. */
public enum PortState {
    /** Sends and receives. */
    UP,
    /** Open, but the interface is administratively down or has no way out; comes back by itself. */
    NO_CARRIER,
    /** Nobody has handed its interface over yet; a new port is made of the one that comes. */
    WAITING,
    /** The interface or file is gone; a new port has to be made. */
    DOWN
}
