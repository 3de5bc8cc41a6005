// SPDX-License-Identifier: Apache-2.0
package io.weft.capture;

import io.weft.wire.IpAddress;
import io.weft.wire.Vxlan;
import org.jspecify.annotations.Nullable;

/**
 * What a capture needs to know to put names to numbers. Called from the capture's own thread; {@link #underlayAddress},
 * {@link #underlayPort} and {@link #sourcePort} by workers as well, and so must neither block nor allocate.
 */
public interface CaptureContext {
    /** Of a capture whose names and outer headers nobody will read: a node without name, networks and VTEPs. */
    CaptureContext NO_NAMES = new CaptureContext() {
        @Override
        public String nodeName() {
            return "";
        }

        @Override
        public String portName(final int port) {
            return "port " + port;
        }

        @Override
        public String networkName(final int network) {
            return "";
        }

        @Override
        public int vni(final int network) {
            return -1;
        }

        @Override
        public @Nullable IpAddress vtepAddress(final int vtep) {
            return null;
        }

        @Override
        public @Nullable IpAddress underlayAddress() {
            return null;
        }
    };

    /** Name of this node. */
    String nodeName();

    /** Name of the port with this index; something readable if there is none. */
    String portName(int port);

    /** Name of the network with this index; empty if there is none. */
    String networkName(int network);

    /** VNI of the network with this index; -1 if it has none. */
    int vni(int network);

    /** Address of the VTEP with this index; null if there is none. */
    @Nullable
    IpAddress vtepAddress(int vtep);

    /** This node's own VTEP address; null if it has none. */
    @Nullable
    IpAddress underlayAddress();

    /** UDP port of VXLAN. */
    default int underlayPort() {
        return Vxlan.PORT;
    }

    /**
     * UDP source port that the underlay port chooses for a flow. What a remote node chose for a received packet isn't
     * kept with the frame; it is made up by the same rule.
     */
    default int sourcePort(final int flowHash) {
        return 49_152 + (flowHash & 0x3FFF);
    }
}
