// SPDX-License-Identifier: Apache-2.0
package io.weft.daemon;

import io.weft.capture.CaptureContext;
import io.weft.dataplane.NetworkSpec;
import io.weft.port.UdpUnderlay;
import io.weft.wire.IpAddress;
import org.jspecify.annotations.Nullable;

/** Names of a node for its captures. */
final class NodeCaptureContext implements CaptureContext {
    private final Node node;

    NodeCaptureContext(final Node node) {
        this.node = node;
    }

    @Override
    public String nodeName() {
        return node.config().name();
    }

    @Override
    public String portName(final int port) {
        return node.dataplane().portName(port);
    }

    @Override
    public String networkName(final int network) {
        final NetworkSpec spec = node.dataplane().networkSpec(network);
        return spec == null ? "" : spec.name();
    }

    @Override
    public int vni(final int network) {
        final NetworkSpec spec = node.dataplane().networkSpec(network);
        return spec == null ? -1 : spec.vni();
    }

    @Override
    public @Nullable IpAddress vtepAddress(final int vtep) {
        return node.dataplane().vteps().address(vtep);
    }

    @Override
    public @Nullable IpAddress underlayAddress() {
        return node.machine().underlayAddress();
    }

    @Override
    public int underlayPort() {
        final NodeConfig.Underlay underlay = node.config().underlay();
        return underlay == null ? NodeConfig.VXLAN_PORT : underlay.port();
    }

    @Override
    public int sourcePort(final int flowHash) {
        return UdpUnderlay.sourcePort(flowHash);
    }
}
