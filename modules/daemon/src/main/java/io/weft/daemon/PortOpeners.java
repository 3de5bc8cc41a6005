// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.dataplane.PortOpener;
import io.weft.port.InterfaceRoute;
import io.weft.port.PortException;
import io.weft.wire.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What opens the ports that a node file asks for: devices of this machine, or files. */
interface PortOpeners {
    /** The node's own VTEP address; null: it has none yet. */
    default @Nullable IpAddress underlayAddress(final NodeConfig.Underlay underlay) throws PortException {
        return underlay.address();
    }

    /** MTU of the underlay, headers of tunnels included. */
    int underlayMtu(NodeConfig.Underlay underlay) throws PortException;

    /** Opens the port to the other nodes. */
    PortOpener underlay(NodeConfig.Underlay underlay);

    /**
     * Opens a port, also again: it must not ask the node for anything that takes the node's lock.
     *
     * @param routes of the interface, if the port makes one
     */
    PortOpener port(NodeConfig.PortEntry port, List<InterfaceRoute> routes);
}
