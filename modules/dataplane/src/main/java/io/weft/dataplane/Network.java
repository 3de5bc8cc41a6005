// SPDX-License-Identifier: Apache-2.0
package io.weft.dataplane;

/**
 * A network with its index in the worker.
 *
 * @param tunnel bridge domain between the nodes' routers, of a network in mode overlay; else the network's own
 */
record Network(NetworkSpec spec, int index, int tunnel) {
    boolean isOverlay() {
        return tunnel != index;
    }
}
